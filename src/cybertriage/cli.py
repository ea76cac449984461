"""The command line: `cybertriage score | decide | capacity | explain | verify | card check`.

Exit codes: 0 all rows scored, 3 some rows could not be read (they are in the output as row errors), 2 usage.
Heavy parts are imported inside the commands, so that `--help` is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from cybertriage import __version__
from cybertriage.errors import CybertriageError

if TYPE_CHECKING:
    from cybertriage.io.batch import Summary
    from cybertriage.types import Evidence, Explanation, Verdict

EXIT_ROW_ERRORS, EXIT_USAGE = 3, 2
_PATH = click.Path(path_type=Path)


def _fail(error: CybertriageError) -> NoReturn:
    click.echo(f"cybertriage: {error}", err=True)
    sys.exit(EXIT_USAGE)


def _options(
    *options: Callable[[Callable[..., None]], Callable[..., None]],
) -> Callable[..., Callable[..., None]]:
    def apply(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return apply


_MODEL = click.option("--model", default="cascade", show_default=True, help="Shipped model name or bundle folder.")
_POLICY = click.option("--policy", type=_PATH, help="Policy TOML; the model's own by default.")
_FORMAT = click.option(
    "--format",
    "format_",
    metavar="csv|tsv|jsonl|parquet",
    help="Output format; by the file's ending by default.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cybertriage")
def main() -> None:
    """Put Kazakh and Russian messages that look like fraud or radicalising content before a human reviewer.

    A triage aid, not expertise, not proof. A human decides.
    """


@main.command()
@click.argument("input_", metavar="INPUT", type=_PATH)
@click.option("-o", "--output", type=_PATH, required=True, help="Where the records go (.jsonl, .csv, .tsv, .parquet).")
@click.option("--text-column", help="Column that holds the message; a usual name is found by itself.")
@click.option("--id-column", help="Column that identifies the message; the row number by default.")
@click.option("--input-format", metavar="csv|tsv|jsonl|parquet", help="Input format; by the file's ending by default.")
@_options(_POLICY, _MODEL, _FORMAT)
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
        _refuse_same(input_, output)
        triage = Triage.load(model, policy=policy, threads=threads)
        click.echo(f"{input_.name}: {source.format}, {source.encoding}, text column {source.text_column!r}", err=True)
        with tqdm(unit=" rows", disable=None, file=sys.stderr) as bar, Writer(output, out_format) as writer:
            summary = score_rows(source.rows(), triage, writer, bar)
    except CybertriageError as error:
        _fail(error)
    _print_summary(summary, output)
    sys.exit(EXIT_ROW_ERRORS if summary.errors else 0)


@main.command()
@click.argument("records", type=_PATH)
@click.option("-o", "--output", type=_PATH, required=True, help="Where the new records go.")
@click.option("--policy", type=_PATH, required=True, help="Policy TOML to apply.")
@_options(_FORMAT)
def decide(records: Path, output: Path, policy: Path, format_: str | None) -> None:
    """Apply another policy to saved records (JSONL), without scoring again."""
    from cybertriage.io.redecide import redecide
    from cybertriage.io.tables import format_of
    from cybertriage.io.writers import Writer
    from cybertriage.policy import Policy

    try:
        _refuse_same(records, output)
        chosen = Policy.load(policy)
        with Writer(output, format_of(output, format_)) as writer:
            summary = redecide(records, chosen, writer)
    except CybertriageError as error:
        _fail(error)
    _print_summary(summary, output)


@main.command()
@click.argument("records", type=_PATH)
@click.option("-o", "--output", type=_PATH, required=True, help="Where the policy TOML goes.")
@click.option(
    "--reviews", required=True, type=click.IntRange(min=0), help="How many of these messages people can read."
)
@_options(_POLICY, _MODEL)
def capacity(records: Path, output: Path, reviews: int, policy: Path | None, model: str) -> None:
    """Make a policy for a review capacity from saved records (JSONL) of a usual day, scored with --model."""
    from cybertriage.capacity import for_capacity
    from cybertriage.io.redecide import saved_scores
    from cybertriage.io.writers import write_text
    from cybertriage.models.bundle import load_bundle
    from cybertriage.policy import Policy

    try:
        _refuse_same(records, output)
        bundle = load_bundle(model)
        start = Policy.load(policy) if policy else Policy.parse(bundle.policy)
        chosen = for_capacity(start, saved_scores(records, model=bundle.id), reviews=reviews)
        write_text(output, chosen.to_toml())
    except CybertriageError as error:
        _fail(error)
    bands = ", ".join(f"{family} from {band.review:.3f}" for family, band in chosen.bands.items())
    click.echo(f"{output}: review {bands}")


@main.command()
@click.argument("text")
@click.option("--language", "language", default="en", type=click.Choice(["kk", "ru", "en"]), help="Of the explanation.")
@_options(_POLICY, _MODEL)
def explain(text: str, language: str, policy: Path | None, model: str) -> None:
    """Show the verdict on TEXT and the words for and against it."""
    from cybertriage.triage import Triage

    try:
        triage = Triage.load(model, policy=policy, threads=1)
        verdict, explanation = triage.run([text])[0], triage.explain([text])[0]
    except CybertriageError as error:
        _fail(error)
    _print_explanation(text, verdict, explanation, language)


@main.command()
@click.argument("bundle", default="cascade")
def verify(bundle: str) -> None:
    """Check a model bundle: layout, sha256 of every file, operators of the graph."""
    from cybertriage.models.bundle import load_bundle
    from cybertriage.models.load import load_model

    try:
        loaded = load_bundle(bundle)
        load_model(loaded)
        click.echo(f"{loaded.id}: every file matches its sha256, and the model loads")
    except CybertriageError as error:
        _fail(error)


@main.group()
def card() -> None:
    """Data cards: are they true?"""


@card.command()
@click.option("--root", type=_PATH, help="Checkout to check; the working folder by default.")
def check(root: Path | None) -> None:
    """Recompute counts, hashes and labels of every data card from the real files."""
    from cybertriage.cards import check_checkout

    try:
        code, lines = check_checkout(root)
    except CybertriageError as error:
        _fail(error)
    for line in lines:
        click.echo(line)
    sys.exit(code)


def _refuse_same(input_: Path, output: Path) -> None:
    from cybertriage.errors import InputError, OutputError

    if output.exists() and input_.exists() and output.samefile(input_):
        raise InputError("the output is the input file; name another one")
    if not output.parent.is_dir():
        raise OutputError(f"cannot write {output}: the folder {output.parent} does not exist")


def _print_summary(summary: Summary, output: Path) -> None:
    from cybertriage.taxonomy import notice

    def counts(of: dict[str, int]) -> str:
        return ", ".join(f"{name} {n}" for name, n in sorted(of.items(), key=lambda x: (-x[1], x[0]))) or "none"

    click.echo(f"{summary.rows} rows -> {output}", err=True)
    click.echo(f"  decisions: {counts(summary.decisions)}", err=True)
    click.echo(f"  labels:    {counts(summary.labels)}", err=True)
    click.echo(f"  language:  {counts(summary.forms)}", err=True)
    click.echo(f"  row errors: {summary.errors}", err=True)
    click.echo(f"  {notice('en')}", err=True)


def _print_explanation(text: str, verdict: Verdict, explanation: Explanation, language: str) -> None:
    from cybertriage.taxonomy import label, notice

    click.echo(f"decision  {verdict.decision}  priority {verdict.priority}  language {verdict.language.form}")
    click.echo(f"scores    fraud {verdict.scores['fraud']:.3f}  radical {verdict.scores['radical']:.3f}")
    for name in verdict.labels:
        click.echo(f"label     {name}: {label(name).name[language]}. {label(name).explanation[language]}")
    for name in verdict.frames:
        click.echo(f"frame     {name}: {label(name).name[language]}")
    for reason in verdict.reasons:
        click.echo(f"reason    {reason}")
    for item in explanation.evidence:
        click.echo(_evidence_line(text, item))
    for signal in explanation.signals:
        click.echo(f"signal    {signal.kind} at {signal.span.start}-{signal.span.end}")
    click.echo(notice(language))


def _evidence_line(text: str, item: Evidence) -> str:
    words = " ".join(text[item.span.start : item.span.end].split())
    side = click.style("for    ", fg="red") if item.weight > 0 else click.style("against", fg="green")
    return f"{side}   {item.target:<8} {item.weight:+.2f}  {words[:80]}"


if __name__ == "__main__":
    main()
