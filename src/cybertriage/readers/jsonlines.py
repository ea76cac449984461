"""JSONL: one JSON object a line.

In: a text file. Out: a `Source`. Invariant: every line that is not empty gives one row, a broken one an error.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cybertriage.readers.columns import ID_COLUMNS, Columns, choose_column, choose_columns
from cybertriage.readers.encodings import lines, open_text
from cybertriage.readers.message_fields import FIELDS, item_text
from cybertriage.readers.source import NO_TEXT, Message, Skips, Source, message

_LOOKED_AT = 1000


def open_jsonl(path: Path, encoding: str, text: str | None, key: str | None) -> Source:
    """A JSONL file; raises `InputError` for a column that the first object lacks."""
    names = _first_keys(path, encoding)
    columns = _columns(names, text, key)

    def rows(skips: Skips) -> Iterator[Message]:
        row = 0
        with open_text(path, encoding) as stream:
            for number, line in enumerate(lines(stream), 1):
                if line.isspace():
                    skips.add(f"line {number}", NO_TEXT)
                else:
                    row += 1
                    yield _parsed(row, line, f"line {number}", columns, encoding)

    return Source(path, "jsonl", encoding, columns.text, columns.id, rows)


def _first_keys(path: Path, encoding: str) -> list[str]:
    with open_text(path, encoding) as stream:
        for line in itertools.islice(lines(stream), _LOOKED_AT):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                return list(value)
    return []


def _parsed(row: int, line: str, position: str, columns: Columns, encoding: str) -> Message:
    found = message(row, line, position, encoding=encoding)
    if found.error:
        return found
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Message(row, str(row), None, "the line is not JSON", position)
    if not isinstance(value, dict):
        return Message(row, str(row), None, "the line is not a JSON object", position)
    name = _at(value, columns.id) if columns.id else None
    text = _at(value, columns.text)
    if columns.guessed and (text is None or isinstance(text, str)):
        # Nobody named the column: records that keep their text in other usual fields, or quote, are read whole.
        text = item_text(value) or text
    return message(row, text, position, key=name)


def _at(value: dict[str, Any], path: str) -> object:
    """The value of a key, or of a path of keys with dots between (`message.text`)."""
    if path in value:
        return value[path]
    found: object = value
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _columns(names: list[str], text: str | None, key: str | None) -> Columns:
    """The text's key or path and the identifier's; `guessed` where each record's other usual fields are read too."""
    if not names or (text is not None and "." in text and text not in names):
        return Columns(text or "text", key)
    usual = next((name for name in FIELDS if name in names), None) if text is None else None
    if usual is not None:
        return Columns(usual, choose_column(names, key, ID_COLUMNS, "id"), guessed=True)
    chosen = choose_columns(names, text, key)
    return Columns(chosen.text, chosen.id)
