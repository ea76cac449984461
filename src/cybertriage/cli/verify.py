"""`cybertriage verify`: is a bundle what it says it is?"""

from __future__ import annotations

import click

from cybertriage import DEFAULT_MODEL
from cybertriage.cli.shared import fail
from cybertriage.errors import CybertriageError


@click.command()
@click.argument("bundle", default=DEFAULT_MODEL)
def verify(bundle: str) -> None:
    """Check a model bundle: layout, sha256 of every file, operators of the graph."""
    from cybertriage.models.bundle import load_bundle
    from cybertriage.models.load import load_model

    try:
        loaded = load_bundle(bundle)
        load_model(loaded)
        click.echo(f"{loaded.id}: every file matches its sha256, and the model loads")
    except CybertriageError as error:
        fail(error)
