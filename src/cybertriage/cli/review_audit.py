"""How the review commands write to the audit log: the case is that of the queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cybertriage.cli.audit import LOG, OPERATOR, PURPOSE, trail_of
from cybertriage.cli.shared import options
from cybertriage.errors import InputError

if TYPE_CHECKING:
    from cybertriage.review.items import Case

Told = Callable[..., None]
CASE = click.option("--case", required=True, help="The case that the messages belong to.")
TRAIL = options(LOG, PURPOSE, OPERATOR)


def told(case: Case, audit: Path | None, purpose: str, operator: str, *, shows_text: bool = False) -> Told:
    """A function that writes an action and its counts to the log, or does nothing where no log was asked for.

    Raises `InputError` where text of an unmasked queue is about to be shown without a log.
    """
    if shows_text and not case.masked and (audit is None or not purpose.strip()):
        raise InputError("this queue holds personal data unmasked; give --audit LOG and --purpose")
    trail = trail_of(audit, purpose, case.id if audit else "", operator)

    def write(action: str, **counts: int) -> None:
        if trail is not None:
            hashes = {"records": case.records_sha256, "source": case.source_sha256}
            name = f"review.{action}" if case.masked else f"review.{action}-unmasked"
            trail.log.append(name, trail.stated, hashes=hashes, counts=counts)

    return write
