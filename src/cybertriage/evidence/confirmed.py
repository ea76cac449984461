"""Which messages a person confirmed as fraud: by a review queue, or by a list of uids.

In: the source that was scored, and where the confirmations are. Out: the confirmed messages with their texts.
Invariants: what is unsettled, not confirmed or confirmed as radical by anyone is never among them; a list that names
anything else than messages of the records is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.evidence.indicators import Confirmed, exported_families
from cybertriage.readers.source import Source
from cybertriage.records.record import Uids
from cybertriage.records.saved import saved_records
from cybertriage.review.items import Outcome, family_of
from cybertriage.review.outcome import State, states
from cybertriage.review.store import Store
from cybertriage.runs.part import sha256_of


@dataclass(frozen=True, slots=True)
class Choice:
    """Where the confirmations are: a queue, or a list of uids with the records it is about."""

    queue: Path | None = None
    confirmed: Path | None = None
    records: Path | None = None


def messages_of(source: Source, choice: Choice) -> tuple[list[tuple[Confirmed, str]], Mapping[str, str]]:
    """The confirmed messages with their texts, and the hashes of what they were taken from.

    Raises `InputError` where nothing is confirmed, where a message is radical, or where the source is another file.
    """
    digest = sha256_of(source.path)
    if choice.queue is not None and choice.confirmed is None:
        confirmed, hashes = _of_queue(choice.queue, digest, source.path.name)
    elif choice.confirmed is not None and choice.records is not None and choice.queue is None:
        confirmed = _of_list(choice.confirmed, choice.records)
        hashes = {"confirmed": sha256_of(choice.confirmed), "records": sha256_of(choice.records)}
    else:
        raise InputError("who confirmed what? give --queue QUEUE, or --confirmed FILE with --records RECORDS")
    if not confirmed:
        raise InputError("no message is confirmed as fraud; `cybertriage review report` tells how far the readers are")
    found = list(_texts(source, Uids(digest), confirmed))
    if len(found) < len(confirmed):
        raise InputError(
            f"{len(confirmed) - len(found)} confirmed messages are not in {source.path.name}; give the very file that "
            "was scored, with the same columns and format"
        )
    return found, {**hashes, "source": digest}


def _of_queue(path: Path, source_sha256: str, name: str) -> tuple[dict[str, Confirmed], dict[str, str]]:
    store = Store.open(path)
    case = store.case
    if case.source_sha256 != source_sha256:
        raise InputError(f"{name} is not the file that this queue was made of; give the very file that was scored")
    settled = [_fraud(state) for state in states(store.items(), store.readings())]
    return {c.uid: c for c in settled if c is not None}, {"records": case.records_sha256}


def _fraud(state: State) -> Confirmed | None:
    """What is exported of a state: a confirmation that no reader took for content which is never exported."""
    if state.settled is not Outcome.CONFIRMED or state.family not in exported_families():
        return None
    confirmations = (r for r in state.readings if r.outcome is Outcome.CONFIRMED)
    if any(family_of(reading, state.item) not in exported_families() for reading in confirmations):
        return None
    return Confirmed(state.item.uid, (state.label,) if state.label else ())


def _of_list(path: Path, records: Path) -> dict[str, Confirmed]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as UTF-8 text: {type(error).__name__}") from None
    named = [line.strip() for line in lines]
    wanted = {line for line in named if line and not line.startswith("#")}
    found = {s.uid: Confirmed(s.uid, s.labels) for s in saved_records(records) if s.uid and s.uid in wanted}
    unknown = [at for at, line in enumerate(named, 1) if line in wanted and line not in found]
    if unknown:
        raise InputError(f"{path.name}, line {unknown[0]}: is no uid of {records.name} ({len(unknown)} such lines)")
    return found


def _texts(source: Source, uid_of: Uids, confirmed: Mapping[str, Confirmed]) -> Iterator[tuple[Confirmed, str]]:
    for message in source.rows():
        found = confirmed.get(uid_of(message)) if message.text is not None else None
        if found is not None:
            yield found, message.text or ""
