"""Read the tab-separated files of the evaluations, refusing an unsound row with its line.

In: a file with a header line. Out: the rows as mappings, with their line numbers.
Invariant: an error names file and line, never the text of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cybertriage.errors import InputError

_BREAK = " ⏎ "


def read_table(
    path: Path, columns: Sequence[str], *, optional: Sequence[str] = (), blank: Sequence[str] = ()
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """(`file: line N`, row) of every row; the header must be `columns`, then any of `optional`.

    Cells may be empty in the columns `blank` only. A line break in a text is written ` ⏎ `.
    Raises `InputError` for a file that cannot be read, another header, a row with another number of fields.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: is not UTF-8; save it as UTF-8") from None
    header = lines[0].rstrip("\r").split("\t")
    extra = header[len(columns) :]
    if header[: len(columns)] != list(columns) or not set(extra) <= set(optional) or len(set(extra)) < len(extra):
        more = f" (and may go on with {', '.join(optional)})" if optional else ""
        raise InputError(f"{path.name}: line 1: the columns must be {', '.join(columns)}{more}, with tabs between")
    for number, line in enumerate(lines[1:], 2):
        line = line.rstrip("\r")
        if not line and number == len(lines):
            return  # what follows the last line break
        fields, where = line.split("\t"), f"{path.name}: line {number}"
        row = dict(zip(header, fields, strict=False))
        if len(fields) != len(header) or not all(row[name].strip() for name in header if name not in blank):
            raise InputError(f"{where}: wants {len(header)} fields with tabs between, and a text")
        yield where, {name: cell.replace(_BREAK, "\n") for name, cell in row.items()}
