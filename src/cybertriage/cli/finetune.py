"""`cybertriage finetune`: fit a shipped model to a labelled table of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from cybertriage.cli.shared import PATH, fail, options
from cybertriage.errors import CybertriageError

_ROWS = options(
    click.argument("data", type=PATH),
    click.option("--text-column", help="Column that holds the message; a usual name is found by itself."),
    click.option("--label-column", help="Column that holds the label; a usual name is found by itself."),
    click.option("--positive", multiple=True, metavar="VALUE", help="A label that means harmful; may be given again."),
    click.option("--negative", multiple=True, metavar="VALUE", help="A label that means benign; may be given again."),
    click.option(
        "--family", type=click.Choice(["fraud", "radical"]), default="fraud", show_default=True,
        help="What the harmful rows are.",
    ),
)  # fmt: skip
_MODEL = options(
    click.option("--model", default="encoder", show_default=True, help="`encoder`, `fast`, or a bundle folder of one."),
    click.option(
        "-o", "--output", type=PATH, default=Path("finetuned"), show_default=True, help="Folder of the new bundle."
    ),
    click.option("--seed", type=int, default=20261123, show_default=True, help="Of the folds."),
)


@click.command()
@_ROWS
@_MODEL
def finetune(
    data: Path, text_column: str | None, label_column: str | None, positive: tuple[str, ...],
    negative: tuple[str, ...], family: str, model: str, output: Path, seed: int,
) -> None:  # fmt: skip
    """Fit a shipped model to DATA, a table of messages with a label column, and write a bundle of one's own.

    A few minutes on a CPU; needs the extra `finetune`. The functional suites are run before and after.
    """
    try:
        from cybertriage.finetune.tuning import finetune as tuned
        from cybertriage.finetune.tuning import told
        from cybertriage.readers.labelled import read_labelled
        from cybertriage.runs.part import sha256_of

        rows = read_labelled(
            data, text_column=text_column, label_column=label_column, positive=positive, negative=negative
        )
        output.parent.mkdir(parents=True, exist_ok=True)
        report = tuned(model, rows, output, family=family, seed=seed, data_sha256=sha256_of(data))
    except CybertriageError as error:
        fail(error)
    for row in rows.unreadable:
        click.echo(f"row {row.row} left out: {row.reason}")
    click.echo(told(report))
    click.echo(f"-> {output}: Triage.load({str(output)!r}), or --model {output}")
