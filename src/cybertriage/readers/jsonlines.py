"""JSONL: one JSON object a line.

In: a text file. Out: a `Source`. Invariant: every line that is not empty gives one row, a broken one an error.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cybertriage.readers.columns import ID_COLUMNS, choose_column, choose_columns
from cybertriage.readers.encodings import lines, open_text
from cybertriage.readers.message_fields import FIELDS, item_text
from cybertriage.readers.source import NO_TEXT, Message, Skips, Source, message

_LOOKED_AT = 1000


def open_jsonl(path: Path, encoding: str, text: str | None, key: str | None) -> Source:
    """A JSONL file; raises `InputError` for a column that the first object lacks."""
    names = _first_keys(path, encoding)
    text_column, id_column = _columns(names, text, key)

    def rows(skips: Skips) -> Iterator[Message]:
        row = 0
        with open_text(path, encoding) as stream:
            for number, line in enumerate(lines(stream), 1):
                if line.isspace():
                    skips.add(f"line {number}", NO_TEXT)
                else:
                    row += 1
                    yield _parsed(row, line, f"line {number}", text_column, id_column, encoding)

    return Source(path, "jsonl", encoding, text_column, id_column, rows)


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


def _parsed(
    row: int, line: str, position: str, text_column: str | None, id_column: str | None, encoding: str
) -> Message:
    found = message(row, line, position, encoding=encoding)
    if found.error:
        return found
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Message(row, str(row), None, "the line is not JSON", position)
    if not isinstance(value, dict):
        return Message(row, str(row), None, "the line is not a JSON object", position)
    name = _at(value, id_column) if id_column else None
    # Without a column of one's own choice, records that keep their text in different fields are all read.
    text = _at(value, text_column) if text_column else (item_text(value) or value.get("text"))
    return message(row, text, position, key=name)


def _at(value: dict[str, Any], path: str) -> object:
    """The value of a key, or of a path of keys with dots between (`message.text`)."""
    if path in value:
        return value[path]
    found: object = value
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _columns(names: list[str], text: str | None, key: str | None) -> tuple[str | None, str | None]:
    """The text's key or path, None where each record's usual fields are read; and the identifier's."""
    nested = text is not None and "." in text and text not in names
    if nested or not names:
        return text, key
    if text is None and any(name in FIELDS for name in names) and not _unusual(names):
        return None, choose_column(names, key, ID_COLUMNS, "id")
    chosen = choose_columns(names, text, key)
    return chosen.text, chosen.id


def _unusual(names: list[str]) -> bool:
    """Whether the usual name of a table's text column stands there, which then is the text."""
    lowered = {name.strip().lower() for name in names}
    return not lowered & set(FIELDS)
