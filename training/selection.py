"""The rows that choices are made on: calibration, thresholds, bands, blends. Never the unseen test.

In: the authored corpora, `build/fast/model.npz`. Out: rows of writers that neither model was trained on, and the fast
model's logits for them: for writers w.. from the fold that had not seen them, for d.. from the shipped model.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cybertriage.models.bundle import load_bundle
from cybertriage.models.fast import FastModel
from cybertriage.models.windows import cut
from cybertriage.text.grams import grams
from cybertriage.text.normalize import normalize
from training.corpus import Authored, load
from training.train_encoder import training_split


def selection_rows() -> list[Authored]:
    """Rows of the writers held out from the encoder, then the calibration writers."""
    return [*training_split(load("w"))[1], *load("d")]


def fast_logits(rows: Sequence[Authored], build: Path, bundle: Path) -> NDArray[np.float32]:
    """Logits of the fast model for each row, shape (rows, outputs), none from a model that saw the row's writer."""
    with np.load(build / "model.npz", allow_pickle=False) as saved:
        held_out = saved["out_of_fold"]
    place = {row.id: at for at, row in enumerate(load("w"))}
    if len(place) != len(held_out):
        raise SystemExit(f"{build}/model.npz knows {len(held_out)} rows, the corpora have {len(place)}: retrain")
    parts = cut([normalize(row.text).text for row in rows])
    fresh = parts.highest(FastModel(load_bundle(bundle)).logits(grams(parts.pieces)).astype(np.float64))
    return np.stack([
        held_out[place[row.id]] if row.id in place else fresh[at] for at, row in enumerate(rows)
    ]).astype(np.float32)  # fmt: skip
