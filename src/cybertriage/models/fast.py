"""Texts to log-odds with the `fast` model: hash outside the graph, then gather, pool and apply a linear head.

In: normalised texts no longer than a window. Out: calibrated log-odds, shape (texts, outputs).
Invariant: a text's logits do not depend on what stands beside it. The pooled sum is taken over small whole numbers,
which float32 adds exactly in any order, and padding adds zeros.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cybertriage.models.bundle import GRAPH, Bundle
from cybertriage.models.packing import packs
from cybertriage.models.session import Session
from cybertriage.text.features import FeatureSpec, Ragged, features
from cybertriage.text.grams import Grams, grams

_CELLS = 1 << 15


class FastModel:
    """One loaded n-gram bundle."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        self._spec = bundle.parsed(lambda m: FeatureSpec(
            buckets=int(m["features"]["buckets"]), char_sizes=tuple(m["features"]["char_sizes"]),
            pair_skips=tuple(m["features"]["pair_skips"]),
        ))  # fmt: skip
        self._calibration = bundle.calibration()
        self._session = Session(bundle.files[GRAPH], threads=threads)
        self.outputs = bundle.outputs

    def logits(self, table: Grams) -> NDArray[np.float32]:
        """Raw logits of texts that are hashed already; a text without features gets the bias alone."""
        ragged = features(table, self._spec)
        out = np.empty((len(ragged.lengths), len(self.outputs)), np.float32)
        for pack in packs(ragged.lengths, _CELLS):
            out[pack] = self._session.run({"ids": padded(ragged, pack)})
        return out

    def piece_odds(self, pieces: Sequence[str], forms: Sequence[str], table: Grams) -> NDArray[np.float64]:
        """Calibrated log-odds, shape (pieces, outputs)."""
        return self._calibration.log_odds(self.logits(table), self.outputs, forms)

    def variant_odds(self, variants: Sequence[str], form: str) -> NDArray[np.float64]:
        """Log-odds of a text and its variants."""
        return self.piece_odds(variants, [form] * len(variants), grams(variants))

    def guessed_odds(self, variants: Sequence[str], form: str) -> None:
        """None: this is the cheapest model there is."""


def padded(ragged: Ragged, pack: NDArray[np.int64]) -> NDArray[np.int32]:
    """Ids of a pack, shape (rows, longest), 0 where a row has ended; at least one column."""
    lengths = ragged.lengths[pack]
    ids = np.zeros((len(pack), max(1, int(lengths.max(initial=0)))), np.int32)
    inside = np.arange(ids.shape[1]) < lengths[:, None]
    ends = np.cumsum(lengths)
    source = np.repeat(ragged.starts[pack] - (ends - lengths), lengths) + np.arange(int(lengths.sum()))
    ids[inside] = ragged.ids[source]
    return ids
