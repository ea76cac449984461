"""Queues for tests: items made on the spot, saved records, sources."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from cybertriage.review.items import Case, Item, Mark, Outcome, Reading
from cybertriage.review.store import Store

CASE = Case(
    id="K-1", created="2026-01-01T00:00:00+00:00", model="m@1", records_sha256="a" * 64, source_sha256="b" * 64,
    masked=True, seed=0, population={"ru": {"review": 10, "abstain": 2, "clear": 1000, "fraud": 8, "radical": 2}},
)  # fmt: skip
RABAT = dict.fromkeys(("context", "speaker", "intent", "content", "extent", "likelihood"), "unknown")
LONG_AGO = "2026-01-01T10:00:00.000+00:00"


def item(number: int, **changes: object) -> Item:
    """A flagged item about fraud, unless told otherwise."""
    settled: dict[str, object] = {
        "uid": f"{number:032x}", "place": f"row {number}", "text": f"Назовите код, номер {number}", "form": "ru",
        "family": "fraud", "closest": ("code_theft_pretext", "phishing_link"), "labels": ("fraud",),
        "scores": {"fraud": 0.9, "radical": 0.0}, "frames": (), "reasons": ("fraud_over_threshold",), "facts": (),
        "decision": "review", "priority": 2, "control": False, "double": False, "ordinal": number,
        "marks": (Mark(0, 8, "fraud", 2.0), Mark(9, 12, "fraud", -0.5)),
    }  # fmt: skip
    return Item(**(settled | changes))  # type: ignore[arg-type]


def radical(number: int, **changes: object) -> Item:
    """A flagged item about radical content; the text stands for one."""
    settled: dict[str, object] = {
        "text": "[осы топқа қарсы шақыру]", "family": "radical", "closest": ("incitement_violence",),
        "labels": ("radical", "incitement_violence"), "scores": {"fraud": 0.0, "radical": 0.9},
        "marks": (Mark(0, 9, "radical", 1.0),), "form": "kk", "priority": 4,
    }  # fmt: skip
    return item(number, **(settled | changes))


def control(number: int, **changes: object) -> Item:
    """An item that was not flagged."""
    settled: dict[str, object] = {
        "labels": (), "scores": {"fraud": 0.01, "radical": 0.0}, "reasons": (), "decision": "clear", "priority": 0,
        "control": True, "text": f"Ертең кездесейік, {number}", "marks": (),
    }  # fmt: skip
    return item(number, **(settled | changes))


def reading(of: Item, reviewer: str, outcome: str, **changes: object) -> Reading:
    """What a reader said of an item."""
    settled: dict[str, object] = {"uid": of.uid, "reviewer": reviewer, "outcome": Outcome(outcome), "at": LONG_AGO}
    return Reading(**(settled | changes))  # type: ignore[arg-type]


def store_of(folder: Path, items: Sequence[Item], case: Case = CASE) -> Store:
    """A store with these items."""
    return Store.create(folder / "queue.db", case, items)


def decisions(folder: Path, entries: Sequence[object], **changes: object) -> Path:
    """A decisions file as a work sheet writes it."""
    path = folder / "decisions.json"
    data = {"schema": "cybertriage-decisions-1", "case": "K-1", "reviewer": "R1", "decisions": list(entries)} | changes
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


def entry(of: Item, decision: str, **changes: object) -> dict[str, object]:
    """An entry of a decisions file."""
    return {"uid": of.uid, "decision": decision, "decided_at": "2026-01-01T10:00:00Z"} | changes


RECORD = {
    "row": 1, "id": "m1", "decision": "review", "priority": 2, "labels": ["fraud"],
    "scores": {"fraud": 0.9, "radical": 0.1}, "frames": [], "language": {"form": "ru", "kk": 0.0, "ru": 1.0},
    "reasons": ["fraud_over_threshold"], "facts": {"too_short": False, "folded_radical": 0.0}, "error": None,
    "model": "m@1", "uid": "0" * 32, "position": "row 1",
}  # fmt: skip


def records(path: Path, changes: Sequence[dict[str, object]]) -> Path:
    """A JSONL file of records, each changed from `RECORD`."""
    rows = [RECORD | {"row": n, "id": f"m{n}", "uid": f"{n:032x}"} | change for n, change in enumerate(changes, 1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
