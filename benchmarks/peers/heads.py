"""Linear heads over given features: what several peers end in. Needs no scikit-learn but to fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import scipy.sparse as sp

from benchmarks.peers.contract import Floats, Scores, Taught, known
from cybertriage.evaluate.covered import COVERED


class Classifier(Protocol):
    """scikit-learn's logistic regression, or what is like it."""

    coef_: Floats
    intercept_: Floats

    def fit(self, features: object, truth: Sequence[bool], *, sample_weight: Sequence[float]) -> object:
        """Fit on rows."""


class Heads:
    """One linear head a family over given features."""

    def __init__(self, weights: Mapping[str, Floats], bias: Mapping[str, float]) -> None:
        self.weights, self.bias = dict(weights), dict(bias)

    @classmethod
    def fit(cls, features: sp.csr_matrix | Floats, rows: Sequence[Taught], model: Classifier) -> Self:
        """Fit each family on the rows where it is known, with their weights."""
        weights, bias = {}, {}
        for family in COVERED:
            take = np.array([family in row.truth for row in rows])
            of = known(rows, family)
            model.fit(features[take], [row.truth[family] for row in of], sample_weight=[row.weight for row in of])
            weights[family], bias[family] = model.coef_[0].copy(), float(model.intercept_[0])
        return cls(weights, bias)

    def scores(self, features: sp.csr_matrix | Floats) -> Scores:
        """Log-odds, shape (rows,), of each family."""
        return {f: np.asarray(features @ w).ravel() + self.bias[f] for f, w in self.weights.items()}

    def save(self, path: Path) -> None:
        np.savez(path, **{f: np.append(w, self.bias[f]).astype(np.float32) for f, w in self.weights.items()})

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path, allow_pickle=False) as saved:
            stored = {family: saved[family].astype(np.float64) for family in saved.files}
        return cls({f: v[:-1] for f, v in stored.items()}, {f: float(v[-1]) for f, v in stored.items()})
