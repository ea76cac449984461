"""Labelled messages of a researcher's own table: which rows are harmful, said by a column.

In: a table (whatever `open_source` reads), the names of its text and label columns, what its labels mean.
Out: `Labelled`. Labels are compared without case or surrounding space; 1.0 counts as 1.
Invariants: a label that is missing or not understood is refused with its row, never guessed; no error shows a cell,
since a column named by mistake may hold the messages.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.readers import TABLES, open_source
from cybertriage.readers.encodings import decoded
from cybertriage.readers.source import Source

# What people write in label columns; anything else has to be said with `positive` and `negative`.
POSITIVE = frozenset((
    "1", "true", "yes", "y", "positive", "harmful", "spam", "scam", "phishing", "smishing", "fraud", "radical",
    "да", "иә", "спам", "мошенничество", "алаяқтық",
))  # fmt: skip
NEGATIVE = frozenset((
    "0", "false", "no", "n", "negative", "ham", "safe", "benign", "legit", "legitimate", "normal", "neutral", "clear",
    "нет", "жоқ", "норма", "қалыпты",
))  # fmt: skip
LABEL_COLUMNS = ("label", "class", "target", "is_fraud", "is_spam", "метка", "белгі")
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that has no text that could be scored: its number, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """Messages with their labels. `rows`: the number of each in the table, from 1. `unreadable`: rows left out."""

    texts: tuple[str, ...] = field(repr=False)
    harmful: tuple[bool, ...]
    rows: tuple[int, ...]
    unreadable: tuple[Unreadable, ...]


def read_labelled(
    path: Path, *, text_column: str | None = None, label_column: str | None = None,
    positive: Sequence[str] = (), negative: Sequence[str] = (), format: str | None = None,
) -> Labelled:  # fmt: skip
    """Read a labelled table.

    `positive`, `negative`: the values that mean harmful and benign, compared without case; where neither is given the
    usual words are understood (1/0, yes/no, spam/ham, fraud/benign, да/нет, иә/жоқ, ...), and where only `positive` is
    given one other value may stand for benign. Raises `InputError` for a column that is not there, and naming the row
    of a label that is missing or not one of those.
    """
    source = _opened(path, text_column, label_column, format)
    if source.id_column == source.text_column:
        raise InputError(f"--label-column and --text-column are both {source.text_column!r}; name two columns")
    meaning = _Meaning(positive, negative)
    texts: list[str] = []
    harmful: list[bool] = []
    rows: list[int] = []
    lost: list[Unreadable] = []
    for said in source.rows():
        if said.text is None or not said.text.strip():
            lost.append(Unreadable(said.row, said.error or "the text is empty"))
            continue
        harmful.append(meaning.of(_value(said.key, source.encoding), said.position))
        texts.append(said.text)
        rows.append(said.row)
    return Labelled(tuple(texts), tuple(harmful), tuple(rows), tuple(lost))


def _opened(path: Path, text: str | None, label: str | None, format: str | None) -> Source:
    """The table, its labels in the place of identifiers: the column asked for, or the first of a usual name."""
    if open_source(path, format=format, text_column=text).format not in TABLES:
        raise InputError(f"{path.name} is not a table; labels need one: CSV, TSV, XLSX, JSONL or Parquet")
    for name in LABEL_COLUMNS if label is None else (label,):
        try:
            return open_source(path, format=format, text_column=text, id_column=name)
        except InputError as error:
            if label is not None:
                raise InputError(str(error).replace("--id-column", "--label-column")) from None
    raise InputError("which column holds the label? give --label-column")


class _Meaning:
    """What the labels of one table mean."""

    def __init__(self, positive: Collection[str], negative: Collection[str]) -> None:
        self._positive = frozenset(map(_plain, positive)) or (POSITIVE - frozenset(map(_plain, negative)))
        self._negative = frozenset(map(_plain, negative)) or frozenset(() if positive else NEGATIVE)
        # With only the positive named, the one other value of the table is the benign one.
        self._other: str | None = None
        self._open = bool(positive) and not negative
        if both := self._positive & self._negative:
            raise InputError(
                f"--positive and --negative both name {', '.join(sorted(both)[:_SHOWN])}; give each to one"
            )

    def of(self, value: str | None, position: str) -> bool:
        """Whether a row with this label is harmful."""
        if value is None:
            raise InputError(f"{position}: the label is missing; fill it in or take the row out")
        if value in self._positive:
            return True
        if value in self._negative:
            return False
        if self._open and self._other in (None, value):
            self._other = value
            return False
        raise InputError(f"{position}: {self._advice()}")

    def _advice(self) -> str:
        if self._open:
            return (
                "the label is neither the positive one nor the one other value met before; name every value that means "
                "benign with --negative, every one that means harmful with --positive"
            )
        known = ", ".join(sorted(self._positive)[:_SHOWN]), ", ".join(sorted(self._negative)[:_SHOWN])
        return (
            f"the label is unknown (harmful: {known[0]} ...; benign: {known[1]} ...); say with --positive and "
            "--negative what the labels mean"
        )


def _value(label: object, encoding: str) -> str | None:
    """The label as it is compared; None where there is none."""
    if isinstance(label, str):
        found = decoded(label, encoding)
        return _plain(found[0]) or None if found else None
    return _plain(str(label)) if isinstance(label, bool | int | float) else None


def _plain(label: str) -> str:
    bare = label.strip().casefold()
    return bare[:-2] if bare.endswith(".0") and bare[:-2].isdecimal() else bare
