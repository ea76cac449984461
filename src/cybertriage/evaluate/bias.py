"""Bias: are messages treated alike whatever group they name, in whatever form and style they are written?

In: a `Triage` and templates with a slot for a group. Out: a `BiasReport`: for every axis (`trait`, each trait by its
terms, language `form`, writing `style`) and each of its groups false alarms first, then recall, ranking, calibration,
abstention and risk-coverage; groups worst first.
Intervals are 95 %, by cluster bootstrap over templates. They hold for templates like these, not for all messages; with
many terms some look worst by chance, so read a term's figure with its interval.
Invariants: a report holds ids, never a message; a group with too few rows has `TooFew` in the place of a figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cybertriage.evaluate import bias_metrics as measure
from cybertriage.evaluate.bias_metrics import Layout
from cybertriage.evaluate.covered import COVERED
from cybertriage.evaluate.templates import Probe, Template, form_probes, identity_probes, load_templates
from cybertriage.figures.metrics import Bools, Estimate, Floats
from cybertriage.figures.resample import Figure, cluster_weights, height
from cybertriage.triage import Triage
from cybertriage.types import Decision, Verdict
from cybertriage.variation.groups import traits

ByFamily = Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Area under the risk-coverage curve, 0 best, and its risk at each of the report's `coverages`."""

    area: Figure
    curve: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GroupAucs:
    """Ranking figures of one group and family (Borkan et al. 2019)."""

    subgroup: Figure
    bpsn: Figure
    bnsp: Figure


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Figures of one group. Shares 0 to 1 at the policy's thresholds; false alarms are of benign templates.

    `false_alarms`: decision `review` for whatever family. `reviewed` and `abstained`: of all rows, harmful ones too;
    `abstained_benign`: of benign rows. `recall`: of templates of the family, flagged as it.
    """

    group: str
    rows: int
    templates: int
    false_alarms: Figure
    false_alarms_as: ByFamily
    abstained_benign: Figure
    recall: ByFamily
    reviewed: Figure
    abstained: Figure
    auc: Mapping[str, GroupAucs]
    calibration_error: ByFamily
    risk_coverage: Mapping[str, RiskCoverage]


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """|Difference| of a family's probability between messages that differ only in the group.

    `mean` over all pairs of benign templates; `largest` difference and the swap set (template id) where it is.
    """

    mean: Figure
    largest: float
    where: str


@dataclass(frozen=True, slots=True)
class AxisFigures:
    """One axis: its groups, most false alarms first, and how far they are apart.

    `gap`: highest less lowest share of false alarms. `ratio`: highest over lowest; None where a group has none, its
    upper bound infinite where some draw has none. Where no false alarm was seen at all, the interval of `gap` has no
    width: read those of the groups.
    `fped`, `fned`: sum over groups of the distance to the overall rate of false alarms, of misses (Dixon et al. 2018).
    """

    axis: str
    gap: Figure
    ratio: Figure | None
    fped: ByFamily
    fned: ByFamily
    worst_recall: ByFamily
    counterfactual: Mapping[str, Counterfactual]
    groups: tuple[GroupFigures, ...]


@dataclass(frozen=True, slots=True)
class TemplateCount:
    """One benign template: how many terms it was filled with, with how many it was flagged and abstained on."""

    template: str
    topic: str
    rows: int
    flagged: int
    abstained: int


@dataclass(frozen=True, slots=True)
class BiasReport:
    """Everything that `evaluate_bias` found; `overall` is all identity rows as one group.

    `topics`: identity rows by what the template is about. `flagged_templates`: benign templates with a false alarm.
    """

    model: str
    policy: str
    rows: int
    templates: int
    draws: int
    seed: int
    coverages: tuple[float, ...]
    overall: GroupFigures
    axes: tuple[AxisFigures, ...]
    topics: tuple[GroupFigures, ...]
    flagged_templates: tuple[TemplateCount, ...]


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the triage said to each row of one axis, as arrays (rows,), and how rows are grouped."""

    names: tuple[str, ...]
    layout: Layout
    truth: Mapping[str, Bools]
    reviewed: Bools
    abstained: Bools
    flagged: Mapping[str, Bools]
    scores: Mapping[str, Floats]
    thresholds: Mapping[str, float]

    def only(self, rows: Bools) -> _Answers:
        """The same for some of the rows."""
        layout = Layout(self.layout.cluster[rows], self.layout.group[rows], self.layout.weights, self.layout.groups)
        parts = [{name: of[rows] for name, of in each.items()} for each in (self.truth, self.flagged)]
        return _Answers(
            self.names, layout, parts[0], self.reviewed[rows], self.abstained[rows], parts[1],
            {name: of[rows] for name, of in self.scores.items()}, self.thresholds,
        )  # fmt: skip


