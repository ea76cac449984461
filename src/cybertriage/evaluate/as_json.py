"""Reports as plain values for JSON.

In: a report of `bias`, `robustness` or `functional`. Out: dicts, lists, numbers; a figure is `{"value", "low", "high",
"n"}`, one that was withheld `{"too_few": rows, "clusters": clusters}`, one that is not defined null.
Invariant: what has no message text does not get one here; every document carries the notice that a human decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from math import isfinite
from typing import Any

from cybertriage.figures.resample import TooFew
from cybertriage.taxonomy import LANGUAGES, notice

_DIGITS = 5


def document(report: object) -> dict[str, Any]:
    """A report with its kind and the notice in every language."""
    kind = type(report).__name__.removesuffix("Report").lower()
    return {"report": kind, "notice": {language: notice(language) for language in LANGUAGES}, **plain(report)}


def several(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Documents of several evaluations as one."""
    return {
        "report": "several",
        "notice": {language: notice(language) for language in LANGUAGES},
        "reports": list(documents),
    }


def plain(value: object) -> Any:  # noqa: ANN401  (the value says what comes out)
    """Any value of a report as JSON takes it; numbers to five decimals, NaN as null."""
    if isinstance(value, TooFew):
        return {"too_few": value.n, "clusters": value.clusters}
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name)) for entry in fields(value) if entry.repr}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return round(value, _DIGITS) if isfinite(value) else None
    return value
