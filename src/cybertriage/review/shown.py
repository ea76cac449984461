"""The text that readers see, and where spans of the original lie in it.

In: an original text. Out: `Shown`: personal data masked by `text.redact`, what no file can hold replaced.
Invariant: a span that touches masked data covers the whole mark, so that no part of the data is given away.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from cybertriage.text.redact import find

_LONE = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # half a surrogate pair has no UTF-8


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as shown; `_edits` are (start, end) in the original and (start, end) in the shown text of each mark."""

    text: str = field(repr=False)
    _edits: tuple[tuple[int, int, int, int], ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the original's characters `start` to `end` are."""
        return self._place(start, end=False), self._place(end, end=True)

    def _place(self, at: int, *, end: bool) -> int:
        before = bisect_right(self._edits, at, key=lambda edit: edit[0]) - 1
        if before < 0:
            return at
        first, last, shown_first, shown_last = self._edits[before]
        if at >= last:
            return shown_last + at - last
        return shown_last if end and at > first else shown_first


def shown(original: str, *, masked: bool) -> Shown:
    """The text as readers see it."""
    text = original.translate(_LONE)
    if not masked:
        return Shown(text)
    pieces, edits, at, length = [], [], 0, 0
    for found in find(text):
        start, end, stand_in = found.span.start, found.span.end, f"<{found.kind}>"
        length += start - at
        pieces += [text[at:start], stand_in]
        edits.append((start, end, length, length + len(stand_in)))
        at, length = end, length + len(stand_in)
    return Shown("".join([*pieces, text[at:]]), tuple(edits))
