"""Build the cascade of the two shipped bundles: blend, band, thresholds, and what the band costs.

In: `models/fast`, `models/encoder`, rows neither was trained on (training.selection). Out: `models/cascade/`.
Blend: for each output a logistic regression on both models' log-odds (stacking; Wolpert 1992), weights not negative.
Band: the lower of two fast probabilities. One keeps the recall lost on held-out rows, at the shipped threshold and
against sending everything, at or under `MAX_RECALL_LOST`. The other spends the speed that there is: `EVERYDAY_SENT` of
held-out everyday messages go on. Held-out writers resemble the training ones and real sources do not, so the first
bound alone would keep more from the encoder there than it promises.
Each row's blend, when band and thresholds are set, was fitted on the other writers; rows longer than a window are
blended by their highest window of each model, where the shipped cascade blends window by window.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from cybertriage import __version__
from cybertriage.calibrate import sigmoid
from cybertriage.models.bundle import CARD, CASCADE, POLICY, SCHEMA, load_bundle
from cybertriage.models.writing import write_bundle
from cybertriage.taxonomy import families, outputs, predicted_frames
from training.bundling import held_out_odds, left_out
from training.corpus import Authored
from training.selection import fast_logits, selection_rows
from training.thresholds import band, choose_policy
from training.train_fast import authored_truth, known_and_true

CARD_SOURCE = Path(__file__).with_name("cascade_card.md")
MAX_RECALL_LOST, EVERYDAY_SENT = 0.005, 0.30
MIN_POSITIVES = 30
_STEPS = np.round(np.geomspace(0.0005, 0.5, 60), 5)


def blend(fast: NDArray[np.float64], encoder: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[float, ...]:
    """(fast weight, encoder weight, shift) of one output; equal halves where positives are too few to fit."""
    if truth.sum() < MIN_POSITIVES:
        return 0.5, 0.5, 0.0
    columns = np.stack([fast, encoder], axis=1)
    model = LogisticRegression(C=10.0).fit(columns, truth)
    weights = model.coef_[0]
    if weights.min() >= 0:
        return float(weights[0]), float(weights[1]), float(model.intercept_[0])
    better = int(weights.argmax())
    model = LogisticRegression(C=10.0).fit(columns[:, [better]], truth)
    alone = [0.0, 0.0]
    alone[better] = max(float(model.coef_[0, 0]), 1e-3)
    return alone[0], alone[1], float(model.intercept_[0])


def blends(fast: NDArray[np.float64], encoder: NDArray[np.float64], rows: Sequence[Authored]) -> NDArray[np.float64]:
    """The blend of every output, shape (outputs, 3)."""
    truths = [authored_truth(row) for row in rows]
    parts = []
    for at, name in enumerate(outputs()):
        known, target = known_and_true(truths, name)
        parts.append(blend(fast[known, at], encoder[known, at], target[known]))
    return np.array(parts)


def mixed(fast: NDArray[np.float64], encoder: NDArray[np.float64], parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds of the blend."""
    return fast * parts[:, 0] + encoder * parts[:, 1] + parts[:, 2]


def widest(fast: NDArray[np.float64], both: NDArray[np.float64], rows: Sequence[Authored]) -> dict[str, float]:
    """For each family the highest fast probability that may stay with the fast model.

    A true row counts as lost when the blend flags it and both fast probabilities lie under their bounds; here each
    family is bounded as if it stood alone, which loses no more than the limit.
    """
    bounds = {}
    for family in families():
        at = outputs().index(family)
        truth = np.array([family in row.families for row in rows])
        _, review = band(sigmoid(both[:, at]), rows, family)
        flagged = truth & (sigmoid(both[:, at]) >= review)
        quick = sigmoid(fast[:, at])
        allowed = int(np.floor(MAX_RECALL_LOST * truth.sum()))
        kept = [float(step) for step in _STEPS if (flagged & (quick < step)).sum() <= allowed]
        bounds[family] = min(max(kept, default=float(_STEPS[0])), affordable(fast, rows))
    return bounds


