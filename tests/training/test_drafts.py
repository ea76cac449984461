"""Drafts of writers without a plan: checked, scored against the model, made into corpus rows, kept from the tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cybertriage import Triage
from training.authoring.ask import asked, refuse_evaluation
from training.authoring.drafts import Draft, problems, read_drafts
from training.authoring.from_drafts import drafts_of, rows_of
from training.authoring.guard import measured_texts, refuse_near_twins
from training.corpus import CorpusError, load
from training.train_fast import authored_truth

LINES = [
    "1\tFR02\tru\tПродиктуйте код, сессия закрывается",
    "1\tHN05\tru\tНикому не диктуйте код",
    "1\tFR02\tkk\tКодты айтыңыз, сессия жабылады",
    "1\tHN05\tkk\tКодты ешкімге айтпаңыз ⏎ Банк",
    "2\tEV\tru\tУже еду",
    "3\tAB3+FR14\tru\tЗаплати, или фото увидят все",
]


def writer(folder: Path, lines: list[str]) -> Path:
    place = folder / "w98"
    place.mkdir()
    (place / "b01.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return place


def test_rows_of_an_item_become_contrast_pairs_in_their_own_form(tmp_path: Path) -> None:
    drafts, lost = drafts_of(writer(tmp_path, LINES))
    rows = rows_of(drafts)
    assert not +lost
    assert [row["contrast_of"] for row in rows] == [None, "w98b01-01", None, "w98b01-03", None, None]
    assert rows[3]["text"] == "Кодты ешкімге айтпаңыз\nБанк"
    assert rows[5]["families"] == ["abuse", "fraud"]
    assert rows[5]["leaves"] == ["intimate_image_threat", "extortion"]


def test_what_nobody_was_asked_stays_unknown(tmp_path: Path) -> None:
    folder = writer(tmp_path, LINES)
    (tmp_path / "w98.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of(drafts_of(folder)[0])), encoding="utf-8"
    )
    scam, warning = load("w", folder=tmp_path)[:2]
    assert scam.ask is None
    assert "counter_speech" not in authored_truth(scam)
    assert authored_truth(warning)["counter_speech"]
    assert authored_truth(scam)["fraud"]
    assert not authored_truth(scam)["abuse"]


def test_rows_of_the_plan_do_not_deny_families_that_came_later() -> None:
    rows = {row.cell: row for row in load("w") if not row.unplanned}
    assert "abuse" not in authored_truth(rows["FR14"])
    assert "illicit" not in authored_truth(rows["HN09"])
    assert authored_truth(rows["EV"])["abuse"] is False


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("1\tVE3\tru\tтекст для проверки", "not in the brief"),
        ("1\tXX1\tru\tтекст для проверки", "not in the brief"),
        ("1\tEV\tkk\tқазір +7 701 123 45 67", "phone"),
        ("1\tEV\tkk\tкірші qwerty.kz сайтына, жақсы екен", "address"),
        ("1\tFR01\tru\t" + "слово " * 50, "45 words"),
        ("1\tEV\tkk-latn\tсәлем достар қалай", "Cyrillic"),
        ("1\tEV\txx\tтекст", "form"),
    ],
)
def test_a_draft_that_breaks_a_rule_is_named_without_its_text(tmp_path: Path, line: str, what: str) -> None:
    drafts, _ = read_drafts(writer(tmp_path, [line]) / "b01.tsv")
    found = list(problems(drafts[0]))
    assert any(what in problem for problem in found)
    assert not any(line.split("\t")[3].strip() in problem for problem in found)


def test_a_line_without_four_fields_is_told(tmp_path: Path) -> None:
    drafts, broken = read_drafts(writer(tmp_path, ["1\tEV\tтекст"]) / "b01.tsv")
    assert not drafts
    assert broken == ["line 1: 3 fields between tabs, wanted 4"]


@pytest.mark.parametrize("place", ["devset/a.tsv", "benchmarks/independent/a.tsv", "suites/a.tsv", "t01.jsonl"])
def test_nobody_writes_against_a_test(tmp_path: Path, place: str) -> None:
    with pytest.raises(PermissionError, match="development or test set"):
        refuse_evaluation(tmp_path / place)


def test_a_try_says_whether_the_model_was_fooled_and_keeps_no_text(triage: Triage) -> None:
    drafts = [
        Draft("w98b01-01", "1", ("FR02",), "ru", "Служба безопасности банка, срочно назовите код из SMS"),
        Draft("w98b01-02", "2", ("EV",), "ru", "Мама, я выезжаю, хлеб взял"),
        Draft("w98b01-03", "3", ("FR02",), "ru", "Мама, я выезжаю, хлеб взял"),
    ]
    tries = asked(drafts, triage)
    assert [one.fooled for one in tries] == [False, False, True]
    assert not any("хлеб" in repr(one) for one in tries)


def test_training_rows_do_not_resemble_what_is_measured() -> None:
    refuse_near_twins([row for row in load("w") if row.unplanned], list(measured_texts()))


def test_a_near_twin_is_refused_by_both_ids() -> None:
    row = next(row for row in load("w") if len(row.text) > 60)
    with pytest.raises(CorpusError, match=f"{row.id} and x-1"):
        refuse_near_twins([row], [("x-1", row.text + "!")])
