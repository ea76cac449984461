"""Cut long texts into overlapping windows and pool what a model says of each.

Windows of `WINDOW` characters, each overlapping the next by `OVERLAP`; the highest log-odds of any window count
(max pooling), so harmless text dilutes only what stands in the same window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cybertriage.text.grams import Grams, grams

WINDOW, OVERLAP = 400, 100


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
        """The same by a much cheaper reading, or None where there is none."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Windows of several texts, one text after another; `owners`: the text of each window."""

    pieces: list[str] = field(repr=False)
    owners: NDArray[np.int64]

    def highest(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The largest value of each text's windows, shape (texts, columns)."""
        if not len(self.owners):
            return values
        starts = np.flatnonzero(np.diff(self.owners, prepend=-1))
        return np.asarray(np.maximum.reduceat(values, starts, axis=0))


def windows(text: str) -> list[str]:
    """The text itself, or its overlapping windows when it is longer than `WINDOW` characters."""
    if len(text) <= WINDOW:
        return [text]
    return [text[at : at + WINDOW] for at in range(0, len(text) - OVERLAP, WINDOW - OVERLAP)]


def cut(texts: Sequence[str]) -> Cut:
    """All windows of all texts."""
    groups = [windows(text) for text in texts]
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    return Cut([piece for group in groups for piece in group], owners)


def text_odds(model: Model, texts: Sequence[str], forms: Sequence[str], table: Grams) -> NDArray[np.float64]:
    """Calibrated log-odds of texts of any length, shape (texts, outputs); `table` is of the whole texts."""
    if not texts:
        return np.zeros((0, len(model.outputs)))
    if max(map(len, texts)) <= WINDOW:
        return model.piece_odds(texts, forms, table)
    parts = cut(texts)
    return parts.highest(model.piece_odds(parts.pieces, [forms[at] for at in parts.owners], grams(parts.pieces)))
