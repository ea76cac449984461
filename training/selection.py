"""The rows that choices are made on: calibration, thresholds, bands, blends. Never the unseen test.

In: the authored corpora, `build/fast/model.npz`. Out: rows of writers that neither model was trained on, and the fast
model's logits for them: for writers w.. from the fold that had not seen them, for d.. from the whole model. For these
writers the teacher of the fast model (training.teach) had not seen them either.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cybertriage.finetune.ngrams import weigh
from cybertriage.text.reading import read_windows
from training.corpus import Authored, load
from training.train_fast import HELD_OUT, matrix


def training_split(rows: Sequence[Authored]) -> tuple[list[Authored], list[Authored]]:
    """Rows the encoder is trained on, and the rows of the writers held out."""
    return [r for r in rows if r.writer not in HELD_OUT], [r for r in rows if r.writer in HELD_OUT]


def selection_rows() -> list[Authored]:
    """Rows of the writers held out from the encoder, then the calibration writers."""
    return [*training_split(load("w"))[1], *load("d")]


def fast_logits(rows: Sequence[Authored], build: Path) -> NDArray[np.float32]:
    """Logits of the fast model for each row, shape (rows, outputs), none from a model that saw the row's writer."""
    with np.load(build / "model.npz", allow_pickle=False) as saved:
        weights, bias, idf = (saved[k] for k in ("weights", "bias", "idf"))
        unseen = dict(zip(saved["ids"].tolist(), saved["held_out"], strict=True))
    parts = read_windows([row.text for row in rows])
    fresh = parts.highest((weigh(matrix(parts.pieces), idf) @ weights + bias).astype(np.float64))
    missing = [row.id for row in rows if row.id.startswith("w") and row.id not in unseen]
    if missing:
        raise SystemExit(f"{build}/model.npz does not know {missing[0]} and {len(missing) - 1} other rows: retrain")
    return np.stack([unseen.get(row.id, fresh[at]) for at, row in enumerate(rows)]).astype(np.float32)
