"""What the decisions show: how far readers agree, how often a flag is overturned, how much was missed.

In: the states of a queue and its case. Out: an `AgreementReport`, false alarms first; overall, by family, by form.
Methods: shares with Wilson's interval (1927); Cohen's kappa (1960) with a bootstrap percentile interval over items.
The miss rates rest on the control sample, a simple random draw of the messages that were not flagged.
Invariant: nothing here is about a reader or an author; readers are told apart only to pair them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from cybertriage.figures.metrics import Estimate, wilson
from cybertriage.review.items import Case, Outcome
from cybertriage.review.outcome import State
from cybertriage.taxonomy import families
from cybertriage.types import Decision, LanguageForm

_VERDICTS = (Outcome.CONFIRMED, Outcome.NOT_CONFIRMED, Outcome.UNSURE)


@dataclass(frozen=True, slots=True)
class Missed:
    """What stayed unflagged though readers confirm it.

    `omission`: share of unflagged messages that are confirmed when read. `messages`: the same as a number of messages
    of the records, with `n` unflagged ones behind it. `false_negative_rate`: share of all that would be confirmed
    which was not flagged; its interval joins the worst ends of both samples, so it is wider than 95 %.
    """

    omission: Estimate
    messages: Estimate
    false_negative_rate: Estimate


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of a part of the queue. `overturned`: share of settled flagged items that readers did not confirm.

    `kappa`: between two readers of one item, verdicts confirmed, not confirmed, unsure; NaN where it is not defined.
    """

    name: str
    overturned: Estimate
    missed: Missed
    kappa: Estimate
    kappa_drawn: Estimate


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """Everything that `agreement` found. `differ`: uids on which readers said opposite things and nobody settled it."""

    case: str
    model: str
    items: int
    settled: int
    open: int
    control_settled: int
    control_items: int
    overall: Slice
    by_family: tuple[Slice, ...]
    by_form: tuple[Slice, ...]
    differ: tuple[str, ...]


def agreement(case: Case, states: Sequence[State]) -> AgreementReport:
    """The figures of a queue as far as it is settled.

    `kappa_drawn` is over the items drawn for two readers and is what to quote; `kappa` is over every item with two
    readers, the urgent and doubtful ones too.
    """
    control = [s for s in states if s.item.control]
    forms = [form.value for form in LanguageForm if any(s.item.form == form for s in states)]
    return AgreementReport(
        case=case.id, model=case.model, items=len(states), settled=sum(s.settled is not None for s in states),
        open=sum(s.settled is None for s in states), control_items=len(control),
        control_settled=sum(s.settled is not None for s in control),
        overall=_slice("all", case, states),
        by_family=tuple(_slice(f, case, states, family=f) for f in families()),
        by_form=tuple(_slice(f, case, [s for s in states if s.item.form == f], form=f) for f in forms),
        differ=tuple(s.item.uid for s in states if s.differ),
    )  # fmt: skip


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa of two readers over the same items: -1 to 1; NaN for no items, or where chance alone agrees."""
    values = sorted({*first, *second})
    codes = np.array([[values.index(x) for x in side] for side in (first, second)], np.int64).reshape(2, -1)
    return _kappa(codes, len(values))


def _slice(
    name: str, case: Case, states: Sequence[State], *, family: str | None = None, form: str | None = None
) -> Slice:
    flagged = [s for s in states if _flagged(s, family) and s.settled]
    control = [s for s in states if s.item.control and s.settled]
    held = [s for s in flagged if _confirmed(s, family)]
    omission = wilson(sum(_confirmed(s, family) for s in control), len(control))
    return Slice(
        name, wilson(len(flagged) - len(held), len(flagged)),
        _missed(case, omission, wilson(len(held), len(flagged)), family=family, form=form),
        _pair_kappa(states, family, lambda _: True), _pair_kappa(states, family, lambda s: s.item.double),
    )  # fmt: skip


def _flagged(state: State, family: str | None) -> bool:
    return state.item.decision == Decision.REVIEW and (family is None or family in state.item.labels)


def _confirmed(state: State, family: str | None) -> bool:
    return state.settled is Outcome.CONFIRMED and family in (None, state.family)


def _missed(case: Case, omission: Estimate, held: Estimate, *, family: str | None, form: str | None) -> Missed:
    clear = case.count("clear", form=form)
    flagged = case.count(family or "review", form=form)
    scaled = Estimate(omission.value * clear, omission.low * clear, omission.high * clear, clear)
    found = Estimate(held.value * flagged, held.low * flagged, held.high * flagged, flagged)
    rate = Estimate(
        _part(scaled.value, found.value), _part(scaled.low, found.high), _part(scaled.high, found.low), omission.n
    )
    return Missed(omission, scaled, rate)


def _part(missed: float, found: float) -> float:
    return missed / (missed + found) if missed + found > 0 else float("nan")


def _pair_kappa(states: Sequence[State], family: str | None, wanted: Callable[[State], bool]) -> Estimate:
    """Kappa over every pair of readers of an item, the readers in the order of their codes."""
    pairs = [
        (_VERDICTS.index(one.outcome), _VERDICTS.index(other.outcome))
        for state in states
        if wanted(state) and family in (None, state.item.family)
        for one, other in combinations(sorted(state.readings, key=lambda r: r.reviewer), 2)
        if one.outcome in _VERDICTS and other.outcome in _VERDICTS
    ]
    codes = np.array(pairs, np.int64).reshape(-1, 2).T
    n = codes.shape[1]
    draws = np.random.default_rng(0).integers(0, n, (1000, n)) if n else np.zeros((0, 0), np.int64)
    values = np.array([_kappa(codes[:, draw], len(_VERDICTS)) for draw in draws])
    sane = values[~np.isnan(values)]
    low, high = np.percentile(sane, [2.5, 97.5]) if len(sane) else (float("nan"), float("nan"))
    return Estimate(_kappa(codes, len(_VERDICTS)), float(low), float(high), n)


def _kappa(codes: NDArray[np.int64], values: int) -> float:
    """Of an array (2, n) of value codes."""
    if not codes.size:
        return float("nan")
    observed = float((codes[0] == codes[1]).mean())
    shares = [np.bincount(side, minlength=values) / codes.shape[1] for side in codes]
    by_chance = float(shares[0] @ shares[1])
    return (observed - by_chance) / (1 - by_chance) if by_chance < 1 else float("nan")
