"""`cybertriage score`: a file of messages in, a file of records out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cybertriage.cli.audit import AUDIT, trail_of
from cybertriage.cli.shared import (
    EXIT_ROW_ERRORS,
    FORMAT,
    MODEL,
    PATH,
    POLICY,
    fail,
    options,
    print_left_out,
    print_summary,
    refuse_same,
)
from cybertriage.errors import CybertriageError
from cybertriage.readers.columns import told_column
from cybertriage.readers.sniff import FORMATS

if TYPE_CHECKING:
    from cybertriage.audit.log import Trail
    from cybertriage.runs.manifest import Made
    from cybertriage.runs.plan import Plan

_INPUT = options(
    click.argument("input_", metavar="INPUT", type=PATH),
    click.option(
        "-o", "--output", type=PATH, required=True, help="Where the records go (.jsonl, .csv, .tsv, .parquet)."
    ),
    click.option("--text-column", help="Column that holds the message; a usual name is found by itself."),
    click.option("--id-column", help="Column that identifies the message; the row number by default."),
    click.option(
        "--input-format", metavar="|".join(FORMATS),
        help="Input format; by the file's ending or content by default.",
    ),
)  # fmt: skip
_RUN = options(
    click.option(
        "--workers", type=click.IntRange(min=1), help="Chunks scored at once; one for each core by default."
    ),
    click.option("--limit", type=click.IntRange(min=0), help="Score the first rows only."),
    click.option("--dry-run", is_flag=True, help="Say what would be done, count the rows, write nothing."),
    click.option("--restart", is_flag=True, help="Score from the start, whatever an earlier run left."),
    click.option(
        "--checkpoint-seconds", default=10.0, show_default=True, type=click.FloatRange(min=0),
        help="How often it is noted how far the run has come.",
    ),
)  # fmt: skip


@click.command()
@_INPUT
@options(POLICY, MODEL, FORMAT)
@_RUN
@AUDIT
def score(
    input_: Path, output: Path, text_column: str | None, id_column: str | None, input_format: str | None,
    policy: Path | None, model: str, format_: str | None, workers: int | None, limit: int | None, dry_run: bool,
    restart: bool, checkpoint_seconds: float, audit: Path | None, purpose: str, case: str, operator: str,
) -> None:  # fmt: skip
    """Score a file of messages; every input row has one output record.

    A run that was cut off goes on from its last checkpoint when the same command is given again; the output is the same
    as without the cut. Beside the output stands its manifest: hashes, versions, counts.
    """
    from cybertriage.models.bundle import load_bundle
    from cybertriage.policy import Policy
    from cybertriage.readers import open_source
    from cybertriage.records.formats import format_of
    from cybertriage.runs.plan import Job, plan_run
    from cybertriage.runs.workers import available_cores

    try:
        source = open_source(input_, format=input_format, text_column=text_column, id_column=id_column)
        out_format = format_of(output, format_)
        refuse_same(input_, output)
        trail = trail_of(audit, purpose, case, operator)
        bundle = load_bundle(model)
        job = Job(
            source=source, output=output, format=out_format, bundle=bundle, limit=limit, restart=restart,
            policy=Policy.load(policy) if policy else Policy.parse(bundle.policy),
            workers=workers or available_cores(), checkpoint_seconds=checkpoint_seconds,
        )  # fmt: skip
        column = "" if source.text_column is None else f", text column {told_column(source.text_column)!r}"
        click.echo(f"{input_.name}: {source.format}, {source.encoding}{column}", err=True)
        plan = plan_run(job)
        if dry_run:
            _tell(plan)
            return
        made = _scored(plan, trail)
    except CybertriageError as error:
        fail(error)
    except KeyboardInterrupt:
        click.echo("stopped; give the same command to go on from the last checkpoint", err=True)
        raise
    print_summary(made.summary, output)
    print_left_out(made.skipped)
    if not made.summary.rows:
        click.echo(f"nothing was read of {input_.name}; name its format: {', '.join(FORMATS)}", err=True)
    sys.exit(EXIT_ROW_ERRORS if made.summary.errors or not made.summary.rows else 0)


def _scored(plan: Plan, trail: Trail | None) -> Made:
    from tqdm import tqdm

    from cybertriage.runs.run import score_file

    if plan.done:
        click.echo(f"going on after {plan.done} rows of an earlier run", err=True)
    with tqdm(
        unit=" rows", total=plan.rows, initial=plan.done, disable=None, file=sys.stderr, unit_scale=True, smoothing=0.1
    ) as bar:
        made = score_file(plan, bar, trail=trail)
        bar.total = bar.n  # ends of line inside a cell were counted as rows
    return made


def _tell(plan: Plan) -> None:
    """Say what a run would do."""
    from cybertriage.runs.plan import count_rows

    job, counted = plan.job, count_rows(plan.job)
    lines = [
        f"dry run: {counted.rows} rows would be scored with {job.bundle.id} under the policy {job.policy.name!r}",
        f"  input sha256 {plan.input_sha256}, {plan.input_stat.st_size} bytes",
        f"  output {job.output} ({job.format}){', which would be replaced' if job.output.exists() else ''}",
        f"  workers {job.workers}",
        *([f"  {plan.done} rows are done by an earlier run, which this one would continue"] if plan.done else []),
        *(f"  row error: {reason}: {n}" for reason, n in sorted(counted.problems.items())),
        *(f"  no row: {reason}: {n}" for reason, n in sorted(counted.skipped.items())),
    ]
    for line in lines:
        click.echo(line, err=True)
