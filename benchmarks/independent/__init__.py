"""The independent development set: messages written under another brief than the corpora.

Choices are measured on it. Nothing is trained or calibrated on it, and nobody who writes training rows reads it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
FAMILIES = ("fraud", "radical")


@dataclass(frozen=True, slots=True)
class IndependentRow:
    """One message. `harmful`: of the file's family. `kind`: its type where harmful, else its kind of honest message."""

    id: str
    text: str = field(repr=False)
    form: str
    family: str
    harmful: bool
    kind: str


def load_rows(family: str) -> list[IndependentRow]:
    """The rows of one file, `fraud` or `radical`."""
    lines = (FOLDER / f"{family}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_row(json.loads(line), family) for line in lines]


def _row(data: dict[str, object], family: str) -> IndependentRow:
    harmful = data[family] == 1
    kind = data[f"{family}_type"] if harmful else data["kind"]
    return IndependentRow(str(data["id"]), str(data["text"]), str(data["lang"]), family, harmful, str(kind))
