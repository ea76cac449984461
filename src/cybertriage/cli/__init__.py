"""The command line: one module a command, registered here.

Exit codes: 0 all rows scored, 3 some rows could not be read (they are in the output as row errors), 2 usage, 1 what was
to be checked does not hold.
Heavy parts are imported inside the commands, so that `--help` is quick.
"""

from __future__ import annotations

import click

from cybertriage import __version__
from cybertriage.cli.audit import audit
from cybertriage.cli.bench import bench
from cybertriage.cli.decide import capacity, decide
from cybertriage.cli.erase import erase
from cybertriage.cli.evaluate import evaluate
from cybertriage.cli.explain import explain
from cybertriage.cli.export import export
from cybertriage.cli.finetune import finetune
from cybertriage.cli.review import review
from cybertriage.cli.score import score
from cybertriage.cli.verify import verify


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cybertriage")
def main() -> None:
    """Put Kazakh and Russian messages that look like fraud or radicalising content before a human reviewer.

    A triage aid, not expertise, not proof. A human decides.
    """


for command in (score, decide, capacity, explain, verify, audit, evaluate, review, bench, finetune, export, erase):
    main.add_command(command)
