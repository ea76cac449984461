"""The published settings on the Kazakh hate set: their figure in their domain, ours there, and both on unseen speech.

Mussiraliyeva et al. (IEEE Access 2025) report CountVectorizer with logistic regression, F1 0.93 (with a
psycholinguistic module that is not public), Bolatbek et al. (PeerJ CS 2025, e3027) n-grams and term weights with the
same models. Here: word counts, and log-scaled tf-idf, our reading of their modified tf-idf (MTF-IDF), whose formula was
not at hand; scikit-learn's defaults otherwise; a random split in five classes, as published.
None of the rows measured on is in our training set, so that ours is unseen too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline

from benchmarks.peers.contract import Floats, NotRun
from benchmarks.peers.measure import Exam, threshold
from benchmarks.quality import estimate, ranking
from cybertriage import Triage
from cybertriage.figures.metrics import wilson
from training.corpus import truth_and_hard
from training.prepare import prepared_rows, taught_rows
from training.public import MAX_CHARS
from training.sources import data_root, rows_of

SOURCE, NEUTRAL = "kazakh-hate-speech-10k", "neutral"
SETTINGS = {
    "count_lr": "word counts, logistic regression",
    "mtf_idf_lr": "log-scaled tf-idf, our reading of MTF-IDF, logistic regression",
}


def pipelines() -> dict[str, Pipeline]:
    """The published methods, untrained."""
    return {
        "count_lr": make_pipeline(CountVectorizer(), LogisticRegression(max_iter=1000)),
        "mtf_idf_lr": make_pipeline(TfidfVectorizer(sublinear_tf=True), LogisticRegression(max_iter=1000)),
    }


def split(seed: int) -> tuple[list[str], list[str], list[str], list[str]]:
    """Texts and classes to train on, texts and classes to measure on: a fifth, of rows that we did not train on."""
    if data_root() is None:
        raise NotRun("no public data: set CYBERTRIAGE_DATA to the folder that holds sources.tsv")
    ours = {row.text for row in [*prepared_rows(), *taught_rows()] if row.source == SOURCE}
    rows = list(rows_of(SOURCE))
    spare = [at for at, row in enumerate(rows) if row.text[:MAX_CHARS] not in ours]
    _, away = train_test_split(
        spare,
        test_size=min(len(rows) // 5, len(spare) // 2),
        random_state=seed,
        stratify=[rows[at].label for at in spare],
    )
    held = set(away)
    train = [row for at, row in enumerate(rows) if at not in held]
    test = [rows[at] for at in away]
    return [r.text for r in train], [r.label for r in train], [r.text for r in test], [r.label for r in test]


def measured(on: Exam, seed: int, triage: Triage) -> dict[str, Any]:
    """Both methods and ours, in domain and on unseen speech."""
    train, classes, test, truth = split(seed)
    hateful = np.array([label != NEUTRAL for label in truth])
    out: dict[str, Any] = {"train_rows": len(train), "test_rows": len(test), "methods": {}}
    for key, method in pipelines().items():
        method.fit(train, classes)
        said = method.predict(test)
        odds = _odds(method, test)
        out["methods"][key] = {
            "settings": SETTINGS[key],
            "in_domain": {
                "accuracy": round(float(accuracy_score(truth, said)), 4),
                "macro_f1": round(float(f1_score(truth, said, average="macro")), 4),
                "auroc_hateful": ranking(odds, hateful)["auroc"],
            },
            **_elsewhere(on, _odds(method, on.texts), method.predict(on.texts) != NEUTRAL, threshold(odds, ~hateful)),
        }  # fmt: skip
    scores = np.array([s.scores["radical"] for s in triage.score(test)])
    everywhere = np.array([s.scores["radical"] for s in triage.score(on.texts)])
    review = triage.policy.bands["radical"].review
    out["methods"]["cybertriage"] = {
        "settings": f"{triage.model}, its probability of radical content",
        "in_domain": {"auroc_hateful": ranking(scores, hateful)["auroc"]},
        "in_domain_flagged": {
            label: estimate(wilson(int((scores[of] >= review).sum()), int(of.sum())))
            for label in sorted(set(truth)) for of in [np.array(truth) == label]
        },
        **_elsewhere(on, everywhere, everywhere >= review, threshold(scores, ~hateful)),
    }  # fmt: skip
    return out


def _odds(method: Pipeline, texts: Sequence[str]) -> Floats:
    """Log-odds that a text is of any class but neutral."""
    chance = method.predict_proba(texts)[:, list(method.classes_).index(NEUTRAL)]
    chance = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.asarray(np.log((1 - chance) / chance))


def _elsewhere(on: Exam, scores: Floats, flags: NDArray[np.bool_], strict: float) -> dict[str, Any]:
    """On unseen speech: ranking of radical rows, and what is flagged of ordinary and protected speech.

    `flagged`: by its own decision; `flagged_strictly`: above the score that 1 % of its own neutral rows pass.
    """
    truth, hard_negative = truth_and_hard(on.test, "radical")
    hard, inside = truth | hard_negative, on.part(scores, "test")

    def shares(of: NDArray[np.bool_]) -> dict[str, Any]:
        parts = {source: on.part(of, f"public/{source}") for source in on.sources("public")}
        parts |= {"protected speech, unseen test": on.part(of, "test")[hard_negative]}
        return {name: estimate(wilson(int(part.sum()), len(part))) for name, part in parts.items()}

    return {
        "unseen_radical": {
            "all": ranking(inside, truth), "against_hard_negatives": ranking(inside[hard], truth[hard])
        },
        "flagged": shares(flags),
        "flagged_strictly": shares(scores > strict),
    }  # fmt: skip
