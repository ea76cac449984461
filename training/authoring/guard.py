"""Refuse training rows that resemble what figures are measured on.

In: the training writers' rows; the independent development set, the suites, calibration and unseen test rows.
Out: nothing, or `CorpusError` naming the ids of every such pair. A paraphrase is beyond it: writers must not see those
sets at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks import independent
from cybertriage.evaluate.cases import load_cases
from training.corpus import Authored, CorpusError, load
from training.near_twins import near_twins


def measured_texts() -> Iterator[tuple[str, str]]:
    """(id, text) of every message of ours that is measured or calibrated on."""
    for family in independent.FAMILIES:
        yield from ((row.id, row.text) for row in independent.load_rows(family))
    yield from ((f"{c.function.suite} {c.function.name} {c.language}", c.text) for c in load_cases())
    yield from ((row.id, row.text) for split in ("d", "t") for row in load(split, test=True))


def refuse_near_twins(rows: Sequence[Authored], measured: Sequence[tuple[str, str]]) -> None:
    """Raise `CorpusError` naming both ids where a training row is nearly a measured text."""
    found = near_twins([row.text for row in rows], [text for _, text in measured])
    if found:
        pairs = ", ".join(f"{rows[a].id} and {measured[b][0]}" for a, b in found)
        raise CorpusError(f"training rows resemble what figures are measured on; drop or rewrite the first of: {pairs}")
