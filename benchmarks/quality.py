"""Quality of a shipped model on batches and sources it has not seen.

In: the unseen test corpora (writers t..), the public sets where they are. Out: `results/quality-<model>.json`:
false alarms first (protected speech, genuine notices, ordinary public text), then recall, AUPRC and calibration per
family and language form; for the cascade also the share of messages that reach the encoder, by source.
Writers from `NEW_SITUATIONS` on invented situations that no plan lists: their rows also stand apart.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np

from benchmarks.curves import curves
from benchmarks.record import corpora_hash, write
from cybertriage import Decision, Triage, Verdict
from cybertriage.evaluate.as_json import plain
from cybertriage.evaluate.covered import COVERED
from cybertriage.figures.metrics import (
    Estimate,
    auprc,
    auroc,
    bootstrap,
    expected_calibration_error,
    recall_at_fpr,
    wilson,
)
from cybertriage.models.bundle import load_bundle
from cybertriage.models.cascade import CascadeModel
from cybertriage.models.load import load_model
from cybertriage.text.grams import grams
from cybertriage.text.reading import read
from cybertriage.text.windows import cut
from training.corpus import Authored, load, truth_and_hard
from training.public import unseen_rows
from training.sources import data_root, rows_of

PUBLIC_SAMPLE = 3000
# Labelled sets by others and their benign label: made-up call transcripts; casino, pyramid and referral
# posts; Russian Telegram spam, much of it plain advertising.
ELSEWHERE = {"qorgau-scam-calls": "0", "afmhack-seed": "0", "tg-spam-umputun": "0"}
NEW_SITUATIONS = "t04"
MIN_POSITIVES = 15


def estimate(value: Estimate) -> dict[str, Any]:
    """An estimate with figures that mean something."""
    return {k: v if isinstance(v, int) else None if np.isnan(v) else round(v, 4) for k, v in asdict(value).items()}


def ranking(scores: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Recall at FPR 1 %, AUPRC and AUROC with intervals; a group with too few true rows says so."""
    if truth.sum() < MIN_POSITIVES:
        return {"n": len(truth), "positives": int(truth.sum()), "too_few": True}
    measures = {"recall_at_fpr_1pct": partial(recall_at_fpr, fpr=0.01), "auprc": auprc, "auroc": auroc}
    out: dict[str, Any] = {name: estimate(bootstrap(f, scores, truth)) for name, f in measures.items()}
    return out | {"n": len(truth), "positives": int(truth.sum())}


def family_figures(rows: Sequence[Authored], scores: np.ndarray, family: str) -> dict[str, Any]:
    """All figures that need only scores, for one family."""
    truth, hard_negative = truth_and_hard(rows, family)
    hard = truth | hard_negative
    forms = {form: np.array([row.form == form for row in rows]) for form in sorted({row.form for row in rows})}
    return {
        "all": ranking(scores, truth),
        "against_hard_negatives": ranking(scores[hard], truth[hard]),
        "by_form": {form: ranking(scores[mask], truth[mask]) for form, mask in forms.items()},
    }


def decision_figures(rows: Sequence[Authored], verdicts: Sequence[Verdict], family: str) -> dict[str, Any]:
    """What the shipped policy does: false alarms by cell, recall, abstention, calibration."""
    truth = np.array([family in row.families for row in rows])
    flagged = np.array([family in v.labels for v in verdicts])
    scores = np.array([v.scores[family] for v in verdicts])
    cells: defaultdict[str, list[bool]] = defaultdict(list)
    for row, flag, true in zip(rows, flagged, truth, strict=True):
        if not true:
            cells[row.cell].append(bool(flag))
    forms = {form: truth & np.array([row.form == form for row in rows]) for form in sorted({row.form for row in rows})}
    return {
        "false_alarms": estimate(wilson(int(flagged[~truth].sum()), int((~truth).sum()))),
        "false_alarms_by_cell": {cell: estimate(wilson(sum(f), len(f))) for cell, f in sorted(cells.items())},
        "recall": estimate(wilson(int(flagged[truth].sum()), int(truth.sum()))),
        "recall_by_form": {f: estimate(wilson(int(flagged[m].sum()), int(m.sum()))) for f, m in forms.items()},
        "expected_calibration_error": estimate(bootstrap(expected_calibration_error, scores, truth)),
    }


