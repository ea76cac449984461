"""`cybertriage bench`: measure a model on a labelled file of one's own, or have a quick look without any data."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cybertriage.cli.shared import EXIT_ROW_ERRORS, MODEL, PATH, POLICY, fail, options
from cybertriage.errors import CybertriageError, InputError

if TYPE_CHECKING:
    from cybertriage.evaluate.own_data import OwnDataReport, RowFigures
    from cybertriage.evaluate.quick import QuickReport
    from cybertriage.figures.resample import Figure
    from cybertriage.readers.labelled import Labelled
    from cybertriage.triage import Triage

_LISTED = 20
_DATA = options(
    click.argument("data", metavar="[DATA]", type=PATH, required=False),
    click.option("--text-column", help="Column that holds the message; a usual name is found by itself."),
    click.option("--label-column", help="Column that holds the label; a usual name is found by itself."),
    click.option("--positive", multiple=True, metavar="VALUE", help="A label that means harmful; may be given again."),
    click.option("--negative", multiple=True, metavar="VALUE", help="A label that means benign; may be given again."),
    click.option("--input-format", metavar="csv|tsv|xlsx|jsonl|parquet", help="By the file's ending by default."),
    click.option(
        "--family", type=click.Choice(["fraud", "radical"]), default="fraud", show_default=True,
        help="What the harmful rows are.",
    ),
)  # fmt: skip


@click.command()
@_DATA
@click.option("--quick", is_flag=True, help="No data: functional suites and speed of the installed package.")
@click.option("-o", "--output", type=PATH, help="Where the whole report goes, as JSON.")
@options(POLICY, MODEL)
def bench(
    data: Path | None, text_column: str | None, label_column: str | None, positive: tuple[str, ...],
    negative: tuple[str, ...], input_format: str | None, family: str, quick: bool, output: Path | None,
    policy: Path | None, model: str,
) -> None:  # fmt: skip
    """Benchmark a model on DATA, a table of messages with a label column: false alarms first, then what it finds.

    With --quick and no DATA: the functional suites and messages a second, in a few minutes. Nothing is trained, and no
    message is written anywhere.
    """
    from cybertriage.readers.labelled import read_labelled
    from cybertriage.taxonomy import notice
    from cybertriage.triage import Triage

    lost = 0
    try:
        if quick == (data is not None):
            raise InputError("give a labelled file, or --quick without one")
        triage = Triage.load(model, policy=policy)
        if data is None:
            document, lines = _quick(triage)
        else:
            rows = read_labelled(
                data, text_column=text_column, label_column=label_column, positive=positive, negative=negative,
                format=input_format,
            )  # fmt: skip
            lost = len(rows.unreadable)
            document, lines = _own(triage, model, data, rows, family)
        if output is not None:
            _write(output, data, document)
    except CybertriageError as error:
        fail(error)
    for line in (f"{triage.model}, policy {triage.policy.name}", *lines):
        click.echo(line)
    click.echo(notice("en"), err=True)
    sys.exit(EXIT_ROW_ERRORS if lost else 0)


def _write(output: Path, data: Path | None, document: dict[str, Any]) -> None:
    from cybertriage.cli.shared import refuse_same
    from cybertriage.evaluate.circumstances import machine, versions
    from cybertriage.records.writers import write_text

    if data is not None:
        refuse_same(data, output)
    where = {"machine": machine(), "versions": versions("cybertriage", "numpy", "onnxruntime")}
    write_text(output, json.dumps({**document, **where}, ensure_ascii=False, indent=1) + "\n")


def _own(triage: Triage, model: str, data: Path, rows: Labelled, family: str) -> tuple[dict[str, Any], list[str]]:
    from cybertriage.evaluate.as_json import document, plain
    from cybertriage.evaluate.own_data import evaluate_rows
    from cybertriage.runs.part import sha256_of

    report = evaluate_rows(triage, rows.texts, rows.harmful, family=family)
    about: dict[str, Any] = {
        "sha256": sha256_of(data), "rows": len(rows.texts), "harmful": sum(rows.harmful),
        "unreadable": {"rows": len(rows.unreadable), "listed": plain(rows.unreadable[:_LISTED])},
    }  # fmt: skip
    lines = list(_own_lines(report, rows))
    if _taught_on(model, about["sha256"]):
        about["taught_on"] = True
        lines.insert(0, "WARNING: this model was fine-tuned on this very file; measure it on rows it has not seen")
    return document(report) | {"data": about}, lines


def _taught_on(model: str, sha256: object) -> bool:
    """Whether the model is one that `cybertriage.finetune.tuning` made from this file."""
    from cybertriage.models.bundle import load_bundle

    return bool(load_bundle(model).manifest.get("finetuned", {}).get("data_sha256") == sha256)


def _own_lines(report: OwnDataReport, rows: Labelled) -> Iterable[str]:
    whole = report.overall
    yield (
        f"{whole.rows} rows, {whole.harmful} of {report.family}; {len(rows.unreadable)} without a text left out; "
        f"flagged from a probability of {report.threshold}"
    )
    for row in rows.unreadable[:_LISTED]:
        yield f"  row {row.row}: {row.reason}"
    yield ""
    titles = (
        "false alarms", "abstained, benign", "found", "abstained, harmful", "recall at FPR 1 %", "AUPRC", "AUROC",
        "calibration error",
    )  # fmt: skip
    for title, share, value in zip(titles, (True,) * 4 + (False,) * 4, _values(whole), strict=True):
        yield f"{title:<20}{_cell(value, share=share)}"
    yield ""
    yield "By language form, most false alarms first"
    for part in report.by_form:
        values = _values(part)
        yield (
            f"  {part.form:<9} {part.rows} rows; false alarms {_cell(values[0], share=True)}; "
            f"found {_cell(values[2], share=True)}; AUROC {_cell(values[6], share=False)}"
        )


def _values(figures: RowFigures) -> tuple[Figure, ...]:
    return (
        figures.false_alarms, figures.abstained_benign, figures.found, figures.abstained_harmful,
        figures.recall_at_fpr_1pct, figures.auprc, figures.auroc, figures.expected_calibration_error,
    )  # fmt: skip


def _cell(figure: Figure, *, share: bool) -> str:
    from cybertriage.figures.written import number, percent

    return percent(figure) if share else number(figure)


def _quick(triage: Triage) -> tuple[dict[str, Any], list[str]]:
    from cybertriage.evaluate.as_json import document
    from cybertriage.evaluate.quick import evaluate_quickly

    report = evaluate_quickly(triage)
    return document(report), list(_quick_lines(report))


def _quick_lines(report: QuickReport) -> Iterable[str]:
    yield f"{report.cases} cases of the functional suites"
    for total in report.totals:
        done = "left alone" if total.expect == "leave" else "found"
        yield f"  {total.suite}, {done}: {_cell(total.passed, share=True)}; abstained on {total.abstained}"
    yield "The five functions with the most false alarms"
    for one in [o for o in report.functions if o.function.expect == "leave"][:5]:
        yield f"  {one.function.name}, {one.language}: left alone {_cell(one.passed, share=True)}"
    rate = report.messages_per_second
    yield f"{rate.median:,.0f} messages a second ({rate.low:,.0f} to {rate.high:,.0f}, {rate.messages} a pass)"
