"""Zip archives without bombs.

In: a path. Out: an open archive whose members are of a bearable size.
Invariant: what is checked is what the archive declares, and `zipfile` never unpacks more of a member than that.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError

DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError)
"""What reading a member of a damaged archive raises."""

_LARGEST = 8 << 30
_RATIO, _FREE = 200, 64 << 20
_ENCRYPTED = 0x1


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open an archive for reading. Raises `InputError` where it cannot be read at all."""
    try:
        return zipfile.ZipFile(path)
    except DAMAGE as error:
        raise InputError(f"{path.name}: not a readable zip archive") from error


def check_member(path: Path, member: zipfile.ZipInfo) -> None:
    """Raise `InputError` for a member that unpacks to too much, or that asks for a password."""
    if member.flag_bits & _ENCRYPTED:
        raise InputError(f"{path.name} is protected by a password; save it without one")
    ratio = member.file_size / max(member.compress_size, 1)
    if member.file_size > _LARGEST or (member.file_size > _FREE and ratio > _RATIO):
        raise InputError(
            f"{path.name} would unpack to {member.file_size >> 20} MiB, {ratio:.0f} times its size; "
            "it is refused as a zip bomb; unpack it yourself if you trust it"
        )


class Member(io.RawIOBase):
    """The bytes of a member up to its end, or up to where the archive is damaged; `damaged` says which."""

    # `zipfile` throws away the piece in which it finds the damage.
    _PIECE = 1024

    def __init__(self, path: Path, archive: zipfile.ZipFile, name: str) -> None:
        self.damaged = False
        try:
            self._stream = archive.open(name)
        except (*DAMAGE, RuntimeError, KeyError) as error:
            raise InputError(f"{path.name}: {Path(name).name} in it cannot be unpacked") from error

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401  (any writable buffer)
        view = memoryview(buffer)
        try:
            data = self._stream.read(min(len(view), self._PIECE))
        except DAMAGE:
            self.damaged = True
            data = b""
        view[: len(data)] = data
        return len(data)

    def buffered(self) -> io.BufferedReader:
        """The same, for reading pieces of any size; closes the member with itself."""
        return io.BufferedReader(self)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
