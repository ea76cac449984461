"""Points of the curves that a report draws: reliability, precision and recall, risk and coverage.

In: probabilities of one family, truth and what was flagged, all (rows,). Out: `Curves`, a few dozen numbers each, with
95 % intervals where a share stands. Tells nothing of single rows, so it may leave with a report.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cybertriage.evaluate.bias_metrics import COVERAGES, Layout
from cybertriage.evaluate.bias_metrics import risk_coverage as _risk_coverage
from cybertriage.figures.metrics import Bools, Estimate, Floats, wilson
from cybertriage.figures.resample import Figure, cluster_weights

BINS = 10
_POINTS = 60


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows whose probability is from `low` to below `high` (the last bin: to 1): mean of it, and share that is true."""

    low: float
    high: float
    stated: float
    observed: Estimate


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What is flagged in use, at the policy's threshold and after abstaining."""

    precision: Estimate
    recall: Estimate


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves of one family. `precision_recall`: (recall, precision), recall rising; `prevalence`: share that is true.

    `risk_area`: area under the risk-coverage curve, 0 best; `risks`: its risk at each of `coverages`.
    """

    rows: int
    positives: int
    threshold: float
    reliability: tuple[ReliabilityBin, ...]
    precision_recall: tuple[tuple[float, float], ...]
    operating: OperatingPoint
    risk_area: Figure
    coverages: tuple[float, ...]
    risks: tuple[float, ...]

    @property
    def prevalence(self) -> float:
        """Share of true rows: the precision of flagging everything."""
        return self.positives / self.rows if self.rows else float("nan")


def curves(
    probabilities: Floats, truth: Bools, flagged: Bools, *, threshold: float, draws: int = 1000, seed: int = 0
) -> Curves:
    """All curves of one family; `threshold`: the probability from which the policy flags.

    `draws`, `seed`: of the bootstrap over rows behind `risk_area`.
    """
    rows = len(truth)
    layout = Layout(
        np.arange(rows), np.zeros(rows, np.int64), cluster_weights(["row"] * rows, draws=draws, seed=seed), 1
    )
    area, risks = _risk_coverage(probabilities, truth, threshold, layout)
    hits = int((flagged & truth).sum())
    return Curves(
        rows, int(truth.sum()), threshold, reliability(probabilities, truth), precision_recall(probabilities, truth),
        OperatingPoint(wilson(hits, int(flagged.sum())), wilson(hits, int(truth.sum()))),
        area.figures()[0], COVERAGES, tuple(risks[0].tolist()),
    )  # fmt: skip


def reliability(probabilities: Floats, truth: Bools, *, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """Bins of equal width that hold rows (DeGroot and Fienberg 1983).

    Of equal width, not of equal mass as for the calibration error: nearly all probabilities of a rare family are near
    0, and the plot must show the others.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    of = np.clip(np.digitize(probabilities, edges[1:-1]), 0, bins - 1)
    return tuple(
        ReliabilityBin(
            float(edges[at]), float(edges[at + 1]), float(probabilities[of == at].mean()),
            wilson(int(truth[of == at].sum()), int((of == at).sum())),
        )
        for at in np.unique(of).tolist()
    )  # fmt: skip


def precision_recall(probabilities: Floats, truth: Bools, *, points: int = _POINTS) -> tuple[tuple[float, float], ...]:
    """(recall, precision) at falling thresholds, equal probabilities taken together; about `points` of them.

    Of the points in one step of recall the one with the highest precision is kept, and both ends.
    """
    if not truth.any():
        return ()
    order = np.argsort(-probabilities, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.append(np.flatnonzero(np.diff(probabilities[order])), len(order) - 1)
    recall, precision = hits[last] / hits[-1], hits[last] / (last + 1)
    step = np.floor(recall * points).astype(np.int64)
    best = np.lexsort((-precision, step))
    kept = set(best[np.unique(step[best], return_index=True)[1]].tolist()) | {0, len(last) - 1}
    return tuple((float(recall[at]), float(precision[at])) for at in sorted(kept))