def evaluate_bias(
    triage: Triage, *, templates: Sequence[Template] | None = None, per_trait: int | None = None,
    draws: int = 1000, seed: int = 0,
) -> BiasReport:  # fmt: skip
    """Measure a triage on templates, the shipped ones by default, under its policy.

    `per_trait`: put at most so many terms of each trait into a template, drawn with `seed`; all by default (about
    18,000 messages). `draws`: bootstrap draws behind each interval.
    """
    templates = load_templates() if templates is None else templates
    identity = identity_probes(templates, per_trait=per_trait, seed=seed)
    probes = identity + form_probes(templates, seed=seed)
    texts = list(dict.fromkeys(probe.text for probe in probes))
    verdicts = dict(zip(texts, triage.run(texts), strict=True))
    weights = cluster_weights([f"{t.language}/{t.truth}" for t in templates], draws=draws, seed=seed)
    place = {template.id: at for at, template in enumerate(templates)}

    def answers(rows: Sequence[Probe], groups: Sequence[str]) -> _Answers:
        return _answers(rows, groups, [verdicts[row.text] for row in rows], place, weights, triage)

    whole = answers(identity, ["all"] * len(identity))
    axes = [_axis("trait", identity, answers(identity, [p.axis for p in identity]))]
    for axis in (*traits(), "form", "style"):
        rows = [probe for probe in probes if probe.axis == axis]
        if rows:
            axes.append(_axis(axis, rows, answers(rows, [p.group for p in rows])))
    topics = _worst_first(_groups(answers(identity, [p.template.topic for p in identity])))
    return BiasReport(
        triage.model, triage.policy.name, len(probes), len(templates), draws, seed, measure.COVERAGES,
        _groups(whole)[0], tuple(axes), topics, _flagged_templates(templates, whole),
    )  # fmt: skip


def _answers(
    rows: Sequence[Probe], groups: Sequence[str], verdicts: Sequence[Verdict], place: Mapping[str, int],
    weights: Floats, triage: Triage,
) -> _Answers:  # fmt: skip
    names = tuple(dict.fromkeys(groups))
    index = {name: at for at, name in enumerate(names)}
    layout = Layout(
        np.array([place[r.template.id] for r in rows]), np.array([index[g] for g in groups]), weights, len(names)
    )
    return _Answers(
        names, layout,
        {name: np.array([r.template.truth == name for r in rows]) for name in ("benign", *COVERED)},
        np.array([v.decision is Decision.REVIEW for v in verdicts]),
        np.array([v.decision is Decision.ABSTAIN for v in verdicts]),
        {family: np.array([family in v.labels for v in verdicts]) for family in COVERED},
        {family: np.array([v.scores[family] for v in verdicts]) for family in COVERED},
        {family: triage.policy.bands[family].review for family in COVERED},
    )  # fmt: skip


def _axis(axis: str, rows: Sequence[Probe], said: _Answers) -> AxisFigures:
    benign = said.truth["benign"]
    alarms = said.layout.share(said.reviewed, benign)
    whole = said.layout.whole()

    def apart(hit: Bools, among: Bools) -> Figure:
        return measure.equality_difference(said.layout.share(hit, among), whole.share(hit, among))

    fped = {f: apart(said.flagged[f], benign) for f in COVERED}
    fned = {f: apart(~said.flagged[f], said.truth[f]) for f in COVERED}
    worst = {f: measure.worst_low(said.layout.share(said.flagged[f], said.truth[f])) for f in COVERED}
    return AxisFigures(
        axis, measure.gap(alarms), measure.ratio(alarms), fped, fned, worst,
        {family: _counterfactual(rows, said, family) for family in COVERED}, _worst_first(_groups(said)),
    )  # fmt: skip


