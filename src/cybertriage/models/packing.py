"""Rows of like length together, under a budget of cells, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


def packs(lengths: NDArray[np.int64], cells: int) -> Iterator[NDArray[np.int64]]:
    """Row indices of each pack, longest rows first, at most `cells` padded cells in each (one row at least)."""
    order = np.argsort(lengths, kind="stable")[::-1]
    at = 0
    while at < len(order):
        rows = max(1, cells // max(1, int(lengths[order[at]])))
        yield order[at : at + rows]
        at += rows
