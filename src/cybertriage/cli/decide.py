"""`cybertriage decide` and `capacity`: saved records under another policy, without the model."""

from __future__ import annotations

from pathlib import Path

import click

from cybertriage.cli.shared import FORMAT, MODEL, PATH, POLICY, fail, options, print_summary, refuse_same
from cybertriage.errors import CybertriageError


@click.command()
@click.argument("records", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="Where the new records go.")
@click.option("--policy", type=PATH, required=True, help="Policy TOML to apply.")
@options(FORMAT)
def decide(records: Path, output: Path, policy: Path, format_: str | None) -> None:
    """Apply another policy to saved records (CSV, TSV, JSONL or Parquet), without scoring again."""
    from cybertriage.policy import Policy
    from cybertriage.records.formats import format_of
    from cybertriage.records.writers import Writer
    from cybertriage.runs.redecide import redecide

    try:
        refuse_same(records, output)
        chosen = Policy.load(policy)
        with Writer(output, format_of(output, format_)) as writer:
            summary = redecide(records, chosen, writer)
    except CybertriageError as error:
        fail(error)
    print_summary(summary, output)


@click.command()
@click.argument("records", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="Where the policy TOML goes.")
@click.option(
    "--reviews", required=True, type=click.IntRange(min=0), help="How many of these messages people can read."
)
@options(POLICY, MODEL)
def capacity(records: Path, output: Path, reviews: int, policy: Path | None, model: str) -> None:
    """Make a policy for a review capacity from saved records of a usual day, scored with --model."""
    from cybertriage.capacity import for_capacity
    from cybertriage.models.bundle import load_bundle
    from cybertriage.policy import Policy
    from cybertriage.records.writers import write_text
    from cybertriage.runs.redecide import saved_scores

    try:
        refuse_same(records, output)
        bundle = load_bundle(model)
        start = Policy.load(policy) if policy else Policy.parse(bundle.policy)
        chosen = for_capacity(start, saved_scores(records, model=bundle.id), reviews=reviews)
        write_text(output, chosen.to_toml())
    except CybertriageError as error:
        fail(error)
    bands = ", ".join(f"{family} from {band.review:.3f}" for family, band in chosen.bands.items())
    click.echo(f"{output}: review {bands}")
