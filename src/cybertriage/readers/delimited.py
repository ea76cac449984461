"""CSV and TSV.

In: a text file with a header. Out: a `Source`.
Invariants: every record gives one row; a quote that is opened and never closed costs its own row, not all that
follow; work is linear in file size, memory flat.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.readers.columns import Columns, choose_columns, is_data, numbered, wordiest
from cybertriage.readers.encodings import LONGEST, decoded, lines, open_text
from cybertriage.readers.source import NO_TEXT, Message, Skips, Source, message

_DELIMITERS = {"csv": ",", "tsv": "\t"}
_NAMED = re.compile(r"sep=([,;|:^~\t])\s*$")
_RECORD_LINES = 10_000
_RESCUES = 100
_LOOKED_AT = 50  # rows of a table without a header, to tell which column holds the messages


def open_delimited(path: Path, kind: str, encoding: str, text: str | None, key: str | None) -> Source:
    """A CSV or TSV file; raises `InputError` for a column that the header lacks."""
    # The limit holds for the whole process; a field may hold a whole mail, and Python's own 128 KiB would lose it.
    csv.field_size_limit(4 * LONGEST)
    with open_text(path, encoding) as stream:
        feed = _Lines(lines(stream))
        delimiter = feed.delimiter(_DELIMITERS[kind])
        records = _records(feed, delimiter)
        header = _header(records)
        first = list(itertools.islice((cells for cells in records if cells), _LOOKED_AT))
    if header is None:
        raise InputError(f"{path.name}: the header opens a quote and never closes it; mend the first line")
    header = [_legible(cell, encoding) for cell in header]
    headless = is_data(header) and text not in header
    if headless:
        shape = [header, *first]
        header = numbered(max(shape, key=len))
        text = text or header[wordiest(shape)]
    columns = choose_columns(header, text, key) if header else Columns("", None)

    def rows(skips: Skips) -> Iterator[Message]:
        with open_text(path, encoding) as stream:
            feed = _Lines(lines(stream))
            feed.delimiter(_DELIMITERS[kind])
            yield from _messages(feed, delimiter, header, columns, encoding, skips, headless=headless)

    return Source(path, kind, encoding, columns.text, columns.id, rows)


class _Lines:
    """Lines for a CSV parser, which are kept until their record is whole and can be put back."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._back: deque[tuple[int, str]] = deque()
        self._number = 0
        self._size = 0
        self._most = _RECORD_LINES
        self.taken: list[tuple[int, str]] = []
        self.cut = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.taken and (len(self.taken) >= self._most or self._size > LONGEST):
            self.cut = True
            raise StopIteration
        item = self._back.popleft() if self._back else self._fresh()
        if item is None:
            # Asked for more in the middle of a record: the file ends inside a quoted field.
            self.cut = bool(self.taken)
            raise StopIteration
        self.taken.append(item)
        self._size += len(item[1])
        return item[1]

    def _fresh(self) -> tuple[int, str] | None:
        line = next(self._source, None)
        self._number += 1
        return None if line is None else (self._number, line)

    def new_record(self) -> None:
        """Let go of the lines of the last record."""
        self.taken.clear()
        self._size, self.cut = 0, False

    def put_back(self) -> None:
        """Put back all but the first line of this record."""
        self._back.extendleft(reversed(self.taken[1:]))

    def one_line_a_record(self) -> None:
        """Let no record reach over its line any more."""
        self._most = 1

    def delimiter(self, usual: str) -> str:
        """What separates the cells: as `sep=` in the first line says, or semicolons, as spreadsheets here write CSV."""
        first = self._fresh()
        if first is None:
            return usual
        if named := _NAMED.match(first[1]):
            return named[1]
        self._back.append(first)
        counts = {d: first[1].count(d) for d in (usual, ";", "\t")}
        return max(counts, key=counts.__getitem__) if usual == "," else usual


def _records(feed: _Lines, delimiter: str) -> Iterator[list[str] | None]:
    """Cells of each record; None where it cannot be read."""
    reader = csv.reader(feed, delimiter=delimiter)
    rescues = 0
    while True:
        feed.new_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield None
            continue
        if not feed.cut:
            yield cells
            continue
        yield None
        feed.put_back()
        rescues += 1
        if rescues == _RESCUES:
            feed.one_line_a_record()


def _header(records: Iterator[list[str] | None]) -> list[str] | None:
    """The first record that is not empty; none in an empty file."""
    return next((cells for cells in records if cells != []), [])


def _legible(cell: str, encoding: str) -> str:
    """A name of a column in its own encoding."""
    found = decoded(cell, encoding)
    return found[0] if found else cell


def _messages(
    feed: _Lines, delimiter: str, header: list[str], columns: Columns, encoding: str, skips: Skips, *, headless: bool
) -> Iterator[Message]:
    records = _records(feed, delimiter)
    if headless:
        skips.notes["no header: the first row is read as data"] = 1
    elif not _header(records):
        return
    elif columns.guessed:
        skips.add("line 1", "taken as the header")
    at = header.index(columns.text)
    key_at = header.index(columns.id) if columns.id else None
    row = 0
    for cells in records:
        if cells is not None and not cells:
            skips.add(f"line {feed.taken[0][0]}", NO_TEXT)
            continue
        row += 1
        if len(feed.taken[0][1]) > LONGEST:
            yield Message(row, str(row), None, f"the line is longer than {LONGEST:,} characters")
            continue
        if cells is None:
            yield Message(row, str(row), None, "a quote is opened and never closed")
            continue
        name = cells[key_at] if key_at is not None and key_at < len(cells) else None
        if any(cells[len(header) :]):
            yield _with_surplus(row, cells, len(header), at, delimiter, name, encoding)
            continue
        yield message(row, cells[at] if at < len(cells) else None, key=name, encoding=encoding)


def _with_surplus(
    row: int, cells: list[str], width: int, at: int, delimiter: str, key: str | None, encoding: str
) -> Message:
    """The message of a row with more cells than the header has names: a separator inside an unquoted text.

    Where the text stands last, the rest is its own; elsewhere nobody can tell which cell is whose.
    """
    if at != width - 1:
        return Message(row, str(row), None, f"{len(cells)} cells where the header has {width}; quote the text")
    found = message(row, delimiter.join(cells[at:]), key=key, encoding=encoding)
    return found if found.error else replace(found, note="cells joined that the text's own separators had cut")
