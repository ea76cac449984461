"""Robustness: what disguises and rough handling cost, at the shipped thresholds.

In: a `Triage` and labelled messages, those of the functional suites by default. Out: a `RobustnessReport`: for each
perturbation, family and language the false alarms gained on benign text first, then the recall lost, the change of
probability on rows that were flagged, and how many of the lost ones a person still sees (`abstain`).
A message counts where the perturbation changes it. Intervals are 95 %, by bootstrap over messages, the same draws for
the text as it was and as it became, so that differences are paired.
Invariant: a report holds counts and shares, never a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cybertriage.errors import InputError
from cybertriage.evaluate.cases import Case, load_cases
from cybertriage.evaluate.covered import COVERED
from cybertriage.figures.metrics import Bools, Floats
from cybertriage.figures.resample import Figure, cluster_weights, height, ratio_of_columns
from cybertriage.triage import Triage
from cybertriage.types import Decision, Verdict
from cybertriage.variation.perturb import PERTURBATIONS, perturbed

ALL = "all"
# Shares, which get Wilson's interval where nothing was seen; the others are differences.
_SHARES = frozenset({"false_alarms_before", "false_alarms_after", "newly_flagged", "recall_before", "recall_after",
                     "still_seen"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """One labelled message; `form` is its language form, `families` what it truly is (none: benign)."""

    id: str
    form: str
    families: tuple[str, ...]
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PerturbationFigures:
    """One perturbation on the rows of one language (or `all`), for one family. Shares 0 to 1.

    `newly_flagged`: share of benign rows flagged after and not before; `false_alarms_gained`: after less before, so
    rows that are no longer flagged count against it. `recall_lost`: before less after; above 0 is worse.
    `still_seen`: of harmful rows flagged before and not after, the share that a person still sees (abstained on, or
    flagged as the other family).
    `score_change`: mean change of the family's probability on harmful rows flagged before.
    """

    perturbation: str
    family: str
    language: str
    false_alarms_before: Figure
    false_alarms_after: Figure
    false_alarms_gained: Figure
    newly_flagged: Figure
    recall_before: Figure
    recall_after: Figure
    recall_lost: Figure
    score_change: Figure
    still_seen: Figure


@dataclass(frozen=True, slots=True)
class RobustnessReport:
    """Everything that `evaluate_robustness` found; figures with the most newly flagged benign text first."""

    model: str
    policy: str
    messages: int
    draws: int
    seed: int
    figures: tuple[PerturbationFigures, ...]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Verdicts on the rows that a perturbation changes, before and after, for one family; arrays (rows,)."""

    true: Bools
    benign: Bools
    before: Bools
    after: Bools
    seen: Bools
    change: Floats


def messages_of(cases: Sequence[Case]) -> list[Message]:
    """Functional cases as labelled messages: a case that is to be flagged is of its family, any other is benign."""
    return [
        Message(c.id, c.language, (c.function.family,) if c.function.expect == "flag" else (), c.text) for c in cases
    ]


def evaluate_robustness(
    triage: Triage, messages: Sequence[Message] | None = None, *, perturbations: Sequence[str] = tuple(PERTURBATIONS),
    draws: int = 1000, seed: int = 0,
) -> RobustnessReport:  # fmt: skip
    """Measure a triage on messages before and after each perturbation, under its policy.

    `perturbations`: names of `perturb.PERTURBATIONS`, all by default; an unknown one raises `InputError`. `seed` fixes
    what is changed and the draws. A message is scored once as it is and once for each perturbation that changes it.
    """
    for name in perturbations:
        if name not in PERTURBATIONS:
            raise InputError(f"perturbations: no {name!r}; there are {', '.join(PERTURBATIONS)}")
    messages = messages_of(load_cases()) if messages is None else messages
    clean = triage.run([message.text for message in messages])
    figures: list[PerturbationFigures] = []
    for name in perturbations:
        changed = [perturbed(name, m.text, m.form, key=m.id, seed=seed) for m in messages]
        rows = [at for at, text in enumerate(changed) if text is not None]
        after = triage.run([text for text in changed if text is not None])
        kept, before = [messages[at] for at in rows], [clean[at] for at in rows]
        weights = cluster_weights([name] * len(rows), draws=draws, seed=seed)
        for family in COVERED:
            pairs = _pairs(kept, before, after, family)
            figures += _by_language(name, family, [m.form for m in kept], pairs, weights)
    ordered = sorted(figures, key=lambda f: (-height(f.newly_flagged), -height(f.recall_lost)))
    return RobustnessReport(triage.model, triage.policy.name, len(messages), draws, seed, tuple(ordered))


def _pairs(rows: Sequence[Message], before: Sequence[Verdict], after: Sequence[Verdict], family: str) -> _Pairs:
    return _Pairs(
        np.array([family in m.families for m in rows], dtype=bool),
        np.array([not m.families for m in rows], dtype=bool),
        np.array([family in v.labels for v in before], dtype=bool),
        np.array([family in v.labels for v in after], dtype=bool),
        np.array([v.decision is not Decision.CLEAR for v in after], dtype=bool),
        np.array([a.scores[family] - b.scores[family] for b, a in zip(before, after, strict=True)], dtype=float),
    )


def _by_language(
    name: str, family: str, forms: Sequence[str], pairs: _Pairs, weights: Floats
) -> list[PerturbationFigures]:
    """Figures of all rows and of each language; every measure of every language is a column of one product."""
    languages = {ALL: np.ones(len(forms), bool)}
    languages |= {form: np.array([form == other for other in forms], dtype=bool) for form in sorted(set(forms))}
    measures = _measures(pairs)
    counted = np.stack([of & rows for rows in languages.values() for _, of in measures.values()], axis=1)
    among: Floats = counted.astype(np.float64)
    tops = among * np.stack([values for _ in languages for values, _ in measures.values()], axis=1)
    found = ratio_of_columns(tops, among, counted.astype(np.int64), weights)
    shares, others = found.shares(), found.figures()
    out = []
    for place, language in enumerate(languages):
        columns = range(place * len(measures), (place + 1) * len(measures))
        named = zip(measures, columns, strict=True)
        figures = {measure: (shares if measure in _SHARES else others)[at] for measure, at in named}
        out.append(PerturbationFigures(name, family, language, **figures))
    return out


def _measures(pairs: _Pairs) -> Mapping[str, tuple[Floats, Bools]]:
    """What is averaged, over which rows, for each figure."""
    before, after = pairs.before.astype(float), pairs.after.astype(float)
    lost = pairs.true & pairs.before & ~pairs.after
    return {
        "false_alarms_before": (before, pairs.benign),
        "false_alarms_after": (after, pairs.benign),
        "false_alarms_gained": (after - before, pairs.benign),
        "newly_flagged": (after * (1 - before), pairs.benign),
        "recall_before": (before, pairs.true),
        "recall_after": (after, pairs.true),
        "recall_lost": (before - after, pairs.true),
        "score_change": (pairs.change, pairs.true & pairs.before),
        "still_seen": (pairs.seen.astype(float), lost),
    }
