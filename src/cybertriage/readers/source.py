"""What every reader gives: a stream of messages, and an account of what it left out.

In: what a reader found at a place. Out: `Message`, `Source`, `Skipped`, `Skips`.
Invariants: a message carries no sender, no number or address of an author; what was skipped is told by place and
reason, never by content; every pass over a source starts at the beginning and gives the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cybertriage.readers.encodings import LONGEST, TRIED, decoded, undecodable

CUT = "the file is cut or damaged here; what follows could not be read"
NO_TEXT = "no text"
_LONGEST_ID = 1000


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `row` counts from 1 over the whole source; `text` is None where `error` says why it is unreadable.

    `position` is the place that a person would look at in the file: `row 5`, `line 3`, `message 12`,
    `sheet Data row 7`. `note` says what was done to read it, where it was not read as the rest of its file. `key` is
    the cell of the identifier's column as it was found, a number as a number.
    """

    row: int
    id: str
    text: str | None = field(repr=False)
    error: str | None = None
    position: str = ""
    note: str = ""
    key: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.position:
            object.__setattr__(self, "position", f"row {self.row}")


def message(row: int, text: object, position: str = "", *, key: object = None, encoding: str = "utf-8") -> Message:
    """The message of what was found at a place: its text, or the error that says why there is none.

    `key` identifies it; the row number does where there is no key, or none that can be written.
    """
    name = str(row) if key is None or key == "" else str(key)
    if not name.isascii() or len(name) > _LONGEST_ID:
        name = _writable(name) or str(row)
    found, error, note = _read(text, encoding)
    return Message(row, name, found, error, position, note, key)


def _read(text: object, encoding: str) -> tuple[str | None, str | None, str]:
    """Text, or why there is none, and how it was read where that is not as the rest of the file."""
    if text is None:
        return None, "no text in this row", ""
    if not isinstance(text, str):
        return None, f"the text is a {type(text).__name__}, not a string", ""
    if len(text) > LONGEST:
        return None, too_long(), ""
    found = decoded(text, encoding)
    if found is None:
        return None, f"no readable text in any encoding tried: {', '.join(TRIED)}", ""
    return found[0], None, f"read as {found[1]}" if found[1] else ""


def too_long(limit: int = LONGEST) -> str:
    """Why a text of more characters is not scored."""
    return f"the text is longer than {limit:,} characters; split it"


def _writable(name: str) -> str:
    sound = len(name) <= _LONGEST_ID and "\ufffd" not in name and not undecodable(name, "utf-8")
    return name if sound and not any("\ud800" <= c <= "\udfff" for c in name) else ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """One item of the input that gave no message: where, and why."""

    position: str
    reason: str


class Skips:
    """What one pass over a source left out: all counted by reason, the first `LISTED` also listed.

    `notes` counts rows that were read otherwise than the rest, by how.
    """

    LISTED = 1000

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self.listed: list[Skipped] = []

    def add(self, position: str, reason: str) -> None:
        """Count one more."""
        self.counts[reason] += 1
        if len(self.listed) < self.LISTED:
            self.listed.append(Skipped(position, reason))

    def clear(self) -> None:
        """Forget all, for another pass."""
        self.counts.clear()
        self.notes.clear()
        self.listed.clear()


@dataclass(frozen=True, slots=True)
class Source:
    """An opened input: its format, what was guessed about it, and the way to its rows.

    `text_column` is None for formats that have no columns. `skips` is about the pass of `rows` that was begun last,
    and complete when that pass is.
    """

    path: Path
    format: str
    encoding: str
    text_column: str | None
    id_column: str | None
    read: Callable[[Skips], Iterator[Message]] = field(repr=False)
    skips: Skips = field(default_factory=Skips, repr=False)

    def rows(self) -> Iterator[Message]:
        """Read from the start; deterministic, so that a run can go on by reading again and passing over."""
        self.skips.clear()
        for found in self.read(self.skips):
            if found.note:
                self.skips.notes[found.note] += 1
            yield found
