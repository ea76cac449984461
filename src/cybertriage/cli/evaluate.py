"""`cybertriage evaluate`: functional suites, bias and robustness of a model under its policy, worst first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cybertriage.cli.shared import MODEL, PATH, POLICY, fail, options
from cybertriage.errors import CybertriageError, InputError

if TYPE_CHECKING:
    from cybertriage.evaluate.bias import AxisFigures, BiasReport
    from cybertriage.evaluate.functional import FunctionalReport
    from cybertriage.evaluate.resample import Figure
    from cybertriage.evaluate.robustness import RobustnessReport
    from cybertriage.triage import Triage

_SHOWN = 15


@click.command()
@click.option("--functional", "what", flag_value="functional", help="Functional suites FRcheck and VEcheck.")
@click.option("--bias", "what", flag_value="bias", help="Groups, language forms and writing styles.")
@click.option("--robustness", "what", flag_value="robustness", help="Disguises, typos, truncation, padding.")
@click.option("--cases", type=PATH, help="Own labelled cases for --functional: TSV with id, function, language, text.")
@click.option("-o", "--output", type=PATH, help="Where the whole report goes, as JSON.")
@options(POLICY, MODEL)
def evaluate(what: str | None, cases: Path | None, output: Path | None, policy: Path | None, model: str) -> None:
    """Measure a model on the shipped suites; prints the worst figures first, false alarms above all."""
    from cybertriage.evaluate.as_json import document
    from cybertriage.io.writers import write_text
    from cybertriage.taxonomy import notice
    from cybertriage.triage import Triage

    try:
        if what is None:
            raise InputError("say what to measure: --functional, --bias or --robustness")
        if cases is not None and what != "functional":
            raise InputError("--cases goes with --functional only")
        triage = Triage.load(model, policy=policy)
        report, lines = _measured(what, triage, cases)
        if output is not None:
            write_text(output, json.dumps(document(report), ensure_ascii=False, indent=1) + "\n")
    except CybertriageError as error:
        fail(error)
    for line in (f"{triage.model}, policy {triage.policy.name}", *lines):
        click.echo(line)
    click.echo(notice("en"), err=True)


def _measured(what: str, triage: Triage, cases: Path | None) -> tuple[object, list[str]]:
    """The report of one evaluation and the lines that tell it."""
    if what == "functional":
        from cybertriage.evaluate.functional import evaluate_functional, load_cases

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
    from cybertriage.evaluate.resample import height

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
    """`1.2 % (0.3-4.1, n 90)`, or why there is no figure."""
    return _hundredths(figure, " %")


def _points(figure: Figure) -> str:
    """A difference of shares, in points."""
    return _hundredths(figure, "")


def _hundredths(figure: Figure, unit: str) -> str:
    from cybertriage.evaluate.resample import TooFew

    if isinstance(figure, TooFew):
        return f"too few ({figure.n})"
    return f"{figure.value * 100:.1f}{unit} ({figure.low * 100:.1f} to {figure.high * 100:.1f}, n {figure.n})"


def _number(figure: Figure) -> str:
    from cybertriage.evaluate.resample import TooFew

    return f"too few ({figure.n})" if isinstance(figure, TooFew) else f"{figure.value:.3f}"


def _ratio(figure: Figure | None) -> str:
    return "a group has none" if figure is None else _number(figure)
