from __future__ import annotations

import json
import re

import pytest

from cybertriage import InputError
from cybertriage import taxonomy as tx


def test_codes_and_ids_are_unique() -> None:
    for values in ([x.code for x in tx.labels()], [x.id for x in tx.labels()]):
        assert len(values) == len(set(values))


def test_every_label_speaks_three_languages() -> None:
    for label in tx.labels():
        for texts in (label.name, label.explanation):
            assert set(texts) == set(tx.LANGUAGES)
            assert all(texts.values()), label.id


def test_the_leaves_are_those_of_the_design() -> None:
    assert [x.code for x in tx.of_kind(tx.Kind.LEAF, family="fraud")] == [f"FR{i:02d}" for i in range(1, 15)]
    assert [x.code for x in tx.of_kind(tx.Kind.LEAF, family="radical")] == ["VE1", "VE2", "VE4", "VE5", "VE6"]
    assert tx.label("VE3").route_only


def test_no_statute_numbers_and_no_verbs_of_punishment() -> None:
    text = json.dumps([[dict(x.name), dict(x.explanation)] for x in tx.labels()], ensure_ascii=False).lower()
    assert not re.search(r"ст\.\s*\d|стать[яи]\s*\d|бап\b|article \d|\b(?:174|232-1|256)\b", text)
    assert not re.search(r"заблокировать|наказать|бұғаттау|\bban\b|\bblock\b|punish", text)


def test_an_unknown_label_says_where_to_look() -> None:
    with pytest.raises(InputError, match="nope"):
        tx.label("nope")
    with pytest.raises(InputError, match="kk, ru, en"):
        tx.notice("fr")
