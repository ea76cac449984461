"""The robustness evaluation in the report: benign messages newly flagged first, then recall lost.

In: the document of a `RobustnessReport`; `of` says what messages were disguised. Out: `Section`s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from cybertriage.evaluate.covered import COVERED
from cybertriage.evaluate.report.bias_part import BY_FAMILY
from cybertriage.evaluate.report.charts import details
from cybertriage.evaluate.report.draw import Unit, scale_of
from cybertriage.evaluate.report.lanes import Dot, Plot, Row, plot
from cybertriage.evaluate.report.sections import Section
from cybertriage.figures.resample import height
from cybertriage.figures.written import figure, number, percent, points

Document = Mapping[str, Any]
_ALL = "all"


def sections(of: Document) -> list[Section]:
    """Everything about disguises."""
    whole = [f for f in of["figures"] if f["language"] == _ALL]
    by_name: dict[str, dict[str, Document]] = {}
    for one in whole:
        by_name.setdefault(one["perturbation"], {})[one["family"]] = one
    about = of.get("of", "messages")
    opening = (
        f"<p>{of['messages']:,} {escape(about)}, as they are and disguised; figures of those that a disguise changes, "
        "at the thresholds in use.</p>"
    )
    parts = [
        opening,
        _lanes(
            by_name, "newly_flagged", f"Benign {about} newly flagged, worst first",
            "benign messages flagged only when disguised", Unit.PERCENT,
        ),
        _lanes(
            by_name, "recall_lost", f"Recall lost on {about}, worst first",
            "recall before less after, points; above 0 is worse", Unit.POINTS,
        ),
        _every(of["figures"]),
    ]  # fmt: skip
    return [Section("robustness", "".join(parts))]


def _lanes(by_name: Mapping[str, Mapping[str, Document]], measure: str, title: str, what: str, unit: Unit) -> str:
    said = percent if unit is Unit.PERCENT else points
    found = {
        name: [figure(families[f][measure]) if f in families else None for f in COVERED]
        for name, families in by_name.items()
    }
    ordered = sorted(found.items(), key=lambda pair: -max(height(x) for x in pair[1]))
    rows = [
        Row(name.replace("_", " "), tuple(Dot(x, said(x), at) for at, x in enumerate(figures)))
        for name, figures in ordered
    ]
    scale = scale_of((x for figures in found.values() for x in figures), unit, low=None if unit is Unit.POINTS else 0.0)
    return plot(Plot(title, ("disguise", what, "95 % interval"), rows, scale, BY_FAMILY))


def _every(figures: Sequence[Document]) -> str:
    shares = (
        "false_alarms_before",
        "false_alarms_after",
        "newly_flagged",
        "recall_before",
        "recall_after",
        "still_seen",
    )
    head = ["disguise", "family", "language", *(name.replace("_", " ") for name in shares), "recall lost, points",
            "change of probability"]  # fmt: skip
    rows = [
        [f["perturbation"].replace("_", " "), f["family"], f["language"], *(percent(figure(f[s])) for s in shares),
         points(figure(f["recall_lost"])), number(figure(f["score_change"]))]
        for f in figures
    ]  # fmt: skip
    return details("Every figure, by family and language", head, rows)
