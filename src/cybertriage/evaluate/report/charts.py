"""Charts with two axes: reliability, precision and recall, risk and coverage.

In: a `Chart` of lines in data units. Out: an SVG of its own size with a title and a description, and the numbers as a
table that opens under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from cybertriage.evaluate.report.draw import Scale, Unit, line, marker, text

_WIDTH, _HEIGHT = 360.0, 316.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 22.0, 12.0, 46.0
UNIT = Scale(0.0, 1.0, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), Unit.PLAIN)
PER_CENT = Scale(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0), Unit.PERCENT)


@dataclass(frozen=True, slots=True)
class Line:
    """Points (x, y) of one series; `spread`: a low and a high y for each; `joined`: drawn as a line.

    `mark`: one more point that stands out, as where the shipped threshold lies.
    """

    said: str
    series: int
    points: tuple[tuple[float, float], ...]
    spread: tuple[tuple[float, float], ...] = ()
    joined: bool = True
    mark: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. `reference`: a dashed line between two points; `legend`: the corner (x, y in shares) where words go.

    `table`: header and rows that say the same in numbers.
    """

    title: str
    note: str
    x: tuple[str, Scale]
    y: tuple[str, Scale]
    lines: Sequence[Line]
    legend: tuple[float, float]
    table: tuple[Sequence[str], Sequence[Sequence[str]]]
    reference: tuple[tuple[float, float], tuple[float, float]] | None = None


def chart(of: Chart, name: str) -> str:
    """The figure; `name` makes its ids."""
    drawn = _frame(of) + "".join(_line(one, of) for one in of.lines) + _legend(of)
    return (
        f'<figure><svg class="chart" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" '
        f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(of.title)}</title>'
        f'<desc id="{name}-d">{escape(of.note)} The numbers are in the table below.</desc>{drawn}</svg>'
        f"<figcaption><b>{escape(of.title)}.</b> {escape(of.note)}</figcaption>"
        f"{details('The numbers', *of.table)}</figure>"
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table; the first column names the row. It scrolls inside itself where it is too wide."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0"><table class="plain"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def details(summary: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that opens."""
    return f"<details><summary>{escape(summary)}</summary>{table(header, rows)}</details>"


def _x(of: Chart, value: float) -> float:
    return _LEFT + of.x[1].at(value) * (_WIDTH - _LEFT - _RIGHT)


def _y(of: Chart, value: float) -> float:
    return _HEIGHT - _BOTTOM - of.y[1].at(value) * (_HEIGHT - _TOP - _BOTTOM)


def _frame(of: Chart) -> str:
    (x_label, x_scale), (y_label, y_scale) = of.x, of.y
    floor, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    out = []
    for tick in y_scale.ticks:
        y = _y(of, tick)
        out.append(line(f"{_LEFT:g}", f"{y:.1f}", f"{right:g}", f"{y:.1f}", "grid"))
        out.append(text(f"{_LEFT - 6:g}", f"{y + 4:.1f}", y_scale.text(tick), "tick", "end"))
    for tick in x_scale.ticks:
        x = _x(of, tick)
        out.append(line(f"{x:.1f}", f"{floor:g}", f"{x:.1f}", f"{floor + 4:g}", "zero"))
        out.append(text(f"{x:.1f}", f"{floor + 17:g}", x_scale.text(tick), "tick"))
    out.append(line(f"{_LEFT:g}", f"{floor:g}", f"{right:g}", f"{floor:g}", "zero"))
    out.append(text(f"{(_LEFT + right) / 2:g}", f"{_HEIGHT - 8:g}", x_label, "label"))
    middle = (_TOP + floor) / 2
    out.append(f'<g transform="translate(12 {middle:g}) rotate(-90)">{text("0", "0", y_label, "label")}</g>')
    if of.reference:
        (x1, y1), (x2, y2) = of.reference
        ends = (f"{_x(of, x1):.1f}", f"{_y(of, y1):.1f}", f"{_x(of, x2):.1f}", f"{_y(of, y2):.1f}")
        out.append(line(*ends, "reference"))
    return "".join(out)


def _line(one: Line, of: Chart) -> str:
    places = [(_x(of, x), _y(of, y)) for x, y in one.points]
    out = []
    for (x, _), (low, high) in zip(places, one.spread, strict=False):
        ends = (f"{x:.1f}", f"{_y(of, low):.1f}", f"{x:.1f}", f"{_y(of, high):.1f}")
        out.append(line(*ends, f"interval s{one.series}"))
    if one.joined:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out.append(f'<polyline class="line s{one.series}" points="{path}"/>')
    else:
        out += [marker(f"{x:.1f}", round(y, 1), one.series) for x, y in places]
    if one.mark:
        out.append(marker(f"{_x(of, one.mark[0]):.1f}", round(_y(of, one.mark[1]), 1), one.series))
    return "".join(out)


def _legend(of: Chart) -> str:
    """Words beside the mark of each series, where the chart is empty."""
    left = _LEFT + of.legend[0] * (_WIDTH - _LEFT - _RIGHT)
    top = _TOP + (1 - of.legend[1]) * (_HEIGHT - _TOP - _BOTTOM)
    out = []
    for at, one in enumerate(of.lines):
        y = top + at * 18
        out += [
            marker(f"{left:.1f}", round(y, 1), one.series),
            text(f"{left + 10:.1f}", f"{y + 4:.1f}", one.said, "words", "start"),
        ]
    return "".join(out)