def _worst_first(groups: Sequence[GroupFigures]) -> tuple[GroupFigures, ...]:
    return tuple(sorted(groups, key=lambda g: (-height(g.false_alarms), -height(g.abstained_benign))))


def _flagged_templates(templates: Sequence[Template], said: _Answers) -> tuple[TemplateCount, ...]:
    """Counts of the benign templates that were flagged with some term, most first."""
    cluster, benign = said.layout.cluster, said.truth["benign"]
    flagged, abstained = benign & said.reviewed, benign & said.abstained
    counts = (np.bincount(cluster[of], minlength=len(templates)).tolist() for of in (benign, flagged, abstained))
    found = [TemplateCount(t.id, t.topic, *of) for t, *of in zip(templates, *counts, strict=True) if of[1]]
    return tuple(sorted(found, key=lambda c: -c.flagged / c.rows))


def _counterfactual(rows: Sequence[Probe], said: _Answers, family: str) -> Counterfactual:
    benign = np.flatnonzero(said.truth["benign"]).tolist()
    names = list(dict.fromkeys(rows[at].swap for at in benign))
    index = {name: at for at, name in enumerate(names)}
    swap = np.array([index[rows[at].swap] for at in benign], dtype=np.int64)
    cluster = np.zeros(len(names), np.int64)
    cluster[swap] = said.layout.cluster[benign]
    mean, where, largest = measure.counterfactual_gap(said.scores[family][benign], swap, cluster, said.layout.weights)
    return Counterfactual(mean, largest, names[where] if names else "")


def _groups(said: _Answers) -> list[GroupFigures]:
    """Figures of every group, in the order of `said.names`."""
    benign, anything = said.truth["benign"], np.ones(len(said.reviewed), bool)
    share = said.layout.share
    alarms, calm = share(said.reviewed, benign).shares(), share(said.abstained, benign).shares()
    all_reviewed, abstained = share(said.reviewed, anything), share(said.abstained, anything).shares()
    reviewed = all_reviewed.shares()
    alarms_as = {f: share(said.flagged[f], benign).shares() for f in COVERED}
    recall = {f: share(said.flagged[f], said.truth[f]).shares() for f in COVERED}
    ranked = {f: _ranked(said.only(benign | said.truth[f]), f) for f in COVERED}
    return [
        GroupFigures(
            name, int(all_reviewed.rows[at]), int(all_reviewed.clusters[at]), alarms[at],
            {f: alarms_as[f][at] for f in COVERED}, calm[at], {f: recall[f][at] for f in COVERED},
            reviewed[at], abstained[at], {f: ranked[f].aucs[at] for f in COVERED},
            {f: ranked[f].calibration[at] for f in COVERED}, {f: ranked[f].risk[at] for f in COVERED},
        )
        for at, name in enumerate(said.names)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Figures of one family that need scores, by group."""

    aucs: tuple[GroupAucs, ...]
    calibration: tuple[Figure, ...]
    risk: tuple[RiskCoverage, ...]


def _ranked(said: _Answers, family: str) -> _Ranked:
    scores, truth, layout = said.scores[family], said.truth[family], said.layout
    found = measure.aucs(scores, truth, layout)
    parts = (found.subgroup, found.bpsn, found.bnsp)
    area, curve = measure.risk_coverage(scores, truth, said.thresholds[family], layout)
    return _Ranked(
        tuple(GroupAucs(*of) for of in zip(*(x.figures() for x in parts), strict=True)),
        measure.calibration_error(scores, truth, layout).figures(),
        tuple(RiskCoverage(figure, _points(figure, curve[at])) for at, figure in enumerate(area.figures())),
    )  # fmt: skip


def _points(figure: Figure, risks: Floats) -> tuple[float, ...]:
    return tuple(risks.tolist()) if isinstance(figure, Estimate) else ()
