"""Score a table, row by row out as row by row in.

In: an opened `Source`, a `Triage`. Out: records written in input order, and a `Summary`.
Invariants: every input row has one output record; memory is flat in file size; copies of a text inside one window
are scored once.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cybertriage.io.records import error_record, record
from cybertriage.io.tables import Message
from cybertriage.io.writers import Writer
from cybertriage.triage import Triage
from cybertriage.types import Verdict

WINDOW = 4096


class Progress(Protocol):
    """Told how many rows are done; a tqdm bar is one."""

    def update(self, n: int) -> object: ...


@dataclass(slots=True)
class Summary:
    """Counts over a whole run."""

    rows: int = 0
    errors: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)

    def add(self, records: Sequence[dict[str, Any]]) -> None:
        """Count some records."""
        self.rows += len(records)
        for row in records:
            self.errors += row["error"] is not None
            self.decisions[row["decision"]] += 1
            self.labels.update(row["labels"])
            self.forms[row["language"]["form"]] += 1


def score_rows(messages: Iterator[Message], triage: Triage, writer: Writer, progress: Progress) -> Summary:
    """Score every message and write every record; see the module for what is promised."""
    summary = Summary()
    while window := list(itertools.islice(messages, WINDOW)):
        records = _score_window(window, triage)
        writer.write(records)
        summary.add(records)
        progress.update(len(records))
    return summary


def _score_window(window: Sequence[Message], triage: Triage) -> list[dict[str, Any]]:
    distinct = list(dict.fromkeys(m.text for m in window if m.text is not None))
    verdicts = dict(zip(distinct, triage.run(distinct), strict=True))
    return [_record(message, verdicts, triage.model) for message in window]


def _record(message: Message, verdicts: dict[str, Verdict], model: str) -> dict[str, Any]:
    if message.text is None:
        return error_record(message.row, message.id, message.error or "unreadable row", model)
    return record(message.row, message.id, verdicts[message.text])
