"""Read the authored corpora and check every row before anything is built on it.

In: `training/corpora/*.jsonl`. Out: `Authored` rows, by writer.
Writers: `w..` train, `d..` calibrate and select, `t..` are the unseen test and are read only with `test=True`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cybertriage.taxonomy import family as rules
from cybertriage.taxonomy import label
from cybertriage.types import LanguageForm

CORPORA = Path(__file__).parent / "corpora"
FIELDS = (
    "id", "text", "form", "families", "leaves", "cell", "frame", "ask", "channel", "severity", "batch",
    "contrast_of", "group",
)  # fmt: skip


# Writers from these on work without a plan (training/authoring/BRIEF.md) and know all four families.
UNPLANNED = {"w": "w60", "d": "d05", "t": "t09"}


class CorpusError(ValueError):
    """A corpus row that is not of the stated form; names the file and the row, never the text."""


@dataclass(frozen=True, slots=True)
class Authored:
    """One hand-written message with its labels; `frame` and `ask` are None where nobody has said."""

    id: str
    text: str = field(repr=False)
    form: LanguageForm
    families: tuple[str, ...]
    leaves: tuple[str, ...]
    cell: str
    frame: str | None
    ask: str | None
    channel: str
    severity: int
    batch: str
    contrast_of: str | None
    group: str | None

    @property
    def writer(self) -> str:
        """Who wrote it: the unit that a split keeps whole."""
        return self.id.partition("b")[0]

    @property
    def unplanned(self) -> bool:
        """Whether its writer had no plan."""
        return self.writer >= UNPLANNED[self.writer[0]]


def truth_and_hard(rows: Sequence[Authored], family: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows are of the family, and which are hard negatives of it; shape (rows,) each, never both."""
    truth = np.array([family in row.families for row in rows])
    return truth, ~truth & np.array([row.cell.startswith(rules(family).hard_cells) for row in rows])


def load(split: str, *, folder: Path = CORPORA, test: bool = False) -> list[Authored]:
    """Rows of one split: `w` (training), `d` (calibration), `t` (unseen test; only with `test=True`)."""
    if split == "t" and not test:
        raise PermissionError("split t is the unseen test: never train or tune on it")
    rows = [row for path in sorted(folder.glob(f"{split}[0-9]*.jsonl")) for row in _rows(path)]
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise CorpusError(f"id {row.id} stands twice")
        seen.add(row.id)
    return rows


def _rows(path: Path) -> Iterator[Authored]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield _row(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{path.name}:{number}: {error}") from None


def _row(data: dict[str, Any]) -> Authored:
    if set(data) != set(FIELDS):
        raise CorpusError(f"fields differ from the schema: {sorted(set(data) ^ set(FIELDS))}")
    if not data["text"].strip():
        raise CorpusError("empty text")
    for name in (*data["leaves"], *data["families"], *filter(None, [data["frame"]])):
        label(name)
    return Authored(**{**data, "form": LanguageForm(data["form"]), "families": tuple(data["families"]),
                       "leaves": tuple(data["leaves"])})  # fmt: skip
