"""What is in the authored corpora, and whether surface marks give the label away.

In: `training/corpora`. Out: `results/corpora.json`: rows per split, cell, language form; near twins within and across
splits; and the AUROC of a model that sees only length, links, phones, emoji, money, code words, hurry words, brands and
punctuation, on fraud against genuine look-alikes, ten folds by batch. It has to stay under 0.65.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from benchmarks.quality import estimate
from benchmarks.record import corpora_hash, write
from cybertriage.figures.metrics import auroc, bootstrap
from training.corpus import Authored, load
from training.near_twins import near_twins, twins_within

SURFACE = (
    r"\.example|https?:", r"\+7|8 ?70", "[\U0001f300-\U0001faff✅❗⚡⚠️]", r"\d[\d ]*(?:тг|₸|тенге|теңге|tg|мың|тыс)",
    r"\bкод|\bkod|құпия сөз|парол|parol", r"срочно|тез|шұғыл|бүгін|сегодня|srochno|tez",
    r"kaspi|каспи|halyk|халык|egov|банк|bank|казпочта|beeline|kcell|olx", "!", r"\?", r"\n", r"\d{4,}",
)  # fmt: skip
CEILING = 0.65


def surface(text: str) -> list[float]:
    """Length in characters and words (log), and each mark's presence."""
    marks = [float(bool(re.search(pattern, text, re.IGNORECASE))) for pattern in SURFACE]
    return [np.log1p(len(text)), np.log1p(len(text.split())), *marks]


def surface_auroc(rows: list[Authored]) -> dict[str, Any]:
    """How well the surface alone tells fraud from look-alikes."""
    compared = [row for row in rows if row.cell[:2] in ("FR", "HN")]
    truth = np.array([row.cell.startswith("FR") for row in compared])
    values = np.array([surface(row.text) for row in compared])
    model = LogisticRegression(max_iter=2000)
    groups = [row.batch for row in compared]
    folds = GroupKFold(10)
    scores = cross_val_predict(model, values, truth, cv=folds, groups=groups, method="decision_function")
    return estimate(bootstrap(auroc, scores, truth, draws=300))


def main() -> None:
    splits = {"training": load("w"), "calibration": load("d"), "unseen test": load("t", test=True)}
    rows = [row for part in splits.values() for row in part]
    texts = {name: [row.text for row in part] for name, part in splits.items()}
    result = {
        "sha256": corpora_hash("[wdt]*.jsonl"),
        "rows": {name: len(part) for name, part in splits.items()},
        "cells": dict(sorted(Counter(row.cell for row in rows).items())),
        "forms": dict(Counter(row.form.value for row in rows).most_common()),
        "contrast_pairs": sum(row.contrast_of is not None for row in rows),
        "near_twins_within": len(twins_within([row.text for row in rows])),
        "near_twins_of_evaluation_in_training": len(
            near_twins(texts["training"], texts["calibration"] + texts["unseen test"])
        ),
        "surface_auroc": surface_auroc(rows) | {"ceiling": CEILING},
    }
    print(write("corpora", result))


if __name__ == "__main__":
    main()
