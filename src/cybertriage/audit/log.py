"""An append-only log of what was done with messages, by whom and why.

In: an action, its purpose and case, hashes and counts. Out: one JSON line an entry, chained to the one before;
`verify` names the first line that was changed, put in, taken out or torn.
Invariants: no message text and nobody's id (see `chain`); an entry is on the disk, whole, when `append`
returns; several processes may append at once.
A chain cannot show by itself that its last entries were cut off: note the head hash elsewhere and give it to `verify`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from cybertriage.audit.chain import GENESIS, Entry, Stated, entry_of, follow, next_entry
from cybertriage.errors import InputError, OutputError

_TAIL = 1 << 18  # bytes; no entry is as long
_LOCK_SECONDS = 60
_START = b'{"action":"'  # of every line


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found: how many entries hold, the hash of the last of them, and the first line that does not."""

    entries: int
    head: str
    broken_line: int | None = None
    problem: str = ""


class AuditLog:
    """A log file; the first `append` makes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(
        self, action: str, stated: Stated, *, hashes: Mapping[str, str] | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> Entry:  # fmt: skip
        """Write one entry and wait until it is on the disk.

        `action` and the names of hashes and counts are slugs (`unmask`, `rows`). Raises `InputError` for a value that
        could hold text, `OutputError` where the log cannot be written or its last line is torn or changed.
        """
        with self._opened() as stream:
            return self._add(stream, action, stated, hashes or {}, counts or {})

    def append_once(
        self, action: str, stated: Stated, *, hashes: Mapping[str, str] | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        """Like `append`, unless an entry of this action and this run is there: for a step that may be taken again."""
        with self._opened() as stream:
            if not any(e.action == action and e.run == stated.run for e in self.entries()):
                self._add(stream, action, stated, hashes or {}, counts or {})

    def entries(self) -> Iterator[Entry]:
        """The entries from the first; raises `InputError` naming the first line that does not hold."""
        last = None
        for number, line in self._lines():
            try:
                last = follow(last, line)
            except ValueError as error:
                raise InputError(f"{self._path.name}, line {number}: {error}") from None
            yield last

    def verify(self, *, head: str | None = None) -> Verified:
        """Follow the chain from the first line to the last.

        `head`: a hash noted earlier that must be in the chain; where it is not, the line after the last is named.
        """
        last, met = None, head in (None, GENESIS)
        for number, line in self._lines():
            try:
                last = follow(last, line)
            except ValueError as error:
                return _verified(last, number, str(error))
            met = met or last.hash == head
        if not met:
            return _verified(last, (last.seq if last else 0) + 1, "the log ends, and the noted head is not in it")
        return _verified(last)

    def mend(self, stated: Stated) -> Path | None:
        """Move a torn last line to a file beside the log, and say so in a `mend` entry; None where no line is torn.

        Raises `InputError` where anything else is wrong with the log: that is for a person to look into.
        """
        torn = self._torn()
        if not torn:
            return None
        with self._opened() as stream:
            torn = self._torn()
            digest = hashlib.sha256(torn).hexdigest()
            kept = self._path.with_name(f"{self._path.name}.torn-{digest[:12]}")
            kept.write_bytes(torn)
            stream.truncate(stream.seek(0, os.SEEK_END) - len(torn))
            self._add(stream, "mend", stated, {"torn": digest}, {"bytes": len(torn)})
            return kept

    def _torn(self) -> bytes:
        """The torn last line, or nothing."""
        last = None
        for number, line in self._lines():
            if not line.endswith(b"\n") and line.startswith(_START[: len(line)]):
                return line
            try:
                last = follow(last, line)
            except ValueError as error:
                raise InputError(f"{self._path.name}, line {number}: {error}; only a torn line is mended") from None
        return b""

    def _add(
        self, stream: IO[bytes], action: str, stated: Stated, hashes: Mapping[str, str], counts: Mapping[str, int]
    ) -> Entry:
        entry = next_entry(action, stated, hashes, counts, last=self._last(stream))
        line, end = entry.line(), stream.seek(0, os.SEEK_END)
        try:
            if stream.write(line) != len(line):
                raise OSError("the disk is full")
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(end)
            raise
        return entry

    def _last(self, stream: IO[bytes]) -> Entry | None:
        lines = _tail(stream).splitlines(keepends=True)
        try:
            return entry_of(lines[-1]) if lines else None
        except ValueError as error:
            raise OutputError(
                f"{self._path}: nothing was added, since the last entry does not hold ({error}); run `cybertriage "
                "audit verify`, and `cybertriage audit mend` for a torn line"
            ) from None

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        """The log, locked against other processes and open for reading and writing without a buffer."""
        if not self._path.parent.is_dir():  # the lock would make it
            raise OutputError(f"cannot write {self._path}: the folder {self._path.parent} does not exist")
        try:
            with FileLock(f"{self._path}.lock", timeout=_LOCK_SECONDS):
                self._path.touch(exist_ok=True)
                with self._path.open("r+b", buffering=0) as stream:
                    yield stream
        except Timeout:
            raise OutputError(f"{self._path}: another process holds the audit log; try again") from None
        except OutputError:
            raise
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror or error}") from error

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        try:
            with self._path.open("rb") as stream:
                yield from enumerate(stream, 1)
        except OSError as error:
            raise InputError(f"{self._path} cannot be read: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class Trail:
    """A log, and why and by whom what is appended to it is done."""

    log: AuditLog
    stated: Stated

    def of_run(self, run: str) -> Trail:
        """The same, its entries tied together as one run."""
        return replace(self, stated=replace(self.stated, run=run))


def _tail(stream: IO[bytes]) -> bytes:
    end = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, end - _TAIL))
    return stream.read()


def _verified(last: Entry | None, line: int | None = None, problem: str = "") -> Verified:
    return Verified(last.seq if last else 0, last.hash if last else GENESIS, line, problem)
