"""Measures for triage: recall at a false-positive rate, AUPRC, AUROC, calibration error; intervals by bootstrap.

In: scores or probabilities and 0/1 truth, both of shape (n,). Out: floats, 0 to 1, or NaN where a class is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured value with a bootstrap percentile interval and the number of rows behind it."""

    value: float
    low: float
    high: float
    n: int


def auroc(scores: Floats, truth: Bools) -> float:
    """Chance that a true row scores above a false one, ties counting half (Hanley and McNeil 1982)."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[inverse][truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auprc(scores: Floats, truth: Bools) -> float:
    """Average precision: the area under the precision-recall steps, ties taken together."""
    if not truth.any():
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    precision, recall = hits[last] / (last + 1), hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def recall_at_fpr(scores: Floats, truth: Bools, *, fpr: float = 0.01) -> float:
    """Highest recall of a threshold that flags at most `fpr` of the false rows."""
    if not truth.any() or truth.all():
        return float("nan")
    negatives = np.sort(scores[~truth])[::-1]
    allowed = int(np.floor(fpr * len(negatives)))
    return float((scores[truth] > negatives[allowed]).mean()) if allowed < len(negatives) else 1.0


def expected_calibration_error(probabilities: Floats, truth: Bools, *, bins: int = 10) -> float:
    """Mean gap between stated probability and frequency over bins of equal mass (Naeini et al. 2015)."""
    if not len(truth):
        return float("nan")
    parts = np.array_split(np.argsort(probabilities, kind="stable"), min(bins, len(truth)))
    gaps = [len(p) * abs(float(probabilities[p].mean()) - float(truth[p].mean())) for p in parts if len(p)]
    return sum(gaps) / len(truth)


def bootstrap(
    measure: Callable[[Floats, Bools], float], scores: Floats, truth: Bools, *, draws: int = 1000, seed: int = 0
) -> Estimate:
    """The measure with its 95 % percentile interval over resampled rows (Efron and Tibshirani 1993)."""
    rng = np.random.default_rng(seed)
    n = len(scores)
    values = [measure(scores[pick], truth[pick]) for pick in rng.integers(0, n, (draws, n))] if n else []
    sane = [v for v in values if not np.isnan(v)]
    low, high = np.percentile(sane, [2.5, 97.5]) if sane else (float("nan"), float("nan"))
    return Estimate(measure(scores, truth), float(low), float(high), n)


def wilson(flagged: int, n: int) -> Estimate:
    """A share with its 95 % score interval (Wilson 1927), honest at zero flags."""
    if not n:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    z, share = 1.959964, flagged / n
    middle, spread = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Estimate(share, max(0.0, float((middle - spread) / scale)), min(1.0, float((middle + spread) / scale)), n)
