"""Choose the shipped policy on held-out scores: as many true flags as the worst kind of false alarm allows.

In: calibrated out-of-fold probabilities of the authored rows. Out: the text of `policy.toml`.
Rule: a family is flagged from the lowest probability at which at most `MAX_FALSE_ALARMS` of all benign authored rows,
and of the hard ones alone (genuine notices for fraud, protected speech for radical), lie above; it is clear below
the probability that leaves `MAX_CLEARED` of the true rows under it. Between the two the answer is to abstain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cybertriage.calibrate import Calibration
from cybertriage.types import FAMILIES
from training.corpus import Authored, truth_and_hard
from training.train_fast import outputs

MAX_FALSE_ALARMS = 0.01
MAX_CLEARED = 0.10


def band(probability: NDArray[np.float64], rows: list[Authored], family: str) -> tuple[float, float]:
    """(clear, review) thresholds of one family."""
    true, hard = truth_and_hard(rows, family)
    review = max(float(np.quantile(probability[mask], 1 - MAX_FALSE_ALARMS)) for mask in (~true, hard))
    clear = float(np.quantile(probability[true], MAX_CLEARED))
    review = min(0.999, round(review + 0.0005, 3))
    return round(min(clear, review), 3), review


def choose_policy(calibration: Calibration, logits: NDArray[np.float32], rows: list[Authored]) -> str:
    """`policy.toml` for the held-out scores."""
    probabilities = calibration.probabilities(logits, outputs(), [row.form for row in rows])
    bands = {f: band(probabilities[:, outputs().index(f)], rows, f) for f in FAMILIES}
    return _TEMPLATE.format(
        **{f"{f}_{k}": v for f in FAMILIES for k, v in zip(("clear", "review"), bands[f], strict=True)},
        urgent_from=max(0.9, *(review for _, review in bands.values())),
    )


_TEMPLATE = """\
# Thresholds on calibrated probabilities, 0 to 1. Chosen by training/thresholds.py on held-out rows.
name = "default"

[fraud]
clear = {fraud_clear}
review = {fraud_review}

[radical]
clear = {radical_clear}
review = {radical_review}

[labels]
named = 0.4

[frames]
seen = 0.5
cap = 0.8
cap_yields = 0.8

[priority]
urgent = {urgent_from}
"""
