"""`cybertriage explain`: one message, its verdict and the words behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cybertriage.cli.shared import MODEL, POLICY, fail, options
from cybertriage.errors import CybertriageError

if TYPE_CHECKING:
    from cybertriage.types import Evidence, Explanation, Verdict


@click.command()
@click.argument("text")
@click.option("--language", "language", default="en", type=click.Choice(["kk", "ru", "en"]), help="Of the explanation.")
@options(POLICY, MODEL)
def explain(text: str, language: str, policy: Path | None, model: str) -> None:
    """Show the verdict on TEXT and the words for and against it."""
    from cybertriage.triage import Triage

    try:
        triage = Triage.load(model, policy=policy, threads=1)
        verdict, explanation = triage.run([text])[0], triage.explain([text])[0]
    except CybertriageError as error:
        fail(error)
    _print_explanation(text, verdict, explanation, language)


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
