"""JSONL: one JSON object a line.

In: a text file. Out: a `Source`. Invariant: every line that is not empty gives one row, a broken one an error.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from cybertriage.io.encodings import lines, open_text
from cybertriage.io.source import NO_TEXT, Message, Skips, Source, message
from cybertriage.io.tables import choose_columns

_LOOKED_AT = 1000


def open_jsonl(path: Path, encoding: str, text: str | None, key: str | None) -> Source:
    """A JSONL file; raises `InputError` for a column that the first object lacks."""
    names = _first_keys(path, encoding)
    text_column, id_column, _ = choose_columns(names, text, key) if names else (text or "text", key, False)

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


def _parsed(row: int, line: str, position: str, text_column: str, id_column: str | None, encoding: str) -> Message:
    found = message(row, line, position, encoding=encoding)
    if found.error:
        return found
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return Message(row, str(row), None, "the line is not JSON", position)
    if not isinstance(value, dict):
        return Message(row, str(row), None, "the line is not a JSON object", position)
    return message(row, value.get(text_column), position, key=value.get(id_column) if id_column else None)
