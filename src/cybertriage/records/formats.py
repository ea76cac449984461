"""The output formats: how records become bytes that can be appended to a file, and the file that is made of them.

In: the head of each record (what belongs to its row) and its body (what belongs to its text), the body encoded
beforehand, so that equal texts are encoded once and by whoever scored them. Out: bytes.
Invariants: the same records give the same bytes, however they are cut into calls, except that Parquet keeps in its
chunks how they were cut; text that a spreadsheet would run as a formula is made harmless in CSV and TSV.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cybertriage.errors import InputError
from cybertriage.records.record import BODY_FIELDS, FIELDS, facts_json
from cybertriage.taxonomy import LetterFold, families, family
from cybertriage.types import Facts

OUTPUT_FORMATS = ("csv", "tsv", "jsonl", "parquet")
_GROUP_ROWS = 1 << 16  # of a Parquet row group
# What a spreadsheet runs at the beginning of a cell; behind a separator or a quote too, since the program that opens
# the file may cut at another one than it was written with.
_RUN = re.compile("(^|[\t\r\n,;|\"']\\s*)([=+\\-@＝＋－＠])|^(?=[\t\r\n])")

_HARMLESS = re.compile("(^|[\t\r\n,;|\"']\\s*)'([=+\\-@＝＋－＠])|^'(?=[\t\r\n])")


class Head(NamedTuple):
    """What a record has of its own row."""

    row: int
    id: str
    uid: str
    position: str


class Format(Protocol):
    """One output format."""

    def header(self) -> bytes:
        """What the file begins with."""

    def body(self, fields: Mapping[str, Any]) -> str:
        """The fields `BODY_FIELDS` of a record, encoded."""

    def rows(self, heads: Sequence[Head], bodies: Sequence[str]) -> bytes:
        """Records, encoded; append them to the header and to one another."""

    def complete(self, part: Path) -> Path:
        """The whole file made of what was appended: the part itself, or another file beside it."""


def format_of(path: Path, named: str | None = None) -> str:
    """The format that records are written in, by its name or by the file's ending."""
    ending = path.suffix[1:].lower()
    found = named or {"ndjson": "jsonl", "pq": "parquet", "txt": "tsv"}.get(ending, ending)
    if found not in OUTPUT_FORMATS:
        raise InputError(f"{path.name}: unknown format {found or '(none)'!r}; use one of {', '.join(OUTPUT_FORMATS)}")
    return found


def format_named(name: str) -> Format:
    """A format by its name; raises `InputError` naming those there are."""
    formats: dict[str, type[Format]] = {"jsonl": JsonLines, "csv": Csv, "tsv": Tsv, "parquet": Parquet}
    if name not in formats:
        raise InputError(f"records are not written as {name!r}; use one of {', '.join(formats)}")
    return formats[name]()


class JsonLines:
    """One JSON object a line."""

    def header(self) -> bytes:
        return b""

    def body(self, fields: Mapping[str, Any]) -> str:
        return json.dumps({name: fields[name] for name in BODY_FIELDS}, ensure_ascii=False)[1:-1]

    def rows(self, heads: Sequence[Head], bodies: Sequence[str]) -> bytes:
        quote = encode_basestring
        return _encoded("".join([
            f'{{"row": {row}, "id": {quote(key)}, {body}, "uid": {quote(uid)}, "position": {quote(position)}}}\n'
            for (row, key, uid, position), body in zip(heads, bodies, strict=True)
        ]))  # fmt: skip

    def complete(self, part: Path) -> Path:
        return part


class Csv:
    """Comma-separated values with a header; nested values as JSON."""

    delimiter = ","

    def header(self) -> bytes:
        # The byte-order mark is what makes spreadsheets read Kazakh letters.
        return (self.delimiter.join(FIELDS) + "\n").encode("utf-8-sig")

    def body(self, fields: Mapping[str, Any]) -> str:
        return self.delimiter.join([self._cell(fields[name]) for name in BODY_FIELDS])

    def rows(self, heads: Sequence[Head], bodies: Sequence[str]) -> bytes:
        cell, d = self._cell, self.delimiter
        return _encoded("".join([
            f"{row}{d}{cell(key)}{d}{body}{d}{uid}{d}{cell(position)}\n"
            for (row, key, uid, position), body in zip(heads, bodies, strict=True)
        ]))  # fmt: skip

    def complete(self, part: Path) -> Path:
        return part

    def _cell(self, value: object) -> str:
        """A cell, quoted where it has to be; nested values as JSON, nothing that a spreadsheet would run."""
        if value is None:
            return ""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if isinstance(value, str):
            text = _RUN.sub(r"\1'\2", text)
        if _SPECIAL.search(text) or self.delimiter in text:
            text = '"' + text.replace('"', '""') + '"'
        return text


