"""Triage inside the tools people already use: what the adapters share. Each adapter is imported by its own name.

Invariants: no optional package is imported before its adapter is asked for; adapters hold names and numbers, never a
loaded model, so they can be copied and sent to worker processes, where each process loads its own.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from cybertriage.errors import InputError
from cybertriage.taxonomy import families
from cybertriage.triage import Triage
from cybertriage.types import Verdict

COLUMNS = ("decision", "priority", "labels", *families(), "language", "reasons", "model")


@functools.lru_cache(maxsize=2)
def loaded(model: str, policy: str | None = None) -> Triage:
    """The triage of a bundle, loaded once a process; `policy`: path of a TOML file, or None for the bundle's own."""
    return Triage.load(model, policy=policy, threads=1)


def columns(verdicts: Sequence[Verdict]) -> dict[str, list[Any]]:
    """Verdicts as the columns `COLUMNS` of a table: plain values, in order; `labels` and `reasons` hold lists."""
    rows = [
        (v.decision.value, v.priority, list(v.labels), *(v.scores.get(f) for f in families()), v.language.form.value,
         [str(r) for r in v.reasons], v.model)
        for v in verdicts
    ]  # fmt: skip
    return {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}


def texts_of(values: Sequence[Any] | None, column: str, names: Sequence[Any], prefix: str) -> Sequence[str]:
    """The texts of a table's column; `values` is None where the table, whose columns are `names`, has no such column.

    Raises `InputError` naming the column that is missing or taken, or the first row (from 0) that holds no text.
    """
    if values is None:
        raise InputError(f"there is no column {column!r}; the columns are {', '.join(map(repr, names))}")
    taken = [prefix + name for name in COLUMNS if prefix + name in names]
    if taken:
        raise InputError(f"the table has a column {taken[0]!r} already; pass prefix= for the new names")
    for row, value in enumerate(values):
        if not isinstance(value, str):
            raise InputError(
                f"column {column!r}, row {row}: wants str, got {type(value).__name__}; put '' where there is no text"
            )
    return values
