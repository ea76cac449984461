"""The peer of scikit-learn alone: character n-grams with logistic regression.

What is saved is a vocabulary and numbers (JSON, npz), as no pickle is to be loaded from anybody.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.peers.contract import Scores, Taught, by_window
from benchmarks.peers.heads import Heads


class CharNgrams:
    """scikit-learn's usual recipe."""

    key: ClassVar[str] = "char_ngram_lr"
    title: ClassVar[str] = "character n-grams, logistic regression (scikit-learn)"
    settings: ClassVar[str] = "char_wb 2-5, tf-idf, sublinear, 200,000 features, liblinear, C 10"

    def __init__(self, vectorizer: TfidfVectorizer, heads: Heads) -> None:
        self._vectorizer, self._heads = vectorizer, heads

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        vectorizer = _vectorizer(max_features=200_000)
        features = vectorizer.fit_transform([row.text for row in rows])
        return cls(vectorizer, Heads.fit(features, rows, LogisticRegression(C=10, solver="liblinear")))

    def scores(self, texts: Sequence[str]) -> Scores:
        return by_window(lambda pieces: self._heads.scores(self._vectorizer.transform(pieces)), texts)

    def save(self, folder: Path) -> None:
        words = sorted(self._vectorizer.vocabulary_, key=self._vectorizer.vocabulary_.__getitem__)
        (folder / "vocabulary.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
        np.save(folder / "idf.npy", self._vectorizer.idf_.astype(np.float32))
        self._heads.save(folder / "heads.npz")

    @classmethod
    def load(cls, folder: Path) -> Self:
        vectorizer = _vectorizer(vocabulary=json.loads((folder / "vocabulary.json").read_text(encoding="utf-8")))
        vectorizer.idf_ = np.load(folder / "idf.npy", allow_pickle=False)
        return cls(vectorizer, Heads.load(folder / "heads.npz"))


def _vectorizer(**more: object) -> TfidfVectorizer:
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32, **more)
