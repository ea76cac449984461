"""The calibration of a bundle, fitted on held-out rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cybertriage.calibrate import Calibration, Line
from cybertriage.finetune.fit import fit_line
from cybertriage.taxonomy import families, outputs
from training.corpus import Authored
from training.train_fast import authored_truth, known_and_true

MIN_POSITIVES_PER_FORM = 60
MIN_OF_A_CLASS = 5  # with fewer true or false rows an output keeps its own log-odds
_HALF = 20  # rows of a writer without a plan that go to one half together, whole items but for the edge
# Written for thresholds on protected speech: its mix of group talk is of no stream, so probabilities ignore it.
THRESHOLDS_ONLY = "d04"


def calibrate(logits: NDArray[np.float32], rows: Sequence[Authored]) -> Calibration:
    """A line for each output; for a family also one for each language form with enough positives."""
    own = [at for at, row in enumerate(rows) if row.writer != THRESHOLDS_ONLY]
    logits, rows = logits[own], [rows[at] for at in own]
    truths = [authored_truth(row) for row in rows]
    forms = np.array([row.form for row in rows])
    lines: dict[str, dict[str, Line]] = {}
    for column, name in enumerate(outputs()):
        known, target = known_and_true(truths, name)
        if min(target[known].sum(), (~target[known]).sum()) < MIN_OF_A_CLASS:
            lines[name] = {"default": Line(1.0, 0.0)}
            continue
        lines[name] = {"default": fit_line(logits[known, column], target[known])}
        for form in sorted(set(forms)) if name in families() else ():
            here = known & (forms == form)
            if target[here].sum() >= MIN_POSITIVES_PER_FORM:
                lines[name][form] = fit_line(logits[here, column], target[here])
    return Calibration(lines)


def held_out_odds(logits: NDArray[np.float32], rows: Sequence[Authored]) -> NDArray[np.float64]:
    """Log-odds of each row under a calibration fitted on the others' rows: what thresholds are set on."""
    odds = np.zeros(logits.shape)
    for away, others in left_out(rows):
        fitted = calibrate(logits[~away], others)
        forms = [row.form for row, out in zip(rows, away, strict=True) if out]
        odds[away] = fitted.log_odds(logits[away], outputs(), forms)
    return odds


def left_out(rows: Sequence[Authored]) -> Iterator[tuple[NDArray[np.bool_], list[Authored]]]:
    """For each group that is held out together: which rows it is, shape (rows,), and all the other rows."""
    groups = np.array([held_out_group(row) for row in rows])
    for group in sorted(set(groups)):
        away = groups == group
        yield away, [row for row, out in zip(rows, away, strict=True) if not out]


def held_out_group(row: Authored) -> str:
    """What is held out together: a writer; of a writer who alone knows a family, one half after the other."""
    number = int(row.id.rpartition("-")[2])
    return f"{row.writer}/{number // _HALF % 2}" if row.unplanned else row.writer
