from __future__ import annotations

import json
from pathlib import Path

import pytest

from training import prepare
from training.near_twins import clusters
from training.public import Known

BENIGN = {"fraud": False, "radical": False}
LONG = "ертең таңертең автовокзалдың жанында кездесеміз, билетті мен алып қоямын, кешікпе"


def known(text: str, weight: float = 1.0) -> Known:
    return Known("source", text, BENIGN, weight)


def test_twins_of_twins_share_a_cluster() -> None:
    found = clusters([LONG, LONG + "!", "мүлде басқа әңгіме, ауа райы туралы ғой", LONG.upper()])
    assert found[0] == found[1] == found[3] != found[2]


def test_a_near_twin_of_evaluation_is_left_out_whole() -> None:
    rows = [known(LONG), known(LONG + " 12"), known("кешке нан мен сүт ала келші, дүкен жабылмай тұрғанда")]
    kept, lost = prepare.without_twins(rows, [LONG + "..."])
    assert [row.text for row in kept] == [rows[2].text]
    assert lost["near twin of evaluation"] == 2


def test_of_twins_the_row_that_says_most_stays() -> None:
    kept, lost = prepare.without_twins([known(LONG), known(LONG + "!", weight=2.0)], [])
    assert [row.weight for row in kept] == [2.0]
    assert lost["near twin within training"] == 1


def test_nothing_is_written_when_a_check_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(seed: int) -> list[Known]:
        raise ValueError("a.csv: no column text")

    monkeypatch.setattr(prepare, "sampled_rows", fail)
    monkeypatch.setattr(prepare, "evaluation_texts", list)
    with pytest.raises(ValueError, match="no column text"):
        prepare.prepare(0, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_written_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "sampled_rows", lambda seed: [known(LONG, 0.5)])
    monkeypatch.setattr(prepare, "evaluation_texts", lambda: ["бүгін жаңбыр жауады дейді, қолшатыр ал"])
    report = prepare.prepare(0, tmp_path)
    assert report["rows"] == {"source": 1}
    assert json.loads((tmp_path / prepare.REPORT).read_text(encoding="utf-8")) == report
    assert prepare.prepared_rows(tmp_path) == [known(LONG, 0.5)]


def test_missing_rows_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"training\.prepare"):
        prepare.prepared_rows(tmp_path)
