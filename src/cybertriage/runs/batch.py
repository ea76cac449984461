"""Score a stream of messages, row by row in and row by row out, with every worker busy.

In: messages, workers, a part file. Out: encoded records in input order, and a `Summary`.
Method: a window of rows is read ahead; each text that neither the window nor the memory of earlier windows has is
scored once, in chunks of like length; the windows are written in order as their chunks come back.
Invariants: every input row has one record; memory is flat in file size; how texts are put into windows and chunks
depends on the rows alone, so the bytes do not depend on the number of workers, their pace or where a run was resumed.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from cybertriage.readers.encodings import LONGEST
from cybertriage.readers.source import Message, too_long
from cybertriage.records.formats import Format, Head
from cybertriage.records.record import Uids, error_body
from cybertriage.runs.part import PartFile
from cybertriage.runs.seen import Seen, Slot
from cybertriage.runs.workers import Body, Submit, encoded

WINDOW_ROWS, WINDOW_CHARACTERS = 4096, 1 << 22
CHUNK_TEXTS, CHUNK_CHARACTERS = 1024, 1 << 18
AHEAD = 4  # windows
_REASONS = 100
_COUNTED = ("decisions", "labels", "forms", "problems")


class Progress(Protocol):
    """Told how many rows are done; a tqdm bar is one."""

    def update(self, n: int) -> object: ...


@dataclass(slots=True)
class Summary:
    """Counts over a whole run; `problems` are the row errors by their reason."""

    rows: int = 0
    errors: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def add(self, records: Sequence[dict[str, Any]]) -> None:
        """Count some records."""
        for row in records:
            self._count(1, row["decision"], row["labels"], row["language"]["form"], row["error"])

    def add_bodies(self, bodies: Iterable[Body]) -> None:
        """Count some encoded records."""
        for body, times in Counter(bodies).items():
            self._count(times, body.decision, body.labels, body.form, body.error)

    def to_json(self) -> dict[str, Any]:
        """As plain values, names in order of the alphabet."""
        counts = {name: dict(sorted(getattr(self, name).items())) for name in _COUNTED}
        return {"rows": self.rows, "errors": self.errors, **counts}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Summary:
        """What `to_json` gave."""
        counts = {name: Counter(data[name]) for name in _COUNTED}
        return cls(int(data["rows"]), int(data["errors"]), **counts)

    def _count(self, times: int, decision: str, labels: Iterable[str], form: str, error: str | None) -> None:
        self.rows += times
        self.decisions[decision] += times
        self.forms[form] += times
        for label in labels:
            self.labels[label] += times
        if error is not None:
            self.errors += times
            self.problems[error if error in self.problems or len(self.problems) < _REASONS else "other"] += times


@dataclass(slots=True)
class _Window:
    """Rows on their way: a slot for each, and the chunks whose results fill them."""

    heads: list[Head]
    slots: list[Slot]
    chunks: list[tuple[Future[list[Body]], list[Slot]]]
    memory: list[tuple[bytes, Slot]] | None  # as it is after this window, where a checkpoint is due


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What scores rows, and where the records go.

    `due` says whether a checkpoint is wanted after the window that is being read; `save` is then called with the
    memory, when that window is written.
    """

    submit: Submit
    format: Format
    uids: Uids
    model: str
    part: PartFile
    summary: Summary
    seen: Seen
    ahead: int = AHEAD
    due: Callable[[], bool] = field(default=lambda: False)
    save: Callable[[list[tuple[bytes, Body]]], None] = field(default=lambda memory: None)

    def run(self, windows: Iterable[Sequence[Message]], progress: Progress) -> None:
        """Score and write every window; see the module for what is promised."""
        waiting: deque[_Window] = deque()
        for messages in windows:
            waiting.append(self._read(messages))
            if len(waiting) > self.ahead:
                self._write(waiting.popleft(), progress)
        while waiting:
            self._write(waiting.popleft(), progress)

    def _read(self, messages: Sequence[Message]) -> _Window:
        known: dict[str, Slot] = {}
        fresh: dict[str, Slot] = {}
        slots = [self._slot(message, known, fresh) for message in messages]
        chunks = [(self.submit(texts), [fresh[text] for text in texts]) for texts in chunked(fresh)]
        heads = [Head(m.row, _spelled(m.id), self.uids(m), _spelled(m.position)) for m in messages]
        return _Window(heads, slots, chunks, self.seen.items() if self.due() else None)

    def _slot(self, message: Message, known: dict[str, Slot], fresh: dict[str, Slot]) -> Slot:
        error = problem_of(message)
        if error is not None:
            return Slot(encoded(error_body(error, self.model), self.format))
        text = message.text or ""
        slot = known.get(text)
        if slot is None:
            key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            slot = self.seen.get(key)
            if slot is None:
                slot = fresh[text] = Slot()
                self.seen.put(key, slot)
            known[text] = slot
        return slot

    def _write(self, window: _Window, progress: Progress) -> None:
        for future, slots in window.chunks:
            for slot, body in zip(slots, future.result(), strict=True):
                slot.body = body
        bodies = [slot.filled() for slot in window.slots]
        self.part.write(self.format.rows(window.heads, [body.encoded for body in bodies]))
        self.summary.add_bodies(bodies)
        progress.update(len(bodies))
        if window.memory is not None:
            self.save([(key, slot.filled()) for key, slot in window.memory])


def windows(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Cut a stream into windows of at most `WINDOW_ROWS` rows and about `WINDOW_CHARACTERS` characters."""
    window: list[Message] = []
    characters = 0
    for message in messages:
        window.append(message)
        characters += len(message.text or "")
        if len(window) == WINDOW_ROWS or characters >= WINDOW_CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


def chunked(texts: Iterable[str]) -> Iterator[list[str]]:
    """Chunks of texts of like length, the shortest first, so that little of a batch is padding."""
    chunk: list[str] = []
    characters = 0
    for text in sorted(texts, key=len):
        if chunk and (len(chunk) == CHUNK_TEXTS or characters + len(text) > CHUNK_CHARACTERS):
            yield chunk
            chunk, characters = [], 0
        chunk.append(text)
        characters += len(text)
    if chunk:
        yield chunk


def problem_of(message: Message) -> str | None:
    """Why a message cannot be scored, None where it can."""
    if message.text is None:
        return message.error or "unreadable row"
    if len(message.text) > LONGEST:
        return too_long(LONGEST)
    return None


def _spelled(name: str) -> str:
    """A name as UTF-8 can spell it: from JSON it may hold half a surrogate pair."""
    return name if name.isascii() else name.encode("utf-8", "replace").decode("utf-8")
