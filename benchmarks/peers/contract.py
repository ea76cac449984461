"""What every peer can do, and the rows it is trained on.

A peer answers with a score a family, higher for more likely; scores of different peers are never compared, only the
ranking each makes and what each flags at a threshold set on the same held-out rows.
Invariant: what a peer saves holds no pickle; it is what somebody would ship.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from cybertriage.evaluate.covered import COVERED
from cybertriage.text.reading import normalised
from cybertriage.text.windows import cut

Floats = NDArray[np.float64]
Scores = dict[str, Floats]


class NotRun(Exception):
    """A peer that cannot be run here; the message says what is missing and how to get it."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A training row: a window of a text, what is known of its families, its weight.

    `own`: hand-written, as it was written; `respelt`: another spelling of such a row; neither for public rows.
    """

    text: str = field(repr=False)
    truth: Mapping[str, bool]
    weight: float
    own: bool
    respelt: bool = False


class Peer(Protocol):
    """One thing that people would use instead."""

    key: ClassVar[str]
    title: ClassVar[str]
    settings: ClassVar[str]

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        """Train; raises `NotRun` where something is missing."""

    def scores(self, texts: Sequence[str]) -> Scores:
        """A score a text for each family it covers, shape (texts,)."""

    def save(self, folder: Path) -> None:
        """Write what would be shipped."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""


def by_window(score: Callable[[Sequence[str]], Scores], texts: Sequence[str]) -> Scores:
    """Scores of whole texts by a method for windows: the highest of each text's windows counts, as in ours."""
    parts = cut(normalised(texts))
    return {family: parts.highest(values[:, None])[:, 0] for family, values in score(parts.pieces).items()}


def known(rows: Sequence[Taught], family: str) -> list[Taught]:
    """The rows of which it is known whether they are of the family."""
    return [row for row in rows if family in row.truth]


def training_rows(seed: int, *, most: int | None = None) -> list[Taught]:
    """The rows that the `fast` model was trained on: authored ones, their augmentations, public and taught ones.

    `most`: a seeded sample of so many, for a trial.
    """
    from training.corpus import load
    from training.prepare import prepared_rows, taught_rows
    from training.train_fast import examples

    every = examples(load("w"), [*prepared_rows(), *taught_rows()], seed)
    rows = [
        Taught(
            e.text,
            {f: e.truth[f] for f in COVERED if f in e.truth},
            e.weight,
            e.authored is not None,
            e.authored is None and e.origin is not None,
        )
        for e in every
    ]
    return rows if most is None else random.Random(seed).sample(rows, min(most, len(rows)))
