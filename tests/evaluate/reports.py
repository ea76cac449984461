"""Evaluation documents for the tests of reports, gates and tables: real ones of the fast model, small."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from benchmarks.curves import curves
from cybertriage import Triage
from cybertriage.evaluate.as_json import document, plain
from cybertriage.evaluate.bias import evaluate_bias
from cybertriage.evaluate.cases import Case, load_cases
from cybertriage.evaluate.covered import COVERED
from cybertriage.evaluate.functional import evaluate_functional
from cybertriage.evaluate.robustness import evaluate_robustness, messages_of
from cybertriage.figures.metrics import Estimate, wilson

Document = dict[str, Any]


def some_cases() -> list[Case]:
    return load_cases()[::9]


@functools.cache
def measured() -> dict[str, Document]:
    """One document of each evaluation, by its kind; do not change them."""
    triage, cases = Triage.load("fast", threads=1), some_cases()
    robustness = evaluate_robustness(triage, messages_of(cases), perturbations=["homoglyph", "typos"], draws=20)
    made = [evaluate_bias(triage, per_trait=1, draws=20), evaluate_functional(triage, cases), robustness]
    return {of["report"]: of for of in map(document, made)} | {"quality": quality(triage.model)}


def quality(model: str) -> Document:
    """A result of the quality benchmark, as small as it may be."""
    rng = np.random.default_rng(0)
    truth = np.arange(400) % 4 == 0
    scores = np.clip(rng.normal(0.3, 0.15, 400) + 0.4 * truth, 0, 1)
    cells = {"PX1": share(1, 60), "PX4": share(0, 40), "HN01": share(2, 50)}
    policy = {
        "false_alarms": share(3, 300), "false_alarms_by_cell": cells, "recall": share(80, 100),
        "expected_calibration_error": share(8, 400),
    }  # fmt: skip
    ranking = {"recall_at_fpr_1pct": share(70, 100), "auprc": share(95, 100), "auroc": share(98, 100), "n": 400}
    family = {
        "policy": policy,
        "all": ranking,
        "by_form": {"kk": ranking, "ru-latn": {"n": 9, "positives": 2, "too_few": True}},
    }
    return {
        "report": "quality", "model": model, "date": "2026-11-27", "test_sha256": "ab" * 32, "test_rows": 400,
        "families": dict.fromkeys(COVERED, family),
        "curves": {name: plain(curves(scores, truth, scores > 0.5, threshold=0.5, draws=20)) for name in COVERED},
        "new_situations": {"families": dict.fromkeys(COVERED, family)},
        "public": {"news": {"flagged": share(1, 500), "abstained": share(9, 500)}},
        "elsewhere": {"spam": {"recall": share(30, 90)}},
    }  # fmt: skip


def share(flagged: int, n: int) -> Document:
    found: Estimate = wilson(flagged, n)
    return {"value": round(found.value, 4), "low": round(found.low, 4), "high": round(found.high, 4), "n": n}
