"""`cybertriage explain`: one message, its verdict and the words behind it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cybertriage.cli.shared import MODEL, POLICY, fail, options
from cybertriage.errors import CybertriageError
from cybertriage.text.redact import Found, find

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
    from cybertriage.taxonomy import families, label, notice, route_name

    click.echo(f"decision  {verdict.decision}  priority {verdict.priority}  language {verdict.language.form}")
    shown = [f for f in families() if f in verdict.scores]
    click.echo(f"scores    {'  '.join(f'{f} {verdict.scores[f]:.3f}' for f in shown)}")
    for route in verdict.routes:
        click.echo(f"route     {route}: {route_name(route, language)}")
    for name in verdict.labels:
        click.echo(f"label     {name}: {label(name).name[language]}. {label(name).explanation[language]}")
    for name in verdict.frames:
        click.echo(f"frame     {name}: {label(name).name[language]}")
    for reason in verdict.reasons:
        click.echo(f"reason    {reason}")
    # Of families that nothing speaks for the words say nothing that a reader can use.
    near = {f for f in shown if f in verdict.labels or verdict.scores[f] >= _NEAR}
    near = near or {max(shown, key=lambda f: verdict.scores[f])}
    personal = find(text)
    for item in explanation.evidence:
        if item.target in near:
            click.echo(_evidence_line(text, item, personal))
    for signal in explanation.signals:
        click.echo(f"signal    {signal.kind} at {signal.span.start}-{signal.span.end}")
    click.echo(notice(language))


_NEAR = 0.1


def _evidence_line(text: str, item: Evidence, personal: Sequence[Found]) -> str:
    """One stretch of evidence; where it meets personal data, the kind of that stands in its place."""
    start, end = item.span.start, item.span.end
    met = [found for found in personal if found.span.start < end and start < found.span.end]
    words = f"<{met[0].kind}>" if met else " ".join(text[start:end].split())
    side = click.style("for    ", fg="red") if item.weight > 0 else click.style("against", fg="green")
    return f"{side}   {item.target:<8} {item.weight:+.2f}  {words[:80]}"
