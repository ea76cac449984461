"""Make the items of a queue: choose messages, fetch their texts from the source, mask, explain.

In: the records of a run, the source that was scored, the same model. Out: a `Built` case, ready for `Store.create`.
Invariants: a text is taken only where it is the one that was scored (its uid, made of file, place and content, is
that of the record); only the texts of chosen messages are kept, and masked unless asked otherwise; what a reader is
shown follows one rule for flagged and unflagged messages.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.readers.source import Source
from cybertriage.records.record import Uids
from cybertriage.records.saved import Saved, saved_records
from cybertriage.review.items import Case, Item, Mark, checked_case, leaves
from cybertriage.review.selection import Chosen, Draw, Selection, select
from cybertriage.review.shown import Shown, shown
from cybertriage.runs.part import sha256_of
from cybertriage.taxonomy import families
from cybertriage.triage import Triage
from cybertriage.types import Explanation, LanguageForm

_CLOSEST = 2
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Built:
    """A queue that is not stored yet; `left_over` and `unreadable` as in `Selection`."""

    case: Case
    items: tuple[Item, ...] = field(repr=False)
    left_over: int
    unreadable: int


def build_queue(
    records: Path, source: Source, triage: Triage, *, case: str, draw: Draw | None = None, masked: bool = True,
    progress: Callable[[int], object] = lambda done: None,
) -> Built:  # fmt: skip
    """Choose, fetch and explain. `progress` is told how many items more are done.

    Raises `InputError` where the records are of another model than `triage`, or the source is not what was scored.
    """
    checked_case(case)
    draw = draw or Draw()
    selection = select(lambda: saved_records(records), draw)
    model = _one_model(selection, triage)
    digest = _sha256(source.path)
    texts = _texts(source, selection.chosen, Uids(digest))
    items: list[Item] = []
    for at in range(0, len(selection.chosen), _AT_ONCE):
        some = selection.chosen[at : at + _AT_ONCE]
        explanations = triage.explain([texts[chosen.saved.row] for chosen in some])
        for chosen, explanation in zip(some, explanations, strict=True):
            items.append(_item(chosen, shown(texts[chosen.saved.row], masked=masked), explanation))
        progress(len(some))
    made = Case(
        id=case, created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), model=model,
        records_sha256=_sha256(records), source_sha256=digest, masked=masked, seed=draw.seed,
        population=selection.population,
    )  # fmt: skip
    return Built(made, tuple(items), selection.left_over, selection.unreadable)


def _one_model(selection: Selection, triage: Triage) -> str:
    models = {chosen.saved.model for chosen in selection.chosen}
    other = sorted(models - {triage.model})
    if other:
        raise InputError(f"the records were scored by {other[0]}, not by {triage.model}; name that model with --model")
    return triage.model


def _texts(source: Source, chosen: Sequence[Chosen], uid_of: Callable[..., str]) -> Mapping[int, str]:
    """The text of each chosen row; stops reading at the last one."""
    wanted = {c.saved.row: c.saved for c in chosen}
    texts: dict[int, str] = {}
    for message in source.rows() if wanted else ():
        saved = wanted.get(message.row)
        if saved is None:
            continue
        same = uid_of(message) == saved.uid if saved.uid else message.id == saved.id
        if message.text is None or not same:
            raise _other_source(source, message.row)
        texts[message.row] = message.text
        if len(texts) == len(wanted):
            break
    missing = sorted(wanted.keys() - texts.keys())
    if missing:
        raise _other_source(source, missing[0])
    return texts


def _other_source(source: Source, row: int) -> InputError:
    return InputError(
        f"{source.path.name}: row {row} is not the message that was scored; give the very file that was scored, "
        "with the same --text-column and --input-format"
    )


def _item(chosen: Chosen, text: Shown, explanation: Explanation) -> Item:
    saved = chosen.saved
    family = _asked(saved)
    likely = sorted((x for x in leaves(family) if x in saved.scores), key=lambda x: -saved.scores[x])
    return Item(
        uid=saved.key, place=saved.position or f"row {saved.row}", text=text.text, form=saved.form, family=family,
        closest=tuple(likely[:_CLOSEST]), labels=saved.labels, scores=saved.scores, frames=saved.frames,
        reasons=saved.reasons, facts=_facts(saved, explanation), decision=saved.decision.value,
        priority=saved.priority, control=chosen.control, double=chosen.double, ordinal=chosen.ordinal,
        marks=_marks(text, explanation, family),
    )  # fmt: skip


def _asked(saved: Saved) -> str:
    """The flagged family of the higher score; where none is flagged, the family of the higher score."""
    flagged = [f for f in families() if f in saved.labels] or list(families())
    return max(flagged, key=lambda f: saved.scores[f])


def _facts(saved: Saved, explanation: Explanation) -> tuple[str, ...]:
    """What can be said of any message, flagged or not: never why it stands in the queue."""
    facts = ["too_short"] if saved.too_short else []
    if saved.form == LanguageForm.OTHER:
        facts.append("out_of_language")
    if explanation.signals:
        facts.append("obfuscated")
    return tuple(facts)


def _marks(text: Shown, explanation: Explanation, family: str) -> tuple[Mark, ...]:
    return tuple(
        Mark(*text.span(e.span.start, e.span.end), e.target, e.weight)
        for e in explanation.evidence
        if e.target == family
    )


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
