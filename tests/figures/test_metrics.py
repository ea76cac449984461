from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from cybertriage.figures.metrics import auprc, auroc, bootstrap, expected_calibration_error, recall_at_fpr, wilson

pairs = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), st.booleans()), min_size=2, max_size=40)


@given(pairs)
def test_areas_agree_with_scikit_learn_ties_included(rows: list[tuple[float, bool]]) -> None:
    scores, truth = np.array([s for s, _ in rows]), np.array([t for _, t in rows])
    if truth.any() and not truth.all():
        assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))
        assert auprc(scores, truth) == pytest.approx(average_precision_score(truth, scores))
    else:
        assert np.isnan(auroc(scores, truth))


def test_recall_at_a_false_positive_rate_counts_what_lies_strictly_above() -> None:
    scores = np.array([*np.linspace(0, 1, 100), 0.995, 0.5, 0.2])
    truth = np.array([False] * 100 + [True] * 3)
    assert recall_at_fpr(scores, truth, fpr=0.01) == pytest.approx(1 / 3)
    assert recall_at_fpr(scores, truth, fpr=0.55) == pytest.approx(2 / 3)
    assert recall_at_fpr(scores, truth, fpr=1.0) == 1.0


@given(pairs)
def test_no_threshold_of_the_stated_rate_is_exceeded(rows: list[tuple[float, bool]]) -> None:
    scores, truth = np.array([s for s, _ in rows]), np.array([t for _, t in rows])
    if truth.any() and not truth.all():
        assert 0 <= recall_at_fpr(scores, truth, fpr=0.2) <= 1


def test_calibration_error_of_the_right_and_the_wrong() -> None:
    truth = np.array([False, True] * 500)
    assert expected_calibration_error(np.full(1000, 0.5), truth, bins=1) == pytest.approx(0.0)
    assert expected_calibration_error(np.full(1000, 0.9), truth, bins=1) == pytest.approx(0.4)
    assert np.isnan(expected_calibration_error(np.zeros(0), np.zeros(0, bool)))


def test_intervals_hold_the_value_and_are_seeded() -> None:
    rng = np.random.default_rng(0)
    scores, truth = rng.random(200), rng.random(200) < 0.3
    one, two = (bootstrap(auroc, scores, truth, draws=50) for _ in range(2))
    assert one == two
    assert one.low <= one.value <= one.high
    assert one.n == 200


def test_a_share_of_nothing_seen_still_has_an_upper_bound() -> None:
    assert wilson(0, 300).high == pytest.approx(0.0126, abs=1e-3)
    assert wilson(0, 300).value == 0
    assert np.isnan(wilson(0, 0).value)
