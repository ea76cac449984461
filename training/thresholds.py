"""Choose the shipped policy on held-out scores: as many true flags as the worst kind of false alarm allows.

In: calibrated held-out probabilities of authored rows. Out: the text of `policy.toml`.
Rule: conformal risk control (Angelopoulos et al. 2022) for each family. A family is flagged from the lowest probability
at which the chance that a benign message is flagged stays at or under `MAX_FALSE_ALARMS`, and that a hard one is (a
genuine notice for fraud, protected speech for radical) at or under `MAX_HARD_FALSE_ALARMS`; it is clear below the
highest probability at which the chance that a true message is cleared stays at or under `MAX_CLEARED`, and never above
`MAX_CLEAR_PROBABILITY`. Between the two the answer is to abstain. Whatever the controlled risk would allow, nothing
under `MIN_REVIEW_PROBABILITY` is flagged. The guarantee holds on average over held-out samples, for messages like the
held-out ones (exchangeable with them).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cybertriage.finetune.thresholds import (
    MAX_CLEAR_PROBABILITY,
    MAX_CLEARED,
    MAX_FALSE_ALARMS,
    MIN_REVIEW_PROBABILITY,
    controlled,
)
from cybertriage.taxonomy import families, outputs
from training.corpus import Authored, truth_and_hard
from training.train_fast import authored_truth

# Held-out look-alikes are some 600. One per cent of them is four rows, and a threshold set by four rows moved from 0.92
# to 0.98 with the next training, recall with it; the design allows up to 2 % of warnings and news.
MAX_HARD_FALSE_ALARMS = 0.015


def band(
    probability: NDArray[np.float64],
    rows: Sequence[Authored],
    family: str,
    *,
    max_hard: float = MAX_HARD_FALSE_ALARMS,
) -> tuple[float, float]:
    """(clear, review) thresholds of one family."""
    known = np.array([family in authored_truth(row) for row in rows])
    probability, rows = probability[known], [row for row, keep in zip(rows, known, strict=True) if keep]
    true, hard = truth_and_hard(rows, family)
    limits = ((~true, MAX_FALSE_ALARMS), (hard, max_hard))
    review = max(MIN_REVIEW_PROBABILITY, *(controlled(probability[mask], limit) for mask, limit in limits))
    clear = -controlled(-probability[true], MAX_CLEARED)
    review = min(1.0, np.ceil(review * 1e4) / 1e4)
    return max(0.0, np.floor(min(clear, review, MAX_CLEAR_PROBABILITY) * 1e3) / 1e3), review


def choose_policy(
    probabilities: NDArray[np.float64],
    rows: Sequence[Authored],
    *,
    max_hard: float = MAX_HARD_FALSE_ALARMS,
) -> str:
    """`policy.toml` for held-out probabilities, shape (rows, outputs)."""
    bands = {f: band(probabilities[:, outputs().index(f)], rows, f, max_hard=max_hard) for f in families()}
    return policy_text(bands)


def policy_text(bands: Mapping[str, tuple[float, float]]) -> str:
    """`policy.toml` with a (clear, review) pair for each family."""
    tables = "\n".join(f"[{f}]\nclear = {clear}\nreview = {review}\n" for f, (clear, review) in bands.items())
    return _TEMPLATE.format(families=tables, urgent_from=max(0.9, *(review for _, review in bands.values())))


_TEMPLATE = """\
# Thresholds on calibrated probabilities, 0 to 1, one table a family: clear below `clear`, flagged from `review` on.
# training/operating_point.py says what they were chosen on and what they promise.
name = "default"

{families}
[labels]
named = 0.4

[frames]
# A frame that the verdict names also turns the flag of a family that it caps into an abstention, unless the sender's
# own threat or call is plain (the taxonomy says which frames and which leaf).
seen = 0.5
cap = 0.5
cap_yields = 0.8

[priority]
urgent = {urgent_from}
"""
