"""Quality on unseen messages in the report: false alarms on protected speech first, curves, then what is found.

In: a result of `benchmarks.quality` with `"report": "quality"`. Out: `Section`s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from cybertriage.evaluate.covered import COVERED
from cybertriage.evaluate.report import Part
from cybertriage.evaluate.report.bias_part import BY_FAMILY, risk_chart, risk_line
from cybertriage.evaluate.report.charts import UNIT, Chart, Line, chart, details
from cybertriage.evaluate.report.draw import Unit, scale_of
from cybertriage.evaluate.report.lanes import SHARES, Dot, Plot, Row, plot
from cybertriage.evaluate.report.sections import Section
from cybertriage.figures.metrics import Estimate, wilson
from cybertriage.figures.resample import height
from cybertriage.figures.written import Read, figure, number, percent, spread
from cybertriage.taxonomy import label

Document = Mapping[str, Any]
# Cells of the test corpus that must be left alone, by the start of their code.
_GROUPS = {"PX": "Protected speech", "HN": "Genuine messages that look like fraud"}
_RANKING = {"recall_at_fpr_1pct": "recall at FPR 1 %", "auprc": "AUPRC", "auroc": "AUROC"}


def sections(of: Document) -> list[Section]:
    """Everything about quality; the curves only where the result has them."""
    found = [Section("protected", _false_alarms(of)), Section("found", _recall(of) + _by_form(of))]
    if "curves" in of:
        found.append(Section("curves", _curves(of["curves"], of["families"])))
    return found


def _false_alarms(of: Document) -> str:
    cells = {f: of["families"][f]["policy"]["false_alarms_by_cell"] for f in COVERED}
    parts = [f"<p>{of['test_rows']:,} hand-written messages by writers that no model was trained or tuned on.</p>"]
    parts += [_cells(cells, start, title) for start, title in _GROUPS.items()]
    if of.get("public"):
        parts.append(_public(of["public"]))
    return "".join(parts)


def _cells(cells: Mapping[str, Document], start: str, title: str) -> str:
    """One row a cell, worst first, under a row of all of them."""
    codes = sorted({code for f in COVERED for code in cells[f] if code.startswith(start)})
    found = {code: [figure(cells[f].get(code)) for f in COVERED] for code in codes}
    ordered = sorted(codes, key=lambda code: (-max(height(x) for x in found[code]), code))
    rows = [Row("All of these", _flagged([pooled(cells[f], start) for f in COVERED]))] if codes else []
    rows += [Row(label(code).name["en"], _flagged(found[code]), code) for code in ordered]
    scale = scale_of((x for figures in found.values() for x in figures), Unit.PERCENT)
    head = ("unseen messages", "flagged", "share, 95 % interval")
    legend = tuple((series, f"as {family}") for series, family in BY_FAMILY)
    return plot(Plot(f"{title}, worst first", head, rows, scale, legend))


def _flagged(figures: Sequence[Read]) -> tuple[Dot, ...]:
    return tuple(Dot(x, percent(x), at) for at, x in enumerate(figures) if x is not None)


def pooled(cells: Mapping[str, Document], start: str) -> Estimate:
    """All cells whose code begins so, as one share; NaN where there is none."""
    shares = [x for code, of in cells.items() if code.startswith(start) and isinstance(x := figure(of), Estimate)]
    return wilson(sum(round(x.value * x.n) for x in shares), sum(x.n for x in shares))


def _public(sources: Document) -> str:
    ordered = sorted(sources.items(), key=lambda pair: -height(figure(pair[1]["flagged"])))
    measures = ("flagged", "abstained")
    rows = [
        Row(name, tuple(Dot(figure(of[m]), percent(figure(of[m])), 2 * at) for at, m in enumerate(measures)))
        for name, of in ordered
    ]
    scale = scale_of((figure(of[m]) for of in sources.values() for m in measures), Unit.PERCENT)
    head = ("public set, not trained on", "share of messages", "share, 95 % interval")
    legend = (("s0", "flagged, as whatever family"), ("s2", "abstained on"))
    return plot(Plot("Ordinary public text, worst first", head, rows, scale, legend))


def _curves(curves: Mapping[str, Document], families: Document) -> str:
    charts = [chart(_reliability(f, curves[f], families[f], at), f"reliability-{f}") for at, f in enumerate(COVERED)]
    charts.append(chart(_precision_recall(curves, families), "precision-recall"))
    lines = [risk_line(f, at, c["risk_area"], c["coverages"], c["risks"]) for at, (f, c) in enumerate(curves.items())]
    charts.append(
        chart(risk_chart("Risk and coverage, unseen messages", lines, curves[COVERED[0]]["coverages"]), "risk")
    )
    return f'<div class="charts">{"".join(charts)}</div>'


def _reliability(family: str, of: Document, figures: Document, series: int) -> Chart:
    bins = [(b, _estimate(b["observed"])) for b in of["reliability"]]
    error = number(figure(figures["policy"]["expected_calibration_error"]))
    dots = Line(
        f"{family}, ten bins", series, tuple((b["stated"], o.value) for b, o in bins),
        tuple((o.low, o.high) for _, o in bins), joined=False,
    )  # fmt: skip
    rows = [[f"{b['low']:.1f} to {b['high']:.1f}", f"{b['stated']:.3f}", percent(o)] for b, o in bins]
    note = (
        "On the dashed line a stated probability is a true share. "
        f"{of['rows']:,} messages, {of['positives']:,} of them {family}. Expected calibration error {error}."
    )
    return Chart(
        f"Reliability, {family}", note, ("stated probability", UNIT), ("share that is true", UNIT), [dots],
        (0.04, 0.97), (["probability", "mean stated", "true, 95 % interval"], rows), ((0.0, 0.0), (1.0, 1.0)),
    )  # fmt: skip


def _precision_recall(curves: Mapping[str, Document], families: Document) -> Chart:
    lines, rows = [], []
    for at, (family, of) in enumerate(curves.items()):
        precision, recall = (_estimate(of["operating"][name]) for name in ("precision", "recall"))
        area = figure(families[family]["all"].get("auprc"))
        mark = (recall.value, precision.value) if isfinite(precision.value) and isfinite(recall.value) else None
        path = tuple((x, y) for x, y in of["precision_recall"])
        lines.append(Line(f"{family}: AUPRC {spread(area)}", at, path, mark=mark))
        rows.append([f"{family}, in use", percent(recall), percent(precision)])
        rows += [[family, f"{x * 100:.1f} %", f"{y * 100:.1f} %"] for x, y in path]
    count = f"{next(iter(curves.values()))['rows']:,} messages"
    note = f"{count}. The marks are what is flagged in use: at the policy's threshold, after abstaining."
    head = ["family", "recall", "precision"]
    return Chart(
        "Precision and recall", note, ("recall", UNIT), ("precision", UNIT), lines, (0.06, 0.16), (head, rows)
    )  # fmt: skip


def _estimate(of: Document) -> Estimate:
    found = figure(of)
    return found if isinstance(found, Estimate) else wilson(0, 0)


def _recall(of: Document) -> str:
    """Recall of the policy on the test rows, on those of new situations, and on sets by others."""
    scopes = [("unseen messages", of)]
    if "new_situations" in of:
        scopes.append(("unseen messages, new situations", of["new_situations"]))
    rows = [
        Row(title, tuple(_dot(part["families"][f]["policy"]["recall"], at) for at, f in enumerate(COVERED)))
        for title, part in scopes
    ]
    rows += [
        Row(name, (_dot(figures["recall"], 0),), "set by others") for name, figures in of.get("elsewhere", {}).items()
    ]
    head = ("messages", "harmful messages flagged as their family", "share, 95 % interval")
    return plot(Plot("Found at the thresholds in use", head, rows, SHARES, BY_FAMILY))


def _dot(of: Document, series: int) -> Dot:
    return Dot(figure(of), percent(figure(of)), series)


def _by_form(of: Document) -> str:
    by_form = {f: of["families"][f]["by_form"] for f in COVERED}
    measure = "recall_at_fpr_1pct"

    def read(family: str, form: str, name: str) -> Read:
        figures = by_form[family][form]
        return figure(figures if figures.get("too_few") else figures[name])

    forms = sorted(by_form[COVERED[0]], key=lambda form: height(read(COVERED[0], form, measure)))
    rows = []
    for form in forms:
        found = [read(f, form, measure) for f in COVERED]
        rows.append(Row(form, tuple(Dot(x, percent(x), at) for at, x in enumerate(found))))
    every = [
        [f"{form}, {f}", str(by_form[f][form]["n"]), *(number(read(f, form, name)) for name in _RANKING)]
        for form in forms
        for f in COVERED
    ]
    head = ("language form", "recall at a false-positive rate of 1 %", "share, 95 % interval")
    shown = plot(Plot("Found by language form, worst first", head, rows, SHARES, BY_FAMILY))
    return shown + details("Ranking by language form", ["form", "rows", *_RANKING.values()], every)


QUALITY = {"quality": Part(sections, lambda of: of["test_rows"])}  # what `render` takes as `also`
