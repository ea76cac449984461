"""Scales with round ticks, and the few SVG elements that the plots are made of.

In: numbers in data units. Out: strings of SVG. Colours, line widths and fonts are classes of `report.css`: the page's
policy allows no style attribute, and light, dark and print each have their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from html import escape
from math import ceil, floor, isfinite, log10

from cybertriage.figures.metrics import Estimate
from cybertriage.figures.written import Read

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_TICKS = 5
_SMALLEST = 1e-4


class Unit(Enum):
    """How a tick is written: as a per cent of one, as percentage points, or as it is."""

    PERCENT = "percent"
    POINTS = "points"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from `low` to `high` with its ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]
    unit: Unit

    def at(self, value: float) -> float:
        """Where a value is, 0 to 1; what lies outside stands at the edge."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def text(self, tick: float) -> str:
        """A tick as it is written."""
        if self.unit is Unit.PLAIN:
            return f"{tick:.6g}"
        return f"{tick * 100:.6g}".replace("-", "−") + (" %" if self.unit is Unit.PERCENT else "")


def scale_of(figures: Iterable[Read], unit: Unit, *, low: float | None = 0.0, high: float | None = None) -> Scale:
    """A scale that holds the intervals of the figures, its ends on round ticks.

    `low`, `high`: an end that is fixed; None lets the figures say.
    """
    shown = [f for f in figures if isinstance(f, Estimate)]
    values = [x for f in shown for x in (f.value, f.low, f.high) if isfinite(x)] or [0.0]
    if unit is Unit.POINTS:  # a difference is read from zero
        values.append(0.0)
    bottom, top = min(values) if low is None else low, max(values) if high is None else high
    return span(bottom, max(top, bottom + _SMALLEST), unit)


def span(low: float, high: float, unit: Unit) -> Scale:
    """A scale from the round tick at or below `low` to the one at or above `high`."""
    rough = (high - low) / (_MOST_TICKS - 1)
    power = 10.0 ** floor(log10(rough))
    for step in (power * s for s in (*_STEPS, *(10 * s for s in _STEPS))):
        first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
        if last - first < _MOST_TICKS:
            break
    ticks = tuple(round(k * step, 10) for k in range(first, last + 1))
    return Scale(ticks[0], ticks[-1], ticks, unit)


def place(share: float) -> str:
    """A place along a plot that is as wide as its cell."""
    return f"{share * 100:.4g}%"


def line(x1: str, y1: str, x2: str, y2: str, name: str) -> str:
    """A straight line of a class."""
    return f'<line class="{name}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def text(x: str, y: str, said: str, name: str, anchor: str = "middle") -> str:
    """A text of a class, escaped."""
    return f'<text class="{name}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(said)}</text>'


def marker(x: str, y: float, series: int) -> str:
    """The mark of a series: each has its own shape as well as its colour."""
    if series == 0:
        return f'<circle class="dot s0" cx="{x}" cy="{y:g}" r="4.5"/>'
    if series == 1:  # a nested svg takes a place in per cent, which a path cannot
        return f'<svg x="{x}" y="{y:g}" class="at"><path class="dot s1" d="M0 -5.5 5.5 0 0 5.5 -5.5 0z"/></svg>'
    return f'<svg x="{x}" y="{y:g}" class="at"><rect class="dot s2" x="-4" y="-4" width="8" height="8"/></svg>'
