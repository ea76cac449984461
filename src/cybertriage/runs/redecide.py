"""Read saved records again: apply another policy to them, or take their scores.

In: a JSONL file of records. Out: the same records with new decisions, and a `Summary`; or `Scored`. No model is loaded.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError
from cybertriage.policy import Policy, Scored
from cybertriage.records.record import record, scored_of
from cybertriage.records.writers import Writer
from cybertriage.runs.batch import Summary

_AT_ONCE = 4096


def redecide(path: Path, policy: Policy, writer: Writer) -> Summary:
    """Write every record again under `policy`; row errors stay as they are."""
    summary = Summary()
    lines = _lines(path)
    while some := [_redecided(line, number, policy) for number, line in itertools.islice(lines, _AT_ONCE)]:
        writer.write(some)
        summary.add(some)
    return summary


def saved_scores(path: Path, *, model: str) -> list[Scored]:
    """The scores of every record that is not a row error; raises `InputError` where another model gave them."""
    found = []
    for number, line in _lines(path):
        old = _record(line, number)
        if old["model"] != model:
            raise InputError(f"line {number} was scored by {old['model']}, not by {model}; name that model")
        if old["error"] is None:
            found.append(scored_of(old))
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8") as stream:
            yield from enumerate(stream, 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8; give the JSONL file that `cybertriage score` wrote") from error


def _record(line: str, number: int) -> dict[str, Any]:
    try:
        old = json.loads(line)
        known = {"row": int(old["row"]), "id": str(old["id"]), "model": str(old["model"]), "error": old["error"]}
        # Records of 0.1 had neither.
        return {**old, **known, "uid": str(old.get("uid", "")), "position": str(old.get("position", ""))}
    except (ValueError, KeyError, TypeError):
        raise InputError(f"line {number} is no cybertriage record") from None


def _redecided(line: str, number: int, policy: Policy) -> dict[str, Any]:
    old = _record(line, number)
    if old["error"] is not None:
        return old
    verdict = policy.decide(scored_of(old), model=old["model"])
    return record(old["row"], old["id"], verdict, uid=old["uid"], position=old["position"])
