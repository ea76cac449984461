"""Conformal risk control: the promise holds on average over samples, not just on the rows it was set on."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cybertriage.finetune.thresholds import controlled


@given(st.integers(120, 600), st.integers(0, 1000))
def test_the_share_above_stays_under_the_limit_with_its_correction(n: int, seed: int) -> None:
    scores = np.random.default_rng(seed).random(n)
    above = (scores >= controlled(scores, 0.05)).sum()
    assert (above + 1) / (n + 1) <= 0.05


def test_the_risk_on_new_rows_is_controlled_on_average() -> None:
    rng = np.random.default_rng(0)
    # Of uniform scores the share at or above a threshold is what it lacks to one.
    risks = [1 - controlled(rng.random(300), 0.02) for _ in range(4000)]
    assert np.mean(risks) <= 0.0203


def test_too_few_rows_take_the_highest_score() -> None:
    scores = np.array([0.1, 0.9, 0.3])
    assert 0.9 < controlled(scores, 0.01) < 0.9 + 1e-9
