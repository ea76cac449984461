"""What the readings of an item add up to: settled, open, or readers who differ.

In: items and the last reading of each reader on each. Out: a `State` an item.
Rule: an item is settled when one of confirmed and not confirmed has as many votes as the item wants readers (two for
priority 4 and for the items drawn to be read twice, one otherwise) and more than the other. Unsure and second
reading are no votes, so the item stays open for the next reader.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cybertriage.errors import InputError
from cybertriage.review.items import VOTES, Item, Outcome, Reading, family_of


@dataclass(frozen=True, slots=True)
class State:
    """An item with its readings; `settled` is None while it is open, `family` what a settled confirmation is of."""

    item: Item
    readings: tuple[Reading, ...]
    settled: Outcome | None
    label: str | None = None
    family: str | None = None

    @property
    def differ(self) -> bool:
        """Whether readers said opposite things and nobody has settled it."""
        return self.settled is None and len({r.outcome for r in self.readings} & set(VOTES)) == len(VOTES)


def states(items: Sequence[Item], readings: Iterable[Reading]) -> list[State]:
    """The state of each item, in the same order."""
    by_item: defaultdict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_item[reading.uid].append(reading)
    return [_state(item, sorted(by_item[item.uid], key=lambda r: (r.at, r.reviewer))) for item in items]


def waiting_for(states: Sequence[State], reviewer: str, *, part: tuple[int, int] = (1, 1)) -> list[Item]:
    """What this reader can still read: what is open and was not read by them, in the order of the queue.

    `part` (k, n): of the items nobody has read, every n-th from the k-th, so that n readers share the work.
    """
    number, of = part
    if not 1 <= number <= of:
        raise InputError(f"part is K/N with K from 1 to N, got {number}/{of}")
    return [
        state.item
        for state in states
        if state.settled is None
        and all(r.reviewer != reviewer for r in state.readings)
        and (state.readings or state.item.ordinal % of == number % of)
    ]


def _state(item: Item, readings: Sequence[Reading]) -> State:
    votes = Counter(r.outcome for r in readings if r.outcome in VOTES)
    (first, most), (_, least) = sorted(((o, votes[o]) for o in VOTES), key=lambda pair: -pair[1])
    if most < item.wanted or most == least:
        return State(item, tuple(readings), None)
    agreeing = [r for r in readings if r.outcome is first]
    label = Counter(r.label for r in agreeing if r.label).most_common(1)
    family = None
    if first is Outcome.CONFIRMED:
        family = Counter(family_of(r, item) for r in agreeing).most_common(1)[0][0]
    return State(item, tuple(readings), first, label[0][0] if label else None, family)
