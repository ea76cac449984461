"""Train the `fast` model: a linear model over hashed n-grams, one column for each family, leaf and frame.

In: the authored corpora (writers w..), the public training rows, rows the encoder labelled (training.teach;
distillation, Hinton et al. 2015). Out: `build/fast/`: the table, held-out scores.
Method: tf-idf scaled by the root of the summed squared idf of a text's features (after Salton and Buckley 1988);
L2-regularised logistic regression for each output (liblinear; Fan et al. 2008), each row with its augmentations.
The rows of the held-out writers are also scored by a model that saw none of them; those scores calibrate the shipped
model and set its thresholds.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from cybertriage.finetune.ngrams import counted, weigh
from cybertriage.taxonomy import Kind, label, of_kind, outputs, predicted_frames
from cybertriage.text.features import FeatureSpec
from cybertriage.text.reading import as_read, windows_of
from training.augment import TRANSFORMS, beside, harmless
from training.corpus import Authored, load
from training.prepare import prepared_rows, taught_rows
from training.public import Known

SPEC = FeatureSpec(buckets=1 << 18, char_sizes=(3, 4), pair_skips=(1,))
# Chosen on out-of-fold scores of the training writers (benchmarks/results/fast_choices.json).
REGULARISATION = 60.0
OWN_WEIGHT, AUGMENTED_WEIGHT, PUBLIC_WEIGHT = 1.6, 0.6, 0.2
BESIDE_WEIGHT = 0.2  # of a row between others: enough to be met, too little to blunt the row itself
# Writers that the encoder is not trained on; `fast` is fitted a second time without them, to be calibrated.
HELD_OUT = ("w04", "w09", "w10", "w17")
UNPLANNED_WEIGHT = 2.0  # of a row written without a plan, beside one of the plan
PUBLIC, TAUGHT = "public", "taught"  # in the place of a writer's name; never held out


@dataclass(frozen=True, slots=True)
class Example:
    """One training row: a window of a text as the model sees it, what is known of it, who wrote it.

    `origin` is the place of the authored row behind it, None for public rows; `authored` is the same, but None for
    other spellings of that row. `certainty` as in `training.public.Known`.
    """

    text: str = field(repr=False)
    truth: Mapping[str, bool]
    weight: float
    writer: str
    origin: int | None = None
    authored: int | None = None
    certainty: Mapping[str, float] = field(default_factory=dict)


def leaves_of(family: str) -> tuple[str, ...]:
    """Ids of a family's leaves that have an output."""
    return tuple(leaf.id for leaf in of_kind(Kind.LEAF, family=family))


# Cells of the planned corpora, written before these families were there, whose rows may well be of them.
_UNKNOWN = {
    "abuse": frozenset(("FR08", "FR09", "FR14", "VE1", "VE5", "PX6", "PX7", "PX8")),
    "illicit": frozenset(("FR07", "FR08", "FR09", "HN09")),
}


def authored_truth(row: Authored) -> dict[str, bool]:
    """What is known of a hand-written row, by output; what nobody has said of it is left out."""
    said = {*row.families, *row.leaves, row.frame}
    truth = {name: name in said for name in outputs()}
    if row.unplanned:
        return truth if row.frame else without_unknown_frames(truth | _frame_of_cell(row))
    for family, cells in _UNKNOWN.items():
        if row.cell in cells:
            truth = {name: value for name, value in truth.items() if name not in (family, *leaves_of(family))}
    return truth


def _frame_of_cell(row: Authored) -> dict[str, bool]:
    """The frame that the cell of a row without a stated one implies."""
    cell = label(row.cell) if row.cell != "EV" else None
    implied = cell.id if cell is not None and cell.kind is Kind.FRAME else cell.frame if cell is not None else None
    return {name: True for name in predicted_frames() if name == implied}


