"""Measures of how differently groups are treated, each for every group and every bootstrap draw at once.

In: arrays with one entry a row (scores, 0/1 truth, cluster, group) and the weights of `resample`. Out: `Sampled`, or a
`Figure` where one number sums the groups up. Groups with too few rows take no part in a sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cybertriage.figures.metrics import Bools, Estimate, Floats
from cybertriage.figures.resample import MIN_ROWS, Figure, Ints, Sampled, TooFew, interval, ratio_of_sums

CALIBRATION_BINS = 10
COVERAGES = tuple(np.round(np.linspace(0.1, 1.0, 10), 1).tolist())
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Layout:
    """Where rows belong: `cluster` and `group` (rows,), `weights` (draws, clusters), number of groups."""

    cluster: Ints
    group: Ints
    weights: Floats
    groups: int

    def share(self, hit: Bools, among: Bools) -> Sampled:
        """Share of the rows `among` that are `hit`, by group."""
        return ratio_of_sums(
            (hit & among).astype(float), among.astype(float), self.cluster, self.group, self.weights,
            groups=self.groups,
        )  # fmt: skip

    def whole(self) -> Layout:
        """The same rows as one group."""
        return Layout(self.cluster, np.zeros_like(self.group), self.weights, 1)


@dataclass(frozen=True, slots=True)
class Aucs:
    """Borkan et al. (2019): within a group; its benign rows against others' harmful ones; the reverse.

    The rows behind a figure are those of the smaller side, harmful or benign.
    """

    subgroup: Sampled
    bpsn: Sampled
    bnsp: Sampled


def gap(shares: Sampled) -> Figure:
    """Highest minus lowest share over the groups."""
    return _across(shares, lambda x: np.nanmax(x, axis=-1) - np.nanmin(x, axis=-1))


def ratio(shares: Sampled) -> Figure | None:
    """Highest over lowest share; None where some group's share is 0, as no ratio is defined then."""
    if np.any(shares.values[shares.enough] == 0):
        return None
    with np.errstate(invalid="ignore", divide="ignore"):
        return _across(shares, lambda x: np.nanmax(x, axis=-1) / np.nanmin(x, axis=-1))


def worst_low(shares: Sampled) -> Figure:
    """The lowest share over the groups, as worst-group recall."""
    return _across(shares, lambda x: np.nanmin(x, axis=-1))


def equality_difference(shares: Sampled, overall: Sampled) -> Figure:
    """Sum over groups of the distance to the overall share: FPED, FNED (Dixon et al. 2018)."""
    kept = shares.enough
    if kept.sum() < 2:
        return _none(shares)
    value = np.abs(shares.values[kept] - overall.values).sum()
    low, high = interval(np.nansum(np.abs(shares.draws[:, kept] - overall.draws), axis=1))
    return Estimate(float(value), low, high, int(shares.rows[kept].sum()))


def aucs(scores: Floats, truth: Bools, layout: Layout) -> Aucs:
    """Subgroup, BPSN and BNSP AUC of each group, ties counting half."""
    wins, used, positive, negative = _wins(scores, truth, layout)
    own = np.arange(layout.groups)
    others_positive = positive.sum(1, keepdims=True) - positive
    others_negative = negative.sum(1, keepdims=True) - negative
    within = wins[:, own, :, own]  # (group, positive cluster, negative cluster)
    against = wins.sum(1).transpose(2, 0, 1) - within
    from_ = wins.sum(3).transpose(1, 0, 2) - within
    return Aucs(
        _auc(within, positive, negative, used, layout),
        _auc(against, others_positive, negative, used, layout),
        _auc(from_, positive, others_negative, used, layout),
    )


def calibration_error(probabilities: Floats, truth: Bools, layout: Layout) -> Sampled:
    """Expected calibration error of each group over bins of equal mass, fixed before drawing (Naeini et al. 2015)."""
    parts = []
    clusters = layout.weights.shape[1]
    for group in range(layout.groups):
        rows = np.flatnonzero(layout.group == group)
        order = rows[np.argsort(probabilities[rows], kind="stable")]
        bins = np.array_split(order, min(CALIBRATION_BINS, max(1, len(order))))
        gaps = np.zeros((clusters, len(bins)))
        for at, members in enumerate(bins):
            np.add.at(gaps[:, at], layout.cluster[members], probabilities[members] - truth[members])
        count = np.bincount(layout.cluster[rows], minlength=clusters).astype(float)
        parts.append(_one(np.abs(gaps.sum(0)).sum(), np.abs(layout.weights @ gaps).sum(1), count, layout))
    return _joined(parts)


