"""An agreement report as lines of text.

In: an `AgreementReport`. Out: lines; false alarms stand first. Invariant: no message text, no reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan

from cybertriage.figures.metrics import Estimate
from cybertriage.review.agreement import AgreementReport, Slice
from cybertriage.taxonomy import notice

_HEAD = ("", "flags overturned", "missed, of unflagged", "missed, messages", "missed, of all", "kappa, drawn", "kappa")
_LISTED = 20


def report_lines(report: AgreementReport) -> Iterator[str]:
    """The report for a terminal."""
    yield f"case {report.case}, {report.model}"
    yield f"{report.items} items: {report.settled} settled, {report.open} open; control sample: " + (
        f"{report.control_settled} of {report.control_items} settled"
    )
    rows = [_HEAD, *(_row(x) for x in (report.overall, *report.by_family, *report.by_form))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if report.differ:
        more = f" and {len(report.differ) - _LISTED} more" if len(report.differ) > _LISTED else ""
        yield f"readers differ, a third has to read: {', '.join(report.differ[:_LISTED])}{more}"
    yield notice("en")


def _row(part: Slice) -> tuple[str, ...]:
    return (
        part.name, _share(part.overturned), _share(part.missed.omission), _number(part.missed.messages, ".0f"),
        _share(part.missed.false_negative_rate), _number(part.kappa_drawn, ".2f"), _number(part.kappa, ".2f"),
    )  # fmt: skip


def _share(figure: Estimate) -> str:
    """`1.2 % (0.3-4.1, n 90)`; a dash where nothing was settled."""
    if isnan(figure.value):
        return f"– (n {figure.n})"
    return f"{figure.value * 100:.1f} % ({figure.low * 100:.1f}–{figure.high * 100:.1f}, n {figure.n})"


def _number(figure: Estimate, spec: str) -> str:
    if isnan(figure.value):
        return f"– (n {figure.n})"
    return f"{figure.value:{spec}} ({figure.low:{spec}}–{figure.high:{spec}}, n {figure.n})"
