"""Read messages from tables: CSV, TSV, JSONL, Parquet.

In: a path. Out: a stream of `Message` rows; every data row of the file gives exactly one, readable or not.
Invariants: streaming, flat in file size; a row that cannot be read carries an error instead of a text and is kept.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from cybertriage.errors import InputError
from cybertriage.io import encodings

FORMATS = ("csv", "tsv", "jsonl", "parquet")
TEXT_COLUMNS = (
    "text",
    "message",
    "msg",
    "body",
    "content",
    "sms",
    "мәтін",
    "хабарлама",
    "текст",
    "сообщение",
)
ID_COLUMNS = ("id", "message_id", "msg_id")
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_BATCH = 4096
# A field may hold a whole mail; Python's own limit of 128 KiB would lose the row.
_FIELD_LIMIT = 1 << 30


@dataclass(frozen=True, slots=True)
class Message:
    """One data row: `row` counts from 1; `text` is None where `error` says why it could not be read."""

    row: int
    id: str
    text: str | None = field(repr=False)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """An opened table: its format, what was guessed about it, and the way to its rows."""

    path: Path
    format: str
    encoding: str
    text_column: str
    id_column: str | None
    rows: Callable[[], Iterator[Message]] = field(repr=False)


def format_of(path: Path, named: str | None = None) -> str:
    """The format by its name, or by the file's ending."""
    found = named or {"ndjson": "jsonl", "pq": "parquet", "txt": "tsv"}.get(
        path.suffix[1:].lower(), path.suffix[1:].lower()
    )
    if found not in FORMATS:
        raise InputError(f"{path.name}: unknown format {found or '(none)'!r}; use one of {', '.join(FORMATS)}")
    return found


def open_table(
    path: Path, *, format: str | None = None, text_column: str | None = None, id_column: str | None = None
) -> Source:
    """Open a table for reading. Raises `InputError` for an unknown format or column, naming those there are."""
    kind = format_of(path, format)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if kind == "parquet":
        return _open_parquet(path, text_column, id_column)
    with path.open("rb") as stream:
        encoding = encodings.detect(stream.read(encodings.SAMPLE))
    opener = _open_jsonl if kind == "jsonl" else _open_delimited
    return opener(path, kind, encoding, text_column, id_column)


def choose_column(columns: Sequence[str], wanted: str | None, usual: Sequence[str], what: str) -> str | None:
    """The wanted column, or the first usual one; None where neither is there and none was asked for."""
    if wanted is not None:
        if wanted not in columns:
            raise InputError(
                f"--{what}-column {wanted!r} is not there; the columns are: {', '.join(columns) or '(none)'}"
            )
        return wanted
    lowered = {column.strip().lower(): column for column in reversed(columns)}
    return next((lowered[name] for name in usual if name in lowered), None)


def _columns(columns: Sequence[str], text: str | None, key: str | None) -> tuple[str, str | None]:
    chosen = choose_column(columns, text, TEXT_COLUMNS, "text")
    if chosen is None:
        if len(columns) > 1:
            raise InputError(f"which column holds the text? give --text-column; the columns are: {', '.join(columns)}")
        chosen = columns[0] if columns else ""
    return chosen, choose_column(columns, key, ID_COLUMNS, "id")


def _broken(text: str) -> bool:
    """Whether bytes of this text could not be decoded."""
    return not text.isascii() and any("\udc80" <= c <= "\udcff" or c == "\ufffd" for c in text)


def _message(row: int, key: object, text: object, encoding: str) -> Message:
    name = str(row) if key is None or key == "" else str(key)
    if _broken(name):
        name = str(row)
    if text is None:
        return Message(row, name, None, "no text in this row")
    if not isinstance(text, str):
        return Message(row, name, None, f"the text is a {type(text).__name__}, not a string")
    if encoding != "unicode" and _broken(text):
        return Message(row, name, None, f"bytes that are not {encoding}")
    return Message(row, name, text)


def _text_stream(path: Path, encoding: str) -> TextIO:
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return path.open("r", encoding=encoding, errors=errors, newline="")


def _open_delimited(path: Path, kind: str, encoding: str, text: str | None, key: str | None) -> Source:
    csv.field_size_limit(_FIELD_LIMIT)
    with _text_stream(path, encoding) as stream:
        first = stream.readline()
        delimiter = _delimiter(first, kind)
        stream.seek(0)
        header = next(csv.reader(stream, delimiter=delimiter), [])
    text_column, id_column = _columns(header, text, key) if header else ("", None)

    def rows() -> Iterator[Message]:
        with _text_stream(path, encoding) as stream:
            reader = csv.reader(stream, delimiter=delimiter)
            if next(reader, None) is None:
                return
            at = header.index(text_column)
            key_at = header.index(id_column) if id_column else None
            row = 0
            for cells in reader:
                if not cells:
                    continue
                row += 1
                name = cells[key_at] if key_at is not None and key_at < len(cells) else None
                yield _message(row, name, cells[at] if at < len(cells) else None, encoding)

    return Source(path, kind, encoding, text_column, id_column, rows)


def _delimiter(first_line: str, kind: str) -> str:
    """Spreadsheets of the region separate CSV by semicolons."""
    usual = _DELIMITERS[kind]
    if kind == "csv" and first_line.count(";") > first_line.count(","):
        return ";"
    return usual


def _open_jsonl(path: Path, kind: str, encoding: str, text: str | None, key: str | None) -> Source:
    columns = _first_keys(path, encoding)
    text_column, id_column = _columns(columns, text, key) if columns else (text or "text", key)

    def rows() -> Iterator[Message]:
        row = 0
        with _text_stream(path, encoding) as stream:
            for line in stream:
                if not line.strip():
                    continue
                row += 1
                yield _json_message(row, line, text_column, id_column, encoding)

    return Source(path, kind, encoding, text_column, id_column, rows)


def _first_keys(path: Path, encoding: str) -> list[str]:
    with _text_stream(path, encoding) as stream:
        for line in stream:
            try:
                value = json.loads(line) if line.strip() else None
            except ValueError:
                continue
            if isinstance(value, dict):
                return [str(name) for name in value]
    return []


def _json_message(row: int, line: str, text_column: str, id_column: str | None, encoding: str) -> Message:
    if _broken(line):
        return Message(row, str(row), None, f"bytes that are not {encoding}")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Message(row, str(row), None, "the line is not JSON")
    if not isinstance(value, dict):
        return Message(row, str(row), None, "the line is not a JSON object")
    return _message(row, value.get(id_column) if id_column else None, value.get(text_column), "unicode")


def _open_parquet(path: Path, text: str | None, key: str | None) -> Source:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        columns = list(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path.name}: not a readable Parquet file") from error
    text_column, id_column = _columns(columns, text, key)
    wanted = [text_column] + ([id_column] if id_column and id_column != text_column else [])

    def rows() -> Iterator[Message]:
        row = 0
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH, columns=wanted):
                texts = batch.column(text_column).to_pylist()
                keys = batch.column(id_column).to_pylist() if id_column else [None] * len(texts)
                for value, name in zip(texts, keys, strict=True):
                    row += 1
                    yield _message(row, name, value, "unicode")

    return Source(path, "parquet", "parquet", text_column, id_column, rows)
