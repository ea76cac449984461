"""The published label maps: hashes and codes only, every label the reading both readers gave."""

from __future__ import annotations

import json
import re

import pytest

from cybertriage.taxonomy import Kind, of_kind
from training import sources
from training.authoring.relabel import RELABELS, SETS, agreement, join
from training.public import relabelled_truth, relabels

OTHER = {"tg-spam-tizh": {"AD", "OT"}, "kazakh-hate-speech-10k": {"IN", "AR", "BE"}}
LEAVES = {"tg-spam-tizh": "fraud", "kazakh-hate-speech-10k": "radical"}


@pytest.mark.parametrize("name", SETS)
def test_a_map_holds_hashes_and_codes_and_nothing_else(name: str) -> None:
    codes = OTHER[name] | {leaf.code for leaf in of_kind(Kind.LEAF, family=LEAVES[name])}
    lines = (RELABELS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) >= {"tg-spam-tizh": 2500, "kazakh-hate-speech-10k": 2000}[name]
    for line in lines:
        row, label, one, two = line.split("\t")
        assert re.fullmatch("[0-9a-f]{64}", row)
        assert {one, two} <= codes, row
        assert label == (one if one == two else "")


@pytest.mark.real_data
@pytest.mark.skipif(sources.data_root() is None, reason="no public data; set CYBERTRIAGE_DATA")
@pytest.mark.parametrize("name", SETS)
def test_every_hash_is_a_row_of_its_set(name: str) -> None:
    rows = {row.sha256 for row in sources.rows_of(name)}
    assert set(relabels(name)) <= rows


def test_the_stated_agreement_is_that_of_the_maps() -> None:
    stated = json.loads((RELABELS / "agreement.json").read_text(encoding="utf-8"))
    for name in SETS:
        lines = (RELABELS / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]
        assert stated[name] == agreement([tuple(line.split("\t")) for line in lines])


def test_a_relabelled_row_is_known_for_every_family_and_leaf() -> None:
    truth = relabelled_truth("FR08")
    assert truth["fraud"]
    assert truth["job_task_scam"]
    assert sum(truth.values()) == 2
    assert not any(relabelled_truth("AD").values())


def test_only_rows_read_twice_are_joined() -> None:
    assert join({"a": "AD", "b": "OT"}, {"b": "OT", "c": "AD"}) == [("b", "OT", "OT", "OT")]
