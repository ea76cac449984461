"""XLSX workbooks: every sheet that has a text column.

In: a file. Out: a `Source`. Sheets without such a column, and empty rows, are skipped and told.
Invariants: rows are streamed, the table of shared strings is in memory; no formula is run, its saved value is read.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from cybertriage.errors import InputError
from cybertriage.readers.archive import check_member, open_zip
from cybertriage.readers.columns import Columns, choose_columns
from cybertriage.readers.source import CUT, NO_TEXT, Message, Skips, Source, message

_COLUMNS, _ROWS = 1000, 1 << 20  # a sheet may declare more than Excel itself allows
_BATCH = 1000
_HELD = 512 << 20
_NAME = 31


class _Sheet(NamedTuple):
    name: str
    columns: Columns
    header: Sequence[str]
    top: int


class _Failed:
    """A cell whose formula failed."""


class _Found(NamedTuple):
    position: str
    text: object
    key: object
    cut: bool


def open_xlsx(path: Path, text: str | None, key: str | None) -> Source:
    """A workbook; raises `InputError` for a file that is none, for a bomb, and where no sheet has the column."""
    _check(path)
    with _opened(path) as book:
        sheets, refused = _sheets(book, text, key)
    if refused and not sheets:
        raise next(iter(refused.values()))

    def rows(skips: Skips) -> Iterator[Message]:
        for name in refused:
            skips.add(f"sheet {name[:_NAME]}", "no text column in this sheet")
        with _opened(path) as book:
            found = itertools.chain.from_iterable(_found(book[sheet.name], sheet, skips) for sheet in sheets)
            for row, (position, cell, named, cut) in enumerate(found, 1):
                if cut or isinstance(cell, _Failed):
                    why = CUT if cut else "the cell holds an error of its formula, not a text"
                    yield Message(row, str(row), None, why, position)
                else:
                    yield message(row, cell, position, key=named)

    first = sheets[0].columns if sheets else Columns("", None)
    return Source(path, "xlsx", "xlsx", first.text, first.id, rows)


def _check(path: Path) -> None:
    """Refuse a workbook that would unpack to too much; sheets are streamed, all other parts are held in memory."""
    held = 0
    with open_zip(path) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".xml", ".rels")):
                check_member(path, member)
                held += 0 if member.filename.startswith("xl/worksheets/") else member.file_size
    if held > _HELD:
        raise InputError(f"{path.name}: its strings need {held >> 20} MiB; save it as CSV")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The workbook, by openpyxl; as a stream, since a name has to end as openpyxl wants it."""
    from openpyxl import load_workbook

    with path.open("rb") as stream:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # whatever a damaged part makes the parser stumble over
            raise InputError(f"{path.name}: not a readable XLSX workbook; save it anew, or as CSV") from error
        try:
            yield book
        finally:
            book.close()


def _sheets(book: Any, text: str | None, key: str | None) -> tuple[list[_Sheet], dict[str, InputError]]:  # noqa: ANN401
    """The sheets to read, and for those that have no text column, why."""
    sheets: list[_Sheet] = []
    refused: dict[str, InputError] = {}
    for worksheet in book.worksheets:
        top, header = _header(worksheet)
        if not top:
            continue
        try:
            columns = choose_columns(header, text, key) if header else Columns("", None)
            sheets.append(_Sheet(worksheet.title, columns, header, top))
        except InputError as error:
            refused[worksheet.title] = error
    return sheets, refused


def _header(worksheet: Any) -> tuple[int, list[str]]:  # noqa: ANN401  (an openpyxl sheet)
    """The number of the first row that is not empty, 0 if there is none, and its cells, none if it is damaged."""
    for number, cells in _rows(worksheet, _COLUMNS):
        if cells is None:
            return number, []
        names = [str(cell) if cell is not None else "" for cell in cells]
        if any(names):
            while not names[-1]:
                names.pop()
            return number, names
    return 0, []


def _rows(worksheet: Any, width: int) -> Iterator[tuple[int, Sequence[Any] | None]]:  # noqa: ANN401
    """Number and cells of each row; None in place of the cells where the sheet is damaged, and that is the last."""
    worksheet.reset_dimensions()
    # Openpyxl fills up to the last row it is given, so none is; the numbers are watched here instead.
    source = iter(worksheet.iter_rows(max_col=width, values_only=True))
    number = 0
    sound = True
    while sound and number <= _ROWS:
        batch, sound = _batch(source)
        for cells in batch:
            number += 1
            yield number, cells
        if sound and not batch:
            return
    yield number + 1, None


def _batch(source: Iterator[Sequence[Any]]) -> tuple[list[Sequence[Any]], bool]:
    """Some more rows, none at the end; and whether they could be read."""
    batch: list[Sequence[Any]] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            batch.extend(itertools.islice(source, _BATCH))
    except Exception:  # whatever a damaged part makes the parser stumble over
        return batch, False
    return batch, True


def _found(worksheet: Any, sheet: _Sheet, skips: Skips) -> Iterator[_Found]:  # noqa: ANN401  (an openpyxl sheet)
    place = f"sheet {sheet.name[:_NAME]} row "
    if not sheet.header:
        yield _Found(f"{place}{sheet.top}", None, None, True)
        return
    at = sheet.header.index(sheet.columns.text)
    key_at = sheet.header.index(sheet.columns.id) if sheet.columns.id else None
    if sheet.columns.guessed:
        skips.add(f"{place}{sheet.top}", "taken as the header")
    for number, cells in _rows(worksheet, len(sheet.header)):
        position = f"{place}{number}"
        if cells is None:
            yield _Found(position, None, None, True)
        elif number <= sheet.top:
            continue
        elif all(cell is None or cell == "" for cell in cells):
            skips.add(position, NO_TEXT)
        else:
            yield _Found(position, _text(cells[at]), None if key_at is None else cells[key_at], False)


# What Excel shows where a formula failed; a message of that very text is not known.
_ERRORS = frozenset(("#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#ИМЯ?"))


def _text(cell: object) -> object:
    """The cell as it reads; Excel writes control characters as `_x000D_`. What is no message stays what it is."""
    from openpyxl.utils.escape import unescape

    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, str) and cell.strip() in _ERRORS:
        return _Failed()
    return str(unescape(cell)) if isinstance(cell, str) and "_x" in cell else str(cell)
