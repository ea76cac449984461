"""tg-spam's method where it is at home, and ours beside it: a Russian Telegram spam set, split; then our own test.

The set's spam is what moderators removed, most of it advertising and job offers, so ours is not expected to find it
all. None of the rows measured on is in our training set.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.contract import Floats, NotRun
from benchmarks.peers.measure import Exam
from benchmarks.peers.spam import Detector
from benchmarks.quality import estimate, ranking
from cybertriage import Triage
from cybertriage.figures.metrics import wilson
from training.corpus import truth_and_hard
from training.prepare import prepared_rows, taught_rows
from training.public import MAX_CHARS
from training.sources import data_root, rows_of

SOURCE, OTHER = "tg-spam-tizh", "tg-spam-umputun"
MOST = 2000


def measured(on: Exam, seed: int, triage: Triage) -> dict[str, Any]:
    """The method trained on the spam set: in its domain, on another Russian spam set, on our test; ours on the same."""
    if data_root() is None:
        raise NotRun("no public data: set CYBERTRIAGE_DATA to the folder that holds sources.tsv")
    ours = {row.text for row in [*prepared_rows(), *taught_rows()] if row.source == SOURCE}
    rows = list(rows_of(SOURCE))
    spare = [at for at, row in enumerate(rows) if row.text[:MAX_CHARS] not in ours]
    held = set(random.Random(seed).sample(spare, min(MOST, len(spare) // 2)))
    train = [row for at, row in enumerate(rows) if at not in held]
    detector = Detector.fit([r.text for r in train], [r.label == "1" for r in train])
    test = [rows[at] for at in sorted(held)]
    other = list(rows_of(OTHER, evaluation=True))
    sets = {
        SOURCE: ([r.text for r in test], np.array([r.label == "1" for r in test])),
        OTHER: ([r.text for r in other], np.array([r.label == "1" for r in other])),
    }
    truth, hard_negative = truth_and_hard(on.test, "fraud")
    hard = truth | hard_negative
    texts = [row.text for row in on.test]
    sets["unseen test, fraud"] = (texts, truth)
    sets["unseen test, fraud against look-alikes"] = ([t for t, h in zip(texts, hard, strict=True) if h], truth[hard])
    review = triage.policy.bands["fraud"].review
    out: dict[str, Any] = {"train_rows": len(train), "sets": {}}
    for name, (messages, label) in sets.items():
        scores = np.array([s.scores["fraud"] for s in triage.score(messages)])
        out["sets"][name] = {
            "tg_spam": _figures(detector.scores(messages), detector.flags(messages), label),
            "cybertriage": _figures(scores, scores >= review, label),
        }
    news = [t for s in on.sources("public") for t in on.texts[on.where[f"public/{s}"]]]
    ours_flag = np.array([s.scores["fraud"] for s in triage.score(news)]) >= review
    flags = {"tg_spam": detector.flags(news), "cybertriage": ours_flag}
    out["public_flagged"] = {k: estimate(wilson(int(f.sum()), len(news))) for k, f in flags.items()}
    return out


def _figures(scores: Floats, flags: NDArray[np.bool_], truth: NDArray[np.bool_]) -> dict[str, Any]:
    return ranking(scores, truth) | {
        "false_alarms": estimate(wilson(int(flags[~truth].sum()), int((~truth).sum()))),
        "recall": estimate(wilson(int(flags[truth].sum()), int(truth.sum()))),
    }
