"""A keyword list, the first thing anybody builds: the cues of the domain notes, counted in the text.

Cues of the kind `hard_negative` are what genuine messages say, so they are left out. Covers fraud only: there is no
list of words for radical content, and there should be none.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

import cybertriage
from benchmarks.peers.contract import NotRun, Scores, Taught
from training.sources import data_root

NAME = "fraud_cues.tsv"


def cue_file() -> Path:
    """Where the cues are: in the package, or beside the public data."""
    package, root = Path(cybertriage.__file__).parent, data_root()
    places = [*package.rglob(NAME), Path(__file__).parents[3] / "shared" / "domain" / NAME]
    if root is not None:
        places.append(root.parent / "domain" / NAME)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise NotRun(f"{NAME} is neither in the package nor in domain/ beside the public data (CYBERTRIAGE_DATA)")
    return found


def cues(path: Path) -> list[str]:
    """The cues for fraud, in lower case."""
    lines = [x for x in path.read_text(encoding="utf-8").splitlines() if x.strip() and not x.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t")
    return sorted({row["cue"].strip().lower() for row in rows if row["kind"] != "hard_negative"})


class Keywords:
    """How many of the cues stand in a text."""

    key: ClassVar[str] = "keywords"
    title: ClassVar[str] = "keyword list"
    settings: ClassVar[str] = "the domain's cues but those of genuine messages; score: how many stand in the text"

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        return cls(cues(cue_file()))

    def scores(self, texts: Sequence[str]) -> Scores:
        lowered = [text.lower() for text in texts]
        return {"fraud": np.array([sum(word in text for word in self._words) for text in lowered], np.float64)}

    def save(self, folder: Path) -> None:
        (folder / "words.txt").write_text("\n".join(self._words), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls((folder / "words.txt").read_text(encoding="utf-8").splitlines())
