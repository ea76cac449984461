"""A view of a text that remembers where each of its characters came from.

Invariant: `starts[i]:ends[i]` is the range of the ORIGINAL text behind character i of the view, both
non-decreasing; `None` for both means the view is the original, character for character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cybertriage.types import Span


@dataclass(frozen=True, slots=True)
class View:
    """Text after some step, with its way back. The text is kept out of `repr`."""

    text: str = field(repr=False)
    starts: Sequence[int] | None = None
    ends: Sequence[int] | None = None

    def original(self, start: int, end: int) -> Span:
        """Range of the original text behind the view's characters `start:end` (end exclusive)."""
        if self.starts is None or self.ends is None:
            return Span(start, end)
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return Span(at, at)
        return Span(self.starts[start], self.ends[end - 1])


@dataclass(slots=True)
class ViewBuilder:
    """Collects pieces of a new view over an older one, in order."""

    base: View
    pieces: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def keep(self, start: int, end: int) -> None:
        """Copy `base.text[start:end]` character for character."""
        if start == end:
            return
        self.pieces.append(self.base.text[start:end])
        if self.base.starts is None or self.base.ends is None:
            self.starts.extend(range(start, end))
            self.ends.extend(range(start + 1, end + 1))
        else:
            self.starts.extend(self.base.starts[start:end])
            self.ends.extend(self.base.ends[start:end])

    def put(self, text: str, start: int, end: int) -> None:
        """Stand `text` for `base.text[start:end]`; each of its characters points at that whole range."""
        first, last = start, end
        if self.base.starts is not None and self.base.ends is not None:
            first, last = self.base.starts[start], self.base.ends[end - 1]
        self.pieces.append(text)
        self.starts.extend([first] * len(text))
        self.ends.extend([last] * len(text))

    def view(self) -> View:
        """The finished view."""
        return View("".join(self.pieces), self.starts, self.ends)
