"""Write records to tables: CSV, TSV, JSONL, Parquet.

In: records as `cybertriage.io.records` makes them. Out: a file.
Invariants: the file appears under its name only when complete; text that a spreadsheet would run as a formula is
made harmless in CSV and TSV.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cybertriage.errors import OutputError
from cybertriage.io.records import FIELDS


class Writer:
    """Writes records to a file that appears under its name only when all are written. Use it with `with`."""

    def __init__(self, path: Path, format: str) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._format = format
        try:
            self._sink = _SINKS[format](self._part)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error

    def __enter__(self) -> Self:
        return self

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Append records, in order."""
        self._sink.write(records)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sink.close()
        if kind is None:
            os.replace(self._part, self._path)
        else:
            self._part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a small text file so that it is whole or not there."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


class _JsonLines:
    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8", newline="\n")

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        self._stream.write("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))

    def close(self) -> None:
        self._stream.close()


class _Delimited:
    def __init__(self, path: Path, delimiter: str) -> None:
        # The byte-order mark is what makes spreadsheets read Kazakh letters.
        self._stream = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._stream, delimiter=delimiter, lineterminator="\n")
        self._writer.writerow(FIELDS)

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        self._writer.writerows([_cell(record[name]) for name in FIELDS] for record in records)

    def close(self) -> None:
        self._stream.close()


class _Parquet:
    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        strings = pa.list_(pa.string())
        language = pa.struct([("form", pa.string()), ("kk", pa.float64()), ("ru", pa.float64())])
        facts = pa.struct([("too_short", pa.bool_()), ("folded_radical", pa.float64())])
        self._schema = pa.schema([
            ("row", pa.int64()), ("id", pa.string()), ("decision", pa.string()), ("priority", pa.int8()),
            ("labels", strings), ("scores", pa.map_(pa.string(), pa.float64())), ("frames", strings),
            ("language", language), ("reasons", strings), ("facts", facts), ("error", pa.string()),
            ("model", pa.string()),
        ])  # fmt: skip
        self._arrow = pa
        self._file = pq.ParquetWriter(path, self._schema)

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        rows = [{**r, "scores": list(r["scores"].items())} for r in records]
        self._file.write_table(self._arrow.Table.from_pylist(rows, schema=self._schema))

    def close(self) -> None:
        self._file.close()


_SINKS: dict[str, Callable[[Path], _JsonLines | _Delimited | _Parquet]] = {
    "jsonl": _JsonLines, "csv": lambda p: _Delimited(p, ","), "tsv": lambda p: _Delimited(p, "\t"), "parquet": _Parquet,
}  # fmt: skip


def _cell(value: object) -> str:
    """A cell for CSV: nested values as JSON, nothing that a spreadsheet would run as a formula."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "'" + text if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
