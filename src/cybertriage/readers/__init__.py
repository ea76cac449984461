"""Open whatever people hold: tables, plain text, chat exports, mail, SMS backups.

In: a path. Out: a `Source`, whose reader is picked by the format named, else the ending, else the content.
"""

from __future__ import annotations

from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.readers import (
    delimited,
    encodings,
    json_export,
    jsonlines,
    lines,
    mail,
    parquet,
    sms,
    sniff,
    whatsapp,
    xlsx,
)
from cybertriage.readers.source import Source

FORMATS = sniff.FORMATS
TABLES = ("csv", "tsv", "xlsx", "jsonl", "parquet")


def open_source(
    path: Path, *, format: str | None = None, text_column: str | None = None, id_column: str | None = None
) -> Source:
    """Open an input for reading.

    Parameters
    ----------
    path
        A file.
    format
        One of `FORMATS`; by default the ending or the content tells.
    text_column, id_column
        Columns of a table; usual names are found by themselves.

    Returns
    -------
    Source
        Its `rows()` read the file anew each time.

    Raises
    ------
    InputError
        For a file that is not there or not of that format, for an unknown format or column, naming those there are, and
        for an archive that would unpack to too much.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "in.csv"
    >>> _ = path.write_text("id,text\\na1,Сәлем\\n", encoding="utf-8")
    >>> [(message.id, message.text) for message in open_source(path).rows()]
    [('a1', 'Сәлем')]
    """
    if not path.is_file():
        raise InputError(f"{path} is a folder; give one file" if path.is_dir() else f"{path}: no such file")
    try:
        kind = sniff.format_of(path, format)
        if kind in TABLES:
            return _open_table(path, kind, text_column, id_column)
        if text_column is not None or id_column is not None:
            raise InputError(
                f"{path.name} is read as {kind}, which has no columns; leave out the column, or name a format"
            )
        return _open_other(path, kind)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


def _open_table(path: Path, kind: str, text_column: str | None, id_column: str | None) -> Source:
    match kind:
        case "xlsx":
            return xlsx.open_xlsx(path, text_column, id_column)
        case "parquet":
            return parquet.open_parquet(path, text_column, id_column)
        case "jsonl":
            return jsonlines.open_jsonl(path, _encoding(path), text_column, id_column)
        case _:
            return delimited.open_delimited(path, kind, _encoding(path), text_column, id_column)


def _open_other(path: Path, kind: str) -> Source:
    match kind:
        case "telegram" | "json":
            return json_export.open_json(path, kind, _encoding(path))
        case "whatsapp":
            return whatsapp.open_whatsapp(path)
        case "eml":
            return mail.open_eml(path)
        case "mbox":
            return mail.open_mbox(path)
        case "sms":
            return sms.open_sms(path, _encoding(path))
        case _:
            return lines.open_lines(path, _encoding(path))


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        return encodings.detect(stream.read(encodings.SAMPLE))