def share_sent(model: str, texts: Sequence[str]) -> float | None:
    """Share of texts of which some window, plain or folded, reaches the encoder; None where it is no cascade."""
    cascade = load_model(load_bundle(model))
    if not isinstance(cascade, CascadeModel):
        return None
    reading = read(texts)
    spelt, owners, whole = reading.spelt(), np.array(reading.owners), reading.forms
    parts = cut([spelt.get(at, view) for at, view in enumerate(reading.views.texts)])
    forms = [whole[owner] for owner in parts.owners]
    sent = cascade.sent(cascade.quick_odds(parts.pieces, forms, grams(parts.pieces)))
    return round(len(np.unique(owners[parts.owners[sent]])) / len(texts), 4)


def public_figures(triage: Triage, model: str) -> dict[str, Any]:
    """Share of ordinary public text that is flagged or abstained on, by source."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for source, text in unseen_rows():
        texts[source].append(text)
    out = {}
    for source, rows in texts.items():
        sample = random.Random(0).sample(rows, min(PUBLIC_SAMPLE, len(rows)))
        verdicts = triage.run(sample)
        out[source] = {
            "flagged": estimate(wilson(sum(v.decision is Decision.REVIEW for v in verdicts), len(sample))),
            "abstained": estimate(wilson(sum(v.decision is Decision.ABSTAIN for v in verdicts), len(sample))),
            "sent_to_encoder": share_sent(model, sample),
        }
    return out


def elsewhere_figures(triage: Triage) -> dict[str, Any]:
    """Fraud figures on labelled sets that other people wrote (use=dev: looked at, never trained or calibrated on)."""
    out = {}
    for source, benign in ELSEWHERE.items():
        rows = list(rows_of(source, evaluation=True))
        verdicts = triage.run([row.text for row in rows])
        truth = np.array([row.label != benign for row in rows])
        flagged = np.array(["fraud" in v.labels for v in verdicts])
        out[source] = ranking(np.array([v.scores["fraud"] for v in verdicts]), truth) | {
            "false_alarms": estimate(wilson(int(flagged[~truth].sum()), int((~truth).sum()))),
            "recall": estimate(wilson(int(flagged[truth].sum()), int(truth.sum()))),
        }
    return out


def test_figures(rows: Sequence[Authored], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Everything that the unseen test rows say."""
    return {
        "test_rows": len(rows),
        "abstained": estimate(wilson(sum(v.decision is Decision.ABSTAIN for v in verdicts), len(verdicts))),
        "families": {
            f: {"policy": decision_figures(rows, verdicts, f)}
            | family_figures(rows, np.array([v.scores[f] for v in verdicts]), f)
            for f in COVERED
        },
    }


def curve_points(rows: Sequence[Authored], verdicts: Sequence[Verdict], triage: Triage) -> dict[str, Any]:
    """Points of the report's curves, by family."""
    out = {}
    for family in COVERED:
        scores = np.array([v.scores[family] for v in verdicts])
        truth = np.array([family in row.families for row in rows])
        flagged = np.array([family in v.labels for v in verdicts])
        out[family] = plain(curves(scores, truth, flagged, threshold=triage.policy.bands[family].review))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="cascade")
    args = parser.parse_args()
    triage, test = Triage.load(args.model), load("t", test=True)
    verdicts = triage.run([row.text for row in test])
    new = [at for at, row in enumerate(test) if row.writer >= NEW_SITUATIONS]
    result: dict[str, Any] = {
        "model": triage.model, "test_sha256": corpora_hash("t*.jsonl"), "train_sha256": corpora_hash("w*.jsonl"),
        **test_figures(test, verdicts),
        "curves": curve_points(test, verdicts, triage),
        "new_situations": test_figures([test[at] for at in new], [verdicts[at] for at in new]),
        "sent_to_encoder": share_sent(args.model, [row.text for row in test]),
    }  # fmt: skip
    if data_root() is not None:
        result["public"] = public_figures(triage, args.model)
        result["elsewhere"] = elsewhere_figures(triage)
    print(write(f"quality-{args.model}", result))


if __name__ == "__main__":
    main()
