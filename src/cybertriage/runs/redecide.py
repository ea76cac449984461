"""Apply another policy to saved records, or take their scores. No model is loaded.

In: a file of records in any format that `cybertriage score` writes. Out: the same records with new decisions, and a
`Summary`; or `Scored`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError
from cybertriage.policy import Policy, Scored
from cybertriage.records.record import record, scored_of
from cybertriage.records.saved import read_records
from cybertriage.records.writers import Writer
from cybertriage.runs.batch import Summary

_AT_ONCE = 4096


def redecide(path: Path, policy: Policy, writer: Writer) -> Summary:
    """Write every record again under `policy`; row errors stay as they are."""
    summary = Summary()
    records = read_records(path)
    while some := [_redecided(old, policy) for old in itertools.islice(records, _AT_ONCE)]:
        writer.write(some)
        summary.add(some)
    return summary


def saved_scores(path: Path, *, model: str) -> list[Scored]:
    """The scores of every record that is not a row error; raises `InputError` where another model gave them."""
    found = []
    for old in read_records(path):
        if old["model"] != model:
            raise InputError(f"row {old['row']} was scored by {old['model']}, not by {model}; name that model")
        if old["error"] is None:
            found.append(scored_of(old))
    return found


def _redecided(old: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    if old["error"] is not None:
        return dict(old)
    verdict = policy.decide(scored_of(old), model=old["model"])
    return record(old["row"], old["id"], verdict, uid=old["uid"], position=old["position"])
