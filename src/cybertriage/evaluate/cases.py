"""The hand-written cases of the functional suites, each of one function.

In: `suites/functions.toml` and the tables beside it. Out: `Function`s and `Case`s.
Cases are for measuring only: nothing may be trained, calibrated or tuned on them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.evaluate.tables import read_table
from cybertriage.types import LanguageForm

SUITES = Path(__file__).with_name("suites")
FAMILY_OF = {"FRcheck": "fraud", "VEcheck": "radical"}
_COLUMNS = ["id", "function", "language", "text"]


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


def functions() -> dict[str, Function]:
    """Every function by its name."""
    data = tomllib.loads((SUITES / "functions.toml").read_text(encoding="utf-8"))
    return {name: Function(suite, name, **facts) for suite, table in data.items() for name, facts in table.items()}


def load_cases(path: Path | None = None) -> list[Case]:
    """Cases of a file, or of both shipped suites; raises `InputError` naming the line of a case that is not sound."""
    paths = [path] if path else sorted(SUITES.glob("*.tsv"))
    return [case for each in paths for case in _cases(each)]


def _cases(path: Path) -> Iterator[Case]:
    known, forms = functions(), [form.value for form in LanguageForm]
    seen = set()
    for where, row in read_table(path, _COLUMNS, optional=("label",)):
        name, label = row["function"], row.get("label")
        if name not in known:
            raise InputError(f"{where}: function {name!r} is not in functions.toml")
        if row["language"] not in forms:
            raise InputError(f"{where}: language {row['language']!r} is not one of {', '.join(forms)}")
        if label not in (None, known[name].expect):
            raise InputError(f"{where}: label {label!r} is not what {name} expects, {known[name].expect!r}")
        if row["id"] in seen:
            raise InputError(f"{where}: id {row['id']} stands twice")
        seen.add(row["id"])
        yield Case(row["id"], known[name], row["language"], row["text"])
