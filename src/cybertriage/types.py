"""The contract between the parts: what a message's triage is made of. Imports nothing of ours.

Invariant: no type here holds message text, so a verdict may be logged, stored or sent to a queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Decision(StrEnum):
    """What a person is asked to do with a message. There is no verb beyond looking."""

    REVIEW = "review"
    CLEAR = "clear"
    ABSTAIN = "abstain"


class LanguageForm(StrEnum):
    """The form a message is written in; `kk-plain` is Kazakh typed without its own letters."""

    KK = "kk"
    RU = "ru"
    MIXED = "mixed"
    KK_PLAIN = "kk-plain"
    KK_LATN = "kk-latn"
    RU_LATN = "ru-latn"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of characters in the ORIGINAL text, `0 <= start <= end`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"span wants 0 <= start <= end, got {self.start}, {self.end}")


@dataclass(frozen=True, slots=True)
class Language:
    """Language form of one message; `kk` and `ru` are shares of its words, 0 to 1, summing to at most 1."""

    form: LanguageForm
    kk: float
    ru: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What a policy has to know of a message besides its scores.

    `too_short`: too few words to judge. `folded`: by family, the calibrated probability, 0 to 1, of the view without
    disguises, for families where such a view may only turn a clear message into an abstention; 0 where there is none.
    `wordless`: no word of any language, only signs, numbers and names.
    """

    too_short: bool = False
    folded: Mapping[str, float] = field(default_factory=dict)
    wordless: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """Something a folding view changed: `kind` names the trick (`homoglyph`, `invisible`, ...)."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that moved a score: `weight` is the change of the calibrated log-odds, against it when negative."""

    target: str
    span: Span
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Spans for and against each family, strongest first, and the traces of obfuscation."""

    evidence: tuple[Evidence, ...]
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The triage of one message: a priority for a person's attention, never a finding about anyone.

    `scores` holds calibrated probabilities, 0 to 1, by id: each family that the model knows, then its leaves.
    `priority` is queue order, 0 (none) to 4. `routes`: the desks that should see it; none unless it is for review.
    `error` is set when a row could not be read, and then nothing else counts.

    Examples
    --------
    >>> verdict = Verdict(Decision.CLEAR, 0, (), {"fraud": 0.01}, (), Language(LanguageForm.KK, 1.0, 0.0), (), "fast")
    >>> verdict.decision is Decision.CLEAR and verdict.error is None
    True
    """

    decision: Decision
    priority: int
    labels: tuple[str, ...]
    scores: Mapping[str, float]
    frames: tuple[str, ...]
    language: Language
    reasons: tuple[str, ...]
    model: str
    facts: Facts = field(default_factory=Facts)
    error: str | None = None
    routes: tuple[str, ...] = ()
