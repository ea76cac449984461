"""`cybertriage score`: a file of messages in, a file of records out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cybertriage.cli.shared import (
    EXIT_ROW_ERRORS,
    FORMAT,
    MODEL,
    PATH,
    POLICY,
    fail,
    options,
    print_summary,
    refuse_same,
)
from cybertriage.errors import CybertriageError


@click.command()
@click.argument("input_", metavar="INPUT", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="Where the records go (.jsonl, .csv, .tsv, .parquet).")
@click.option("--text-column", help="Column that holds the message; a usual name is found by itself.")
@click.option("--id-column", help="Column that identifies the message; the row number by default.")
@click.option("--input-format", metavar="csv|tsv|jsonl|parquet", help="Input format; by the file's ending by default.")
@options(POLICY, MODEL, FORMAT)
@click.option("--threads", default=2, show_default=True, type=click.IntRange(min=1), help="Chunks scored at once.")
def score(
    input_: Path, output: Path, text_column: str | None, id_column: str | None, input_format: str | None,
    policy: Path | None, model: str, format_: str | None, threads: int,
) -> None:  # fmt: skip
    """Score a file of messages; every input row has one output record."""
    from tqdm import tqdm

    from cybertriage.io.batch import score_rows
    from cybertriage.io.tables import format_of, open_table
    from cybertriage.io.writers import Writer
    from cybertriage.triage import Triage

    try:
        source = open_table(input_, format=input_format, text_column=text_column, id_column=id_column)
        out_format = format_of(output, format_)
        refuse_same(input_, output)
        triage = Triage.load(model, policy=policy, threads=threads)
        click.echo(f"{input_.name}: {source.format}, {source.encoding}, text column {source.text_column!r}", err=True)
        with tqdm(unit=" rows", disable=None, file=sys.stderr) as bar, Writer(output, out_format) as writer:
            summary = score_rows(source.rows(), triage, writer, bar)
    except CybertriageError as error:
        fail(error)
    print_summary(summary, output)
    sys.exit(EXIT_ROW_ERRORS if summary.errors else 0)
