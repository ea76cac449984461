"""What every loaded model can do, and what it says of texts longer than a window.

In: texts of any length with their language forms. Out: calibrated log-odds, the highest of each text's windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cybertriage.text.grams import Grams, grams
from cybertriage.text.windows import WINDOW, cut


class Model(Protocol):
    """What every bundle becomes once loaded. Safe to share by threads."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the columns."""

    def piece_odds(self, pieces: Sequence[str], forms: Sequence[str], table: Grams) -> NDArray[np.float64]:
        """Calibrated log-odds of texts no longer than a window, shape (pieces, outputs); `table` is of the pieces."""

    def variant_odds(self, variants: Sequence[str], form: str) -> NDArray[np.float64]:
        """Log-odds of a text and its variants, all by the way the first of them takes."""

    def guessed_odds(self, variants: Sequence[str], form: str) -> NDArray[np.float64] | None:
        """The same from a cheaper model inside this one; None where this model is the cheapest there is."""


def text_odds(model: Model, texts: Sequence[str], forms: Sequence[str], table: Grams) -> NDArray[np.float64]:
    """Calibrated log-odds of texts of any length, shape (texts, outputs); `table` is of the whole texts."""
    if not texts:
        return np.zeros((0, len(model.outputs)))
    if max(map(len, texts)) <= WINDOW:
        return model.piece_odds(texts, forms, table)
    parts = cut(texts)
    return parts.highest(model.piece_odds(parts.pieces, [forms[at] for at in parts.owners], grams(parts.pieces)))
