"""Cluster bootstrap as one matrix of weights, and figures that say when there is too little for them.

In: the cluster of each row (a template, or the row itself). Out: `Figure`s with 95 % percentile intervals.
A draw is a row of weights over clusters, so every figure of every draw is a matrix product: no loop over draws.
Clusters are drawn whole within their stratum (Davison and Hinkley 1997, ch. 3.8): rows of one template differ by one
word, so drawing rows one by one would make intervals far too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cybertriage.figures.metrics import Bools, Estimate, Floats, wilson

Ints = NDArray[np.int64]
MIN_ROWS, MIN_CLUSTERS = 30, 5


@dataclass(frozen=True, slots=True)
class TooFew:
    """No figure: only `n` rows in `clusters` clusters, where `MIN_ROWS` and `MIN_CLUSTERS` are wanted."""

    n: int
    clusters: int


Figure = Estimate | TooFew


def height(figure: Figure | None) -> float:
    """The value to sort by; below every share where there is no figure, so that worst first puts it last."""
    return figure.value if isinstance(figure, Estimate) else -1.0


@dataclass(frozen=True, slots=True)
class Sampled:
    """A measure of several groups: `values` (groups,), `draws` (draws, groups), rows and clusters behind each."""

    values: Floats
    draws: Floats
    rows: Ints
    clusters: Ints

    @property
    def enough(self) -> Bools:
        """Which groups have rows and clusters enough for a figure; shape (groups,)."""
        found: Bools = (self.rows >= MIN_ROWS) & (self.clusters >= MIN_CLUSTERS)
        return found & ~np.isnan(self.values)

    def figures(self) -> tuple[Figure, ...]:
        """One figure a group."""
        return tuple(self._figure(at) for at in range(len(self.values)))

    def shares(self) -> tuple[Figure, ...]:
        """One figure a group, for shares: where no draw differs from 0 or 1, Wilson's interval over clusters.

        A bootstrap of nothing seen has an interval of no width; with clusters for rows Wilson's is wide, not narrow.
        """
        out: list[Figure] = []
        for at, value in enumerate(self.values):
            figure = self._figure(at)
            if isinstance(figure, Estimate) and value in (0.0, 1.0):
                low_high = wilson(round(value * self.clusters[at]), int(self.clusters[at]))
                figure = Estimate(figure.value, low_high.low, low_high.high, figure.n)
            out.append(figure)
        return tuple(out)

    def _figure(self, at: int) -> Figure:
        if not self.enough[at]:
            return TooFew(int(self.rows[at]), int(self.clusters[at]))
        low, high = interval(self.draws[:, at])
        return Estimate(float(self.values[at]), low, high, int(self.rows[at]))


def cluster_weights(strata: Sequence[str], *, draws: int, seed: int) -> Floats:
    """How often each cluster is drawn, shape (draws, clusters); `strata` names the stratum of each cluster."""
    rng = np.random.default_rng(seed)
    weights = np.zeros((draws, len(strata)))
    names = np.array(strata)
    for name in dict.fromkeys(strata):
        members = np.flatnonzero(names == name)
        weights[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), draws)
    return weights


def ratio_of_sums(top: Floats, bottom: Floats, cluster: Ints, group: Ints, weights: Floats, *, groups: int) -> Sampled:
    """Sum of `top` over sum of `bottom`, both (rows,), for each group; the mean of `top` where `bottom` counts rows.

    Rows with `bottom` 0 count for nothing.
    """
    shape = (weights.shape[1], groups)
    tops, bottoms, counted = np.zeros(shape), np.zeros(shape), np.zeros(shape, np.int64)
    np.add.at(tops, (cluster, group), top)
    np.add.at(bottoms, (cluster, group), bottom)
    np.add.at(counted, (cluster, group), bottom > 0)
    return ratio_of_columns(tops, bottoms, counted, weights)


def ratio_of_columns(tops: Floats, bottoms: Floats, counted: Ints, weights: Floats) -> Sampled:
    """Sum of each column of `tops` over that of `bottoms`; all (clusters, groups), `counted` the rows behind a cell."""
    with np.errstate(invalid="ignore", divide="ignore"):
        values, drawn = tops.sum(0) / bottoms.sum(0), (weights @ tops) / (weights @ bottoms)
    return Sampled(values, drawn, counted.sum(0), (counted > 0).sum(0))


def interval(draws: Floats) -> tuple[float, float]:
    """95 % percentile interval over draws that have a value; its bounds are values of draws, infinite ones too."""
    sane = draws[~np.isnan(draws)]
    low, high = np.percentile(sane, [2.5, 97.5], method="inverted_cdf") if len(sane) else (np.nan, np.nan)
    return float(low), float(high)
