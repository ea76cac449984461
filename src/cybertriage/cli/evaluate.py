"""`cybertriage evaluate`: functional suites, bias and robustness of a model under its policy, worst first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cybertriage.cli.shared import MODEL, PATH, POLICY, fail, options
from cybertriage.errors import CybertriageError, InputError, OutputError

if TYPE_CHECKING:
    from cybertriage.evaluate.bias import AxisFigures, BiasReport
    from cybertriage.evaluate.functional import FunctionalReport
    from cybertriage.evaluate.robustness import RobustnessReport
    from cybertriage.figures.resample import Figure
    from cybertriage.triage import Triage

_SHOWN = 15


_WHAT = options(
    click.option("--functional", is_flag=True, help="Functional suites FRcheck and VEcheck."),
    click.option("--bias", is_flag=True, help="Groups, language forms and writing styles."),
    click.option("--robustness", is_flag=True, help="Disguises, typos, truncation, padding."),
    click.option(
        "--cases", type=PATH, help="Own labelled cases for --functional: TSV with id, function, language, text."
    ),
)
_WHERE = options(
    click.option("--saved", type=PATH, multiple=True, help="A JSON of an earlier evaluation to add to --report."),
    click.option("-o", "--output", type=PATH, help="Where everything measured goes, as JSON."),
    click.option("--report", type=PATH, help="Where a report with plots goes: one HTML file that needs nothing else."),
)


@click.command()
@_WHAT
@_WHERE
@options(POLICY, MODEL)
def evaluate(
    functional: bool, bias: bool, robustness: bool, cases: Path | None, saved: tuple[Path, ...], output: Path | None,
    report: Path | None, policy: Path | None, model: str,
) -> None:  # fmt: skip
    """Measure a model on the shipped suites; prints the worst figures first, false alarms above all.

    Several of --functional, --bias and --robustness may be given; the report then holds all of them.
    """
    from cybertriage.taxonomy import notice

    chosen = {"functional": functional, "bias": bias, "robustness": robustness}
    what = [name for name, wanted in chosen.items() if wanted]
    try:
        _check(what, cases, saved, output, report)
        earlier = [_read(path) for path in saved]
        documents, lines = _measured(what, cases, policy, model) if what else ([], [])
        _write(documents, earlier, output, report)
    except CybertriageError as error:
        fail(error)
    for line in lines:
        click.echo(line)
    click.echo(notice("en"), err=True)


def _check(
    what: Sequence[str], cases: Path | None, saved: Sequence[Path], output: Path | None, report: Path | None
) -> None:
    """Refuse what cannot be done before minutes are spent on measuring."""
    if not what and not saved:
        raise InputError("say what to measure: --functional, --bias or --robustness")
    if cases is not None and "functional" not in what:
        raise InputError("--cases goes with --functional only")
    if saved and report is None:
        raise InputError("--saved goes with --report only")
    if output is not None and not what:
        raise InputError("-o holds what is measured, and nothing is; add --functional, --bias or --robustness")
    for path in (output, report):
        if path is not None and not path.parent.is_dir():
            raise OutputError(f"cannot write {path}: the folder {path.parent} does not exist")


def _read(path: Path) -> dict[str, Any]:
    """An earlier evaluation."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise InputError(f"{path} is not JSON; give what `cybertriage evaluate -o` or `bench -o` wrote") from None
    if not isinstance(document, dict):
        raise InputError(f"{path} is not a JSON object; give what `cybertriage evaluate -o` or `bench -o` wrote")
    return document


