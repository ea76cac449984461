"""What every command shares: options, exit codes, how an error is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from cybertriage import DEFAULT_MODEL
from cybertriage.errors import CybertriageError

if TYPE_CHECKING:
    from cybertriage.runs.batch import Summary
    from cybertriage.runs.checkpoint import LeftOut

EXIT_ROW_ERRORS, EXIT_USAGE = 3, 2
PATH = click.Path(path_type=Path)


def fail(error: CybertriageError) -> NoReturn:
    """Tell the error in one line and exit with `EXIT_USAGE`."""
    click.echo(f"cybertriage: {error}", err=True)
    sys.exit(EXIT_USAGE)


def options(
    *options: Callable[[Callable[..., None]], Callable[..., None]],
) -> Callable[..., Callable[..., None]]:
    """One decorator for several options that commands share, listed in this order by `--help`."""

    def apply(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return apply


MODEL = click.option("--model", default=DEFAULT_MODEL, show_default=True, help="Shipped model name or bundle folder.")
POLICY = click.option("--policy", type=PATH, help="Policy TOML; the model's own by default.")
FORMAT = click.option(
    "--format",
    "format_",
    metavar="csv|tsv|jsonl|parquet",
    help="Output format; by the file's ending by default.",
)


def refuse_same(input_: Path, output: Path) -> None:
    """Refuse an output that is the input, whose side files are, that is no regular file, or that lies in no folder.

    Files are compared as the system knows them (device and inode), so that no link or other spelling hides one.
    """
    from cybertriage.errors import InputError, OutputError
    from cybertriage.runs.beside import beside

    try:
        if not output.parent.is_dir():
            raise OutputError(f"cannot write {output}: the folder {output.parent} does not exist")
        for written in (output, *beside(output)):
            if written.is_symlink() or (written.exists() and not written.is_file()):
                raise OutputError(f"cannot write {written}: it is no regular file; name another output")
            if written.exists() and input_.exists() and written.samefile(input_):
                does = "is" if written == output else f"would write {written.name}, which is"
                raise InputError(f"the output {does} the input file; name another one")
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from error


def print_left_out(left_out: LeftOut) -> None:
    """Tell what of the input gave no row, and what was read otherwise than the rest, a line each."""
    for what, counts in (("left out", left_out.by_reason), ("note", left_out.read_as)):
        if counts:
            told = ", ".join(f"{n} {reason}" for reason, n in sorted(counts.items(), key=lambda x: (-x[1], x[0])))
            click.echo(f"  {what}: {told}", err=True)


def print_summary(summary: Summary, output: Path) -> None:
    """Tell counts of a run on standard error, with the notice that a human decides."""
    from cybertriage.taxonomy import notice

    def counts(of: dict[str, int]) -> str:
        return ", ".join(f"{name} {n}" for name, n in sorted(of.items(), key=lambda x: (-x[1], x[0]))) or "none"

    click.echo(f"{summary.rows} rows -> {output}", err=True)
    click.echo(f"  decisions: {counts(summary.decisions)}", err=True)
    click.echo(f"  labels:    {counts(summary.labels)}", err=True)
    click.echo(f"  language:  {counts(summary.forms)}", err=True)
    click.echo(f"  row errors: {summary.errors}", err=True)
    click.echo(f"  {notice('en')}", err=True)
