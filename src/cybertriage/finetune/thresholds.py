"""Thresholds by conformal risk control (Angelopoulos et al. 2022): what is promised, and the lowest that keeps it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_FALSE_ALARMS = 0.01
MAX_CLEARED = 0.10
# Whatever the share of true messages allows: a message as likely as this to be harmful is not called clear.
MAX_CLEAR_PROBABILITY = 0.2
# Held-out writers resemble the training ones, and true messages are rarer in life than among them, so the risk on such
# rows alone would allow even odds. A false alarm counts as four misses: a threshold of 4 / (4 + 1) (Elkan 2001).
MIN_REVIEW_PROBABILITY = 0.8


def controlled(losing: NDArray[np.float64], limit: float) -> float:
    """The lowest threshold at which the risk "a row scores at or above it" is controlled at `limit`.

    Of n rows k may lie at or above it, (k + 1) / (n + 1) <= limit; with too few rows for any k the highest score, and
    nothing is promised.
    """
    allowed = int(np.floor(limit * (len(losing) + 1))) - 1
    falling = np.sort(losing)[::-1]
    return float(np.nextafter(falling[min(max(allowed, 0), len(falling) - 1)], np.inf))
