"""Apply another policy to saved records.

In: a JSONL file of records. Out: the same records with new decisions, and a `Summary`. No model is loaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError
from cybertriage.io.batch import Summary
from cybertriage.io.records import record, scored_of
from cybertriage.io.writers import Writer
from cybertriage.policy import Policy


def redecide(path: Path, policy: Policy, writer: Writer) -> Summary:
    """Write every record again under `policy`; row errors stay as they are."""
    summary = Summary()
    try:
        with path.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                new = _redecided(line, number, policy)
                writer.write([new])
                summary.add([new])
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8; give the JSONL file that `cybertriage score` wrote") from error
    return summary


def _redecided(line: str, number: int, policy: Policy) -> dict[str, Any]:
    try:
        old = json.loads(line)
        if old["error"] is not None:
            return dict(old)
        key, model = str(old["id"]), str(old["model"])
    except (ValueError, KeyError, TypeError):
        raise InputError(f"line {number} is no cybertriage record") from None
    return record(int(old["row"]), key, policy.decide(scored_of(old), model=model))
