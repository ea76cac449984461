"""What people would use instead, on the same test rows: scikit-learn's character n-grams with logistic regression.

In: the very rows the `fast` model was trained on, the unseen test corpora. Out: `results/peers.json`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.quality import family_figures
from benchmarks.record import corpora_hash, write
from cybertriage.models.windows import cut
from cybertriage.text.normalize import normalize
from cybertriage.types import FAMILIES
from training.corpus import Authored, load
from training.prepare import prepared_rows, taught_rows
from training.train_fast import examples


def peer_scores(test: Sequence[Authored], seed: int) -> dict[str, np.ndarray]:
    """scikit-learn's char_wb tf-idf with logistic regression, trained on the same rows."""
    rows = examples(load("w"), [*prepared_rows(), *taught_rows()], seed)
    parts = cut([normalize(row.text).text for row in test])
    out = {}
    for family in FAMILIES:
        known = [row for row in rows if family in row.truth]
        model = make_pipeline(
            TfidfVectorizer(
                analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, max_features=200_000, dtype=np.float32
            ),
            LogisticRegression(C=10, solver="liblinear"),
        )
        weights = {"logisticregression__sample_weight": [row.weight for row in known]}
        model.fit([row.text for row in known], [row.truth[family] for row in known], **weights)
        out[family] = parts.highest(model.decision_function(parts.pieces)[:, None])[:, 0]
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261123)
    test = load("t", test=True)
    scores = peer_scores(test, parser.parse_args().seed)
    figures = {f: family_figures(test, scores[f], f) for f in FAMILIES}
    hashes = {"test_sha256": corpora_hash("t*.jsonl"), "train_sha256": corpora_hash("w*.jsonl")}
    print(write("peers", {**hashes, "test_rows": len(test), "char_ngram_lr": figures}))


if __name__ == "__main__":
    main()
