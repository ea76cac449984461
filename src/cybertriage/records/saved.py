"""Read the records that `cybertriage score` wrote, whatever their format: the one reader of saved records.

In: a JSONL, CSV, TSV or Parquet file of records. Out: the records as `record` made them, or what the queue needs of
each (`Saved`), one a row, streamed.
Invariants: the same records come out of every format; an error names the row, never a cell.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError
from cybertriage.records.formats import as_written, format_of
from cybertriage.records.record import BODY_FIELDS, plain_cell, scored_of
from cybertriage.taxonomy import families
from cybertriage.types import Decision

_NESTED = ("labels", "scores", "frames", "language", "reasons", "facts", "routes")
_LATER: dict[str, Any] = {"routes": []}  # what records of earlier versions lack
_Rows = Iterator[tuple[int, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Saved:
    """What the queue needs of one record."""

    row: int
    id: str
    uid: str
    position: str
    decision: Decision
    priority: int
    labels: tuple[str, ...]
    scores: Mapping[str, float]
    frames: tuple[str, ...]
    reasons: tuple[str, ...]
    form: str
    too_short: bool
    model: str
    error: bool

    @property
    def key(self) -> str:
        """The id of the message, or its row where the records are of a version without one."""
        return self.uid or f"row-{self.row}"

    @property
    def score(self) -> float:
        """The higher family score, by which a queue of one priority is ordered."""
        return max((self.scores.get(f, 0.0) for f in families()), default=0.0)


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Every record with plain values, as `record` made it, whatever its format.

    Raises `InputError` for a file that cannot be read and a row that is no record.
    """
    readers: dict[str, Callable[[Path], _Rows]] = {"jsonl": _json_lines, "csv": _csv, "tsv": _csv, "parquet": _parquet}
    try:
        for number, data in readers[format_of(path)](path):
            yield _record(data, number)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or 'not a readable file'}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not UTF-8; give the file that `cybertriage score` wrote") from None


def saved_records(path: Path) -> Iterator[Saved]:
    """What the queue needs of every record; raises `InputError` as `read_records` does."""
    return map(_saved, read_records(path))


def _json_lines(path: Path) -> _Rows:
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                raise _no_record(number) from None


def _csv(path: Path) -> _Rows:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        delimiter = "\t" if format_of(path) == "tsv" else ","
        try:
            for number, cells in enumerate(csv.DictReader(stream, delimiter=delimiter, strict=True), 1):
                nested = {name: cells.get(name) for name in _NESTED if cells.get(name) is not None}
                yield number, {name: as_written(cell) for name, cell in cells.items() if isinstance(cell, str)} | nested
        except csv.Error:
            raise InputError(f"{path.name} is no table of records") from None


def _parquet(path: Path) -> _Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        number = 0
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except pa.ArrowException:
        raise InputError(f"{path.name}: not a readable Parquet file") from None


def _record(data: Mapping[str, Any], number: int) -> dict[str, Any]:
    try:
        plain = {**_LATER, **data}
        plain |= {name: plain_cell(plain[name]) for name in _NESTED}
        whole = {name: plain[name] for name in BODY_FIELDS} | {
            "decision": Decision(plain["decision"]).value, "priority": _priority(plain["priority"]),
            "scores": dict(plain["scores"]),  # Parquet gives pairs
            "language": {name: plain["language"][name] for name in ("form", "kk", "ru")},
            # A column of Parquet holds a value for every family.
            "facts": {name: value for name, value in plain["facts"].items() if value is not None},
            "error": plain["error"] or None, "model": str(plain["model"]),
        }  # fmt: skip
        if whole["error"] is None:
            scored_of(whole)
        head = {"row": int(plain["row"]), "id": str(plain["id"])}
        return head | whole | {name: str(plain.get(name) or "") for name in ("uid", "position")}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _no_record(number) from None


def _saved(data: Mapping[str, Any]) -> Saved:
    error = data["error"] is not None
    return Saved(
        row=data["row"], id=data["id"], uid=data["uid"], position=data["position"],
        decision=Decision(data["decision"]), priority=data["priority"], labels=tuple(map(str, data["labels"])),
        scores={} if error else scored_of(data).scores, frames=tuple(map(str, data["frames"])),
        reasons=tuple(map(str, data["reasons"])), form=str(data["language"]["form"]),
        too_short=bool(data["facts"].get("too_short")), model=data["model"], error=error,
    )  # fmt: skip


def _priority(value: Any) -> int:  # noqa: ANN401  (a cell of a table)
    number = int(value)
    if not 0 <= number <= 4:
        raise ValueError("priority")
    return number


def _no_record(number: int) -> InputError:
    return InputError(f"row {number} is no cybertriage record; give the file that `cybertriage score` wrote")
