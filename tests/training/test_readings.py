from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.authoring import reading
from training.corpus import CORPORA, Authored, load


def rows() -> list[Authored]:
    return load("w")[:40]


def answer(folder: Path, prefix: str, chosen: dict[str, str]) -> None:
    for key_path in folder.glob(f"{prefix}*.key.json"):
        key = json.loads(key_path.read_text(encoding="utf-8"))
        text = "".join(f"{number}\t{chosen[row]}\t-\n" for number, row in key.items() if row in chosen)
        key_path.with_name(key_path.name.replace(".key.json", ".answers.tsv")).write_text(text, encoding="utf-8")


def test_sheets_are_blind_shuffled_and_whole(tmp_path: Path) -> None:
    assert reading.write_sheets(rows(), tmp_path, 1, "s") == 1
    sheet = (tmp_path / "s01.txt").read_text(encoding="utf-8").splitlines()
    key = json.loads((tmp_path / "s01.key.json").read_text(encoding="utf-8"))
    assert len(sheet) == len(key) == 40
    assert set(key.values()) == {row.id for row in rows()}
    assert list(key.values()) != [row.id for row in rows()]
    assert not any(row.batch in "\n".join(sheet) for row in rows())


def test_agreement_and_settling(tmp_path: Path) -> None:
    reading.write_sheets(rows(), tmp_path, 1, "s")
    own = {row.id: reading.family_letter(row) for row in rows()}
    wrong = next(row for row in rows() if own[row.id] == "F")
    answer(tmp_path, "s", own | {wrong.id: "N"})
    second = reading.read_answers(tmp_path, "s")
    assert reading.agreement(rows(), second)["rows"] == 40
    assert 0.8 < reading.agreement(rows(), second)["kappa_fraud"] < 1
    assert reading.settle(rows(), second, {}) == {wrong.id: ("open", "writer F, second reader N, third reader none")}
    third = {wrong.id: reading.Reading(wrong.id, "F", "FR01")}
    assert reading.settle(rows(), second, third)[wrong.id][0] == "kept"
    against = {wrong.id: reading.Reading(wrong.id, "N", "-")}
    assert reading.settle(rows(), second, against)[wrong.id][0] == "dropped"


def test_dropped_rows_leave_the_files_and_every_outcome_is_noted(tmp_path: Path) -> None:
    source = sorted(CORPORA.glob("w*.jsonl"))[0]
    (tmp_path / source.name).write_bytes(source.read_bytes())
    first, second = [row.id for row in load("w", folder=tmp_path)[:2]]
    before = len(load("w", folder=tmp_path))
    reading.apply({first: ("dropped", "a"), second: ("kept", "b")}, tmp_path)
    left = {row.id for row in load("w", folder=tmp_path)}
    assert (len(left), first in left, second in left) == (before - 1, False, True)
    reading.apply({}, tmp_path)
    assert len((tmp_path / "readings.tsv").read_text(encoding="utf-8").splitlines()) == 3


BOTH, NEITHER, ONE, OTHER = (True, True), (False, False), (True, False), (False, True)


@pytest.mark.parametrize(
    ("pairs", "value"), [([BOTH, NEITHER], 1.0), ([ONE, OTHER], -1.0), ([BOTH, ONE, OTHER, NEITHER], 0.0)]
)
def test_kappa(pairs: list[tuple[bool, bool]], value: float) -> None:
    assert reading.kappa(pairs) == pytest.approx(value)


def test_answers_that_are_not_of_the_form_are_left_out(tmp_path: Path) -> None:
    reading.write_sheets(rows(), tmp_path, 1, "s")
    (tmp_path / "s01.answers.tsv").write_text("0001\tF\tFR01\nnonsense\n0002\tX\t-\n9999\tN\t-\n", encoding="utf-8")
    assert len(reading.read_answers(tmp_path, "s")) == 1
