"""What tables have in common: which column holds the message, and which one names it.

In: column names. Out: the columns chosen. Invariant: no error shows a cell that may be a message.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cybertriage.errors import InputError
from cybertriage.text.redact import mask

TEXT_COLUMNS = (
    "text", "message", "msg", "body", "content", "sms", "мәтін", "хабарлама", "текст", "сообщение",
)  # fmt: skip
ID_COLUMNS = ("id", "message_id", "msg_id")
# Names by which a header is known, whatever stands beside them.
_HEADERS = (
    *TEXT_COLUMNS, *ID_COLUMNS, "date", "time", "datetime", "timestamp", "sender", "from", "to", "name", "phone",
    "number", "label", "class", "category", "channel", "chat", "user", "author", "type", "source", "language",
    "дата", "время",
    "отправитель", "от", "кому", "имя", "фио", "телефон", "номер", "метка", "тип", "канал", "чат", "автор", "источник",
    "күні", "уақыты", "жіберуші", "аты", "телефоны", "нөмірі", "белгі", "арна", "автор", "дереккөз",
)  # fmt: skip
_LONGEST_NAME, _MOST_WORDS, _MOST_NAMES = 32, 3, 30
_WORDS_OF_A_MESSAGE, _DIGITS_OF_DATA = 5, 6
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[ T]\d{1,2}:\d{2}.*)?")


class Columns(NamedTuple):
    """The columns of the text and of the identifier; `guessed` where the text's is just the only one."""

    text: str
    id: str | None
    guessed: bool = False


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


def is_data(cells: Sequence[str]) -> bool:
    """Whether a first row is data rather than the names of columns.

    It is where no cell is a usual name, and some cell is a number of many digits, a date, personal data or a sentence.
    """
    if any(cell.strip().lower() in _HEADERS for cell in cells):
        return False
    return any(_is_value(cell.strip()) for cell in cells)


def _is_value(cell: str) -> bool:
    digits = sum(c.isdigit() for c in cell)
    if digits >= _DIGITS_OF_DATA or (digits and cell.replace(" ", "").isdigit()) or _DATE.fullmatch(cell):
        return True
    return len(cell.split()) >= _WORDS_OF_A_MESSAGE or mask(cell) != cell


def numbered(cells: Sequence[str]) -> list[str]:
    """Names for the columns of a table without a header: `column 1` and so on."""
    return [f"column {number}" for number in range(1, len(cells) + 1)]


def wordiest(rows: Sequence[Sequence[str]]) -> int:
    """Place of the column with the most words, letters deciding between equals: what holds the messages."""
    width = max(map(len, rows), default=0)

    def weight(at: int) -> tuple[int, int]:
        cells = [row[at] for row in rows if at < len(row)]
        letters = sum(sum(c.isalpha() for c in cell) for cell in cells)
        return sum(sum(any(c.isalpha() for c in w) for w in cell.split()) for cell in cells), letters

    return max(range(width), key=weight, default=0)


def told_column(name: str | None) -> str | None:
    """A column's name as it may be shown and kept: shortened, numbers of people masked.

    A table without a header has somebody's message where the names of columns are looked for.
    """
    return None if name is None else _told(name)


def _told(name: str) -> str:
    short = len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_WORDS
    return mask(name) if short else f"(one of {len(name)} characters)"


def shown(columns: Sequence[str]) -> str:
    """The names for an error, as `told_column` tells each."""
    names = [_told(c) for c in columns[:_MOST_NAMES]]
    if len(columns) > _MOST_NAMES:
        names.append(f"and {len(columns) - _MOST_NAMES} more")
    return ", ".join(names).encode("utf-8", "replace").decode() or "(none)"