# Quoted whatever the separator is, so that a program that cuts at another one still sees one cell.
_SPECIAL = re.compile('["\r\n,;|\t]')


def as_written(cell: str) -> str:
    """A cell of CSV or TSV without what was put before a formula to make it harmless."""
    return _HARMLESS.sub(r"\1\2", cell)


class Tsv(Csv):
    """Same, separated by tabs."""

    delimiter = "\t"


class Parquet:
    """Parquet; what is appended are Arrow streams, one a call, since a Parquet file cannot be continued."""

    def __init__(self) -> None:
        import pyarrow as pa

        strings = pa.list_(pa.string())
        language = pa.struct([("form", pa.string()), ("kk", pa.float64()), ("ru", pa.float64())])
        known = Facts(False, {f: 0.0 for f in families() if family(f).letter_fold is LetterFold.ABSTAIN})
        facts = pa.struct(
            [(key, pa.bool_() if value is False else pa.float64()) for key, value in facts_json(known).items()]
        )
        types = {
            "row": pa.int64(), "priority": pa.int8(), "labels": strings, "scores": pa.map_(pa.string(), pa.float64()),
            "frames": strings, "language": language, "reasons": strings, "facts": facts, "routes": strings,
        }  # fmt: skip
        self._pa = pa
        self._schema = pa.schema([(name, types.get(name, pa.string())) for name in FIELDS])

    def header(self) -> bytes:
        return b""

    def body(self, fields: Mapping[str, Any]) -> str:
        return json.dumps([fields[name] for name in BODY_FIELDS], ensure_ascii=False)

    def rows(self, heads: Sequence[Head], bodies: Sequence[str]) -> bytes:
        pa = self._pa
        place: dict[str, int] = {}
        where = pa.array([place.setdefault(body, len(place)) for body in bodies], pa.int64())
        cells = list(zip(*map(json.loads, place), strict=True))
        columns = {
            name: self._column(name, column).take(where) for name, column in zip(BODY_FIELDS, cells, strict=True)
        }
        named = zip(Head._fields, zip(*heads, strict=True), strict=True)
        columns |= {name: self._column(name, column) for name, column in named}
        batch = pa.RecordBatch.from_arrays([columns[name] for name in FIELDS], schema=self._schema)
        stream = io.BytesIO()
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(stream, self._schema, options=options) as writer:
            writer.write_batch(batch)
        return stream.getvalue()

    def complete(self, part: Path) -> Path:
        import pyarrow.parquet as pq

        joined = part.with_name(part.name + ".parquet")
        with pq.ParquetWriter(joined, self._schema) as writer:
            for table in self._groups(part):
                writer.write_table(table, row_group_size=_GROUP_ROWS)
        return joined

    def _column(self, name: str, values: Sequence[Any]) -> Any:  # noqa: ANN401  (a pyarrow array)
        pa, kind = self._pa, self._schema.field(name).type
        if name != "scores":
            return pa.array(values, kind)
        # Built by hand: what pyarrow makes of Python pairs takes longer than scoring.
        offsets = [0]
        for scores in values:
            offsets.append(offsets[-1] + len(scores))
        keys = pa.array([key for scores in values for key in scores], pa.string())
        items = pa.array([float(value) for scores in values for value in scores.values()], pa.float64())
        return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), keys, items)

    def _groups(self, part: Path) -> Iterator[Any]:
        """Tables of a row group each, the last one shorter; none for no rows."""
        pa = self._pa
        held, rows = [], 0
        with part.open("rb") as stream:
            size = part.stat().st_size
            while stream.tell() < size:
                with pa.ipc.open_stream(stream) as reader:
                    for batch in reader:
                        held.append(batch)
                        rows += batch.num_rows
                while rows >= _GROUP_ROWS:
                    table = pa.Table.from_batches(held, self._schema)
                    yield table.slice(0, _GROUP_ROWS).combine_chunks()
                    held = table.slice(_GROUP_ROWS).to_batches()
                    rows -= _GROUP_ROWS
        if rows:
            yield pa.Table.from_batches(held, self._schema).combine_chunks()


def _encoded(text: str) -> bytes:
    # An identifier from JSON may hold half a surrogate pair, which has no UTF-8.
    return text.encode("utf-8", "replace")
