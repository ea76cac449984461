"""Cut long texts into overlapping windows.

Windows of `WINDOW` characters, each overlapping the next by `OVERLAP`; the highest score of any window counts (max
pooling), so harmless text dilutes only what stands in the same window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

WINDOW, OVERLAP = 400, 100


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
