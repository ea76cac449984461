"""Ours, by the same contract, so that the same code measures it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from benchmarks.peers.contract import Scores, Taught
from cybertriage import Triage
from cybertriage.evaluate.covered import COVERED
from cybertriage.models.bundle import load_bundle

THREADS = 2


class Ours:
    """A shipped bundle."""

    key: ClassVar[str]
    title: ClassVar[str]
    settings: ClassVar[str] = "as shipped, 2 threads"
    model: ClassVar[str]

    def __init__(self) -> None:
        self._triage = Triage.load(self.model, threads=THREADS)

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        return cls()

    @property
    def id(self) -> str:
        """Name, version and digest of the bundle."""
        return self._triage.model

    def scores(self, texts: Sequence[str]) -> Scores:
        said = self._triage.score(texts)
        return {family: np.array([scored.scores[family] for scored in said]) for family in COVERED}

    def save(self, folder: Path) -> None:
        """What it needs: its own folder, and for a cascade those of its members."""
        bundle = load_bundle(self.model)
        names = [member["name"] for member in bundle.manifest.get("members", {}).values()]
        for name in (bundle.folder.name, *names):
            (folder / name).symlink_to(bundle.folder.parent / name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls()


class Fast(Ours):
    """N-grams alone."""

    key, title, model = "cybertriage_fast", "cybertriage `fast`", "fast"


class Cascade(Ours):
    """The default."""

    key, title, model = "cybertriage_cascade", "cybertriage `cascade`", "cascade"


class Encoder(Ours):
    """The 8-bit transformer alone."""

    key, title, model = "cybertriage_encoder", "cybertriage `encoder`", "encoder"
