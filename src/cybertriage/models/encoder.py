"""Texts to log-odds with the `encoder` model: sub-word tokens, a transformer, linear heads.

In: normalised texts no longer than a window. Out: calibrated log-odds, shape (texts, outputs).
Packing: texts of like length together under a token budget, order restored; equal texts are encoded once.
Invariant: a text's logits do not depend on what stands beside it (activations are scaled token by token).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cybertriage.errors import BundleError
from cybertriage.models.bundle import GRAPH, Bundle
from cybertriage.models.packing import packs
from cybertriage.models.session import Session
from cybertriage.text.grams import Grams

TOKENIZER = "tokenizer.json"
MAX_TOKENS = 510  # of a window, as many as there are places; 400 characters hardly ever make more
_CELLS = 1024
# onnxruntime 1.27: the fused kernels of these two are slower on a CPU than what they replace.
_SLOW_FUSIONS = ("SkipLayerNormFusion", "BiasGeluFusion")


class EncoderModel:
    """One loaded transformer bundle."""

    def __init__(self, bundle: Bundle, *, threads: int = 1) -> None:
        from tokenizers import Tokenizer  # here, so that `import cybertriage` stays light

        try:
            self._tokenizer = Tokenizer.from_str(bundle.files[TOKENIZER].decode("utf-8"))
        except Exception as error:
            raise BundleError(
                f"{bundle.name}: {TOKENIZER} is missing or not a tokenizer; rebuild the bundle"
            ) from error
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._calibration = bundle.calibration()
        self._session = Session(bundle.files[GRAPH], threads=threads, without=_SLOW_FUSIONS)
        self.outputs = bundle.outputs

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Raw logits, shape (texts, outputs); equal texts are encoded once."""
        place: dict[str, int] = {}
        where = [place.setdefault(text, len(place)) for text in texts]
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(place))]
        out = np.empty((len(rows), len(self.outputs)), np.float32)
        for pack in packs(np.fromiter(map(len, rows), np.int64, len(rows)), _CELLS):
            out[pack] = self._session.run(_feeds([rows[at] for at in pack]))
        return out[where]

    def calibrated(self, texts: Sequence[str], forms: Sequence[str]) -> NDArray[np.float64]:
        """Calibrated log-odds, shape (texts, outputs)."""
        return self._calibration.log_odds(self.logits(texts), self.outputs, forms)

    def piece_odds(self, pieces: Sequence[str], forms: Sequence[str], table: Grams) -> NDArray[np.float64]:
        """Same; `table` is not needed."""
        return self.calibrated(pieces, forms)

    def variant_odds(self, variants: Sequence[str], form: str) -> NDArray[np.float64]:
        """Log-odds of a text and its variants."""
        return self.calibrated(variants, [form] * len(variants))

    def guessed_odds(self, variants: Sequence[str], form: str) -> None:
        """None: a bundle of its own has nothing cheaper beside it."""


def _feeds(rows: Sequence[Sequence[int]]) -> dict[str, NDArray[np.int64]]:
    """Ids and mask of a pack, shape (rows, longest)."""
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    mask = np.arange(int(lengths.max())) < lengths[:, None]
    ids = np.zeros(mask.shape, np.int64)
    ids[mask] = np.concatenate([np.asarray(row, np.int64) for row in rows])
    return {"ids": ids, "mask": mask.astype(np.int64)}
