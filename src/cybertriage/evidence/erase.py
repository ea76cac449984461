"""Remove the files of a case.

In: outputs by name, the audit log's hashes of cases. Out: the files that stand for them, overwritten and deleted.
Invariants: only plain files that were named, and what a run leaves beside them, are touched; a link is never followed;
a file that the log knows as another case's is refused before anything is deleted.
Overwriting is best effort: copies that a file system, a solid-state disk or a backup keeps are out of reach.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cybertriage.audit.log import AuditLog
from cybertriage.errors import InputError, OutputError
from cybertriage.runs.beside import beside
from cybertriage.runs.part import sha256_of

_BLOCK = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class Doomed:
    """A file to be erased, as it was when it was looked at."""

    path: Path
    sha256: str
    size: int


def files_of(outputs: Sequence[Path]) -> list[Doomed]:
    """The named files and what runs leave beside each: manifest, part, checkpoint, lock.

    Raises `InputError` for a name that stands for nothing, a folder or a link.
    """
    paths: dict[Path, None] = {}
    for output in outputs:
        found = [path for path in _files_of(output) if os.path.lexists(path)]
        if not found:
            raise InputError(f"{output}: no such file, and no run left anything beside it")
        paths |= dict.fromkeys(found)
    return [looked_at(path) for path in paths]


def refuse_other_cases(
    log: AuditLog, cases: Iterable[str], files: Iterable[Doomed], *, kept: Path, certain: Iterable[str] = ()
) -> None:
    """Raise `InputError` for a case that nothing knows, and for a file that the log knows of other cases only.

    `kept` is the file of the log: it is never erased. `certain`: cases that need not be in the log.
    """
    cases = frozenset(cases)
    owners: dict[str, set[str]] = {}
    known = set(certain)
    for entry in log.entries() if kept.exists() else ():
        known.add(entry.case)
        for digest in entry.hashes.values():
            owners.setdefault(digest, set()).add(entry.case)
    if cases - known:
        raise InputError(f"the audit log has no entry of the case {min(cases - known)!r}; check its spelling")
    for file in files:
        if kept.exists() and file.path.samefile(kept):
            raise InputError(f"{file.path} is the audit log, which is kept; nothing was erased")
        of = owners.get(file.sha256, set())
        if of and not of & cases:
            raise InputError(f"{file.path} is of another case by the audit log; nothing was erased")


def erase(file: Doomed) -> None:
    """Overwrite a file with zeros and delete it. Raises `InputError` where it was changed since it was looked at."""
    if looked_at(file.path) != file:
        raise InputError(f"{file.path} was changed while the case was erased; give the same command again")
    try:
        with file.path.open("r+b") as stream:
            for at in range(0, file.size, len(_BLOCK)):
                stream.write(_BLOCK[: min(len(_BLOCK), file.size - at)])
            stream.flush()
            os.fsync(stream.fileno())
        file.path.unlink()
    except OSError as error:
        raise OutputError(f"cannot erase {file.path}: {error.strerror or error}") from error


def looked_at(path: Path) -> Doomed:
    """A file as it is now; raises `InputError` for a folder or a link."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path} is no plain file; name the file itself")
    return Doomed(path, sha256_of(path), found.st_size)


def _files_of(output: Path) -> tuple[Path, ...]:
    """The output, what a run leaves beside it, and what SQLite leaves beside a queue."""
    of_queue = (output.with_name(output.name + ending) for ending in ("-journal", "-wal", "-shm"))
    return (output, *beside(output), *of_queue)
