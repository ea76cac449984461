"""The file that a run appends to, and whose beginning a later run can take over.

In: bytes. Out: a file, its length and its sha256 at any moment.
Invariant: what is taken over is what was written: its sha256 is compared before anything is added to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from cybertriage.errors import InputError, OutputError

_BLOCK = 1 << 20


class PartFile:
    """An open part file. Use it with `with`; it stays on the disk."""

    def __init__(self, path: Path, *, keep: int = 0, sha256: str = "") -> None:
        """Open a part file and cut it to its first `keep` bytes, which must have this `sha256`.

        Raises `InputError` where they have another, `OutputError` where the file cannot be written.
        """
        self._path, self._hash = path, hashlib.sha256()
        try:
            self._stream = path.open("r+b" if keep else "wb")
        except FileNotFoundError as error:
            if not keep:
                raise OutputError(f"cannot write {path}: {error.strerror}") from error
            raise InputError(f"{path.name} is gone; give --restart to score from the start") from error
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
        for length in range(0, keep, _BLOCK):
            self._hash.update(self._stream.read(min(_BLOCK, keep - length)))
        if keep and self.sha256 != sha256:
            self._stream.close()
            raise InputError(f"{path.name} was changed after its checkpoint; give --restart to score from the start")
        self._stream.truncate(keep)
        self._stream.seek(keep)
        self.bytes = keep

    @property
    def sha256(self) -> str:
        """Of all that was written, in hex."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> None:
        """Append."""
        try:
            self._stream.write(data)
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror or error}") from error
        self._hash.update(data)
        self.bytes += len(data)

    def sync(self) -> None:
        """Wait until all is on the disk."""
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror or error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After a failed write the rest cannot be written either, and that error was told.
        with contextlib.suppress(OSError) if error else contextlib.nullcontext():
            self._stream.close()


def sha256_of(path: Path) -> str:
    """sha256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
