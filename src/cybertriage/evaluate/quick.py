"""A few minutes' look at an installed model: the functional suites, and messages a second on this machine.

In: a `Triage`. Out: `QuickReport`. Needs no data and no network: the suites come with the package.
Rates are the median of several timed passes over the suites' messages after a warm-up, no two texts equal.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from cybertriage.evaluate.cases import Case, load_cases
from cybertriage.evaluate.functional import Outcome, run_cases
from cybertriage.figures.metrics import Estimate, wilson
from cybertriage.triage import Triage

PASSES = 3
SECONDS_A_PASS = 5.0
_TRIAL, _MOST = 128, 65_536


@dataclass(frozen=True, slots=True)
class SuiteTotal:
    """Share of the cases of one suite that were left alone, or found, as they should be."""

    suite: str
    expect: str
    passed: Estimate
    abstained: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second: median, lowest and highest of `passes` passes over `messages` messages each."""

    median: float
    low: float
    high: float
    passes: int
    messages: int


@dataclass(frozen=True, slots=True)
class QuickReport:
    """What `evaluate_quickly` found: suites with what must be left alone first, functions worst first, speed."""

    model: str
    policy: str
    cases: int
    totals: tuple[SuiteTotal, ...]
    functions: tuple[Outcome, ...]
    messages_per_second: Rate


def evaluate_quickly(
    triage: Triage, *, cases: Sequence[Case] | None = None, seconds: float = SECONDS_A_PASS
) -> QuickReport:
    """Both functional suites, or `cases`, and the speed of a triage; `seconds`: about how long each pass takes."""
    cases = load_cases() if cases is None else cases
    outcomes = run_cases(triage, cases)
    outcomes.sort(key=lambda o: (o.function.expect == "flag", o.passed.value))
    rate = messages_a_second(triage, [case.text for case in cases], seconds=seconds)
    return QuickReport(triage.model, triage.policy.name, len(cases), _totals(outcomes), tuple(outcomes), rate)


def messages_a_second(
    triage: Triage, texts: Sequence[str], *, seconds: float = SECONDS_A_PASS, passes: int = PASSES
) -> Rate:
    """Speed on texts, repeated under numbers so that none is scored twice; `seconds`: about the length of a pass."""
    trial = numbered(texts, _TRIAL, 0)
    triage.run(trial)
    start = time.perf_counter()
    triage.run(numbered(texts, _TRIAL, 1))
    a_message = (time.perf_counter() - start) / _TRIAL
    count = max(_TRIAL, min(_MOST, int(seconds / a_message)))
    rates = []
    for at in range(passes):
        rows = numbered(texts, count, 2 + at)
        start = time.perf_counter()
        triage.run(rows)
        rates.append(count / (time.perf_counter() - start))
    return Rate(statistics.median(rates), min(rates), max(rates), passes, count)


def numbered(texts: Sequence[str], count: int, series: int) -> list[str]:
    """`count` texts, no two of them equal, nor equal to one of another series."""
    return [f"{texts[at % len(texts)]} {series}-{at}" for at in range(count)]


def _totals(outcomes: Sequence[Outcome]) -> tuple[SuiteTotal, ...]:
    kinds = sorted({(o.function.expect == "flag", o.function.suite, o.function.expect) for o in outcomes})
    totals = []
    for _, suite, expect in kinds:
        of = [o for o in outcomes if (o.function.suite, o.function.expect) == (suite, expect)]
        passed = sum(round(o.passed.value * o.passed.n) for o in of)
        totals.append(
            SuiteTotal(suite, expect, wilson(passed, sum(o.passed.n for o in of)), sum(o.abstained for o in of))
        )
    return tuple(totals)