def _write(
    documents: Sequence[dict[str, Any]], earlier: Sequence[dict[str, Any]], output: Path | None, report: Path | None
) -> None:
    from cybertriage.evaluate.as_json import several
    from cybertriage.evaluate.report import render
    from cybertriage.records.writers import write_text

    if output is not None:  # first, so that what was measured is kept where the report cannot be made
        whole = documents[0] if len(documents) == 1 else several(documents)
        write_text(output, json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
    if report is not None:
        write_text(report, render([*documents, *earlier]))


def _measured(
    what: Sequence[str], cases: Path | None, policy: Path | None, model: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """The documents of the evaluations named in `what`, and the lines that tell them."""
    from cybertriage.evaluate.as_json import document
    from cybertriage.triage import Triage

    triage = Triage.load(model, policy=policy)
    documents, lines = [], [f"{triage.model}, policy {triage.policy.name}"]
    for name in what:
        report, told = _one(name, triage, cases)
        documents.append(document(report))
        lines += told if len(what) == 1 else ["", f"== {name}", *told]
    return documents, lines


def _one(what: str, triage: Triage, cases: Path | None) -> tuple[object, list[str]]:
    """The report of one evaluation and the lines that tell it."""
    if what == "functional":
        from cybertriage.evaluate.cases import load_cases
        from cybertriage.evaluate.functional import evaluate_functional

        functional = evaluate_functional(triage, load_cases(cases))
        return functional, list(_functional(functional))
    if what == "bias":
        from cybertriage.evaluate.bias import evaluate_bias

        bias = evaluate_bias(triage)
        return bias, list(_bias(bias))
    from cybertriage.evaluate.robustness import evaluate_robustness

    robustness = evaluate_robustness(triage)
    return robustness, list(_robustness(robustness))


def _functional(report: FunctionalReport) -> Iterable[str]:
    yield f"{report.cases} cases"
    for expect, title in (("leave", "Must be left alone"), ("flag", "Must be found")):
        rows = [
            [o.function.suite, o.function.name, o.language, _cell(o.passed), str(o.abstained)]
            for o in report.functions
            if o.function.expect == expect
        ]
        yield from _table(f"{title}, worst first", ["suite", "function", "language", "passed", "abstained"], rows)
    for title, tests in (("Other spellings: same answer", report.invariance), ("Direction", report.directional)):
        rows = [
            [t.test, t.suite, t.expect, t.language, _cell(t.passed), str(t.newly_flagged), f"{t.mean_change:+.3f}"]
            for t in tests
        ]
        header = ["test", "suite", "cases to", "language", "passed", "newly flagged", "mean change"]
        yield from _table(f"{title}, benign cases and worst first", header, rows)


def _bias(report: BiasReport) -> Iterable[str]:
    from cybertriage.figures.resample import height

    yield f"{report.rows} messages from {report.templates} templates; intervals by cluster bootstrap over templates"
    whole = report.overall
    yield (
        f"false alarms on benign templates {_cell(whole.false_alarms)}; abstained on {_cell(whole.abstained_benign)}; "
        f"found: fraud {_cell(whole.recall['fraud'])}, radical {_cell(whole.recall['radical'])}"
    )
    axes = {axis.axis: axis for axis in report.axes}
    for name, title in (("trait", "Traits"), ("form", "Language forms"), ("style", "Writing styles")):
        if name in axes:
            yield from _groups(title, axes[name])
    terms = [(a.axis, g) for a in report.axes if a.axis not in ("trait", "form", "style") for g in a.groups]
    terms.sort(key=lambda pair: -height(pair[1].false_alarms))
    rows = [[axis, g.group, _cell(g.false_alarms), _cell(g.abstained_benign)] for axis, g in terms[:_SHOWN]]
    yield from _table(f"The {len(rows)} worst terms", ["trait", "term", "false alarms", "abstained, benign"], rows)
    rows = [
        [a.axis, _points(a.gap), _ratio(a.ratio), *(f"{a.counterfactual[f].largest:.3f}" for f in a.counterfactual)]
        for a in sorted(report.axes, key=lambda a: -height(a.gap))
    ]
    header = ["axis", "gap, points", "ratio", "largest swap, fraud", "largest swap, radical"]
    yield from _table("Gaps between the groups of an axis; largest change of probability by a swap", header, rows)
    rows = [[t.template, t.topic, f"{t.flagged} of {t.rows}", str(t.abstained)] for t in report.flagged_templates]
    yield from _table("Benign templates flagged with some term", ["template", "topic", "flagged", "abstained"], rows)


def _groups(title: str, axis: AxisFigures) -> Iterable[str]:
    rows = [
        [g.group, _cell(g.false_alarms), _cell(g.abstained_benign), _cell(g.recall["fraud"]),
         _cell(g.recall["radical"]), _number(g.auc["fraud"].bpsn), _number(g.auc["radical"].bpsn)]
        for g in axis.groups
    ]  # fmt: skip
    header = ["group", "false alarms", "abstained, benign", "fraud found", "radical found", "BPSN fr.", "BPSN rad."]
    yield from _table(title, header, rows)


def _robustness(report: RobustnessReport) -> Iterable[str]:
    yield f"{report.messages} messages; figures of the rows that a perturbation changes"
    rows = [
        [f.perturbation, f.family, _cell(f.newly_flagged), _points(f.false_alarms_gained), _points(f.recall_lost),
         _cell(f.recall_before), _cell(f.still_seen)]
        for f in report.figures
        if f.language == "all"
    ]  # fmt: skip
    header = ["perturbation", "family", "benign newly flagged", "net gain, points", "recall lost, points",
              "recall before", "lost but seen"]  # fmt: skip
    yield from _table("All languages", header, rows)


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(len(row[at]) for row in (header, *rows)) for at in range(len(header))]
    yield from ("", title)
    for row in (header, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _cell(figure: Figure) -> str:
    from cybertriage.figures.written import percent

    return percent(figure)


def _points(figure: Figure) -> str:
    from cybertriage.figures.written import points

    return points(figure)


def _number(figure: Figure) -> str:
    from cybertriage.figures.resample import TooFew

    return f"too few ({figure.n})" if isinstance(figure, TooFew) else f"{figure.value:.3f}"


def _ratio(figure: Figure | None) -> str:
    return "a group has none" if figure is None else _number(figure)
