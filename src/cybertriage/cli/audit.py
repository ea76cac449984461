"""`cybertriage audit`, and the options by which other commands write to the audit log."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cybertriage.cli.shared import PATH, fail, options
from cybertriage.errors import CybertriageError, InputError

if TYPE_CHECKING:
    from cybertriage.audit.log import Trail

EXIT_BROKEN = 1
LOG = click.option("--audit", type=PATH, metavar="LOG", help="Audit log to write what is done to (no message text).")
PURPOSE = click.option("--purpose", default="", help="Audit log: what the messages are looked at for.")
CASE = click.option("--case", default="", help="Audit log: the case.")
OPERATOR = click.option("--operator", default="", help="Audit log: who does it.")
AUDIT = options(LOG, PURPOSE, CASE, OPERATOR)


def trail_of(audit: Path | None, purpose: str, case: str, operator: str) -> Trail | None:
    """Where the `AUDIT` options say to write, None without `--audit`; raises `InputError` for options that lack one."""
    from cybertriage.audit.chain import Stated
    from cybertriage.audit.log import AuditLog, Trail

    if audit is None:
        if purpose or case or operator:
            raise InputError("--purpose, --case and --operator are for the audit log; give --audit LOG too")
        return None
    if not audit.parent.is_dir():
        raise InputError(f"cannot write {audit}: the folder {audit.parent} does not exist")
    return Trail(AuditLog(audit), Stated(purpose=purpose, case=case, operator=operator))


@click.group()
def audit() -> None:
    """The log of what was done with messages: does it hold?"""


@audit.command()
@click.argument("log", type=PATH)
@click.option("--head", metavar="HASH", help="Hash noted earlier that must be in the log; shows a log that was cut.")
def verify(log: Path, head: str | None) -> None:
    """Follow the chain of hashes; name the first line that was changed, put in, taken out or torn."""
    from cybertriage.audit.log import AuditLog

    try:
        found = AuditLog(log).verify(head=head)
    except CybertriageError as error:
        fail(error)
    if found.broken_line is not None:
        click.echo(f"{log}: line {found.broken_line}: {found.problem}; {found.entries} entries before it hold")
        sys.exit(EXIT_BROKEN)
    click.echo(f"{log}: {found.entries} entries hold; head {found.head}")


@audit.command()
@click.argument("log", type=PATH)
@options(PURPOSE, CASE, OPERATOR)
def mend(log: Path, purpose: str, case: str, operator: str) -> None:
    """Move a last line that was cut off to a file beside the log, and say so in the log."""
    from cybertriage.audit.chain import Stated
    from cybertriage.audit.log import AuditLog

    try:
        kept = AuditLog(log).mend(Stated(purpose=purpose, case=case, operator=operator))
    except CybertriageError as error:
        fail(error)
    click.echo(f"{log}: torn line moved to {kept}" if kept else f"{log}: no line is torn")
