"""Which messages are put before people: the flagged and unclear ones in order, and a blind draw of the others.

In: saved records, read twice. Out: a `Selection`.
Method: highest priority, then highest score; the control sample is the messages with the lowest keyed hash, which is a
simple random draw without keeping the population in memory; control messages stand at random places of the queue.
Invariant: the same records, options and seed give the same queue.
"""

from __future__ import annotations

import hashlib
import heapq
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cybertriage.errors import InputError
from cybertriage.records.saved import Saved
from cybertriage.taxonomy import families
from cybertriage.types import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How a queue is drawn. `limit`: items at most, control included. `control`: share of the queue, 0 to 0.9, that is
    a blind draw of unflagged messages. `double`: share, 0 to 1, that two readers read, so that agreement can be
    measured. `seed`: of all draws.
    """

    limit: int = 1000
    control: float = 0.1
    double: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise InputError(f"limit must be 1 or more, got {self.limit}")
        if not 0 <= self.control <= 0.9:
            raise InputError(f"control is a share of the queue from 0 to 0.9, got {self.control}")
        if not 0 <= self.double <= 1:
            raise InputError(f"double is a share of the queue from 0 to 1, got {self.double}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One message of the queue; `ordinal` counts from 1."""

    saved: Saved
    control: bool
    double: bool
    ordinal: int


@dataclass(frozen=True, slots=True)
class Selection:
    """The queue in order. `left_over` were flagged or unclear and found no place; `unreadable` rows have no text."""

    chosen: tuple[Chosen, ...]
    population: Mapping[str, Mapping[str, int]]
    left_over: int
    unreadable: int


def select(records: Callable[[], Iterator[Saved]], draw: Draw) -> Selection:
    """Choose the messages of a queue; `records` starts a new pass over the same records each time it is called."""
    population: defaultdict[str, Counter[str]] = defaultdict(Counter)
    room = draw.limit - math.ceil(draw.control * draw.limit) if draw.control else draw.limit
    flagged = heapq.nsmallest(max(room, 1), _counted(records(), population), key=_place)
    totals: Counter[str] = sum(population.values(), Counter())
    control = _control(records(), draw, _control_size(draw, len(flagged)))
    return Selection(
        _in_order(flagged, control, draw), {form: dict(counts) for form, counts in sorted(population.items())},
        totals[Decision.REVIEW] + totals[Decision.ABSTAIN] - len(flagged), totals["error"],
    )  # fmt: skip


def _counted(rows: Iterator[Saved], population: defaultdict[str, Counter[str]]) -> Iterator[Saved]:
    """Those to be looked at, while all are counted."""
    for saved in rows:
        counts = population[saved.form]
        if saved.error:
            counts["error"] += 1
            continue
        counts[saved.decision.value] += 1
        if saved.decision is Decision.REVIEW:
            counts.update(f for f in families() if f in saved.labels)
        if saved.decision is not Decision.CLEAR:
            yield saved


def _place(saved: Saved) -> tuple[int, float, int]:
    return (-saved.priority, -saved.score, saved.row)


def _control_size(draw: Draw, flagged: int) -> int:
    if not flagged:
        return math.ceil(draw.control * draw.limit)
    return min(math.ceil(draw.control / (1 - draw.control) * flagged), draw.limit - flagged)


def _control(rows: Iterator[Saved], draw: Draw, size: int) -> list[Saved]:
    clear = (saved for saved in rows if saved.decision is Decision.CLEAR and not saved.error)
    return heapq.nsmallest(size, clear, key=lambda saved: _hash(draw.seed, "control", saved.key))


def _in_order(flagged: list[Saved], control: list[Saved], draw: Draw) -> tuple[Chosen, ...]:
    total = len(flagged) + len(control)
    rng = random.Random(draw.seed)
    at_random = set(rng.sample(range(total), len(control)))
    rng.shuffle(control)
    sources = {True: iter(control), False: iter(flagged)}
    return tuple(
        Chosen(saved := next(sources[at in at_random]), at in at_random, _double(saved, draw), at + 1)
        for at in range(total)
    )


def _double(saved: Saved, draw: Draw) -> bool:
    return int(_hash(draw.seed, "double", saved.key)[:8], 16) < draw.double * 16**8


def _hash(seed: int, what: str, key: str) -> str:
    return hashlib.sha256(f"{seed}\0{what}\0{key}".encode("utf-8", "replace")).hexdigest()
