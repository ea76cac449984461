"""Parquet.

In: a file. Out: a `Source`. Invariant: a row group that cannot be read is one error that tells how many rows it had.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError
from cybertriage.readers.columns import choose_columns
from cybertriage.readers.source import Message, Skips, Source, message

_BATCH = 4096


def open_parquet(path: Path, text: str | None, key: str | None) -> Source:
    """A Parquet file; raises `InputError` for a file that is none, or a column that is not there."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path.name}: not a readable Parquet file") from error
    text_column, id_column, _ = choose_columns(names, text, key)

    def rows(skips: Skips) -> Iterator[Message]:
        row = 0
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                try:
                    for value, name in _cells(file, group, text_column, id_column):
                        row += 1
                        yield message(row, value, key=name)
                except (pa.ArrowException, OSError, ValueError):
                    row += 1
                    held = file.metadata.row_group(group).num_rows
                    yield Message(row, str(row), None, f"row group {group + 1} of {held} rows is damaged from here on")

    return Source(path, "parquet", "parquet", text_column, id_column, rows)


def _cells(file: Any, group: int, text: str, key: str | None) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    """Text and identifier of each row of a group."""
    wanted = [text] + ([key] if key and key != text else [])
    for batch in file.iter_batches(batch_size=_BATCH, row_groups=[group], columns=wanted):
        names = batch.schema.names
        texts = _values(batch.column(names.index(text)))
        keys = _values(batch.column(names.index(key))) if key else [None] * len(texts)
        yield from zip(texts, keys, strict=True)


def _values(column: Any) -> list[Any]:  # noqa: ANN401  (a pyarrow array)
    """Python values; None for a value that has none, such as a string that is not UTF-8."""
    try:
        values = list(column.to_pylist())
    except (ValueError, OverflowError):
        values = [_value(scalar) for scalar in column]
    # Writers that know no strings keep their UTF-8 as bytes; what is no UTF-8 is decoded as any row is.
    return [v.decode("utf-8", "surrogateescape") if isinstance(v, bytes) else v for v in values]


def _value(scalar: Any) -> Any:  # noqa: ANN401  (a pyarrow scalar)
    try:
        return scalar.as_py()
    except (ValueError, OverflowError):
        return None
