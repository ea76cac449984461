"""What tables have in common: which column holds the message, which one names it, which formats records go out in.

In: column names. Out: the columns chosen. Invariant: no error shows a cell that may be a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cybertriage.errors import InputError

OUTPUT_FORMATS = ("csv", "tsv", "jsonl", "parquet")
TEXT_COLUMNS = (
    "text", "message", "msg", "body", "content", "sms", "мәтін", "хабарлама", "текст", "сообщение",
)  # fmt: skip
ID_COLUMNS = ("id", "message_id", "msg_id")
_LONGEST_NAME, _MOST_WORDS, _MOST_NAMES = 32, 3, 30


class Columns(NamedTuple):
    """The columns of the text and of the identifier; `guessed` where the text's is just the only one."""

    text: str
    id: str | None
    guessed: bool = False


def format_of(path: Path, named: str | None = None) -> str:
    """The format that records are written in, by its name or by the file's ending."""
    ending = path.suffix[1:].lower()
    found = named or {"ndjson": "jsonl", "pq": "parquet", "txt": "tsv"}.get(ending, ending)
    if found not in OUTPUT_FORMATS:
        raise InputError(f"{path.name}: unknown format {found or '(none)'!r}; use one of {', '.join(OUTPUT_FORMATS)}")
    return found


def choose_columns(columns: Sequence[str], text: str | None, key: str | None) -> Columns:
    """The named columns, or those of a usual name, or the only one; raises `InputError` where none will do."""
    chosen = choose_column(columns, text, TEXT_COLUMNS, "text")
    guessed = chosen is None
    if chosen is None:
        if len(columns) > 1:
            raise InputError(f"which column holds the text? give --text-column; the columns are: {shown(columns)}")
        chosen = columns[0] if columns else ""
    return Columns(chosen, choose_column(columns, key, ID_COLUMNS, "id"), guessed)


def choose_column(columns: Sequence[str], wanted: str | None, usual: Sequence[str], what: str) -> str | None:
    """The wanted column, or the first usual one; None where neither is there and none was asked for."""
    if wanted is not None:
        if wanted not in columns:
            raise InputError(f"--{what}-column {wanted!r} is not there; the columns are: {shown(columns)}")
        return wanted
    lowered = {column.strip().lower(): column for column in reversed(columns)}
    return next((lowered[name] for name in usual if name in lowered), None)


def shown(columns: Sequence[str]) -> str:
    """The names for an error; a long one is left out, since a table without a header has a message there."""
    names = [
        c if len(c) <= _LONGEST_NAME and len(c.split()) <= _MOST_WORDS else f"(one of {len(c)} characters)"
        for c in columns[:_MOST_NAMES]
    ]
    if len(columns) > _MOST_NAMES:
        names.append(f"and {len(columns) - _MOST_NAMES} more")
    return ", ".join(names).encode("utf-8", "replace").decode() or "(none)"
