"""The one reader of saved records: the same records out of every format."""

from __future__ import annotations

from pathlib import Path

import pytest

from cybertriage.records.formats import OUTPUT_FORMATS
from cybertriage.records.record import FIELDS, error_body, record
from cybertriage.records.saved import read_records, saved_records
from cybertriage.records.writers import Writer
from cybertriage.types import Decision, Facts, Language, LanguageForm, Verdict

ODD = ["=1+1", "'=1", "a,=b", "＝x", 'q"uo,te;\t', "a\nb\rc", "№ қ", "@SUM(A1)"]


def records() -> list[dict[str, object]]:
    verdict = Verdict(
        decision=Decision.REVIEW, priority=3, labels=("fraud",), scores={"fraud": 0.9, "radical": 0.01},
        frames=("news",), language=Language(LanguageForm.KK, 0.75, 0.25), reasons=("obfuscated",),
        facts=Facts(folded={"radical": 0.25}), error=None, model="m@1",
    )  # fmt: skip
    rows = [record(at, key, verdict, uid="0" * 32, position=f"row {at}") for at, key in enumerate(ODD, 1)]
    lost = error_body("no text in this row", "m@1")
    return [*rows, {"row": len(ODD) + 1, "id": "lost", **lost, "uid": "1" * 32, "position": "row 9"}]


@pytest.mark.parametrize("ending", OUTPUT_FORMATS)
def test_what_was_written_is_read_back(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"r.{ending}"
    with Writer(path, ending) as writer:
        writer.write(records())
    found = list(read_records(path))
    assert found == records()
    assert all(tuple(row) == FIELDS for row in found)
    assert [row.error for row in saved_records(path)] == [False] * len(ODD) + [True]
