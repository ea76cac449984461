"""Triage in scikit-learn: a transformer that gives scores, and a classifier that learns a linear head on them.

In: texts, shape (n,) or (n, 1): a list, an array, a column of a data frame. Out: arrays of shape (n, columns).
Invariant: an estimator holds settings and learned numbers, never a loaded model, so `clone`, `copy` and worker
processes just work; a head answers only under the very bundle that it was fitted with.
"""

# ruff: noqa: ANN401, E402  (scikit-learn has no types, and is imported after a check that it is there)

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cybertriage import DEFAULT_MODEL
from cybertriage.errors import InputError
from cybertriage.extras import need
from cybertriage.integrations import loaded

need("sklearn", "sklearn")

from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

SCALES = ("probability", "log_odds")
_LEAST = 1e-5  # published probabilities have five decimals


class _OnTexts(BaseEstimator):  # type: ignore[misc]
    """What both estimators do with their input: texts, one a row."""

    def _scores(self, X: Any, scale: str) -> NDArray[np.float64]:
        scored = loaded(self.model).score(self._texts(X))
        p = np.array([list(s.scores.values()) for s in scored], np.float64)
        if scale == "probability":
            return p
        p = np.clip(p, _LEAST, 1 - _LEAST)
        return np.asarray(np.log(p / (1 - p)))

    def _texts(self, X: Any) -> list[str]:
        values = np.asarray(X, dtype=object)
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.ndim != 1 or not len(values):
            raise InputError(f"X must be texts, shape (n,) or (n, 1) with n >= 1, got shape {values.shape}")
        found: list[str] = values.tolist()
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.no_validation = True, False, True
        tags.requires_fit = not isinstance(self, TransformerMixin)  # scores need no fitting
        return tags


class TriageScores(TransformerMixin, _OnTexts):  # type: ignore[misc]
    """Calibrated scores of texts by a shipped model; learns nothing, so `fit` only checks its input.

    Columns: families, leaves, frames; `get_feature_names_out()` names them.

    Parameters
    ----------
    model
        Name or folder of a bundle.
    scale
        "probability", 0 to 1, or "log_odds", natural logarithm, at most 11.6 either way.

    Examples
    --------
    >>> scores = TriageScores("fast").fit_transform(["Апа, кешке нан ала кел"])
    >>> bool(scores[0, 0] < 0.5)
    True
    """

    def __init__(self, model: str = DEFAULT_MODEL, *, scale: str = "probability") -> None:
        self.model = model
        self.scale = scale

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check that `X` holds texts and the settings are known; raises `InputError` naming what to mend."""
        self._texts(X)
        if self.scale not in SCALES:
            raise InputError(f"scale must be one of {', '.join(SCALES)}, got {self.scale!r}")
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """Scores, shape (n, columns)."""
        return self.fit(X)._scores(X, self.scale)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns."""
        return np.array(list(loaded(self.model).score([""])[0].scores), dtype=object)


class TriageClassifier(ClassifierMixin, _OnTexts):  # type: ignore[misc]
    """Your own labels from the log-odds of a shipped model, by logistic regression (two classes or more).

    `model` as in `TriageScores`; `C`, `class_weight`, `max_iter` as in `LogisticRegression`. After `fit`: `classes_`,
    `n_iter_`, `head_` (the regression), `model_` (the bundle's name, version and digest).
    """

    def __init__(
        self, model: str = DEFAULT_MODEL, *, C: float = 1.0, class_weight: Any = None, max_iter: int = 1000
    ) -> None:
        self.model = model
        self.C = C
        self.class_weight = class_weight
        self.max_iter = max_iter

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn the head from texts and a label for each."""
        # Second order: log-odds of many scales stall the usual solver.
        settings = {"C": self.C, "class_weight": self.class_weight, "max_iter": self.max_iter}
        head = LogisticRegression(solver="newton-cholesky", **settings)
        self.head_ = head.fit(self._scores(X, "log_odds"), y, sample_weight=sample_weight)
        self.classes_, self.n_iter_, self.model_ = head.classes_, head.n_iter_, loaded(self.model).model
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """The likeliest class of each text, shape (n,)."""
        check_is_fitted(self)
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class, shape (n, classes), in the order of `classes_`."""
        check_is_fitted(self)
        if self.model_ != loaded(self.model).model:
            raise InputError(f"fitted on {self.model_}, but the model here is {loaded(self.model).model}; fit it again")
        return np.asarray(self.head_.predict_proba(self._scores(X, "log_odds")))
