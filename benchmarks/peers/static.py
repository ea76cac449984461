"""Static embeddings after model2vec (Tulkens and van Dongen 2024) with logistic regression.

Every token of the base encoder's vocabulary goes through the encoder alone; PCA to 256 dimensions, SIF weights by
rank, mean over tokens, unit length: what `model2vec.distill` does, done here because that needs older transformers.
`model2vec.StaticModel` serves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from benchmarks.peers.contract import Floats, NotRun, Scores, Taught, by_window
from benchmarks.peers.heads import Heads

BASE = Path("build/e5")
DIMENSIONS, SIF = 256, 1e-4


def _package() -> Any:  # noqa: ANN401  (an optional module)
    try:
        import model2vec
    except ImportError:
        raise NotRun("package model2vec is not installed: pip install model2vec") from None
    return model2vec


def base_folder() -> Path:
    """The base encoder that `make train` unpacks."""
    if not (BASE / "model.safetensors").is_file():
        raise NotRun(f"{BASE} is not there; python -m training.encoder_base makes it (make train)")
    return BASE


def token_vectors(base: Path) -> Floats:
    """What the base encoder makes of each token alone between its end marks, shape (tokens, 384)."""
    import torch
    from transformers import BertModel

    model = BertModel.from_pretrained(base, add_pooling_layer=False).eval()
    count = model.config.vocab_size
    ids = torch.stack([torch.zeros(count, dtype=torch.long), torch.arange(count), torch.full((count,), 2)], dim=1)
    with torch.inference_mode():
        return np.concatenate([model(input_ids=part).last_hidden_state.mean(1).numpy() for part in ids.split(512)])


def distilled(base: Path) -> Any:  # noqa: ANN401
    """The static model of the base encoder."""
    from sklearn.decomposition import PCA
    from tokenizers import Tokenizer

    vectors = PCA(DIMENSIONS, random_state=0).fit_transform(token_vectors(base))
    # The vocabulary is in order of frequency (Zipf); rarer tokens count more (Arora et al. 2017).
    chance = 1 / (np.arange(len(vectors)) + 2)
    chance /= chance.sum()
    weighted = vectors * (SIF / (SIF + chance))[:, None]
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    return _package().StaticModel(weighted.astype(np.float16), tokenizer, normalize=True)


class StaticEmbeddings:
    """Static vectors and two linear heads."""

    key: ClassVar[str] = "static_lr"
    title: ClassVar[str] = "static embeddings (model2vec), logistic regression"
    settings: ClassVar[str] = f"distilled from multilingual-e5-small, PCA {DIMENSIONS}, SIF {SIF}; LR C 10"

    def __init__(self, model: Any, heads: Heads) -> None:  # noqa: ANN401
        self._model, self._heads = model, heads

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        from sklearn.linear_model import LogisticRegression

        _package()
        model = distilled(base_folder())
        vectors = _encoded(model, [row.text for row in rows])
        return cls(model, Heads.fit(vectors, rows, LogisticRegression(C=10, max_iter=300)))

    def scores(self, texts: Sequence[str]) -> Scores:
        return by_window(lambda pieces: self._heads.scores(_encoded(self._model, pieces)), texts)

    def save(self, folder: Path) -> None:
        self._model.save_pretrained(folder / "model")
        self._heads.save(folder / "heads.npz")

    @classmethod
    def load(cls, folder: Path) -> Self:
        model = _package().StaticModel.from_pretrained(folder / "model", normalize=True)
        return cls(model, Heads.load(folder / "heads.npz"))


def _encoded(model: Any, texts: Sequence[str]) -> Floats:  # noqa: ANN401
    # One length of text after another, so that no vector depends on its neighbours; all in one process.
    vectors = model.encode(list(texts), use_multiprocessing=False)
    return np.nan_to_num(np.asarray(vectors, np.float64))
