"""`cybertriage card`: are the data cards true?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cybertriage.cli.shared import PATH, fail
from cybertriage.errors import CybertriageError


@click.group()
def card() -> None:
    """Data cards: are they true?"""


@card.command()
@click.option("--root", type=PATH, help="Checkout to check; the working folder by default.")
def check(root: Path | None) -> None:
    """Recompute counts, hashes and labels of every data card from the real files."""
    from cybertriage.cards import check_checkout

    try:
        code, lines = check_checkout(root)
    except CybertriageError as error:
        fail(error)
    for line in lines:
        click.echo(line)
    sys.exit(code)
