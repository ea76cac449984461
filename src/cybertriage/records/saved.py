"""Read the records that `cybertriage score` wrote, whatever their format.

In: a JSONL, CSV, TSV or Parquet file of records. Out: `Saved`, one a row, streamed.
Invariant: an error names the row, never a cell.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError
from cybertriage.records.formats import format_of
from cybertriage.records.record import scored_of
from cybertriage.taxonomy import families
from cybertriage.types import Decision

_NESTED = ("labels", "scores", "frames", "language", "reasons", "facts")


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


def saved_records(path: Path) -> Iterator[Saved]:
    """Every record; raises `InputError` for a file that cannot be read and a row that is no record."""
    readers = {"jsonl": _json_lines, "csv": _csv, "tsv": _csv, "parquet": _parquet}
    try:
        for number, data in readers[format_of(path)](path):
            yield _saved(data, number)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or 'not a readable file'}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name} is not UTF-8; give the file that `cybertriage score` wrote") from None


def _json_lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                raise _no_record(number) from None


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        delimiter = "\t" if format_of(path) == "tsv" else ","
        try:
            yield from enumerate(csv.DictReader(stream, delimiter=delimiter, strict=True), 1)
        except csv.Error:
            raise InputError(f"{path.name} is no table of records") from None


def _parquet(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
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


def _saved(data: Mapping[str, Any], number: int) -> Saved:
    try:
        plain = {**data, **{name: _plain(data[name]) for name in _NESTED}}
        plain["scores"] = dict(plain["scores"])  # Parquet gives pairs
        error = bool(data["error"])
        scored = None if error else scored_of(plain)
        return Saved(
            row=int(data["row"]), id=str(data["id"]), uid=str(data.get("uid") or ""),
            position=str(data.get("position") or ""), decision=Decision(data["decision"]),
            priority=_priority(data["priority"]), labels=tuple(map(str, plain["labels"])),
            scores=scored.scores if scored else {}, frames=tuple(map(str, plain["frames"])),
            reasons=tuple(map(str, plain["reasons"])), form=str(plain["language"]["form"]),
            too_short=bool(plain["facts"]["too_short"]), model=str(data["model"]), error=error,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _no_record(number) from None


def _priority(value: Any) -> int:  # noqa: ANN401  (a cell of a table)
    number = int(value)
    if not 0 <= number <= 4:
        raise ValueError("priority")
    return number


def _plain(value: Any) -> Any:  # noqa: ANN401  (a cell of a table)
    return json.loads(value) if isinstance(value, str) else value


def _no_record(number: int) -> InputError:
    return InputError(f"row {number} is no cybertriage record; give the file that `cybertriage score` wrote")
