from __future__ import annotations

import numpy as np
import pytest

from cybertriage import InputError
from cybertriage.calibrate import Calibration, sigmoid

DATA = {"fraud": {"default": [1.0, 0.0], "kk": [2.0, -1.0]}, "radical": {"default": [0.5, 1.0]}}


def test_each_form_has_its_own_line_and_others_the_default() -> None:
    logits = np.array([[1.0, 2.0], [1.0, 2.0]], np.float32)
    odds = Calibration.from_json(DATA).log_odds(logits, ("fraud", "radical"), ["kk", "ru"])
    assert odds.tolist() == [[1.0, 2.0], [1.0, 2.0]]
    steep = Calibration.from_json(DATA).log_odds(logits * 2, ("fraud", "radical"), ["kk", "ru"])
    assert steep.tolist() == [[3.0, 3.0], [2.0, 3.0]]


def test_round_trip() -> None:
    assert Calibration.from_json(DATA).to_json() == DATA


@pytest.mark.parametrize(
    "bad", [{"fraud": {"kk": [1, 0]}}, {"fraud": {"default": [0, 0]}}, {"fraud": {"default": [-1, 0]}}]
)
def test_a_line_that_could_reverse_the_ranking_is_refused(bad: dict) -> None:
    with pytest.raises(InputError, match="fraud"):
        Calibration.from_json(bad)


def test_sigmoid_is_finite_at_the_ends() -> None:
    assert sigmoid(np.array([-1e9, 0.0, 1e9])).tolist() == pytest.approx([0.0, 0.5, 1.0])
