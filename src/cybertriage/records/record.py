"""One output record a message: the same names in JSONL, CSV, TSV and Parquet.

In: a `Verdict` or a row error. Out: a `dict` of `FIELDS`, and back to `Scored` for another policy.
Invariant: a record holds no message text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cybertriage.errors import InputError
from cybertriage.policy import Scored
from cybertriage.readers.source import Message
from cybertriage.taxonomy import families
from cybertriage.types import Facts, Language, LanguageForm, Verdict

FIELDS = (
    "row", "id", "decision", "priority", "labels", "scores", "frames", "language", "reasons", "facts", "error", "model",
    "routes", "uid", "position",
)  # fmt: skip
BODY_FIELDS = FIELDS[2:-2]  # what equal texts share
_FOLDED = "folded_"


def record(row: int, key: str, verdict: Verdict, *, uid: str = "", position: str = "") -> dict[str, Any]:
    """The record of a scored message; `row` counts data rows from 1."""
    return {"row": row, "id": key, **body(verdict), "uid": uid, "position": position}


def body(verdict: Verdict) -> dict[str, Any]:
    """The fields `BODY_FIELDS` of a verdict."""
    return {
        "decision": verdict.decision.value, "priority": verdict.priority, "labels": list(verdict.labels),
        "scores": dict(verdict.scores), "frames": list(verdict.frames), "language": language_json(verdict.language),
        "reasons": [str(r) for r in verdict.reasons], "facts": facts_json(verdict.facts), "error": verdict.error,
        "model": verdict.model, "routes": list(verdict.routes),
    }  # fmt: skip


def error_body(error: str, model: str) -> dict[str, Any]:
    """The fields `BODY_FIELDS` of a row without a text: a person has to look, so the decision is to abstain."""
    return {
        "decision": "abstain", "priority": 1, "labels": [], "scores": {}, "frames": [],
        "language": {"form": "other", "kk": 0.0, "ru": 0.0}, "reasons": ["row_error"],
        "facts": facts_json(Facts()), "error": error, "model": model, "routes": [],
    }  # fmt: skip


class Uids:
    """Stable ids of the messages of one input: the same file gives the same ids, wherever and whenever it is read.

    The first 32 hex digits of the sha256 over the sha256 of the input, the message's row and position, and its text.
    """

    def __init__(self, source_sha256: str) -> None:
        self._base = hashlib.sha256(bytes.fromhex(source_sha256))

    def __call__(self, message: Message) -> str:
        digest = self._base.copy()
        text = "" if message.text is None else message.text
        kind = "error" if message.text is None else "text"
        place = f"\0{message.row}\0{message.position}\0{kind}\0{text}"
        digest.update(place.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:32]


def language_json(language: Language) -> dict[str, Any]:
    """A `Language` as plain values."""
    return {"form": language.form.value, "kk": language.kk, "ru": language.ru}


def facts_json(facts: Facts) -> dict[str, Any]:
    """`Facts` as plain values: `folded_radical` and the like beside the other facts."""
    return {
        "too_short": facts.too_short,
        "wordless": facts.wordless,
        **{_FOLDED + family: value for family, value in facts.folded.items()},
    }


def _facts(data: Mapping[str, Any]) -> Facts:
    folded = {name.removeprefix(_FOLDED): v for name, v in data.items() if name.startswith(_FOLDED) and v is not None}
    held = {family: _probability(value) for family, value in folded.items()}
    return Facts(bool(data["too_short"]), held, wordless=bool(data.get("wordless", False)))


def scored_of(data: Mapping[str, Any]) -> Scored:
    """What a policy needs, from a saved record; nested values may be JSON text, as CSV has them."""
    try:
        scores, language, facts = (plain_cell(data[name]) for name in ("scores", "language", "facts"))
        form = Language(LanguageForm(language["form"]), float(language["kk"]), float(language["ru"]))
        known = _facts(facts)
        probabilities = {name: _probability(value) for name, value in scores.items()}
        if not probabilities.keys() & set(families()):
            raise KeyError("family")
        return Scored(probabilities, form, known)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"row {data.get('row', '?')} is no cybertriage record: {type(error).__name__}") from None


def _probability(value: Any) -> float:  # noqa: ANN401  (a cell of a table)
    number = float(value)
    if not 0 <= number <= 1:
        raise ValueError("a score is not from 0 to 1")
    return number


def plain_cell(value: Any) -> Any:  # noqa: ANN401  (a cell of a table)
    """A nested value, out of JSON where a table holds it so."""
    return json.loads(value) if isinstance(value, str) else value
