"""Points of reliability, precision-recall and risk-coverage curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.curves import curves, precision_recall, reliability
from cybertriage.figures.metrics import Estimate, auprc
from cybertriage.figures.resample import TooFew

Rows = st.integers(1, 60).flatmap(
    lambda n: st.tuples(arrays.arrays(float, n, elements=st.floats(0, 1)), arrays.arrays(bool, n))
)


@given(rows=Rows)
def test_bins_hold_every_row_once_and_their_own_probabilities(rows: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, truth = rows
    bins = reliability(probabilities, truth)
    assert sum(b.observed.n for b in bins) == len(truth)
    assert sum(round(b.observed.value * b.observed.n) for b in bins) == truth.sum()
    assert all(b.low - 1e-9 <= b.stated <= b.high + 1e-9 for b in bins)
    assert [b.low for b in bins] == sorted(b.low for b in bins)


@given(rows=Rows)
def test_points_are_true_ones_and_end_at_full_recall(rows: tuple[np.ndarray, np.ndarray]) -> None:
    probabilities, truth = rows
    points = precision_recall(probabilities, truth, points=10)
    if not truth.any():
        assert points == ()
        return
    possible = {
        (truth[probabilities >= at].sum() / truth.sum(), truth[probabilities >= at].mean()) for at in probabilities
    }
    assert len(points) <= 13
    for point in points:
        assert min(np.hypot(point[0] - r, point[1] - p) for r, p in possible) < 1e-9
    assert points[-1] == (1.0, pytest.approx(truth.mean()))
    assert [r for r, _ in points] == sorted(r for r, _ in points)


def test_thinned_points_keep_the_area() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(4000) < 0.2
    scores = rng.normal(size=4000) + 1.5 * truth
    path = np.array(precision_recall(scores, truth))
    assert len(path) < 70
    area = np.trapezoid(path[:, 1], path[:, 0]) + path[0, 0] * path[0, 1]
    assert area == pytest.approx(auprc(scores, truth), abs=0.02)


def test_all_curves_of_a_perfect_family() -> None:
    truth = np.arange(100) % 2 == 0
    found = curves(np.where(truth, 0.95, 0.05), truth, truth, threshold=0.5, draws=20)
    assert found.risks == (0.0,) * 10
    assert isinstance(found.risk_area, Estimate)
    assert found.operating.precision.value == found.operating.recall.value == 1
    assert [round(b.observed.value, 2) for b in found.reliability] == [0, 1]
    assert found.prevalence == 0.5


def test_few_rows_have_no_area_and_no_flag_no_precision() -> None:
    truth = np.array([True, False, False])
    found = curves(np.array([0.2, 0.1, 0.3]), truth, np.zeros(3, bool), threshold=0.5, draws=20)
    assert isinstance(found.risk_area, TooFew)
    assert np.isnan(found.operating.precision.value)
    assert found.operating.recall.value == 0
