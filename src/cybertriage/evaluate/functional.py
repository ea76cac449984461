"""Functional suites: FRcheck for fraud, VEcheck for radical content, after HateCheck (Roettger et al. 2021).

In: hand-written cases, each of one function (`suites/functions.toml`), and a `Triage`. Out: passes per function and
language (minimum functionality), and per invariance and directional test of `variants`. A case of a function that
expects `flag` passes when the family is put up for review; one that expects `leave` passes when it is not. Abstaining
is counted apart: it never flags, and it never finds.
Cases are for measuring only: nothing may be trained, calibrated or tuned on them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from cybertriage.evaluate.cases import Case, Function, load_cases
from cybertriage.evaluate.variants import DIRECTIONAL, INVARIANCE, Expects, Variation
from cybertriage.figures.metrics import Estimate, wilson
from cybertriage.triage import Triage
from cybertriage.types import Decision, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """Passes of one function in one language; `abstained` of its cases got no answer."""

    function: Function
    language: str
    passed: Estimate
    abstained: int


@dataclass(frozen=True, slots=True)
class VariationOutcome:
    """Passes of one invariance or directional test on the cases of one suite, expectation and language.

    `same` passes when flagged or not as the case itself; `rises` and `falls` when the probability moved that way, or is
    past the policy's last threshold on that side. `newly_flagged`: variants flagged where the case was not.
    `mean_change`: of the family's probability.
    """

    test: str
    kind: Expects
    what: str
    suite: str
    expect: str
    language: str
    passed: Estimate
    newly_flagged: int
    mean_change: float


@dataclass(frozen=True, slots=True)
class FunctionalReport:
    """Everything that `evaluate_functional` found: benign cases first, then worst share first."""

    model: str
    policy: str
    cases: int
    functions: tuple[Outcome, ...]
    invariance: tuple[VariationOutcome, ...]
    directional: tuple[VariationOutcome, ...]


def passes(case: Case, verdict: Verdict) -> bool:
    """Whether a verdict does what the case's function expects."""
    flagged = case.function.family in verdict.labels
    return flagged == (case.function.expect == "flag")


def run_cases(triage: Triage, cases: Sequence[Case]) -> list[Outcome]:
    """Outcome of each function and language, worst share first."""
    return _outcomes(cases, triage.run([case.text for case in cases]))


def evaluate_functional(triage: Triage, cases: Sequence[Case] | None = None) -> FunctionalReport:
    """Every function, invariance test and directional test on cases, those of both shipped suites by default."""
    cases = load_cases() if cases is None else cases
    verdicts = triage.run([case.text for case in cases])
    outcomes = sorted(_outcomes(cases, verdicts), key=lambda o: (o.function.expect == "flag", o.passed.value))
    return FunctionalReport(
        triage.model, triage.policy.name, len(cases), tuple(outcomes),
        _tested(triage, INVARIANCE, cases, verdicts), _tested(triage, DIRECTIONAL, cases, verdicts),
    )  # fmt: skip


def _outcomes(cases: Sequence[Case], verdicts: Sequence[Verdict]) -> list[Outcome]:
    groups: defaultdict[tuple[str, str], list[tuple[Case, Verdict]]] = defaultdict(list)
    for case, verdict in zip(cases, verdicts, strict=True):
        groups[case.function.name, case.language].append((case, verdict))
    outcomes = [
        Outcome(
            pairs[0][0].function, language, wilson(sum(passes(c, v) for c, v in pairs), len(pairs)),
            sum(v.decision is Decision.ABSTAIN for _, v in pairs),
        )
        for (_, language), pairs in groups.items()
    ]  # fmt: skip
    return sorted(outcomes, key=lambda o: o.passed.value)


def _tested(
    triage: Triage, tests: Sequence[Variation], cases: Sequence[Case], verdicts: Sequence[Verdict]
) -> tuple[VariationOutcome, ...]:
    known = list(zip(cases, verdicts, strict=True))
    made = [(t, c, v, text) for t in tests for c, v in known if (text := t.variant(c)) is not None]
    groups: defaultdict[tuple[str, str, str, str], list[_Change]] = defaultdict(list)
    about = {test.name: test for test in tests}
    for (test, case, was, _), now in zip(made, triage.run([text for *_, text in made]), strict=True):
        function = case.function
        groups[test.name, function.suite, function.expect, case.language].append(
            _change(test, function.family, was, now, triage)
        )
    outcomes = [
        VariationOutcome(
            name, about[name].kind, about[name].what, suite, expect, language,
            wilson(sum(c.passed for c in changes), len(changes)), sum(c.newly_flagged for c in changes),
            sum(c.by for c in changes) / len(changes),
        )
        for (name, suite, expect, language), changes in groups.items()
    ]  # fmt: skip
    return tuple(sorted(outcomes, key=lambda o: (o.expect == "flag", o.passed.value)))


@dataclass(frozen=True, slots=True)
class _Change:
    """What one variant did to the verdict."""

    passed: bool
    newly_flagged: bool
    by: float


def _change(test: Variation, family: str, was: Verdict, now: Verdict, triage: Triage) -> _Change:
    before, after, band = was.scores[family], now.scores[family], triage.policy.bands[family]
    flags = family in was.labels, family in now.labels
    passed = {
        Expects.SAME: flags[0] == flags[1],
        Expects.RISES: after > before or after >= band.review,
        Expects.FALLS: after < before or after < band.clear,
    }
    return _Change(passed[test.kind], flags == (False, True), after - before)
