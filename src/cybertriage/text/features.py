"""The n-gram features of the `fast` model: what its table is indexed by.

In: a `Grams` table. Out: a ragged list of bucket ids, one run a text.
Features: words, pairs of near words, character n-grams inside words.
Invariants: bucket 0 is padding and is never a feature; a text's ids and their order depend on that text alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cybertriage.text.grams import Grams


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """How texts become ids; stored in the bundle, so that training and use cannot differ."""

    buckets: int
    char_sizes: tuple[int, ...]
    pair_skips: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ragged:
    """`ids[starts[i]:starts[i + 1]]` are the features of text i; `ids` int32, `starts` shape (texts + 1,)."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Features of each text."""
        return np.diff(self.starts)


def features(table: Grams, spec: FeatureSpec) -> Ragged:
    """Bucket ids of every occurrence of every feature of the batch: words, then pairs, then n-grams of each text."""
    parts = [(table.row, table.word), *(table.pairs(skip) for skip in spec.pair_skips)]
    for size in spec.char_sizes:
        token, hashes = table.chars(size)
        parts.append((table.row[token], hashes))
    counts = [np.bincount(rows, minlength=table.texts) for rows, _ in parts]
    starts = np.zeros(table.texts + 1, np.int64)
    np.cumsum(np.sum(counts, axis=0), out=starts[1:])
    ids = np.empty(int(starts[-1]), np.int32)
    free = starts[:-1].copy()
    for (rows, hashes), count in zip(parts, counts, strict=True):
        # Each part lists its texts in order, so a text's run keeps its order and only moves as a block.
        place = np.arange(len(rows)) + (free - (np.cumsum(count) - count))[rows]
        ids[place] = (hashes % np.uint64(spec.buckets - 1)).astype(np.int32) + 1
        free += count
    return Ragged(ids, starts)
