"""Texts to logits with the `fast` model: hash outside the graph, then gather, pool and apply a linear head.

In: normalised texts. Out: logits, float32, shape (texts, outputs).
Packing: texts are sorted by feature count and cut into packs under a cell budget; the order is restored.
Long texts: windows of `WINDOW` characters, each overlapping the next by `OVERLAP`; the highest logit of any window
counts (max pooling), so harmless text dilutes only what stands in the same window.
Invariant: a text's logits do not depend on what stands beside it. The pooled sum is taken over small whole numbers,
which float32 adds exactly in any order, and padding adds zeros.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cybertriage.models.bundle import Bundle
from cybertriage.models.session import Session
from cybertriage.text.features import Ragged, features
from cybertriage.text.grams import Grams, grams

WINDOW, OVERLAP = 400, 100
_CELLS = 1 << 15


class FastScorer:
    """Scores with one loaded bundle; may be shared by threads."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self._bundle = bundle
        self._session = Session(bundle.graph, threads=threads)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the logit columns."""
        return self._bundle.outputs

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits of each text, in order; a text without features gets the bias alone."""
        return self.score_grams(grams(texts), texts)

    def score_grams(self, table: Grams, texts: Sequence[str]) -> NDArray[np.float32]:
        """Same, for texts that are hashed already; only long ones are hashed again, window by window."""
        if not texts:
            return np.zeros((0, len(self.outputs)), np.float32)
        if max(map(len, texts)) <= WINDOW:
            return self._score_ragged(features(table, self._bundle.features))
        pieces = [windows(text) for text in texts]
        flat = [piece for group in pieces for piece in group]
        logits = self._score_ragged(features(grams(flat), self._bundle.features))
        counts = np.fromiter((len(group) for group in pieces), np.int64, len(pieces))
        return np.maximum.reduceat(logits, np.cumsum(counts) - counts, axis=0)

    def _score_ragged(self, ragged: Ragged) -> NDArray[np.float32]:
        lengths = ragged.lengths
        out = np.empty((len(lengths), len(self.outputs)), np.float32)
        for pack in packs(lengths):
            out[pack] = self._session.run({"ids": padded(ragged, pack)})
        return out


def windows(text: str) -> list[str]:
    """The text itself, or its overlapping windows when it is longer than `WINDOW` characters."""
    if len(text) <= WINDOW:
        return [text]
    return [text[at : at + WINDOW] for at in range(0, len(text) - OVERLAP, WINDOW - OVERLAP)]


def packs(lengths: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Row indices of each pack, rows of like length together, at most `_CELLS` padded cells (one row at least)."""
    order = np.argsort(lengths, kind="stable")[::-1]
    at = 0
    while at < len(order):
        rows = max(1, _CELLS // max(1, int(lengths[order[at]])))
        yield order[at : at + rows]
        at += rows


def padded(ragged: Ragged, pack: NDArray[np.int64]) -> NDArray[np.int32]:
    """Ids of a pack, shape (rows, longest), 0 where a row has ended; at least one column."""
    lengths = ragged.lengths[pack]
    ids = np.zeros((len(pack), max(1, int(lengths.max(initial=0)))), np.int32)
    inside = np.arange(ids.shape[1]) < lengths[:, None]
    ends = np.cumsum(lengths)
    source = np.repeat(ragged.starts[pack] - (ends - lengths), lengths) + np.arange(int(lengths.sum()))
    ids[inside] = ragged.ids[source]
    return ids
