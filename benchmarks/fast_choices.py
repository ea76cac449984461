"""The choices behind the `fast` model, each measured out of fold on the training writers, never on test rows.

In: the authored training corpora, public rows. Out: `results/fast_choices.json`: AUROC, recall at FPR 1 % against
hard negatives for each setting, two of the four folds of writers, both families.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.record import corpora_hash, write
from cybertriage.evaluate.covered import COVERED
from cybertriage.figures.metrics import auroc, recall_at_fpr
from cybertriage.finetune.ngrams import weigh
from cybertriage.text.features import FeatureSpec
from training import train_fast
from training.corpus import Authored, load, truth_and_hard
from training.prepare import prepared_rows, taught_rows
from training.train_fast import SPEC, Example, examples, inverse_frequency, matrix

FOLDS, MEASURED = 4, (0, 1)  # folds of writers, and those that are held out in turn
SETTINGS: dict[str, Mapping[str, Any]] = {
    "shipped": {},
    "weaker regularisation, C 200": {"regularisation": 200.0},
    "stronger regularisation, C 12": {"regularisation": 12.0},
    "no augmentation": {"augmented": 0.0},
    "augmentation at weight 0.3": {"augmented": 0.5},
    "public rows at full weight": {"public": 5.0},
    "no public rows": {"public": 0.0},
    "no rows labelled by the encoder": {"taught": 0.0},
    "character n-grams 2-5": {"spec": FeatureSpec(SPEC.buckets, (2, 3, 4, 5), (1,))},
    "no word pairs": {"spec": FeatureSpec(SPEC.buckets, (3, 4), ())},
    "2^20 buckets": {"spec": FeatureSpec(1 << 20, (3, 4), (1,))},
}


def reweighted(rows: Sequence[Example], augmented: float, public: float, taught: float) -> list[Example]:
    """Rows with the weight of augmentations and public rows multiplied; rows of weight 0 are left out."""
    by_writer = {train_fast.PUBLIC: public, train_fast.TAUGHT: taught}
    factor = [1.0 if r.authored is not None else by_writer.get(r.writer, augmented) for r in rows]
    return [replace(r, weight=r.weight * f) for r, f in zip(rows, factor, strict=True) if f]


def measure(authored: Sequence[Authored], every: Sequence[Example], setting: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of one setting."""
    rows = reweighted(every, setting.get("augmented", 1.0), setting.get("public", 1.0), setting.get("taught", 1.0))
    counts = matrix([row.text for row in rows], setting.get("spec", SPEC))
    writers = sorted({row.writer for row in rows} - {train_fast.PUBLIC, train_fast.TAUGHT})
    logits = {f: np.full(len(authored), -np.inf) for f in COVERED}
    for fold in MEASURED:
        away = set(writers[fold::FOLDS])
        seen = np.array([row.writer not in away for row in rows])
        held = [at for at, row in enumerate(rows) if row.writer in away and row.authored is not None]
        owner = np.array([rows[at].authored for at in held])
        idf = inverse_frequency(counts[seen])
        values, other = weigh(counts[seen], idf), weigh(counts[held], idf)
        known = [row for row in rows if row.writer not in away]
        strength = setting.get("regularisation", train_fast.REGULARISATION)
        for family in COVERED:
            weights, bias = train_fast.fit(values, known, family, regularisation=strength)
            np.maximum.at(logits[family], owner, other @ weights + bias)
    return {family: figures(authored, logits[family], family) for family in COVERED}


def figures(authored: Sequence[Authored], logits: np.ndarray, family: str) -> dict[str, float]:
    """AUROC and recall at FPR 1 % against hard negatives, over the rows of the measured folds."""
    truth, hard_negative = truth_and_hard(authored, family)
    use = (truth | hard_negative) & np.isfinite(logits)
    scores, true = logits[use], truth[use]
    return {"auroc": round(auroc(scores, true), 4), "recall_at_fpr_1pct": round(recall_at_fpr(scores, true), 4)}


def main() -> None:
    authored = load("w")
    every = examples(authored, [*prepared_rows(), *taught_rows()], 20261123)
    with ThreadPoolExecutor(2) as pool:
        found = list(tqdm(pool.map(lambda s: measure(authored, every, s), SETTINGS.values()), total=len(SETTINGS)))
    result = {
        "train_sha256": corpora_hash("w*.jsonl"),
        "rows": len(authored),
        "settings": dict(zip(SETTINGS, found, strict=True)),
    }
    print(write("fast_choices", result))


if __name__ == "__main__":
    main()
