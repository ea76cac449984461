"""What is put before a reader, and what a reader says: the vocabulary of the review queue.

In: nothing. Out: `Item`, `Reading`, `Case`, the decisions a person can record, the Rabat factors.
Invariants: the vocabulary has no verb beyond judging one message; no text, note or identifier of a person in `repr`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cybertriage.errors import InputError
from cybertriage.taxonomy import Kind, families, label, of_kind

PRIORITY_OF_TWO = 4  # from this queue priority on, two readers must agree
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
LONGEST_CASE = 100


class Outcome(StrEnum):
    """What a reader records. `SECOND_READING` asks for another reader and says nothing about the message."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"
    UNSURE = "unsure"
    SECOND_READING = "second_reading"


VOTES = (Outcome.CONFIRMED, Outcome.NOT_CONFIRMED)  # the outcomes that can settle an item


class Factor(StrEnum):
    """The six factors of the Rabat Plan of Action (A/HRC/22/17/Add.4), asked before radical content is confirmed."""

    CONTEXT = "context"
    SPEAKER = "speaker"
    INTENT = "intent"
    CONTENT = "content"
    EXTENT = "extent"
    LIKELIHOOD = "likelihood"


class Points(StrEnum):
    """Where a Rabat factor points; most of them cannot be told from one message, and that is an answer."""

    TOWARDS = "towards"
    AWAY = "away"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Mark:
    """Words of the SHOWN text that moved the score of a family: for it where `weight` (log-odds) is positive."""

    start: int
    end: int
    family: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One message of the queue. `text` is what readers are shown, masked unless the case says otherwise.

    `decision`, `priority` (0 to 4), `labels`, `reasons` are the triage's own and, like `control` and `double`, never
    shown to a reader. `family` is what is asked, `closest` its likeliest leaves: the same rule for every item.
    `control`: drawn from the messages that were not flagged. `double`: drawn for two readers. `ordinal` counts from 1.
    """

    uid: str
    place: str
    text: str = field(repr=False)
    form: str
    family: str
    closest: tuple[str, ...]
    labels: tuple[str, ...]
    scores: Mapping[str, float]
    frames: tuple[str, ...]
    reasons: tuple[str, ...]
    facts: tuple[str, ...]
    decision: str
    priority: int
    control: bool
    double: bool
    ordinal: int
    marks: tuple[Mark, ...]

    @property
    def wanted(self) -> int:
        """How many readers have to agree."""
        return 2 if self.double or self.priority >= PRIORITY_OF_TWO else 1

    @property
    def harsh(self) -> bool:
        """Whether the text is blurred until asked for: by what is asked, never by whether it was flagged."""
        return any(label(name).sensitive for name in (self.family, *self.closest[:1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One decision of one reader on one item.

    `label`: the leaf that was confirmed, or the frame or look-alike it turned out to be; None where none was named.
    `at`: when, in ISO 8601, UTC. `reviewer`: a code, never a name.
    """

    uid: str
    reviewer: str
    outcome: Outcome
    label: str | None = None
    rabat: Mapping[str, str] = field(default_factory=dict)
    note: str = field(default="", repr=False)
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Where the items of a queue come from.

    `population`: for each language form how many rows the records have by decision (`review`, `abstain`, `clear`),
    with `error`, and flagged by family (`fraud`, `radical`).
    """

    id: str
    created: str
    model: str
    records_sha256: str
    source_sha256: str
    masked: bool
    seed: int
    population: Mapping[str, Mapping[str, int]]

    def count(self, what: str, *, form: str | None = None) -> int:
        """Rows of the records of one decision or flagged family, in one language form or all."""
        return sum(n.get(what, 0) for name, n in self.population.items() if form in (None, name))


def checked_case(case: str) -> str:
    """The case id; raises `InputError` for one that is empty, long or not of one line."""
    if not case.strip() or len(case) > LONGEST_CASE or not case.isprintable():
        raise InputError(f"the case must be one line of 1 to {LONGEST_CASE} characters; give --case")
    return case


def checked_reviewer(code: object) -> str:
    """A reviewer's code; raises `InputError` for what is no code, such as a name with spaces or an e-mail address."""
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise InputError("the reviewer must be a code of 1 to 32 letters, digits, '.', '_', '-', such as R1; no name")
    return code


def leaves(family: str) -> tuple[str, ...]:
    """The leaves that a reader can name when confirming."""
    return tuple(x.id for x in of_kind(Kind.LEAF, family=family))


def benign() -> tuple[str, ...]:
    """What a message can turn out to be when it is not confirmed: look-alikes, then protective frames."""
    frames = (x.id for x in of_kind(Kind.FRAME) if x.code not in ("PX0", "PX9"))
    return (*(x.id for x in of_kind(Kind.LOOK_ALIKE)), *frames)


def allowed_labels(outcome: Outcome) -> tuple[str, ...]:
    """The labels that may go with an outcome."""
    if outcome is Outcome.CONFIRMED:
        return tuple(x for family in families() for x in leaves(family))
    return benign() if outcome is Outcome.NOT_CONFIRMED else ()


def family_of(reading: Reading, item: Item) -> str:
    """The family a confirmation is of: that of the leaf named, else the one asked."""
    return label(reading.label).family if reading.label in allowed_labels(Outcome.CONFIRMED) else item.family
