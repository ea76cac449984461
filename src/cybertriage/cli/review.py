"""`cybertriage review`: a queue for people, made, handed out, taken back in, counted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cybertriage.cli.audit import trail_of
from cybertriage.cli.review_audit import CASE, TRAIL, Told, told
from cybertriage.cli.shared import EXIT_ROW_ERRORS, MODEL, PATH, fail, options, refuse_same
from cybertriage.errors import CybertriageError, InputError

if TYPE_CHECKING:
    from cybertriage.review.build import Built
    from cybertriage.review.items import Case, Item
    from cybertriage.review.selection import Draw
    from cybertriage.review.store import Store

_READER = options(
    click.option("--reviewer", required=True, metavar="CODE", help="Code of the reader, such as R1; no name."),
    click.option(
        "--part", metavar="K/N", default="1/1", show_default=True, help="Share unread items among N readers; the K-th."
    ),
    click.option("--limit", type=click.IntRange(min=1), help="Hand out this many items at most."),
)
_OUTPUT = click.option("-o", "--output", type=PATH, required=True, help="The file to write.")


@click.group()
def review() -> None:
    """Put flagged messages and a blind sample of the others before people, and take their decisions in.

    build -> sheet -> import -> report, export. A human decides.
    """


@review.command()
@click.argument("records", type=PATH)
@click.argument("source", type=PATH)
@_OUTPUT
@options(
    CASE,
    click.option("--limit", default=1000, show_default=True, type=click.IntRange(min=1), help="Items at most."),
    click.option(
        "--control", default=0.1, show_default=True, type=click.FloatRange(0, 0.9),
        help="Share of the queue that is a blind draw of unflagged messages.",
    ),
    click.option(
        "--double", default=0.1, show_default=True, type=click.FloatRange(0, 1),
        help="Share of the queue that two people read; all of priority 4 are.",
    ),
    click.option("--seed", default=0, show_default=True, help="Of the draws."),
    click.option("--text-column", help="As `score` was given it."),
    click.option("--id-column", help="As `score` was given it."),
    click.option("--input-format", help="As `score` was given it."),
    MODEL,
    click.option("--unmask", is_flag=True, help="Keep and show personal data; wants --audit and --purpose."),
    TRAIL,
)  # fmt: skip
def build(
    records: Path, source: Path, output: Path, case: str, limit: int, control: float, double: float, seed: int,
    text_column: str | None, id_column: str | None, input_format: str | None, model: str, unmask: bool,
    audit: Path | None, purpose: str, operator: str,
) -> None:  # fmt: skip
    """Make the queue of a case from RECORDS, which `score` wrote, and the SOURCE that it scored.

    The file holds the masked texts of the chosen messages and nothing of the others.
    """
    from cybertriage.readers import open_source
    from cybertriage.review.selection import Draw
    from cybertriage.review.store import Store

    try:
        refuse_same(records, output)
        refuse_same(source, output)
        if unmask and (audit is None or not purpose.strip()):
            raise InputError("--unmask shows personal data; give --audit LOG and --purpose, so that it is written down")
        trail = trail_of(audit, purpose, case if audit else "", operator)
        opened = open_source(source, format=input_format, text_column=text_column, id_column=id_column)
        draw = Draw(limit=limit, control=control, double=double, seed=seed)
        built = _built(records, opened, model, case, draw, masked=not unmask)
        hashes = {"records": built.case.records_sha256, "source": built.case.source_sha256}
        if trail is not None:
            action = "review.build-unmasked" if unmask else "review.build"
            trail.log.append(action, trail.stated, hashes=hashes, counts={"items": len(built.items)})
        Store.create(output, built.case, built.items)
    except CybertriageError as error:
        fail(error)
    _tell(built, output)


def _built(records: Path, source: object, model: str, case: str, draw: Draw, *, masked: bool) -> Built:
    from tqdm import tqdm

    from cybertriage.review.build import build_queue
    from cybertriage.triage import Triage

    triage = Triage.load(model, threads=1)
    with tqdm(unit=" items", disable=None, file=sys.stderr) as bar:
        return build_queue(records, source, triage, case=case, draw=draw, masked=masked, progress=bar.update)  # type: ignore[arg-type]


def _tell(built: Built, output: Path) -> None:
    from cybertriage.taxonomy import notice

    items = built.items
    two = sum(item.wanted > 1 for item in items)
    control = sum(item.control for item in items)
    click.echo(f"{len(items)} items -> {output}; {control} of them blind control, {two} for two readers", err=True)
    if built.left_over:
        click.echo(f"  {built.left_over} more were flagged or unclear and had no place; raise --limit", err=True)
    if built.unreadable:
        click.echo(f"  {built.unreadable} rows could not be read; see `error` in the records", err=True)
    click.echo(f"  {notice('en')}", err=True)


@review.command()
@click.argument("queue", type=PATH)
@_OUTPUT
@_READER
@click.option("--language", default="kk", show_default=True, type=click.Choice(["kk", "ru", "en"]), help="At first.")
@TRAIL
def sheet(
    queue: Path, output: Path, reviewer: str, part: str, limit: int | None, language: str, audit: Path | None,
    purpose: str, operator: str,
) -> None:  # fmt: skip
    """Write the work sheet of one reader: an HTML file that needs no network."""
    from cybertriage.records.writers import write_text
    from cybertriage.review.sheet import render_sheet

    try:
        told_to, case, items = _handed_out(queue, output, reviewer, part, limit, audit, purpose, operator)
        text = render_sheet(case, items, reviewer=reviewer, language=language)
        told_to("sheet", items=len(items))
        write_text(output, text)
    except CybertriageError as error:
        fail(error)
    click.echo(f"{len(items)} items for {reviewer} -> {output}", err=True)


@review.command("label-studio")
@click.argument("queue", type=PATH)
@_OUTPUT
@_READER
@TRAIL
def label_studio(
    queue: Path, output: Path, reviewer: str, part: str, limit: int | None, audit: Path | None, purpose: str,
    operator: str,
) -> None:  # fmt: skip
    """Write Label Studio tasks (JSON) for one reader, and beside them the labelling configuration (.xml)."""
    from cybertriage.records.writers import write_text
    from cybertriage.review.labelstudio import configuration, tasks

    try:
        told_to, case, items = _handed_out(queue, output, reviewer, part, limit, audit, purpose, operator)
        told_to("label-studio", items=len(items))
        write_text(output, json.dumps(tasks(case, items), ensure_ascii=False, indent=1) + "\n")
        write_text(output.with_suffix(".xml"), configuration())
    except CybertriageError as error:
        fail(error)
    click.echo(f"{len(items)} tasks -> {output}; configuration -> {output.with_suffix('.xml')}", err=True)


def _handed_out(
    queue: Path, output: Path, reviewer: str, part: str, limit: int | None, audit: Path | None, purpose: str,
    operator: str,
) -> tuple[Told, Case, list[Item]]:  # fmt: skip
    """What a reader gets, and the way to write down that they got it."""
    from cybertriage.review.items import checked_reviewer
    from cybertriage.review.outcome import states, waiting_for
    from cybertriage.review.store import Store

    refuse_same(queue, output)
    store = Store.open(queue)
    case = store.case
    told_to = told(case, audit, purpose, operator, shows_text=True)
    read = states(store.items(), store.readings())
    items = waiting_for(read, checked_reviewer(reviewer), part=_part(part))[:limit]
    return told_to, case, items


def _part(part: str) -> tuple[int, int]:
    number, slash, of = part.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal()):
        raise InputError(f"--part is K/N, such as 1/3, got {part!r}")
    return int(number), int(of)


@review.command("import")
@click.argument("queue", type=PATH)
@click.argument("decisions", type=PATH)
@TRAIL
def import_(queue: Path, decisions: Path, audit: Path | None, purpose: str, operator: str) -> None:
    """Take in a file of DECISIONS that a work sheet or Label Studio exported.

    Sound entries are taken in even where others are refused (exit code 3); the same file may be taken in again.
    """
    from cybertriage.review.intake import decisions_in, read_json, take_in
    from cybertriage.review.labelstudio import annotations_in
    from cybertriage.review.store import Store

    try:
        store = Store.open(queue)
        told_to = told(store.case, audit, purpose, operator)
        entries = annotations_in if isinstance(read_json(decisions), list) else decisions_in
        taken = take_in(store, list(entries(decisions, case=store.case.id)))
        told_to("import", new=taken.new, known=taken.known, refused=len(taken.refused))
    except CybertriageError as error:
        fail(error)
    for refused in taken.refused:
        click.echo(f"{decisions.name}: {refused.where}: {refused.reason}", err=True)
    click.echo(f"{taken.new} new decisions, {taken.known} known, {len(taken.refused)} refused", err=True)
    _tell_state(store)
    sys.exit(EXIT_ROW_ERRORS if taken.refused else 0)


def _tell_state(store: Store) -> None:
    from cybertriage.review.outcome import states

    found = states(store.items(), store.readings())
    settled, differ = sum(s.settled is not None for s in found), [s.item.uid for s in found if s.differ]
    click.echo(f"  {settled} of {len(found)} items settled; readers differ on {len(differ)}", err=True)
    for uid in differ:
        click.echo(f"  a third reader is wanted: {uid}", err=True)


@review.command()
@click.argument("queue", type=PATH)
@click.option("--json", "as_json", type=PATH, metavar="FILE", help="Also write the report as JSON.")
def report(queue: Path, as_json: Path | None) -> None:
    """Tell how often flags were overturned, how much was missed, and how far readers agree."""
    from cybertriage.evaluate.as_json import document
    from cybertriage.records.writers import write_text
    from cybertriage.review.agreement import agreement
    from cybertriage.review.outcome import states
    from cybertriage.review.report import report_lines
    from cybertriage.review.store import Store

    try:
        store = Store.open(queue)
        found = agreement(store.case, states(store.items(), store.readings()))
        if as_json is not None:
            refuse_same(queue, as_json)
            write_text(as_json, json.dumps(document(found), ensure_ascii=False, indent=1) + "\n")
    except CybertriageError as error:
        fail(error)
    for line in report_lines(found):
        click.echo(line)


@review.command()
@click.argument("queue", type=PATH)
@click.option("--retraining", type=PATH, metavar="FILE", help="JSONL of settled items: uid, form, family, label.")
@click.option("--with-text", is_flag=True, help="Put the text, as shown, into --retraining.")
@click.option("--regression", type=PATH, metavar="FILE", help="TSV for `evaluate --functional --cases`; holds text.")
@TRAIL
def export(
    queue: Path, retraining: Path | None, with_text: bool, regression: Path | None, audit: Path | None, purpose: str,
    operator: str,
) -> None:  # fmt: skip
    """Hand settled items back as data to train on and as cases that must not go wrong again."""
    from cybertriage.records.writers import write_lines
    from cybertriage.review.handback import regression_cases, retraining_lines
    from cybertriage.review.outcome import states
    from cybertriage.review.store import Store

    try:
        if retraining is None and regression is None:
            raise InputError("nothing to write; give --retraining FILE, --regression FILE or both")
        store = Store.open(queue)
        for path in (retraining, regression):
            if path is not None:
                refuse_same(queue, path)
        told_to = told(store.case, audit, purpose, operator, shows_text=with_text or regression is not None)
        found = states(store.items(), store.readings())
        told_to("export", settled=sum(s.settled is not None for s in found))
        if retraining is not None:
            write_lines(retraining, retraining_lines(found, with_text=with_text))
        if regression is not None:
            cases = regression_cases(found)
            write_lines(regression, cases.lines)
            click.echo(f"{cases.cases} cases -> {regression}; {cases.unplaced} settled items fit no function", err=True)
    except CybertriageError as error:
        fail(error)
