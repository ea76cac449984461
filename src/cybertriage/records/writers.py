"""Write files that are whole or not there.

In: records as `cybertriage.records.record` makes them, or a small text. Out: a file.
Invariant: a file appears under its name only when complete.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cybertriage.errors import OutputError
from cybertriage.records.formats import Head, format_named


def part_of(output: Path) -> Path:
    """Where an output is while it is not complete."""
    return output.with_name(output.name + ".part")


class Writer:
    """Writes records to a file that appears under its name only when all are written. Use it with `with`."""

    def __init__(self, path: Path, format: str) -> None:
        self._path, self._part = path, part_of(path)
        self._format = format_named(format)
        try:
            self._stream = self._part.open("wb")
            self._stream.write(self._format.header())
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error

    def __enter__(self) -> Self:
        return self

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Append records, in order."""
        if records:
            heads = [Head(r["row"], r["id"], r["uid"], r["position"]) for r in records]
            self._stream.write(self._format.rows(heads, [self._format.body(r) for r in records]))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        if kind is None:
            put_in_place(self._format.complete(self._part), self._path)
        else:
            self._part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a small text file so that it is whole or not there."""
    write_lines(path, [text])


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write texts one after another so that the file is whole or not there, also after the power went."""
    part = part_of(path)
    try:
        with part.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(lines)
        put_in_place(part, path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def put_in_place(complete: Path, path: Path) -> None:
    """Give a complete file its name; wait until it is on the disk, and its name where folders can be opened."""
    with complete.open("r+b") as stream:
        os.fsync(stream.fileno())
    os.replace(complete, path)
    part_of(path).unlink(missing_ok=True)  # where the complete file was made from it
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
