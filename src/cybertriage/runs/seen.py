"""What was said of the texts seen last, so that a copy of a text need not be scored again.

In: digests of texts. Out: slots, which may still wait for their scores.
Invariants: bounded; what is in it and in which order depends on the order of the texts alone, never on when their
scores came.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from cybertriage.runs.workers import Body


@dataclass(slots=True, eq=False)
class Slot:
    """A place for the body of a text, empty until its chunk is scored."""

    body: Body | None = field(default=None, repr=False)

    def filled(self) -> Body:
        """The body; asking before its chunk is scored is a mistake of the program."""
        if self.body is None:
            raise RuntimeError("a text was asked for before it was scored")
        return self.body


class Seen:
    """Slots by digest of their text; the least recently used go first where there are more than `limit`."""

    def __init__(self, limit: int, known: Iterable[tuple[bytes, Body]] = ()) -> None:
        self._limit = limit
        self._slots = OrderedDict((key, Slot(body)) for key, body in known)

    def get(self, key: bytes) -> Slot | None:
        """The slot of a text seen lately."""
        slot = self._slots.get(key)
        if slot is not None:
            self._slots.move_to_end(key)
        return slot

    def put(self, key: bytes, slot: Slot) -> None:
        """Remember a text."""
        self._slots[key] = slot
        if len(self._slots) > self._limit:
            self._slots.popitem(last=False)

    def items(self) -> list[tuple[bytes, Slot]]:
        """All that is remembered, the least recently used first."""
        return list(self._slots.items())
