"""Figures of a model on labelled messages of a researcher's own: false alarms first, then what it finds.

In: a `Triage`, messages, and for each whether it is of the family measured. Out: `OwnDataReport`.
Intervals are 95 %: Wilson for shares, bootstrap over rows for ranking and calibration figures. A ranking figure of
fewer than `MIN_OF_A_CLASS` true or false rows is withheld: it would say more about chance than about the model.
Nothing is fitted here: the thresholds are those of the policy, as they would be in use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cybertriage.errors import InputError
from cybertriage.figures.metrics import (
    Bools,
    Estimate,
    Floats,
    auprc,
    auroc,
    bootstrap,
    expected_calibration_error,
    recall_at_fpr,
    wilson,
)
from cybertriage.figures.resample import Figure, TooFew
from cybertriage.taxonomy import families
from cybertriage.triage import Triage
from cybertriage.types import Decision, LanguageForm, Verdict

MIN_OF_A_CLASS = 15


@dataclass(frozen=True, slots=True)
class RowFigures:
    """Figures of some rows. `form` is their language form, or `all`.

    `false_alarms`, `abstained_benign`: shares of the benign rows; `found`, `abstained_harmful`: of the harmful ones.
    The last four rank or calibrate the family's probability, whatever the policy.
    """

    form: str
    rows: int
    harmful: int
    false_alarms: Figure
    abstained_benign: Figure
    found: Figure
    abstained_harmful: Figure
    recall_at_fpr_1pct: Figure
    auprc: Figure
    auroc: Figure
    expected_calibration_error: Figure


@dataclass(frozen=True, slots=True)
class OwnDataReport:
    """Everything that `evaluate_rows` found: all rows, then each language form, the most false alarms first."""

    model: str
    policy: str
    family: str
    threshold: float
    overall: RowFigures
    by_form: tuple[RowFigures, ...]


def evaluate_rows(
    triage: Triage, texts: Sequence[str], harmful: Sequence[bool], *, family: str = "fraud", draws: int = 1000
) -> OwnDataReport:
    """Measure a triage on labelled messages; `harmful[i]` says whether `texts[i]` is of `family`.

    `draws`: bootstrap draws behind each interval. Raises `InputError` for an unknown family, another number of labels
    than texts, no rows, or rows of one class only.
    """
    _check(texts, harmful, family)
    truth = np.array(harmful, np.bool_)
    verdicts = triage.run(texts)
    forms = np.array([verdict.language.form.value for verdict in verdicts])

    def of(form: str, rows: Bools) -> RowFigures:
        kept = [verdict for verdict, take in zip(verdicts, rows.tolist(), strict=True) if take]
        return _figures(form, kept, truth[rows], family, draws)

    parts = [of(form.value, forms == form.value) for form in LanguageForm if (forms == form.value).any()]
    parts.sort(key=lambda part: (-_height(part.false_alarms), part.form))
    return OwnDataReport(
        triage.model, triage.policy.name, family, triage.policy.bands[family].review,
        of("all", np.ones(len(truth), np.bool_)), tuple(parts),
    )  # fmt: skip


def _check(texts: Sequence[str], harmful: Sequence[bool], family: str) -> None:
    if family not in families():
        raise InputError(f"family must be one of {', '.join(families())}, got {family!r}")
    if len(texts) != len(harmful):
        raise InputError(f"harmful has {len(harmful)} labels for {len(texts)} texts; give one for each")
    if not len(texts):
        raise InputError("texts has no rows; give at least one benign and one harmful message")
    if len({bool(value) for value in harmful}) < 2:
        kind = "harmful" if harmful[0] else "benign"
        raise InputError(f"every row is {kind}; both benign and harmful rows are needed to measure anything")


def _figures(form: str, verdicts: Sequence[Verdict], truth: Bools, family: str, draws: int) -> RowFigures:
    flagged = np.array([family in verdict.labels for verdict in verdicts])
    unsure = np.array([verdict.decision is Decision.ABSTAIN for verdict in verdicts])
    scores = np.array([verdict.scores[family] for verdict in verdicts])

    def ranked(measure: Callable[[Floats, Bools], float]) -> Figure:
        least = int(min(truth.sum(), (~truth).sum()))
        return bootstrap(measure, scores, truth, draws=draws) if least >= MIN_OF_A_CLASS else TooFew(least, least)

    return RowFigures(
        form, len(verdicts), int(truth.sum()), _share(flagged[~truth]), _share(unsure[~truth]), _share(flagged[truth]),
        _share(unsure[truth]), ranked(recall_at_fpr), ranked(auprc), ranked(auroc), ranked(expected_calibration_error),
    )  # fmt: skip


def _share(these: Bools) -> Figure:
    """A share with its interval; withheld where there is no row to take it of."""
    return wilson(int(these.sum()), len(these)) if len(these) else TooFew(0, 0)


def _height(figure: Figure) -> float:
    """Sorts by the upper bound of the interval, so that a form of three rows is not called clean."""
    return figure.high if isinstance(figure, Estimate) else -1.0
