"""`cybertriage erase`: remove what was kept of a case; the audit log stays and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cybertriage.cli.shared import PATH, fail
from cybertriage.errors import CybertriageError, InputError

if TYPE_CHECKING:
    from cybertriage.audit.chain import Stated
    from cybertriage.audit.log import AuditLog
    from cybertriage.evidence.erase import Doomed

_AT_ONCE = 60  # hashes in one entry of the audit log
_BEST_EFFORT = (
    "what was there is overwritten where it lay; copies that the file system, the disk (SSD) or a backup keeps are not"
)


@click.command()
@click.argument("cases", metavar="CASE...", nargs=-1, required=True)
@click.option("--audit", type=PATH, required=True, metavar="LOG", help="Audit log of the case; it is kept.")
@click.option("--purpose", required=True, help="Why the case is erased, for the log.")
@click.option("--operator", default="", help="Who erases it, for the log.")
@click.option("--queue", "queues", type=PATH, multiple=True, help="Review queue of the case; may be repeated.")
@click.option("--output", "outputs", type=PATH, multiple=True, help="Output of the case; may be repeated.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(
    cases: Sequence[str], audit: Path, purpose: str, operator: str, queues: Sequence[Path], outputs: Sequence[Path],
    yes: bool,
) -> None:  # fmt: skip
    """Overwrite and delete review queues and outputs of each CASE, with what runs left beside them.

    The log gets the hashes and counts of what was erased, and is kept. A file that the log knows as another case's is
    refused before anything is deleted.
    """
    from cybertriage.audit.chain import Stated
    from cybertriage.audit.log import AuditLog
    from cybertriage.evidence.erase import files_of, refuse_other_cases

    try:
        if not queues and not outputs:
            raise InputError("what is to be erased? give --queue QUEUE, --output FILE, or both")
        log = AuditLog(audit)
        certain = _cases_of(queues, cases)
        files = files_of([*queues, *outputs])
        refuse_other_cases(log, cases, files, kept=audit, certain=certain)
        for file in files:
            click.echo(f"{file.path}  {file.size} bytes", err=True)
        if not yes:
            click.confirm(f"Erase these {len(files)} files?", abort=True, err=True)
        stated = [Stated(purpose=purpose, case=case, operator=operator) for case in cases]
        _erased(log, stated, queues, files)
    except CybertriageError as error:
        fail(error)
    click.echo(f"{len(files)} files erased; {_BEST_EFFORT}", err=True)


def _cases_of(queues: Sequence[Path], cases: Sequence[str]) -> set[str]:
    """The cases that the queues are of; raises `InputError` for another than `cases`."""
    from cybertriage.review.store import Store

    found = set()
    for queue in queues:
        case = Store.open(queue).case.id
        if case not in cases:
            raise InputError(f"{queue} is of the case {case!r}; nothing was erased")
        found.add(case)
    return found


def _erased(log: AuditLog, stated: Sequence[Stated], queues: Sequence[Path], files: Sequence[Doomed]) -> None:
    """Write down what is about to be erased, erase it, write down that it was."""
    import uuid

    from cybertriage.evidence.erase import erase as erase_file
    from cybertriage.evidence.erase import looked_at
    from cybertriage.review.store import Store

    run = uuid.uuid4().hex
    stated = [replace(s, run=run) for s in stated]
    for s in stated:
        for at in range(0, len(files), _AT_ONCE):
            hashes = {f"file_{at + i}": file.sha256 for i, file in enumerate(files[at : at + _AT_ONCE], 1)}
            log.append("erase_begin", s, hashes=hashes, counts={"files": len(hashes)})
    counts = {"files": len(files), "bytes": sum(file.size for file in files), "items": 0, "readings": 0}
    for queue in queues:
        emptied = Store.open(queue).erase()
        counts["items"] += emptied.items
        counts["readings"] += emptied.readings
    for file in files:
        erase_file(looked_at(file.path) if file.path in queues else file)
    for s in stated:
        log.append("erase", s, counts=counts)
