"""The encoder reads text without capitals: a shouted message is the same message.

In: the base folder's `tokenizer.json`. Out: the tokenizer that lower-cases first, and for the bundle the same one
without the pieces that can then never occur.
With capitals an all-capitals text falls apart into single letters; `benchmarks.encoder_choices` compares the two.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer


def load_tokenizer(base: Path) -> Tokenizer:
    """The lower-casing tokenizer of a base folder, whole vocabulary, without truncation."""
    return Tokenizer.from_str(json.dumps(_lower_casing(base)))


def shipped_tokenizer(base: Path) -> tuple[bytes, NDArray[np.int64]]:
    """`tokenizer.json` of the bundle, and the ids of `load_tokenizer` that its ids 0, 1, ... stand for."""
    made = _lower_casing(base)
    vocabulary = made["model"]["vocab"]
    kept = [at for at, (piece, _) in enumerate(vocabulary) if piece == piece.lower()]
    place = {old: new for new, old in enumerate(kept)}
    made["model"]["vocab"] = [vocabulary[at] for at in kept]
    made["model"]["unk_id"] = place[made["model"]["unk_id"]]
    for token in made["added_tokens"]:
        token["id"] = place[token["id"]]
    for token in made["post_processor"]["special_tokens"].values():
        token["ids"] = [place[old] for old in token["ids"]]
    return json.dumps(made, ensure_ascii=False).encode("utf-8"), np.array(kept, np.int64)


def _lower_casing(base: Path) -> dict[str, object]:
    made = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))
    made["normalizer"] = {"type": "Sequence", "normalizers": [made["normalizer"], {"type": "Lowercase"}]}
    return made