def risk_coverage(scores: Floats, truth: Bools, threshold: float, layout: Layout) -> tuple[Sampled, Floats]:
    """Area under the risk-coverage curve by group, and the curve at `COVERAGES`, shape (groups, coverages).

    A row is answered by its side of `threshold`; the surer, the further its log-odds are from the threshold's. Risk
    is the share of wrong answers among the surest rows (El-Yaniv and Wiener 2010; area: Geifman et al. 2019).
    """
    sure = np.abs(_log_odds(scores) - _log_odds(np.array([threshold])))
    wrong = ((scores >= threshold) != truth).astype(float)
    parts, curves = [], []
    clusters = layout.weights.shape[1]
    for group in range(layout.groups):
        rows = np.flatnonzero(layout.group == group)
        rows = rows[np.argsort(-sure[rows], kind="stable")]
        risk = _tie_means(sure[rows], wrong[rows])
        at = layout.cluster[rows]
        drawn = np.concatenate([_area(risk, w[:, at]) for w in np.array_split(layout.weights, 10)])
        value = _area(risk, np.ones((1, len(rows))))[0]
        count = np.bincount(at, minlength=clusters)
        parts.append(Sampled(np.array([value]), drawn[:, None], np.array([len(rows)]), np.array([(count > 0).sum()])))
        curve = np.cumsum(risk) / np.arange(1, len(rows) + 1)
        picks = [max(0, int(np.ceil(c * len(rows))) - 1) for c in COVERAGES]
        curves.append(curve[picks] if len(rows) else np.full(len(COVERAGES), np.nan))
    return _joined(parts), np.array(curves)


def counterfactual_gap(scores: Floats, swap: Ints, cluster_of_swap: Ints, weights: Floats) -> tuple[Figure, int, float]:
    """Mean |difference| of probability between two rows of a swap set; the set that differs most, and by how much.

    `swap` (rows,) numbers the sets, `cluster_of_swap` (sets,) their clusters. Sets of one row say nothing.
    After Garg et al. (2019), with every pair for the pairs with one original.
    """
    order = np.lexsort((scores, swap))
    sizes = np.bincount(swap, minlength=len(cluster_of_swap))
    start = np.cumsum(sizes) - sizes
    rank = np.arange(len(scores)) - start[swap[order]]
    factor = 2.0 * rank - sizes[swap[order]] + 1
    pairs = sizes * (sizes - 1) / 2
    total = np.bincount(swap[order], factor * scores[order], minlength=len(sizes))
    paired = sizes > 1
    mean = np.where(paired, total / np.maximum(pairs, 1), 0.0)
    same = np.zeros(len(sizes), np.int64)
    found = ratio_of_sums(mean, paired.astype(float), cluster_of_swap, same, weights, groups=1)
    spread = np.zeros(len(sizes))
    high, low = np.full(len(sizes), -np.inf), np.full(len(sizes), np.inf)
    np.maximum.at(high, swap, scores)
    np.minimum.at(low, swap, scores)
    spread[paired] = (high - low)[paired]
    rows = int(sizes[paired].sum())
    figure = Sampled(found.values, found.draws, np.array([rows]), found.clusters).figures()[0]
    worst = int(np.argmax(spread)) if len(spread) else -1
    return figure, worst, float(spread[worst]) if len(spread) else float("nan")


def _across(shares: Sampled, over: Callable[[Floats], Floats]) -> Figure:
    kept = shares.enough
    if kept.sum() < 2:
        return _none(shares)
    low, high = interval(over(shares.draws[:, kept]))
    return Estimate(float(over(shares.values[kept])), low, high, int(shares.rows[kept].sum()))


