"""From scores to a decision: thresholds, caps and abstention as data.

In: calibrated scores, language form and facts of one message. Out: a `Verdict`.
Needs no model: saved scores under another policy give the new verdicts.
Invariants: a protective frame can lower a radical flag and nothing else; out of language never flags; every
verdict that is not a plain clear names its reasons.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cybertriage.errors import PolicyError
from cybertriage.taxonomy import Kind, of_kind
from cybertriage.types import FAMILIES, Decision, Facts, Language, LanguageForm, Verdict


class Reason(StrEnum):
    """Why a verdict is what it is."""

    FRAUD = "fraud_over_threshold"
    RADICAL = "radical_over_threshold"
    FRAME_CONFLICT = "frame_conflict"
    LOW_CONFIDENCE = "low_confidence"
    TOO_SHORT = "too_short"
    OUT_OF_LANGUAGE = "out_of_language"
    OBFUSCATED = "obfuscated"


_FLAG_REASON = {"fraud": Reason.FRAUD, "radical": Reason.RADICAL}
_LEAVES = {family: tuple(x.id for x in of_kind(Kind.LEAF, family=family)) for family in FAMILIES}
_FRAMES = tuple(x.id for x in of_kind(Kind.FRAME) if x.code not in ("PX0", "PX9"))
_SEVERITY = {x.id: x.severity for x in of_kind(Kind.LEAF)}
_USUAL_PRIORITY = (2, 3)  # of fraud, and of radical content where no leaf is named


@dataclass(frozen=True, slots=True)
class Band:
    """Below `clear` a family is clear, from `review` on it is flagged, between them nobody knows."""

    clear: float
    review: float


@dataclass(frozen=True, slots=True)
class Scored:
    """What a policy needs of one message: probabilities by id, language, facts."""

    scores: Mapping[str, float]
    language: Language
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds on calibrated probabilities, 0 to 1.

    `bands`: one for each family. `label`: from which a leaf is named. `frame_seen`: from which a frame is named.
    `frame_cap`: from which a protective frame turns a radical flag into an abstention, unless the leaf
    `incitement_violence` reaches `cap_yields`. `urgent`: family score from which the higher priority is given.
    """

    name: str
    bands: Mapping[str, Band]
    label: float
    frame_seen: float
    frame_cap: float
    cap_yields: float
    urgent: float

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        """Read a TOML policy file; raises `PolicyError` naming the key to mend."""
        try:
            return cls.parse(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise PolicyError(f"policy file {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise PolicyError(f"policy file {path} is not UTF-8; save it as UTF-8") from error

    @classmethod
    def parse(cls, text: str) -> Policy:
        """Read a policy from TOML text."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"policy is not TOML: {error}") from error
        known = {"name", "fraud", "radical", "labels", "frames", "priority"}
        if set(data) - known:
            raise PolicyError(f"policy has unknown keys: {', '.join(sorted(set(data) - known))}")
        return cls(
            name=str(data.get("name", "unnamed")),
            bands={family: _band(data, family) for family in FAMILIES},
            label=_number(data, "labels", "named"),
            frame_seen=_number(data, "frames", "seen"),
            frame_cap=_number(data, "frames", "cap"),
            cap_yields=_number(data, "frames", "cap_yields"),
            urgent=_number(data, "priority", "urgent"),
        )

    def to_toml(self) -> str:
        """The text `parse` reads back to an equal policy."""
        tables = {
            **{family: {"clear": band.clear, "review": band.review} for family, band in self.bands.items()},
            "labels": {"named": self.label},
            "frames": {"seen": self.frame_seen, "cap": self.frame_cap, "cap_yields": self.cap_yields},
            "priority": {"urgent": self.urgent},
        }
        lines = [f"name = {json.dumps(self.name, ensure_ascii=False)}"]
        for table, values in tables.items():
            lines += ["", f"[{table}]", *(f"{key} = {value!r}" for key, value in values.items())]
        return "\n".join(lines) + "\n"

    def decide(self, scored: Scored, *, model: str) -> Verdict:
        """The verdict on one message."""
        scores = scored.scores
        flagged = [f for f in FAMILIES if scores[f] >= self.bands[f].review]
        unsure = [f for f in FAMILIES if self.bands[f].clear <= scores[f] < self.bands[f].review]
        frames = tuple([f for f in _FRAMES if scores.get(f, 0.0) >= self.frame_seen])
        decision, reasons = self._decision(scored, flagged, unsure)
        labels: tuple[str, ...] = ()
        priority = 1 if decision is Decision.ABSTAIN else 0
        if decision is Decision.REVIEW:
            shown = [f for f in flagged if _FLAG_REASON[f] in reasons]
            labels = tuple(x for f in shown for x in (f, *self._leaves(scores, f)))
            priority = max(self._priority(scores, f, labels) for f in shown)
        return Verdict(decision, priority, labels, scores, frames, scored.language, reasons, model, scored.facts)

    def _decision(self, scored: Scored, flagged: list[str], unsure: list[str]) -> tuple[Decision, tuple[Reason, ...]]:
        if scored.language.form is LanguageForm.OTHER:
            return Decision.ABSTAIN, (Reason.OUT_OF_LANGUAGE,)
        if scored.facts.too_short and (flagged or unsure):
            return Decision.ABSTAIN, (Reason.TOO_SHORT,)
        held = "radical" in flagged and self._framed(scored.scores)
        shown = [f for f in flagged if not (f == "radical" and held)]
        why = tuple(_FLAG_REASON[f] for f in shown)
        if shown:
            return Decision.REVIEW, (*why, Reason.FRAME_CONFLICT) if held else why
        if held:
            return Decision.ABSTAIN, (Reason.FRAME_CONFLICT,)
        if scored.facts.folded_radical >= self.bands["radical"].review:
            return Decision.ABSTAIN, (Reason.OBFUSCATED,)
        return (Decision.ABSTAIN, (Reason.LOW_CONFIDENCE,)) if unsure else (Decision.CLEAR, ())

    def _framed(self, scores: Mapping[str, float]) -> bool:
        own_call = scores.get("incitement_violence", 0.0) >= self.cap_yields
        return not own_call and any(scores.get(f, 0.0) >= self.frame_cap for f in _FRAMES)

    def _leaves(self, scores: Mapping[str, float], family: str) -> tuple[str, ...]:
        named = [x for x in _LEAVES[family] if scores.get(x, 0.0) >= self.label]
        return tuple(sorted(named, key=lambda x: -scores[x]))

    def _priority(self, scores: Mapping[str, float], family: str, labels: tuple[str, ...]) -> int:
        named = [_SEVERITY[x] for x in labels if x in _LEAVES["radical"]] if family == "radical" else []
        low, high = max(named, default=_USUAL_PRIORITY)
        return high if scores[family] >= self.urgent else low


def _band(data: Mapping[str, Any], family: str) -> Band:
    band = Band(clear=_number(data, family, "clear"), review=_number(data, family, "review"))
    if band.clear > band.review:
        raise PolicyError(f"policy: {family}.clear ({band.clear}) must not exceed {family}.review ({band.review})")
    return band


def _number(data: Mapping[str, Any], table: str, key: str) -> float:
    value = data.get(table, {}).get(key) if isinstance(data.get(table, {}), Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PolicyError(f"policy: {table}.{key} must be a number from 0 to 1")
    return float(value)
