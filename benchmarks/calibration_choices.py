"""Which calibration, by evidence: Platt, temperature, beta and isotonic, for both families and every model.

In: the logits that the builds left for rows no model was trained on (training.selection). Out:
`results/calibration_choices.json`: log loss, Brier score and expected calibration error of each way.
Each row is scored by a calibration fitted on the other writers' rows, as thresholds are. Intervals: row bootstrap.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from benchmarks.record import corpora_hash, write
from cybertriage.calibrate import sigmoid
from cybertriage.evaluate.covered import COVERED
from cybertriage.figures.metrics import Bools, Floats, bootstrap, expected_calibration_error
from cybertriage.taxonomy import outputs
from training.bundling import held_out_odds
from training.corpus import Authored
from training.fit_cascade import encoder_logits
from training.selection import fast_logits, selection_rows

Probability = Callable[[Floats], Floats]
_EDGE = 1e-4  # no probability nearer to 0 or 1 than this, so that one row cannot decide a log loss


def platt(logits: Floats, truth: Bools) -> Probability:
    """Slope and shift (Platt 1999)."""
    model = LogisticRegression(C=100.0).fit(logits[:, None], truth)
    return lambda x: np.asarray(model.predict_proba(x[:, None])[:, 1])


def temperature(logits: Floats, truth: Bools) -> Probability:
    """Slope only (Guo et al. 2017)."""
    model = LogisticRegression(C=100.0, fit_intercept=False).fit(logits[:, None], truth)
    return lambda x: np.asarray(model.predict_proba(x[:, None])[:, 1])


def beta(logits: Floats, truth: Bools) -> Probability:
    """Slopes on both log probabilities, and a shift (Kull et al. 2017)."""

    def columns(x: Floats) -> NDArray[np.float64]:
        return np.stack([-np.logaddexp(0, -x), np.logaddexp(0, x)], axis=1)

    model = LogisticRegression(C=100.0).fit(columns(logits), truth)
    return lambda x: np.asarray(model.predict_proba(columns(x))[:, 1])


def isotonic(logits: Floats, truth: Bools) -> Probability:
    """Any rising curve (Zadrozny and Elkan 2002)."""
    model = IsotonicRegression(out_of_bounds="clip").fit(logits, truth)
    return lambda x: np.asarray(model.predict(x))


WAYS: dict[str, Callable[[Floats, Bools], Probability]] = {
    "Platt": platt, "temperature": temperature, "beta": beta, "isotonic": isotonic,
}  # fmt: skip


def crossed(way: Callable[[Floats, Bools], Probability], logits: Floats, truth: Bools, writers: NDArray[Any]) -> Floats:
    """Probability of each row by a fit on the other writers."""
    result = np.zeros(len(logits))
    for writer in np.unique(writers):
        away = writers == writer
        result[away] = way(logits[~away], truth[~away])(logits[away])
    return np.clip(result, _EDGE, 1 - _EDGE)


def log_loss(probability: Floats, truth: Bools) -> float:
    """Mean negative log likelihood, in nats."""
    return float(-np.log(np.where(truth, probability, 1 - probability)).mean())


def brier(probability: Floats, truth: Bools) -> float:
    """Mean squared error of the probability."""
    return float(((probability - truth) ** 2).mean())


def figures(probability: Floats, truth: Bools) -> dict[str, Any]:
    """Log loss, Brier score and expected calibration error, each with its interval."""
    measures = {"log_loss": log_loss, "brier": brier, "expected_calibration_error": expected_calibration_error}
    return {
        name: {k: round(v, 5) for k, v in asdict(bootstrap(measure, probability, truth)).items()}
        for name, measure in measures.items()
    }


def compare(logits: NDArray[np.float32], rows: Sequence[Authored]) -> dict[str, Any]:
    """Every way and the shipped one (Platt, with lines of their own for forms with enough rows), by family."""
    writers = np.array([row.writer for row in rows])
    shipped = np.clip(sigmoid(held_out_odds(logits, rows)), _EDGE, 1 - _EDGE)
    result: dict[str, Any] = {}
    for family in COVERED:
        at = outputs().index(family)
        truth = np.array([family in row.families for row in rows])
        own = logits[:, at].astype(np.float64)
        result[family] = {name: figures(crossed(way, own, truth, writers), truth) for name, way in WAYS.items()}
        result[family]["Platt by language form (shipped)"] = figures(shipped[:, at], truth)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast-build", type=Path, default=Path("build/fast"))
    parser.add_argument("--encoder-build", type=Path, default=Path("build/encoder"))
    args = parser.parse_args()
    rows = selection_rows()
    models = {
        "fast": compare(fast_logits(rows, args.fast_build), rows),
        "encoder": compare(encoder_logits(rows, args.encoder_build), rows),
    }
    hashes = {name: corpora_hash(f"{name}*.jsonl") for name in ("w", "d")}
    print(write("calibration_choices", {"corpora_sha256": hashes, "rows": len(rows), "models": models}))


if __name__ == "__main__":
    main()