def _none(shares: Sampled) -> TooFew:
    return TooFew(int(shares.rows.sum()), int(shares.clusters.max(initial=0)))


def _wins(scores: Floats, truth: Bools, layout: Layout) -> tuple[Floats, list[Ints], Floats, Floats]:
    """Pairs won by the positive row, shape (positive clusters, groups, negative clusters, groups), and row counts.

    Cluster axes run over the clusters that have such rows only; these are the second thing handed back.
    """
    g, clusters = layout.groups, layout.weights.shape[1]
    cell = layout.cluster * g + layout.group
    counts: list[Floats] = [
        np.bincount(cell[of], minlength=clusters * g).reshape(clusters, g).astype(np.float64) for of in (truth, ~truth)
    ]
    used: list[Ints] = [np.flatnonzero(c.sum(1)).astype(np.int64) for c in counts]
    wins = np.zeros((len(used[0]), g, len(used[1]), g))
    negative = np.flatnonzero(~truth)
    place = np.searchsorted(used[1], layout.cluster[negative]) * g + layout.group[negative]
    for at, cluster in enumerate(used[0]):
        for group in np.flatnonzero(counts[0][cluster]):
            mine = np.sort(scores[truth & (layout.cluster == cluster) & (layout.group == group)])
            above = len(mine) - np.searchsorted(mine, scores[negative], "right")
            equal = len(mine) - np.searchsorted(mine, scores[negative], "left") - above
            wins[at, group] = np.bincount(place, above + equal / 2, minlength=len(used[1]) * g).reshape(-1, g)
    return wins, used, counts[0], counts[1]


def _auc(wins: Floats, positive: Floats, negative: Floats, used: list[Ints], layout: Layout) -> Sampled:
    """AUC by group from `wins` (groups, positive clusters, negative clusters) and counts (clusters, groups)."""
    w = [layout.weights[:, at] for at in used]
    n = [counts[at] for counts, at in zip((positive, negative), used, strict=True)]
    rows = np.minimum(n[0].sum(0), n[1].sum(0)).astype(np.int64)
    won = np.full((len(layout.weights), layout.groups), np.nan)
    for group in np.flatnonzero(rows >= MIN_ROWS):  # the others get no figure, and their draws would take the longest
        won[:, group] = ((w[0] @ wins[group]) * w[1]).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = wins.sum((1, 2)) / (n[0].sum(0) * n[1].sum(0))
        drawn = won / ((w[0] @ n[0]) * (w[1] @ n[1]))
    return Sampled(values, drawn, rows, np.minimum((n[0] > 0).sum(0), (n[1] > 0).sum(0)))


def _one(value: float, drawn: Floats, count: Floats, layout: Layout) -> Sampled:
    with np.errstate(invalid="ignore", divide="ignore"):
        values, draws = np.array([value / count.sum()]), (drawn / (layout.weights @ count))[:, None]
    return Sampled(values, draws, np.array([int(count.sum())]), np.array([int((count > 0).sum())]))


def _joined(parts: list[Sampled]) -> Sampled:
    return Sampled(
        np.concatenate([p.values for p in parts]), np.concatenate([p.draws for p in parts], axis=1),
        np.concatenate([p.rows for p in parts]), np.concatenate([p.clusters for p in parts]),
    )  # fmt: skip


def _area(risk: Floats, weights: Floats) -> Floats:
    """Mean over coverage of the weighted risk so far; `risk` (rows,) surest first, `weights` (draws, rows)."""
    so_far = np.cumsum(weights, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        curve = np.where(so_far > 0, np.cumsum(weights * risk, axis=1) / so_far, 0.0)
        area: Floats = (curve * weights).sum(1) / weights.sum(1)
    return area


def _tie_means(sure: Floats, wrong: Floats) -> Floats:
    """Errors of equally sure rows shared among them, so that their order cannot matter."""
    _, place, count = np.unique(-sure, return_inverse=True, return_counts=True)
    means: Floats = (np.bincount(place, wrong, minlength=len(count)) / count)[place]
    return means


def _log_odds(probabilities: Floats) -> Floats:
    clipped = np.clip(probabilities, _TINY, 1 - _TINY)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds
