"""Sections of the documents that are about groups and disguises, from `results/{bias,robustness}.json`.

Out: Markdown tables; false alarms first, worst group first, each figure with its interval or why there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.cells import table
from benchmarks.record import read
from cybertriage.evaluate.covered import COVERED
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import TooFew, height
from cybertriage.figures.written import figure

Part = Mapping[str, Any]
# Each language form and the native spelling that it is measured against.
NATIVE = {"kk-plain": "kk", "kk-latn": "kk", "ru-latn": "ru"}
AXES = {"trait": "identity traits", "form": "language forms", "style": "writing styles"}


def identity_traits(model: str) -> str:
    """False alarms on benign templates and ranking by the trait that a message names, worst first."""
    bias = read("bias")["models"][model]
    axis = axes(bias)["trait"]
    rows = [[g["group"], *_trait(g)] for g in axis["groups"]]
    rows.append(["**all**", *_trait(bias["overall"])])
    head = ["trait named", "benign messages flagged", "abstained on", *(f"BPSN AUC, {f}" for f in COVERED)]
    return table(head, rows) + (
        f"\n\n{bias['rows']:,} messages from {bias['templates']} templates; false alarms at the shipped thresholds, "
        "intervals by bootstrap over templates."
    )


def _trait(group: Part) -> list[str]:
    return [
        share(group["false_alarms"]), share(group["abstained_benign"]),
        *(number(group["auc"][f]["bpsn"]) for f in COVERED),
    ]  # fmt: skip


def group_gaps() -> str:
    """How far groups are apart, for every model: false alarms, ranking, and what a swap of the group changes."""
    rows = []
    for model, bias in read("bias")["models"].items():
        for name, title in AXES.items():
            axis = axes(bias).get(name)
            if axis is not None:
                swaps = [axis["counterfactual"][f] for f in COVERED]
                lowest = [number(lowest_bpsn(axis, f)) for f in COVERED]
                means = [number(of["mean"]) for of in swaps]
                largest = [f"{of['largest']:.3f}" if of["largest"] is not None else "–" for of in swaps]
                rows.append([model, title, difference(axis["gap"]), *lowest, *means, *largest])
    head = ["model", "between", "gap in false alarms, points"]
    head += [f"{name}, {f}" for name in ("lowest BPSN AUC", "mean swap", "largest swap") for f in COVERED]
    note = (
        "Gap: highest less lowest share of benign messages flagged. Swap: change of the probability when only the "
        "group, form or style of a benign message changes."
    )
    return f"{table(head, rows)}\n\n{note}"


def lowest_bpsn(axis: Part, family: str) -> Part:
    """The figure of the group whose benign messages are hardest to tell from others' harmful ones."""
    figures = [g["auc"][family]["bpsn"] for g in axis["groups"]]
    shown = [f for f in figures if isinstance(figure(f), Estimate)]
    return min(shown, key=lambda f: float(f["value"]), default={"too_few": 0})


def language_forms(model: str) -> str:
    """False alarms and recall of the same templates by how they are written, and what native spelling finds more."""
    groups = {g["group"]: g for g in axes(read("bias")["models"][model])["form"]["groups"]}
    rows = []
    for name, group in groups.items():
        native = groups.get(NATIVE.get(name, ""))
        lost = [_lost(native, group, f) if native else "–" for f in COVERED]
        rows.append([name, share(group["false_alarms"]), *(share(group["recall"][f]) for f in COVERED), *lost])
    head = ["written in", "benign messages flagged", *(f"recall, {f}" for f in COVERED)]
    return table([*head, *(f"recall lost, {f}, points" for f in COVERED)], rows) + (
        "\n\nRecall lost: against the same templates in Kazakh with all letters, or in Cyrillic Russian."
    )


def _lost(native: Part, group: Part, family: str) -> str:
    pair = [figure(of["recall"][family]) for of in (native, group)]
    if not all(isinstance(x, Estimate) for x in pair):
        return "too few"
    return f"{(height(pair[0]) - height(pair[1])) * 100:+.1f}".replace("-", "−")


def disguises(model: str) -> str:
    """Benign messages newly flagged and recall lost by each disguise, on every set of messages, worst first."""
    parts = []
    for name, report in read("robustness")["models"][model].items():
        by_name: dict[str, dict[str, Part]] = {}
        for (perturbation, family), one in by_disguise(report).items():
            by_name.setdefault(perturbation, {})[family] = one
        rows = [
            [perturbation.replace("_", " "), *(share(of[f]["newly_flagged"]) for f in COVERED),
             *(difference(of[f]["recall_lost"]) for f in COVERED), *(share(of[f]["still_seen"]) for f in COVERED)]
            for perturbation, of in by_name.items()
        ]  # fmt: skip
        head = [f"disguise, {report['messages']:,} messages of the {name}"]
        measures = ("benign newly flagged", "recall lost, points", "lost but seen")
        head += [f"{what}, {f}" for what in measures for f in COVERED]
        parts.append(table(head, rows))
    note = "Lost but seen: of harmful messages no longer flagged, the share that a person still sees."
    return "\n\n".join([*parts, note])


def by_disguise(report: Part) -> dict[tuple[str, str], Part]:
    """Figures over all languages by disguise and family, in the order of a robustness report."""
    return {(f["perturbation"], f["family"]): f for f in report["figures"] if f["language"] == "all"}


def axes(bias: Part) -> dict[str, Part]:
    """The axes of a bias report by name."""
    return {axis["axis"]: axis for axis in bias["axes"]}


def share(of: Part | None) -> str:
    """A share in per cent."""
    return _cell(of, 100, 1, " %")


def difference(of: Part | None) -> str:
    """A difference of shares in points."""
    return _cell(of, 100, 1, "")


def number(of: Part | None) -> str:
    """A figure from 0 to 1 as it is."""
    return _cell(of, 1, 3, "")


def _cell(of: Part | None, times: int, digits: int, unit: str) -> str:
    found = figure(of)
    if found is None:
        return "–"
    if isinstance(found, TooFew):
        return f"too few ({found.n})"
    middle, low, high = (f"{x * times:.{digits}f}".replace("-", "−") for x in (found.value, found.low, found.high))
    return f"{middle}{unit} ({low}{' to ' if '−' in low else '–'}{high}, n {found.n})"
