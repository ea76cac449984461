"""Plots in tables: forest plots with their intervals, and bars of outcomes, one row a group.

In: `Row`s, worst first. Out: an HTML table; the plot is one column of it and the figures stand beside it, so that the
table is its own text alternative, is as sharp on a telephone as on a wall, and prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

from cybertriage.evaluate.report.draw import Scale, Unit, line, marker, place, text
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.written import Read

_HEIGHT = 20
SHARES = Scale(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0), Unit.PERCENT)


@dataclass(frozen=True, slots=True)
class Dot:
    """A figure with its interval; `series` says which shape and colour."""

    figure: Read
    said: str
    series: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """A whole cut into parts: (class name, share of the whole), from the left."""

    parts: tuple[tuple[str, float], ...]
    said: str


@dataclass(frozen=True, slots=True)
class Row:
    """One group: its name, a note under it, and one lane for each thing that is measured."""

    label: str
    lanes: tuple[Dot | Bar, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A table plot. `head`: what rows are, what is plotted, what the figures say.

    `legend`: (class name, words) of each series or part; `reference`: a value marked in every row.
    """

    title: str
    head: tuple[str, str, str]
    rows: Sequence[Row]
    scale: Scale
    legend: tuple[tuple[str, str], ...] = ()
    reference: float | None = None
    note: str = ""


def plot(of: Plot) -> str:
    """The table; a sentence in its place where there is no row."""
    title = f"<h3>{escape(of.title)}</h3>"
    note = f'<p class="note">{escape(of.note)}</p>' if of.note else ""
    if not of.rows:
        return f"{title}{note}<p>Nothing to show.</p>"
    axis = "".join(text(place(of.scale.at(t)), "14", of.scale.text(t), "tick", _anchor(of, t)) for t in of.scale.ticks)
    head = (
        f'<tr role="row"><th role="columnheader" class="name">{escape(of.head[0])}</th>'
        f'<th role="columnheader" class="lanes"><span>{escape(of.head[1])}</span>'
        f'<svg class="axis" width="100%" height="18" aria-hidden="true">{axis}</svg></th>'
        f'<th role="columnheader" class="said">{escape(of.head[2])}</th></tr>'
    )
    body = "".join(_row(row, of) for row in of.rows)
    return (
        f'{title}{note}{_legend(of)}<table role="table" class="plot">'
        f'<thead role="rowgroup">{head}</thead><tbody role="rowgroup">{body}</tbody></table>'
    )


def _anchor(of: Plot, tick: float) -> str:
    return {of.scale.ticks[0]: "start", of.scale.ticks[-1]: "end"}.get(tick, "middle")


def _legend(of: Plot) -> str:
    """What each shape or colour stands for; none for a single one, which the heading names."""
    if not of.legend:
        return ""
    return (
        '<p class="legend">' + "".join(f"<span>{_key(name)}{escape(said)}</span>" for name, said in of.legend) + "</p>"
    )


def _key(name: str) -> str:
    inner = (
        marker("50%", 8, int(name[1:]))
        if name in ("s0", "s1", "s2")
        else f'<rect class="part {name}" width="16" height="12" y="2"/>'
    )
    return f'<svg class="key" width="16" height="16" aria-hidden="true">{inner}</svg>'


def _row(row: Row, of: Plot) -> str:
    height = _HEIGHT * len(row.lanes)
    grid = "".join(line(place(of.scale.at(t)), "0", place(of.scale.at(t)), "100%", _grid(t)) for t in of.scale.ticks)
    if of.reference is not None:
        grid += line(place(of.scale.at(of.reference)), "0", place(of.scale.at(of.reference)), "100%", "reference")
    marks = "".join(_lane(lane, at, of.scale) for at, lane in enumerate(row.lanes))
    said = "".join(f"<span{_tone(lane, of)}>{escape(lane.said)}</span>" for lane in row.lanes)
    note = f"<small>{escape(row.note)}</small>" if row.note else ""
    return (
        f'<tr role="row"><th role="rowheader" scope="row" class="name">{escape(row.label)}{note}</th>'
        f'<td role="cell" class="lanes"><svg width="100%" height="{height}" aria-hidden="true">{grid}{marks}</svg></td>'
        f'<td role="cell" class="said">{said}</td></tr>'
    )


def _tone(lane: Dot | Bar, of: Plot) -> str:
    """The colour of the series for its figures, where there is more than one."""
    return f' class="t{lane.series}"' if isinstance(lane, Dot) and of.legend else ""


def _grid(tick: float) -> str:
    return "zero" if tick == 0 else "grid"


def _lane(lane: Dot | Bar, at: int, scale: Scale) -> str:
    middle = at * _HEIGHT + _HEIGHT / 2
    if isinstance(lane, Bar):
        return _bar(lane, middle)
    if not isinstance(lane.figure, Estimate):
        return ""
    low, high = (x if isfinite(x) else lane.figure.value for x in (lane.figure.low, lane.figure.high))
    ends = place(scale.at(low)), place(scale.at(high))
    whisker = line(ends[0], f"{middle:g}", ends[1], f"{middle:g}", f"interval s{lane.series}")
    return whisker + marker(place(scale.at(lane.figure.value)), middle, lane.series)


def _bar(bar: Bar, middle: float) -> str:
    out, start = [], 0.0
    for name, share in bar.parts:
        if share:
            out.append(
                f'<rect class="part {name}" x="{place(start)}" width="{place(share)}" y="{middle - 7:g}" height="14"/>'
            )
        start += share
    return "".join(out)
