"""The bias evaluation in the report: false alarms by group first, then gaps, ranking, what is found, details.

In: the document of a `BiasReport`. Out: `Section`s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from cybertriage.evaluate.covered import COVERED
from cybertriage.evaluate.report.charts import PER_CENT, Chart, Line, chart, details, table
from cybertriage.evaluate.report.draw import Scale, Unit, scale_of, span
from cybertriage.evaluate.report.lanes import Dot, Plot, Row, plot
from cybertriage.evaluate.report.sections import Section
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import height
from cybertriage.figures.written import Read, figure, number, percent, points, spread

Document = Mapping[str, Any]
# Axes that are not a trait by which people are named.
_WRITING = ("trait", "form", "style")
_TERMS = 20
_TITLES = {"trait": "by trait", "form": "by language form", "style": "by writing style"}
BY_FAMILY = tuple((f"s{at}", family) for at, family in enumerate(COVERED))


def sections(of: Document) -> list[Section]:
    """Everything about groups."""
    axes = {axis["axis"]: axis for axis in of["axes"]}
    whole = of["overall"]
    opening = (
        f"<p>{of['rows']:,} messages from {of['templates']} templates, filled with the names of groups or written in "
        f"another form or style; intervals by {of['draws']:,} bootstrap draws over templates. Of all benign ones "
        f"flagged: <b>{escape(percent(figure(whole['false_alarms'])))}</b>.</p>"
    )
    parts = [opening]
    parts += [_alarms(axes[name]["groups"], _TITLES[name]) for name in _WRITING if name in axes]
    parts += [_terms(axes), _gaps(of["axes"])]
    if "trait" in axes:
        parts.append(_ranking(axes["trait"], whole))
    parts += [_found(axes[name]["groups"], _TITLES[name]) for name in _WRITING if name in axes]
    parts += [_templates(of["flagged_templates"]), _risk(of), _details(axes)]
    return [Section("groups", "".join(parts))]


def _alarms(groups: Sequence[Document], by: str) -> str:
    rows = [
        Row(named(g), (Dot(figure(g["false_alarms"]), percent(figure(g["false_alarms"]))),), _size(g)) for g in groups
    ]
    scale = scale_of((figure(g["false_alarms"]) for g in groups), Unit.PERCENT)
    head = ("group", "benign messages flagged, as whatever family", "share, 95 % interval")
    return plot(Plot(f"False alarms {by}, worst first", head, rows, scale))


def named(group: Document) -> str:
    """The id of a group, to be read."""
    return str(group["group"]).replace("_", " ")


def _size(group: Document) -> str:
    return f"{group['rows']:,} messages, {group['templates']} templates"


def _terms(axes: Mapping[str, Document]) -> str:
    """The terms with most false alarms, of whatever trait."""
    terms = [(name, g) for name, axis in axes.items() if name not in _WRITING for g in axis["groups"]]
    terms.sort(key=lambda pair: -height(figure(pair[1]["false_alarms"])))
    worst = [(figure(g["false_alarms"]), named(g), trait) for trait, g in terms[:_TERMS]]
    rows = [Row(group, (Dot(of, percent(of)),), trait) for of, group, trait in worst]
    note = "With many terms some look worst by chance: read each with its interval."
    head = ("term", "benign messages flagged", "share, 95 % interval")
    scale = scale_of((of for of, *_ in worst), Unit.PERCENT)
    return plot(Plot(f"The {len(rows)} terms with most false alarms, of {len(terms)}", head, rows, scale, note=note))


def _gaps(axes: Sequence[Document]) -> str:
    ordered = sorted(axes, key=lambda a: -height(figure(a["gap"])))
    head = ["groups", "gap, points", "ratio"]
    head += [f"{name}, {f}" for name in ("FPED", "FNED", "counterfactual mean", "largest swap") for f in COVERED]
    rows = [
        [a["axis"], points(figure(a["gap"])), number(figure(a["ratio"])) if a["ratio"] else "a group has none",
         *(number(figure(a[name][f])) for name in ("fped", "fned") for f in COVERED),
         *(number(figure(a["counterfactual"][f]["mean"])) for f in COVERED),
         *(_swap(a["counterfactual"][f]) for f in COVERED)]
        for a in ordered
    ]  # fmt: skip
    figures = [(a["axis"], figure(a["gap"])) for a in ordered]
    gaps = [Row(name, (Dot(of, points(of)),)) for name, of in figures]
    note = (
        "Highest less lowest share of false alarms among the groups of a row. FPED and FNED: sum of distances to the "
        "overall rate (Dixon et al. 2018). Counterfactual: change of probability when only the group is swapped."
    )
    shown = Plot(
        "How far groups are apart", ("groups", "gap in false alarms, points", "points, 95 % interval"), gaps,
        scale_of((of for _, of in figures), Unit.POINTS), note=note,
    )  # fmt: skip
    return plot(shown) + details("Ratios, equality differences, counterfactual gaps", head, rows)


def _swap(of: Document) -> str:
    return f"{of['largest']:.3f} ({of['where']})" if of["largest"] is not None else "no pair"


def _ranking(axis: Document, whole: Document) -> str:
    """BPSN: do benign messages that name a group rank below harmful ones that name others?"""

    def bpsn(group: Document) -> list[Read]:
        return [figure(group["auc"][f]["bpsn"]) for f in COVERED]

    groups = sorted(axis["groups"], key=lambda g: min((x.value for x in bpsn(g) if isinstance(x, Estimate)), default=2))
    rows = [Row(named(g), tuple(Dot(x, number(x), at) for at, x in enumerate(bpsn(g)))) for g in groups]
    overall = "; ".join(f"{f} {number(figure(whole['auc'][f]['subgroup']))}" for f in COVERED)
    shown = [x for g in groups for x in bpsn(g)]
    scale = scale_of(shown, Unit.PLAIN, low=None, high=1.0)
    head = ("group", "BPSN AUC", "AUC, 95 % interval")
    note = (
        "BPSN AUC (Borkan et al. 2019): the chance that a harmful message about others scores above a benign one about "
        f"this group. Overall AUC: {overall}."
    )
    return plot(
        Plot("Benign messages of a group against harmful ones of others", head, rows, scale, BY_FAMILY, note=note)
    )


def _found(groups: Sequence[Document], by: str) -> str:
    def recall(group: Document) -> list[Read]:
        return [figure(group["recall"][f]) for f in COVERED]

    shown = [g for g in groups if any(isinstance(x, Estimate) for x in recall(g))]
    shown.sort(key=lambda g: min(x.value for x in recall(g) if isinstance(x, Estimate)))
    rows = [Row(named(g), tuple(Dot(x, percent(x), at) for at, x in enumerate(recall(g)))) for g in shown]
    scale = Scale(0.0, 1.0, PER_CENT.ticks, Unit.PERCENT)
    head = ("group", "harmful templates flagged as their family", "share, 95 % interval")
    return plot(Plot(f"Found {by}, worst first", head, rows, scale, BY_FAMILY))


def _templates(found: Sequence[Document]) -> str:
    """Benign templates flagged with some term: the first thing to mend."""
    if not found:
        return "<h3>Benign templates flagged with some term</h3><p>None.</p>"
    rows = [[t["template"], t["topic"], f"{t['flagged']} of {t['rows']}", str(t["abstained"])] for t in found]
    head = ["template", "topic", "flagged", "abstained"]
    return "<h3>Benign templates flagged with some term, worst first</h3>" + table(head, rows)


def _risk(of: Document) -> str:
    """Risk against coverage over all identity rows."""
    risks = {f: of["overall"]["risk_coverage"][f] for f in COVERED}
    lines = [
        risk_line(f, at, r["area"], of["coverages"], r["curve"])
        for at, (f, r) in enumerate(risks.items())
        if r["curve"]
    ]
    if not lines:
        return ""
    return chart(risk_chart("Risk and coverage on templates", lines, of["coverages"]), "bias-risk")


def risk_line(family: str, series: int, area: Document, coverages: Sequence[float], risks: Sequence[float]) -> Line:
    """The risk of one family at each coverage; the area under it is its mean risk."""
    said = f"{family}: area {spread(figure(area), share=True)}"
    return Line(said, series, tuple(zip(coverages, risks, strict=True)))


def risk_chart(title: str, lines: Sequence[Line], coverages: Sequence[float]) -> Chart:
    """A risk-coverage chart of some lines."""
    top = max(y for one in lines for _, y in one.points)
    head = ["coverage", *(one.said.partition(":")[0] for one in lines)]
    rows = [[f"{c:.0%}", *(f"{one.points[at][1] * 100:.2f} %" for one in lines)] for at, c in enumerate(coverages)]
    note = "Share of wrong answers among the surest messages, if the others were left to people unscored."
    return Chart(
        title, note, ("share of messages answered, surest first", PER_CENT),
        ("wrong among them", span(0.0, max(top, 0.005), Unit.PERCENT)), lines, (0.04, 0.97), (head, rows),
    )  # fmt: skip


def _details(axes: Mapping[str, Document]) -> str:
    """Every figure of every group."""
    head = ["group", "rows", "false alarms", *(f"as {f}" for f in COVERED), "abstained, benign"]
    head += ["sent to review", "abstained"]
    head += [f"{name}, {f}" for name in ("found", "subgroup AUC", "BPSN", "BNSP", "calibration error") for f in COVERED]
    out = []
    for name, axis in axes.items():
        rows = [_every(g) for g in axis["groups"]]
        out.append(details(f"Every figure by {name} ({len(rows)} groups)", head, rows))
    return "<h3>Every group</h3>" + "".join(out)


def _every(g: Document) -> list[str]:
    shares = [g["false_alarms"], *(g["false_alarms_as"][f] for f in COVERED), g["abstained_benign"], g["reviewed"],
              g["abstained"], *(g["recall"][f] for f in COVERED)]  # fmt: skip
    numbers = [g["auc"][f][kind] for kind in ("subgroup", "bpsn", "bnsp") for f in COVERED]
    numbers += [g["calibration_error"][f] for f in COVERED]
    return [
        named(g), f"{g['rows']:,}", *(percent(figure(s)) for s in shares), *(number(figure(x)) for x in numbers),
    ]  # fmt: skip
