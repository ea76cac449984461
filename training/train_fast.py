"""Train the `fast` model: a linear model over hashed n-grams, one column for each family, leaf and frame.

In: the authored corpora (writers w..), the public training rows. Out: `build/fast/`: the table, out-of-fold scores.
Method: binary tf-idf with unit length (Salton and Buckley 1988), L2-regularised logistic regression for each
output (liblinear; Fan et al. 2008), each row with its augmentations. Writers are folds: each authored row is also
scored by a model that saw no row of its writer; those scores calibrate the shipped model and set its thresholds.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from cybertriage.taxonomy import Kind, of_kind
from cybertriage.text.features import FeatureSpec, features
from cybertriage.text.grams import grams
from cybertriage.text.normalize import normalize
from training.augment import TRANSFORMS, form_after
from training.corpus import Authored, load
from training.public import training_rows

SPEC = FeatureSpec(buckets=1 << 18, char_sizes=(3, 4), pair_skips=(1,))
REGULARISATION = 12.0
AUGMENTED_WEIGHT = 0.35
FOLDS = 4


@dataclass(frozen=True, slots=True)
class Example:
    """One training row: its text as the model sees it, what is known of it, who wrote it."""

    text: str = field(repr=False)
    truth: Mapping[str, bool]
    weight: float
    writer: str
    source: int


def outputs() -> tuple[str, ...]:
    """Columns of the model: each family with its leaves, then the frames."""
    names: list[str] = []
    for family in ("fraud", "radical"):
        names += [family, *(leaf.id for leaf in of_kind(Kind.LEAF, family=family))]
    return (*names, *frames())


def frames() -> tuple[str, ...]:
    """The protective frames the model predicts (PX1-PX9)."""
    return tuple(f.id for f in of_kind(Kind.FRAME) if f.code != "PX0")


def authored_truth(row: Authored) -> dict[str, bool]:
    """Every output is known for a hand-written row."""
    said = {*row.families, *row.leaves, row.frame}
    return {name: name in said for name in outputs()}


def examples(rows: Sequence[Authored], seed: int) -> list[Example]:
    """Authored rows first, in order; then their augmentations; then public rows."""
    rng = random.Random(seed)
    plain = [Example(normalize(r.text).text, authored_truth(r), 1.0, r.writer, i) for i, r in enumerate(rows)]
    extra = []
    for at, row in enumerate(rows):
        for name in rng.sample(sorted(TRANSFORMS), 3):
            other = TRANSFORMS[name](row.text, row.form, rng)
            if other is not None and other != row.text and form_after(name, row.form):
                extra.append(Example(normalize(other).text, plain[at].truth, AUGMENTED_WEIGHT, row.writer, at))
    public = [Example(normalize(k.text).text, k.truth, k.weight, "public", -1) for k in training_rows(seed)]
    return plain + extra + public


def matrix(texts: Sequence[str], spec: FeatureSpec = SPEC) -> sp.csr_matrix:
    """Feature counts, shape (texts, buckets)."""
    ragged = features(grams(texts), spec)
    ones = np.ones(len(ragged.ids), np.float32)
    return sp.csr_matrix((ones, ragged.ids, ragged.starts), shape=(len(texts), spec.buckets))


def inverse_frequency(binary: sp.csr_matrix) -> NDArray[np.float64]:
    """Smoothed inverse document frequency, in steps so that its square is a whole number up to 127."""
    count = np.bincount(binary.indices, minlength=binary.shape[1])
    idf = np.log((1 + binary.shape[0]) / (1 + count)) + 1
    return np.sqrt(np.clip(np.round(idf**2), 1, 127))


def weigh(binary: sp.csr_matrix, idf: NDArray[np.float64]) -> sp.csr_matrix:
    """Rows of tf-idf values, each of length 1."""
    length = np.sqrt(np.maximum(binary @ idf**2, 1e-9))
    return (sp.diags(1 / length) @ binary @ sp.diags(idf)).tocsr()


def fit(values: sp.csr_matrix, rows: Sequence[Example], name: str) -> tuple[NDArray[np.float64], float]:
    """Coefficients and intercept of one output, on the rows where it is known."""
    known = np.array([name in row.truth for row in rows])
    target = np.array([row.truth.get(name, False) for row in rows])[known]
    weight = np.array([row.weight for row in rows])[known]
    model = LogisticRegression(C=REGULARISATION, solver="liblinear", max_iter=300, random_state=0)
    model.fit(values[known], target, sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])


def _fit_job(job: tuple[sp.csr_matrix, Sequence[Example], str]) -> tuple[NDArray[np.float64], float]:
    return fit(*job)


def fit_all(
    values: sp.csr_matrix, rows: Sequence[Example], what: str, jobs: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Coefficients, shape (buckets, outputs), and intercepts of every output."""
    work = [(values, rows, name) for name in outputs()]
    with ProcessPoolExecutor(jobs) as pool:
        fitted = list(tqdm(pool.map(_fit_job, work), total=len(work), desc=what, disable=None))
    return np.stack([c for c, _ in fitted], axis=1).astype(np.float32), np.array([b for _, b in fitted], np.float32)


def out_of_fold(binary: sp.csr_matrix, rows: Sequence[Example], authored: int, jobs: int) -> NDArray[np.float32]:
    """Logits of each authored row from a model that saw none of its writer's rows, shape (authored, outputs)."""
    writers = sorted({row.writer for row in rows[:authored]})
    logits = np.zeros((authored, len(outputs())), np.float32)
    for fold in range(FOLDS):
        away = set(writers[fold::FOLDS])
        seen = np.array([row.writer not in away for row in rows])
        idf = inverse_frequency(binary[seen])
        weights, bias = fit_all(
            weigh(binary[seen], idf), [r for r in rows if r.writer not in away], f"fold {fold + 1}", jobs
        )
        held = np.flatnonzero(~seen[:authored])
        logits[held] = weigh(binary[held], idf) @ weights + bias
    return logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build/fast"))
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.build.mkdir(parents=True, exist_ok=True)
    authored = load("w")
    rows = examples(authored, args.seed)
    binary = matrix([row.text for row in rows])
    idf = inverse_frequency(binary)
    weights, bias = fit_all(weigh(binary, idf), rows, "all rows", args.jobs)
    held_out = out_of_fold(binary, rows, len(authored), args.jobs)
    np.savez(args.build / "model.npz", weights=weights, bias=bias, idf=idf, out_of_fold=held_out)
    sizes = {"authored": len(authored), "rows": len(rows), "seed": args.seed, "outputs": outputs()}
    (args.build / "training.json").write_text(json.dumps(sizes, indent=1), encoding="utf-8")
    print(sizes)


if __name__ == "__main__":
    main()