def affordable(fast: NDArray[np.float64], rows: Sequence[Authored]) -> float:
    """The lowest fast probability, common to all families, from which `EVERYDAY_SENT` of everyday rows go on."""
    everyday = np.array([row.cell == "EV" for row in rows])
    highest = sigmoid(fast[everyday][:, [outputs().index(f) for f in families()]]).max(axis=1)
    return round(float(np.quantile(highest, 1 - EVERYDAY_SENT)), 5)


def cascaded(
    fast: NDArray[np.float64], both: NDArray[np.float64], bounds: dict[str, float]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Log-odds of the cascade, and which rows went to the encoder."""
    sent = np.zeros(len(fast), bool)
    for family, bound in bounds.items():
        sent |= sigmoid(fast[:, outputs().index(family)]) >= bound
    return np.where(sent[:, None], both, fast), sent


def cost(
    odds: NDArray[np.float64], both: NDArray[np.float64], sent: NDArray[np.bool_], rows: Sequence[Authored]
) -> dict[str, float]:
    """Recall at the shipped threshold against sending everything, and the share of rows sent."""
    result: dict[str, float] = {"sent": round(float(sent.mean()), 4), "rows": len(rows)}
    for family in families():
        at = outputs().index(family)
        truth = np.array([family in row.families for row in rows])
        _, review = band(sigmoid(odds[:, at]), rows, family)
        full, held = ((sigmoid(x[truth, at]) >= review).mean() for x in (both, odds))
        result[f"{family}_recall_lost"] = round(float(full - held), 4)
    return result


def held_out_mix(
    fast: NDArray[np.float64], encoder: NDArray[np.float64], rows: Sequence[Authored]
) -> NDArray[np.float64]:
    """Log-odds of each row under a blend fitted on the other writers' rows: what band and thresholds are set on."""
    result = np.zeros(fast.shape)
    for away, others in left_out(rows):
        parts = blends(fast[~away], encoder[~away], others)
        result[away] = mixed(fast[away], encoder[away], parts)
    return result


def encoder_logits(rows: Sequence[Authored], build: Path) -> NDArray[np.float32]:
    """What `training.export_encoder` saved of these rows."""
    with np.load(build / "selection.npz", allow_pickle=False) as saved:
        if saved["ids"].tolist() != [row.id for row in rows]:
            raise SystemExit(f"{build}/selection.npz is of other rows; run training.export_encoder again")
        logits: NDArray[np.float32] = saved["logits"]
    return logits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast-build", type=Path, default=Path("build/fast"))
    parser.add_argument("--encoder-build", type=Path, default=Path("build/encoder"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    args = parser.parse_args()
    rows = selection_rows()
    members = {name: load_bundle(args.models / name) for name in ("fast", "encoder")}
    fast = held_out_odds(fast_logits(rows, args.fast_build), rows)
    encoder = held_out_odds(encoder_logits(rows, args.encoder_build), rows)
    both = held_out_mix(fast, encoder, rows)
    bounds = widest(fast, both, rows)
    odds, sent = cascaded(fast, both, bounds)
    policy = choose_policy(sigmoid(odds), rows)
    promise = cost(odds, both, sent, rows)
    parts = blends(fast, encoder, rows)
    write_bundle(args.models / "cascade", {POLICY: policy.encode(), CARD: CARD_SOURCE.read_bytes()}, {
        "schema": SCHEMA, "name": "cascade", "version": __version__, "kind": CASCADE, "outputs": outputs(),
        "frames": predicted_frames(), "languages": ["kk", "ru"], "band": bounds, "promise": promise,
        "members": {name: {"name": name, "digest": bundle.digest} for name, bundle in members.items()},
        "blend": {name: [round(float(v), 6) for v in parts[at]] for at, name in enumerate(outputs())},
    })  # fmt: skip
    print(json.dumps({"band": bounds, "promise": promise}))


if __name__ == "__main__":
    main()
