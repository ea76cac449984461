"""Fit a head around the shipped one, and score each row by a head that has not seen it.

In: a `Head`, labelled rows. Out: `Tuned`, a change of the shipped weights; cross-fitted logits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedGroupKFold

from cybertriage.calibrate import Line, sigmoid
from cybertriage.errors import InputError
from cybertriage.finetune.heads import Features, Floats, Head
from cybertriage.readers.labelled import Labelled
from cybertriage.text.reading import as_read
from cybertriage.text.windows import Cut, cut

STRENGTHS = (0.003, 0.03, 0.3, 3.0)
FOLDS = 5
MIN_OF_A_CLASS = 20
# The shipped logit is multiplied by this, so that the penalty hardly touches its slope.
_TRUST = 30.0


@dataclass(frozen=True, slots=True)
class Task:
    """The rows as the head sees them: windows of all texts, what the head sees of each, the shipped logit of each.

    `columns`: which of the head's features these are, of `width`; n-grams that no row has are left out.
    """

    parts: Cut
    features: Features
    shipped: Floats
    truth: NDArray[np.bool_]
    groups: NDArray[np.int64]
    columns: NDArray[np.int64]
    width: int

    def pieces(self, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which windows are of these texts."""
        return rows[self.parts.owners]

    def highest(self, logits: Floats) -> Floats:
        """One logit a text, of its highest window, as in use."""
        return np.asarray(self.parts.highest(logits[:, None])[:, 0])

    def whole(self, change: Floats) -> Floats:
        """A change of these features as one of all the head's features."""
        out = np.zeros(self.width)
        out[self.columns] = change
        return out


@dataclass(frozen=True, slots=True)
class Tuned:
    """A fitted head: `slope` times the shipped logit, plus `change` over the features, plus `shift`."""

    slope: float
    change: Floats
    shift: float

    def logits(self, features: Features, shipped: Floats) -> Floats:
        """Logits of windows."""
        return np.asarray(self.slope * shipped + features @ self.change + self.shift).ravel()


def task(head: Head, output: int, rows: Labelled) -> Task:
    """Make the rows ready; raises `InputError` where there are too few different texts of a class."""
    texts = as_read(rows.texts)
    truth = np.array(rows.harmful, np.bool_)
    for kind, mask in (("harmful", truth), ("benign", ~truth)):
        found = len({text for text, take in zip(texts, mask.tolist(), strict=True) if take})
        if found < MIN_OF_A_CLASS:
            raise InputError(f"{found} different {kind} texts; fine-tuning wants {MIN_OF_A_CLASS} of each kind")
    place: dict[str, int] = {}
    groups = np.array([place.setdefault(text.casefold(), len(place)) for text in texts])
    parts = cut(texts)
    features = head.features(parts.pieces)
    weights, bias = head.shipped(output)
    shipped = np.asarray(features @ weights + bias).ravel()
    width = features.shape[1]
    columns = np.unique(features.indices).astype(np.int64) if sp.issparse(features) else np.arange(width)
    return Task(parts, features[:, columns], shipped, truth, groups, columns, width)


def fit(job: Task, rows: NDArray[np.bool_], strength: float) -> Tuned:
    """Fit a head on the texts `rows`; the windows of a text together weigh as much as one text."""
    take = job.pieces(rows)
    mean, spread = _scale(job.features[take])
    scaled = (job.features[take] - mean) / spread if mean is not None else job.features[take]
    anchor = _TRUST * job.shipped[take][:, None]
    inputs = sp.hstack([scaled, sp.csr_matrix(anchor)]).tocsr() if sp.issparse(scaled) else np.hstack([scaled, anchor])
    weight = 1 / np.bincount(job.parts.owners, minlength=len(job.truth))[job.parts.owners[take]]
    model = LogisticRegression(C=strength, max_iter=2000, random_state=0)
    model.fit(inputs, job.truth[job.parts.owners[take]], sample_weight=weight)
    change, slope = model.coef_[0, :-1].astype(np.float64), float(model.coef_[0, -1]) * _TRUST
    shift = float(model.intercept_[0])
    if mean is not None:
        change = change / spread
        shift -= float(change @ mean)
    return Tuned(slope, change, shift)


def _scale(features: Features) -> tuple[Floats, Floats] | tuple[None, None]:
    """Mean and spread of dense features; sparse ones stay as they are, so that what is not there stays zero."""
    if sp.issparse(features):
        return None, None
    return features.mean(axis=0), features.std(axis=0) + 1e-6


def cross_fitted(job: Task, strength: float, seed: int) -> Floats:
    """Logits of each text from a head that saw neither it nor a copy of it."""
    logits = np.zeros(len(job.truth))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for seen, away in folds.split(np.zeros(len(job.truth)), job.truth, job.groups):
        rows = np.zeros(len(job.truth), np.bool_)
        rows[seen] = True
        tuned = fit(job, rows, strength)
        logits[away] = job.highest(tuned.logits(job.features, job.shipped))[away]
    return logits


def chosen(job: Task, seed: int) -> tuple[float, Floats]:
    """The strength whose cross-fitted, calibrated probabilities lose least, and the logits behind them."""
    tried = {strength: cross_fitted(job, strength, seed) for strength in STRENGTHS}

    def loss(logits: Floats) -> float:
        return float(log_loss(job.truth, probabilities(logits, fit_line(logits.astype(np.float32), job.truth))))

    best = min(STRENGTHS, key=lambda strength: loss(tried[strength]))
    return best, tried[best]


def fit_line(logits: NDArray[np.float32], target: NDArray[np.bool_]) -> Line:
    """Platt scaling with a light prior that keeps the slope positive."""
    model = LogisticRegression(C=100.0).fit(logits[:, None], target)
    return Line(max(float(model.coef_[0, 0]), 1e-3), float(model.intercept_[0]))


def probabilities(logits: Floats, line: Line) -> Floats:
    """Calibrated probabilities, 0 to 1."""
    return np.asarray(sigmoid(line.slope * logits + line.intercept))
