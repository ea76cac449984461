"""Take decisions in: from a file that a work sheet or Label Studio exported, entry by entry, into the store.

In: a JSON file, a store. Out: a `Taken`: how many entries are new or known, and every refused one with its reason.
Invariants: a sound entry is not lost because another is not; taking the same file in twice changes nothing; a file of
another case or without a reviewer is refused whole; no error shows a text, a note or an unknown id.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError
from cybertriage.review.items import (
    Factor,
    Item,
    Outcome,
    Points,
    Reading,
    allowed_labels,
    checked_reviewer,
    family_of,
)
from cybertriage.review.store import Store
from cybertriage.taxonomy import family

SCHEMA = "cybertriage-decisions-1"
LONGEST_NOTE = 4000
_LARGEST = 256 << 20  # bytes of a file


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a file as it came: where it stands, whose it is, what it says."""

    where: str
    reviewer: str
    data: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that was not taken in, and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What was done with a file."""

    new: int
    known: int
    refused: tuple[Refused, ...]


def take_in(store: Store, entries: Iterable[Entry]) -> Taken:
    """Add every sound entry to the store."""
    items = {item.uid: item for item in store.items()}
    sound: list[tuple[str, Reading]] = []
    refused: list[Refused] = []
    for entry in entries:
        try:
            sound.append((entry.where, reading_of(entry, items)))
        except InputError as error:
            refused.append(Refused(entry.where, str(error)))
    added = store.add(reading for _, reading in sound)
    clash = {id(reading) for reading in added.clash}
    refused += [
        Refused(where, "this reviewer decided otherwise at the very same time; export the sheet again")
        for where, reading in sound
        if id(reading) in clash
    ]
    return Taken(added.new, added.known, tuple(refused))


def decisions_in(path: Path, *, case: str) -> list[Entry]:
    """The entries of a work sheet's file; raises `InputError` for a file that is refused whole."""
    data = read_json(path)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise InputError(f"{path.name}: no decisions file; it wants schema {SCHEMA!r}, as a work sheet exports it")
    if data.get("case") != case:
        raise InputError(f"{path.name}: is of another case than this queue, {case!r}")
    try:
        reviewer = checked_reviewer(data.get("reviewer"))
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None
    decisions = data.get("decisions")
    if not isinstance(decisions, list):
        raise InputError(f"{path.name}: 'decisions' must be a list")
    return [
        Entry(f"decisions[{at}]", reviewer, entry if isinstance(entry, dict) else {})
        for at, entry in enumerate(decisions)
    ]


def read_json(path: Path) -> Any:  # noqa: ANN401  (what a file holds)
    """The value in a JSON file; raises `InputError` where there is none."""
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path.name}: is larger than {_LARGEST >> 20} MB; no decisions file is")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path.name}: is no JSON in UTF-8") from None


def reading_of(entry: Entry, items: Mapping[str, Item]) -> Reading:
    """The reading that an entry states; raises `InputError` saying what to mend."""
    uid, data = entry.data.get("uid"), entry.data
    item = items.get(uid) if isinstance(uid, str) else None
    if item is None:
        raise InputError("uid is of no message in this queue")
    outcome, reviewer = _outcome(data.get("decision")), checked_reviewer(entry.reviewer)
    reading = Reading(
        uid=item.uid, reviewer=reviewer, outcome=outcome, label=_label(data.get("label"), outcome),
        rabat=_rabat(data.get("rabat")), note=_note(data.get("note")), at=_time(data.get("decided_at")),
    )  # fmt: skip
    missing = [factor for factor in Factor if factor not in reading.rabat]
    of = family_of(reading, item)
    if outcome is Outcome.CONFIRMED and of is not None and family(of).factors and missing:
        raise InputError(f"{of} content is confirmed with all six Rabat factors; missing: {', '.join(missing)}")
    return reading


def _outcome(value: object) -> Outcome:
    try:
        return Outcome(value)  # type: ignore[arg-type]
    except ValueError:
        raise InputError(f"decision must be one of {_listed(tuple(Outcome))}") from None


def _label(value: object, outcome: Outcome) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or value not in allowed_labels(outcome):
        raise InputError(f"label does not go with {outcome.value}; use {_listed(allowed_labels(outcome)) or 'none'}")
    return value


def _rabat(value: object) -> dict[str, str]:
    if value is None:
        return {}
    points = [str(x) for x in Points]
    if not isinstance(value, dict) or not set(value) <= set(Factor) or not all(v in points for v in value.values()):
        raise InputError(f"rabat maps any of {_listed(tuple(Factor))} to one of {_listed(tuple(Points))}")
    return {factor.value: value[factor] for factor in Factor if factor in value}


def _note(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_NOTE:
        raise InputError(f"note must be a text of at most {LONGEST_NOTE} characters")
    return value.encode("utf-8", "replace").decode("utf-8")


def _time(value: object) -> str:
    """The time in UTC and one spelling, so that later sorts after earlier."""
    try:
        time = datetime.datetime.fromisoformat(value)  # type: ignore[arg-type]
        if time.tzinfo is None:
            raise ValueError("no time zone")
        return time.astimezone(datetime.UTC).isoformat(timespec="milliseconds")
    except (TypeError, ValueError, OverflowError):
        raise InputError("decided_at must be a time in ISO 8601 with its zone, such as 2026-03-01T09:30:00Z") from None


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values)
