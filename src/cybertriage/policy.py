"""From scores to a decision: thresholds, caps and abstention as data.

In: calibrated scores, language form and facts of one message. Out: a `Verdict`.
Needs no model: saved scores under another policy give the new verdicts.
Invariants: a protective frame only lowers a flag, and only of a family that the taxonomy says it caps; out of language
never flags; every verdict that is not a plain clear names its reasons.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cybertriage.errors import PolicyError
from cybertriage.taxonomy import Family, Kind, families, family, of_kind, protective_frames, routes_of
from cybertriage.types import Decision, Facts, Language, LanguageForm, Verdict


class Reason(StrEnum):
    """Why a verdict is what it is, besides the families over their thresholds (`Family.reason`)."""

    FRAME_CONFLICT = "frame_conflict"
    LOW_CONFIDENCE = "low_confidence"
    TOO_SHORT = "too_short"
    OUT_OF_LANGUAGE = "out_of_language"
    OBFUSCATED = "obfuscated"


_TABLES = ("name", "labels", "frames", "priority")  # what a policy holds besides a table for each family


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
class _Rules:
    """What the taxonomy says of the families of a policy, looked up once."""

    families: Mapping[str, Family]
    severities: Mapping[str, Mapping[str, tuple[int, int]]]
    frames: tuple[str, ...]

    @classmethod
    def of(cls, named: Collection[str]) -> _Rules:
        kept = {f: family(f) for f in families() if f in named}
        severities = {f: {x.id: x.severity for x in of_kind(Kind.LEAF, family=f)} for f in kept}
        return cls(kept, severities, protective_frames())


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds on calibrated probabilities, 0 to 1.

    `bands`: one for each family that is to be looked for; a family without one is neither flagged nor named. `label`:
    from which a leaf is named. `frame_seen`: from which a frame is named. `frame_cap`: from which a protective frame
    turns the flag of a family that it caps into an abstention, unless the family's own-voice leaf reaches `cap_yields`
    (both by the taxonomy). `urgent`: family score from which the higher priority is given.
    """

    name: str
    bands: Mapping[str, Band]
    label: float
    frame_seen: float
    frame_cap: float
    cap_yields: float
    urgent: float
    _rules: _Rules = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.bands:
            raise PolicyError(f"policy names no family; give a table for one or more of {', '.join(families())}")
        object.__setattr__(self, "_rules", _Rules.of(self.bands))

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        """Read a TOML policy file.

        Parameters
        ----------
        path
            Of the file.

        Returns
        -------
        Policy
            As the file says.

        Raises
        ------
        PolicyError
            Naming the key to mend.
        """
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
        if strange := set(data) - {*_TABLES, *families()}:
            raise PolicyError(f"policy has unknown keys: {', '.join(sorted(strange))}")
        return cls(
            name=str(data.get("name", "unnamed")),
            bands={f: _band(data, f) for f in families() if f in data},
            label=_number(data, "labels", "named"),
            frame_seen=_number(data, "frames", "seen"),
            frame_cap=_number(data, "frames", "cap"),
            cap_yields=_number(data, "frames", "cap_yields"),
            urgent=_number(data, "priority", "urgent"),
        )

    def to_toml(self) -> str:
        """The text `parse` reads back to an equal policy."""
        tables = {
            **{f: {"clear": band.clear, "review": band.review} for f, band in self.bands.items()},
            "labels": {"named": self.label},
            "frames": {"seen": self.frame_seen, "cap": self.frame_cap, "cap_yields": self.cap_yields},
            "priority": {"urgent": self.urgent},
        }
        lines = [f"name = {json.dumps(self.name, ensure_ascii=False)}"]
        for table, values in tables.items():
            lines += ["", f"[{table}]", *(f"{key} = {value!r}" for key, value in values.items())]
        return "\n".join(lines) + "\n"

    def decide(self, scored: Scored, *, model: str) -> Verdict:
        """The verdict on one message.

        Parameters
        ----------
        scored
            Its scores, language and facts, as `Triage.score` gives them or `scored_of` reads them from a record.
        model
            What the verdict says of who scored it.

        Returns
        -------
        Verdict
            With its reasons, unless it is a plain clear.

        Raises
        ------
        PolicyError
            Where the message has no score of a family that the policy names.

        Examples
        --------
        >>> from cybertriage import Triage
        >>> triage = Triage.load("fast")
        >>> [scored] = triage.score(["Это служба безопасности банка, назовите код из SMS"])
        >>> triage.policy.decide(scored, model=triage.model).decision.value
        'review'
        """
        scores, of = scored.scores, self._rules.families
        if missing := [f for f in of if f not in scores]:
            raise PolicyError(
                f"policy names {', '.join(missing)}, which {model} gave no score; take the table out of the policy, or "
                "score the messages with a model that knows the family"
            )
        flagged = [f for f in of if scores[f] >= self.bands[f].review]
        unsure = [f for f in of if self.bands[f].clear <= scores[f] < self.bands[f].review]
        frames = tuple([f for f in self._rules.frames if scores.get(f, 0.0) >= self.frame_seen])
        decision, reasons = self._decision(scored, flagged, unsure)
        labels: tuple[str, ...] = ()
        priority = 1 if decision is Decision.ABSTAIN else 0
        if decision is Decision.REVIEW:
            shown = [f for f in flagged if of[f].reason in reasons]
            labels = tuple(x for f in shown for x in (f, *self._leaves(scores, f)))
            priority = max(self._priority(scores, f, labels) for f in shown)
        return Verdict(
            decision, priority, labels, scores, frames, scored.language, reasons, model, scored.facts,
            routes=routes_of(labels) if labels else (),
        )  # fmt: skip

    def _decision(self, scored: Scored, flagged: list[str], unsure: list[str]) -> tuple[Decision, tuple[str, ...]]:
        if scored.language.form is LanguageForm.OTHER and not scored.facts.wordless:
            return Decision.ABSTAIN, (Reason.OUT_OF_LANGUAGE,)
        if (scored.facts.too_short or scored.facts.wordless) and (flagged or unsure):
            return Decision.ABSTAIN, (Reason.TOO_SHORT,)
        held = [f for f in flagged if self._framed(scored.scores, f)]
        shown = [f for f in flagged if f not in held]
        why = tuple(self._rules.families[f].reason for f in shown)
        if shown:
            return Decision.REVIEW, (*why, Reason.FRAME_CONFLICT) if held else why
        if held:
            return Decision.ABSTAIN, (Reason.FRAME_CONFLICT,)
        if any(p >= self.bands[f].review for f, p in scored.facts.folded.items() if f in self.bands):
            return Decision.ABSTAIN, (Reason.OBFUSCATED,)
        return (Decision.ABSTAIN, (Reason.LOW_CONFIDENCE,)) if unsure else (Decision.CLEAR, ())

    def _framed(self, scores: Mapping[str, float], of: str) -> bool:
        rule = self._rules.families[of]
        own_voice = rule.cap_yields_to is not None and scores.get(rule.cap_yields_to, 0.0) >= self.cap_yields
        return not own_voice and any(scores.get(f, 0.0) >= self.frame_cap for f in rule.capped_by)

    def _leaves(self, scores: Mapping[str, float], of: str) -> tuple[str, ...]:
        named = [x for x in self._rules.severities[of] if scores.get(x, 0.0) >= self.label]
        return tuple(sorted(named, key=lambda x: -scores[x]))

    def _priority(self, scores: Mapping[str, float], of: str, labels: tuple[str, ...]) -> int:
        severities = self._rules.severities[of]
        named = [severities[x] for x in labels if x in severities]
        low, high = max(named, default=self._rules.families[of].usual_priority)
        return high if scores[of] >= self.urgent else low


def _band(data: Mapping[str, Any], of: str) -> Band:
    band = Band(clear=_number(data, of, "clear"), review=_number(data, of, "review"))
    if band.clear > band.review:
        raise PolicyError(f"policy: {of}.clear ({band.clear}) must not exceed {of}.review ({band.review})")
    return band


def _number(data: Mapping[str, Any], table: str, key: str) -> float:
    value = data.get(table, {}).get(key) if isinstance(data.get(table, {}), Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PolicyError(f"policy: {table}.{key} must be a number from 0 to 1")
    return float(value)
