"""Figures on labelled messages of a user's own in the report.

In: the document of an `OwnDataReport` (`cybertriage bench`). Out: `Section`s.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from cybertriage.evaluate.report.charts import details
from cybertriage.evaluate.report.draw import Unit, scale_of
from cybertriage.evaluate.report.lanes import SHARES, Dot, Plot, Row, plot
from cybertriage.evaluate.report.sections import Section
from cybertriage.figures.written import figure, number, percent

Document = Mapping[str, Any]
_SHARES = ("false_alarms", "abstained_benign", "found", "abstained_harmful")
_NUMBERS = ("recall_at_fpr_1pct", "auprc", "auroc", "expected_calibration_error")


def sections(of: Document) -> list[Section]:
    """False alarms, then what is found, by language form; everything else in a table."""
    parts, family = [of["overall"], *of["by_form"]], of["family"]
    opening = (
        f"<p>{of['overall']['rows']:,} messages, {of['overall']['harmful']:,} of them {escape(family)}; flagged from a "
        f"probability of {of['threshold']:g}.</p>"
    )
    alarms = [figure(p["false_alarms"]) for p in parts]
    rows = [Row(p["form"], (Dot(x, percent(x)),)) for p, x in zip(parts, alarms, strict=True)]
    head = ("language form", "benign messages flagged", "share, 95 % interval")
    first = plot(Plot(f"False alarms as {family}", head, rows, scale_of(alarms, Unit.PERCENT)))
    found = [Row(p["form"], (Dot(figure(p["found"]), percent(figure(p["found"]))),)) for p in parts]
    head = ("language form", f"{family} flagged as such", "share, 95 % interval")
    second = plot(Plot(f"Found, {family}", head, found, SHARES))
    every = [
        [
            p["form"],
            f"{p['rows']:,}",
            *(percent(figure(p[s])) for s in _SHARES),
            *(number(figure(p[m])) for m in _NUMBERS),
        ]
        for p in parts
    ]
    table = details(
        "Every figure", ["form", "rows", *(name.replace("_", " ") for name in (*_SHARES, *_NUMBERS))], every
    )
    return [Section("own", opening + first + second + table)]
