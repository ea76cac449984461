"""Functional suites: FRcheck for fraud, VEcheck for radical content, after HateCheck (Roettger et al. 2021).

In: hand-written cases, each of one function (`suites/functions.toml`), and a `Triage`. Out: passes per function and
language. A case of a function that expects `flag` passes when the family is put up for review; one that expects `leave`
passes when it is not. Abstaining is counted apart: it never flags, and it never finds.
Cases are for measuring only: nothing may be trained, calibrated or tuned on them.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.evaluate.metrics import Estimate, wilson
from cybertriage.triage import Triage
from cybertriage.types import Decision, Verdict

SUITES = Path(__file__).with_name("suites")
FAMILY_OF = {"FRcheck": "fraud", "VEcheck": "radical"}
_COLUMNS = ["id", "function", "language", "text"]
_BREAK = " ⏎ "


@dataclass(frozen=True, slots=True)
class Function:
    """What a group of cases tests. `expect`: `flag` or `leave`; `pair`: the function whose cases these mirror."""

    suite: str
    name: str
    expect: str
    what: str
    pair: str | None = None

    @property
    def family(self) -> str:
        """The family that is flagged or left alone."""
        return FAMILY_OF[self.suite]


@dataclass(frozen=True, slots=True)
class Case:
    """One hand-written message and the function it belongs to."""

    id: str
    function: Function
    language: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Passes of one function in one language; `abstained` of its cases got no answer."""

    function: Function
    language: str
    passed: Estimate
    abstained: int


def functions() -> dict[str, Function]:
    """Every function by its name."""
    data = tomllib.loads((SUITES / "functions.toml").read_text(encoding="utf-8"))
    return {name: Function(suite, name, **facts) for suite, table in data.items() for name, facts in table.items()}


def load_cases(path: Path | None = None) -> list[Case]:
    """Cases of a file, or of both shipped suites; raises `InputError` naming the line of a case that is not sound."""
    paths = [path] if path else sorted(SUITES.glob("*.tsv"))
    return [case for each in paths for case in _cases(each)]


def _cases(path: Path) -> Iterator[Case]:
    known = functions()
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].split("\t") != _COLUMNS:
        raise InputError(f"{path.name}: line 1: the columns must be {', '.join(_COLUMNS)}, with tabs between")
    seen = set()
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != len(_COLUMNS) or not fields[3].strip():
            raise InputError(f"{path.name}: line {number}: wants {len(_COLUMNS)} fields with tabs between, and a text")
        if fields[1] not in known:
            raise InputError(f"{path.name}: line {number}: function {fields[1]!r} is not in functions.toml")
        if fields[0] in seen:
            raise InputError(f"{path.name}: line {number}: id {fields[0]} stands twice")
        seen.add(fields[0])
        yield Case(fields[0], known[fields[1]], fields[2], fields[3].replace(_BREAK, "\n"))


def passes(case: Case, verdict: Verdict) -> bool:
    """Whether a verdict does what the case's function expects."""
    flagged = case.function.family in verdict.labels
    return flagged == (case.function.expect == "flag")


def run_cases(triage: Triage, cases: Sequence[Case]) -> list[Outcome]:
    """Outcome of each function and language, worst share first."""
    groups: defaultdict[tuple[str, str], list[tuple[Case, Verdict]]] = defaultdict(list)
    for case, verdict in zip(cases, triage.run([case.text for case in cases]), strict=True):
        groups[case.function.name, case.language].append((case, verdict))
    outcomes = [
        Outcome(
            pairs[0][0].function, language, wilson(sum(passes(c, v) for c, v in pairs), len(pairs)),
            sum(v.decision is Decision.ABSTAIN for _, v in pairs),
        )
        for (_, language), pairs in groups.items()
    ]  # fmt: skip
    return sorted(outcomes, key=lambda o: o.passed.value)
