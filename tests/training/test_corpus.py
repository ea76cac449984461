"""The authored corpora: schema, house rules for texts, honest splits."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from cybertriage.text.windows import WINDOW
from cybertriage.variation.groups import terms
from training.augment import TRANSFORMS, beside, form_after
from training.authoring.assemble import LONGEST_HARMFUL
from training.authoring.check_batch import CARD, DOMAIN, PHONE
from training.corpus import CORPORA, Authored, CorpusError, load
from training.identity import swap
from training.near_twins import near_twins

TRAIN, CALIBRATION, TEST = load("w"), load("d"), load("t", test=True)
ALL = [*TRAIN, *CALIBRATION, *TEST]


def test_the_test_split_is_not_to_be_had_by_accident() -> None:
    with pytest.raises(PermissionError):
        load("t")


def test_ids_are_unique_across_splits() -> None:
    assert max(Counter(row.id for row in ALL).values()) == 1


def test_no_attack_instruction_was_ever_written() -> None:
    assert not any("attack_instruction" in row.leaves or row.cell == "VE3" for row in ALL)


def test_phones_addresses_and_cards_are_invented() -> None:
    for row in ALL:
        phones = [re.sub(r"\D", "", m.group()) for m in PHONE.finditer(row.text)]
        assert all(phone[1:7] == "700000" for phone in phones), row.id
        assert not DOMAIN.search(row.text), row.id
        assert not CARD.search(row.text), row.id


def test_harmful_items_are_short_and_hold_no_links() -> None:
    for row in ALL:
        if "radical" in row.families:
            assert len(row.text.split()) <= LONGEST_HARMFUL, row.id
            assert ".example" not in row.text, row.id


def test_no_evaluation_row_has_a_near_twin_in_training() -> None:
    twins = near_twins([row.text for row in TRAIN], [row.text for row in [*TEST, *CALIBRATION]])
    assert [([*TEST, *CALIBRATION][b].id, TRAIN[a].id) for a, b in twins] == []


def write(folder: Path, *rows: dict[str, object]) -> None:
    (folder / "w01.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")


def raw() -> dict[str, object]:
    line = (sorted(CORPORA.glob("w*.jsonl"))[0]).read_text(encoding="utf-8").splitlines()[0]
    row: dict[str, object] = json.loads(line)
    return row


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"text": "  "}, "empty text"),
        ({"leaves": ["no_such_leaf"]}, "no_such_leaf"),
        ({"form": "en"}, "en"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_bad_row_stops_the_build_with_file_and_row(tmp_path: Path, change: dict[str, object], named: str) -> None:
    write(tmp_path, raw(), raw() | {"id": "w01b9-99"} | change)
    with pytest.raises(CorpusError, match=rf"w01\.jsonl:2.*{named}"):
        load("w", folder=tmp_path)


def test_a_repeated_id_stops_the_build(tmp_path: Path) -> None:
    write(tmp_path, raw(), raw())
    with pytest.raises(CorpusError, match="twice"):
        load("w", folder=tmp_path)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_augmentation_is_seeded_and_keeps_the_row(name: str) -> None:
    for row in TRAIN[:40]:
        one, two = (TRANSFORMS[name](row.text, row.form, random.Random(5)) for _ in range(2))
        assert one == two
        assert form_after(name, row.form)
        if one is not None:
            assert one.strip()


def test_kazakh_without_its_letters_has_none_of_them() -> None:
    kazakh = next(row for row in TRAIN if row.form == "kk")
    assert not re.search("[әғқңөұүһі]", TRANSFORMS["plain"](kazakh.text, "kk", random.Random(0)) or "ә", re.I)


def test_a_group_is_named_in_another_s_place_in_the_same_form() -> None:
    found = {swap("Лесбиянкаларға тимеңіз, ДОСТАР", random.Random(seed)) for seed in range(60)}
    assert None not in found
    assert all(text and text[0].isupper() and text.endswith(" тимеңіз, ДОСТАР") for text in found)
    assert {"Мигранттарға тимеңіз, ДОСТАР", "Еврейлерге тимеңіз, ДОСТАР"} & found
    assert swap("Ертең кездесейік", random.Random(0)) is None


def test_what_may_name_a_thing_stays_within_its_trait() -> None:
    found = {swap("қазақ тілі", random.Random(seed)) for seed in range(60)}
    ethnic = {term.form("kk", "sg") for term in terms() if term.trait == "ethnicity"}
    assert found <= {f"{name} тілі" for name in ethnic}


def test_a_message_beside_others_stands_whole_in_one_window() -> None:
    others = [f"Ертең {n} сағатта келемін." for n in range(9)]
    found = [beside("Кодты айтыңыз", others, random.Random(seed)) for seed in range(40)]
    assert all(text and "Кодты айтыңыз" in text and len(text) <= WINDOW for text in found)
    assert len(set(found)) > 20
    assert beside("а" * 390, others, random.Random(0)) is None


def test_rows_do_not_show_their_text() -> None:
    assert isinstance(TRAIN[0], Authored)
    assert TRAIN[0].text not in repr(TRAIN[0])