def known_and_true(truths: Sequence[Mapping[str, bool]], name: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of which rows an output is known, and of which it is true; shape (rows,) each."""
    return np.array([name in truth for truth in truths]), np.array([truth.get(name, False) for truth in truths])


def without_unknown_frames(truth: Mapping[str, bool]) -> dict[str, bool]:
    """What stays known of a message that stands beside others: a frame may have come with them."""
    return {name: value for name, value in truth.items() if value or name not in predicted_frames()}


def examples(rows: Sequence[Authored], public: Sequence[Known], seed: int) -> list[Example]:
    """Authored rows, their augmentations and public rows, long texts window by window, as the model reads them."""
    rng = random.Random(seed)
    # Of the same writer, so that no fold is trained on words of a writer it has not seen.
    others = {writer: harmless([r for r in rows if r.writer == writer]) for writer in {r.writer for r in rows}}
    result: list[Example] = []
    for at, row in enumerate(rows):
        truth = authored_truth(row)
        more = UNPLANNED_WEIGHT if row.unplanned else 1.0
        result += in_windows(row.text, Example("", truth, more * OWN_WEIGHT, row.writer, at, at))
        for transform in TRANSFORMS.values():
            other = transform(row.text, row.form, rng)
            if other is not None and other != row.text:
                result += in_windows(other, Example("", truth, more * AUGMENTED_WEIGHT, row.writer, at))
        if longer := beside(row.text, others[row.writer], rng):
            result += in_windows(longer, Example("", without_unknown_frames(truth), BESIDE_WEIGHT, row.writer, at))
    for known in public:
        writer = TAUGHT if known.certainty else PUBLIC
        like = Example("", known.truth, PUBLIC_WEIGHT * known.weight, writer, certainty=known.certainty)
        result += in_windows(known.text, like)
    texts = as_read([example.text for example in result])
    return [replace(example, text=text) for example, text in zip(result, texts, strict=True)]


def in_windows(text: str, like: Example) -> list[Example]:
    """The windows the scorer would see, otherwise like the example given; together they weigh as much as it."""
    parts = windows_of(text)
    return [replace(like, text=part, weight=like.weight / len(parts)) for part in parts]


def matrix(texts: Sequence[str], spec: FeatureSpec = SPEC) -> sp.csr_matrix:
    """Feature counts, shape (texts, buckets)."""
    return counted(texts, spec)


def inverse_frequency(counts: sp.csr_matrix) -> NDArray[np.float64]:
    """Smoothed inverse document frequency, in steps so that its square is a whole number up to 127."""
    count = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log((1 + counts.shape[0]) / (1 + count)) + 1
    return np.sqrt(np.clip(np.round(idf**2), 1, 127))


def fit(
    values: sp.csr_matrix, rows: Sequence[Example], name: str, *, regularisation: float = REGULARISATION
) -> tuple[NDArray[np.float64], float]:
    """Coefficients and intercept of one output, on the rows where it is known."""
    known, target = known_and_true([row.truth for row in rows], name)
    weight = np.array([row.weight * row.certainty.get(name, 1.0) for row in rows])[known]
    model = LogisticRegression(C=regularisation, solver="liblinear", tol=1e-3, max_iter=300, random_state=0)
    model.fit(values[known], target[known], sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])


def fit_all(
    values: sp.csr_matrix, rows: Sequence[Example], what: str, jobs: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Coefficients, shape (buckets, outputs), and intercepts of every output."""
    names = outputs()
    # Threads, not processes: the solver lets go of the interpreter, and the rows need not be copied.
    with ThreadPoolExecutor(jobs) as pool:
        fitted = list(tqdm(pool.map(lambda n: fit(values, rows, n), names), total=len(names), desc=what, disable=None))
    return np.stack([c for c, _ in fitted], axis=1).astype(np.float32), np.array([b for _, b in fitted], np.float32)


def held_out_logits(counts: sp.csr_matrix, rows: Sequence[Example], authored: int, jobs: int) -> NDArray[np.float32]:
    """Logits of the rows of `HELD_OUT` writers from a model that saw none of them, shape (authored, outputs).

    The other rows have -inf: no choice is made on them.
    """
    logits = np.full((authored, len(outputs())), -np.inf, np.float32)
    seen = np.array([row.writer not in HELD_OUT for row in rows])
    idf = inverse_frequency(counts[seen])
    weights, bias = fit_all(
        weigh(counts[seen], idf), [r for r in rows if r.writer not in HELD_OUT], "without held-out", jobs
    )
    held = [at for at, row in enumerate(rows) if row.writer in HELD_OUT and row.authored is not None]
    scores = weigh(counts[held], idf) @ weights + bias
    # The highest window counts, as in use.
    np.maximum.at(logits, np.array([rows[at].authored for at in held]), scores)
    return logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build/fast"))
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.build.mkdir(parents=True, exist_ok=True)
    authored = load("w")
    rows = examples(authored, [*prepared_rows(), *taught_rows()], args.seed)
    counts = matrix([row.text for row in rows])
    idf = inverse_frequency(counts)
    weights, bias = fit_all(weigh(counts, idf), rows, "all rows", args.jobs)
    held_out = held_out_logits(counts, rows, len(authored), args.jobs)
    np.savez(
        args.build / "model.npz",
        weights=weights,
        bias=bias,
        idf=idf,
        held_out=held_out,
        ids=[r.id for r in authored],
    )
    sizes = {"authored": len(authored), "rows": len(rows), "seed": args.seed, "outputs": outputs()}
    (args.build / "training.json").write_text(json.dumps(sizes, indent=1), encoding="utf-8")
    print(sizes)


if __name__ == "__main__":
    main()
