"""Data cards: refused with file and field, held against the files, exported as Croissant."""

from __future__ import annotations

import importlib.util
import json
import re
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("yaml", reason="cards are read with PyYAML: pip install 'cybertriage[cards]'")

from training import card_facts, cards, sources
from training.cards import CardError, FileFact
from training.corpus import FIELDS

ROOT = Path(__file__).parents[2]
COMMITTED = sorted((ROOT / "data_cards").glob("*.md"))
HASH = "ab" * 32
BODY = "".join(f"## {section}\n\nStated.\n\n" for section in cards.SECTIONS)
FRONT = f"""pretty_name: A set
language: [kk, ru]
license: mit
creators: [Somebody]
task_categories: [text-classification]
size_categories: [n<1K]
tags: [fraud]
cybertriage:
  dataset: a-set
  use: train
  licence: MIT
  rows: 3
  sha256: {HASH}
  labels: {{'0': 1, '1': 2}}
  files:
  - {{path: a-set/a.csv, sha256: {HASH}, bytes: 12, url: 'https://data.example/a.csv'}}
"""


def parse(front: str = FRONT, body: str = BODY) -> cards.Card:
    return cards.parse(f"---\n{front}---\n{body}", name="a-set.md")


def test_a_card_is_read_into_meta_facts_and_sections() -> None:
    card = parse()
    assert card.meta.language == ("kk", "ru")
    assert card.facts.labels == {"0": 1, "1": 2}
    assert card.facts.files == (FileFact("a-set/a.csv", HASH, 12, "https://data.example/a.csv"),)
    assert card.sections["Prohibited use"] == "Stated."


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("license: mit\n", "", "license"),
        ("language: [kk, ru]", "language: kk", "language"),
        ("language: [kk, ru]", "language: [kk, no]", "language[1]"),
        ("tags: [fraud]", "tags: []", "tags"),
        ("tags: [fraud]", "tags: [fraud]\ntags: [spam]", "tags"),
        ("tags: [fraud]", "colour: blue\ntags: [fraud]", "colour"),
        ("rows: 3", "rows: '3'", "cybertriage.rows"),
        ("rows: 3", "rows: true", "cybertriage.rows"),
        ("rows: 3", "rows: -3", "cybertriage.rows"),
        ("  rows: 3\n", "", "cybertriage.rows"),
        ("use: train", "use: fun", "cybertriage.use"),
        ("use: train", "use: train\n  mood: good", "cybertriage.mood"),
        ("'1': 2", "1: 2", "cybertriage.labels"),
        ("'1': 2", "'1': two", "cybertriage.labels.1"),
        (f"  sha256: {HASH}\n", "  sha256: abc\n", "cybertriage.sha256"),
        ("bytes: 12", "bytes: many", "cybertriage.files[0].bytes"),
        ("https://data", "ftp://data", "cybertriage.files[0].url"),
        ("rows: 3", "rows: [3", "line"),
        ("rows: 3", "rows: &n 3\n  more: *n", "alias"),
        (FRONT, "\n", "front matter"),
        (FRONT, "- a\n", "front matter"),
    ],
)
def test_errors_name_file_and_field(old: str, new: str, field: str) -> None:
    assert old in FRONT
    with pytest.raises(CardError, match=rf"^a-set\.md: .*{re.escape(field)}"):
        parse(FRONT.replace(old, new, 1))


def test_a_missing_section_is_named() -> None:
    with pytest.raises(CardError, match=r"a-set\.md: section `## Bias notes`"):
        parse(body=BODY.replace("## Bias notes\n\nStated.", "## Bias notes\n"))
    with pytest.raises(CardError, match=r"a-set\.md: section `## Origin`"):
        parse(body=BODY.replace("## Origin", "## Where from"))


def test_a_file_that_is_no_card_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_bytes(b"\xff\xfe")
    with pytest.raises(CardError, match=r"^x\.md: cannot be read"):
        cards.load(tmp_path / "x.md")
    with pytest.raises(CardError, match=r"^y\.md: cannot be read"):
        cards.load(tmp_path / "y.md")
    with pytest.raises(CardError, match=r"^z\.md: no front matter"):
        cards.parse("# Title\n", name="z.md")


def test_a_true_card_has_no_difference_and_a_wrong_one_has_each() -> None:
    card = parse()
    assert cards.check(card, card.facts) == []
    wrong = replace(
        card.facts,
        rows=4_000,
        labels={"0": 1, "2": 2},
        files=(FileFact("a-set/a.csv", "1" * 64, 13, "https://data.example/a.csv"), FileFact("a-set/b.csv", HASH, 1)),
    )
    found = {d.field: (d.card, d.files) for d in cards.check(card, wrong)}
    assert found["rows"] == (3, 4_000)
    assert found["size_categories"] == (("n<1K",), ("1K<n<10K",))
    assert found["labels.1"] == (2, None)
    assert found["labels.2"] == (None, 2)
    assert found["files.a-set/a.csv.sha256"] == (HASH, "1" * 64)
    assert found["files.a-set/b.csv.bytes"] == (None, 1)
    assert found["files"] == (1, 2)
    assert "dataset" not in found


def corpus_row(number: int, **changes: Any) -> str:
    row = dict.fromkeys(FIELDS) | {
        "id": f"w01b1-{number:02d}", "text": "сәлем", "form": "kk", "families": [], "leaves": [], "cell": "EV",
        "frame": "no_frame", "ask": "A00", "channel": "sms", "severity": 0, "batch": "w01b1",
    }  # fmt: skip
    return json.dumps(row | changes, ensure_ascii=False) + "\n"


def test_facts_of_the_authored_corpora_follow_the_files(tmp_path: Path) -> None:
    (tmp_path / "w01.jsonl").write_text(corpus_row(1) + corpus_row(2, form="ru", cell="PX4"), encoding="utf-8")
    (tmp_path / "t01.jsonl").write_text(corpus_row(3, id="t01b1-01", families=["fraud"]), encoding="utf-8")
    (tmp_path / "agreement.json").write_text('{"rows": 3, "kappa_fraud": 0.9}', encoding="utf-8")
    facts = card_facts.authored_facts(tmp_path)
    assert facts.rows == 3
    assert facts.labels == {"fraud": 1, "neither": 2}
    assert facts.forms == {"kk": 2, "ru": 1}
    assert facts.cells == {"EV": 2, "PX4": 1}
    assert facts.agreement["kappa_fraud"] == 0.9
    assert {name: (s.use, s.rows, s.writers) for name, s in facts.splits.items()} == {
        "w": ("train", 2, 1), "d": ("dev", 0, 0), "t": ("test", 1, 1),
    }  # fmt: skip
    (tmp_path / "w01.jsonl").write_text(corpus_row(1) + corpus_row(2, form="ru", cell="PX5"), encoding="utf-8")
    assert card_facts.authored_facts(tmp_path).sha256 != facts.sha256


def test_writing_facts_makes_the_card_true_and_keeps_the_rest() -> None:
    card = parse()
    facts = replace(card.facts, rows=12_000, labels={"no": 11_999, "0": 1})
    text = card_facts.with_facts(f"---\n{FRONT}---\n{BODY}", facts, name="a-set.md")
    again = cards.parse(text, name="a-set.md")
    assert cards.check(again, facts) == []
    assert again.meta == replace(card.meta, size_categories=("10K<n<100K",))
    assert again.sections == card.sections
    assert card_facts.with_facts(text, facts, name="a-set.md") == text
    with pytest.raises(CardError, match=r"a-set\.md: cybertriage"):
        card_facts.with_facts("---\ntags: [x]\n---\n", facts, name="a-set.md")


def test_a_report_tells_true_untrue_and_unchecked_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = parse().facts
    text = f"---\n{FRONT}---\n{BODY}"
    for name, content in (
        ("a-set", text),
        ("b-set", text.replace("rows: 3", "rows: 5")),
        ("c-set", text),
        ("d-set", "x"),
    ):
        (tmp_path / f"{name}.md").write_text(content, encoding="utf-8")

    def facts_of(dataset: str) -> cards.Facts:
        if dataset == "c-set":
            raise FileNotFoundError("no public data: set CYBERTRIAGE_DATA")
        return facts

    monkeypatch.setattr(card_facts, "facts_of", facts_of)
    monkeypatch.setattr(card_facts, "_datasets", lambda: {"e-set"})
    report = card_facts.check_all(tmp_path)
    assert report.true == ("a-set.md",)
    assert set(report.differences) == {
        "b-set.md", "e-set.md", "authored-corpora.md", "functional-suites.md", "independent.md",
    }  # fmt: skip
    assert set(report.unchecked) == {"c-set.md", "d-set.md"}
    assert report.exit_code == 1
    lines = list(report.lines())
    assert "b-set.md: rows: the card says 5, the files say 3" in lines
    assert "c-set.md: not checked: no public data: set CYBERTRIAGE_DATA" in lines
    assert card_facts.Report((), {}, {"c-set.md": "no data"}).exit_code == 2
    assert card_facts.Report(("a-set.md",), {}, {}).exit_code == 0


def test_every_corpus_and_every_committed_card_is_valid() -> None:
    assert len(COMMITTED) >= 19
    for path in COMMITTED:
        card = cards.load(path)
        assert card.facts.dataset == path.stem
        assert sum(card.facts.labels.values()) == card.facts.rows, path.name
        assert cards.digest(card.facts.files) == card.facts.sha256, path.name
        assert card.meta.size_categories == (cards.size_category(card.facts.rows),), path.name
        rows = [split.rows for split in card.facts.splits.values()]
        assert not rows or sum(rows) == card.facts.rows


def test_the_authored_card_is_true() -> None:
    card = cards.load(ROOT / "data_cards" / "authored-corpora.md")
    assert cards.check(card, card_facts.authored_facts()) == [], "run python -m training.card_facts --write"


def test_the_card_of_the_functional_suites_is_true() -> None:
    card = cards.load(ROOT / "data_cards" / "functional-suites.md")
    assert cards.check(card, card_facts.suite_facts()) == [], "run python -m training.card_facts --write"


@pytest.mark.real_data
@pytest.mark.skipif(sources.data_root() is None, reason="no public data; set CYBERTRIAGE_DATA")
def test_every_card_is_true_to_the_real_files() -> None:
    report = card_facts.check_all()
    assert report.exit_code == 0, "\n".join(report.lines())


@pytest.mark.skipif(importlib.util.find_spec("mlcroissant") is None, reason="mlcroissant is not installed")
@pytest.mark.parametrize("path", COMMITTED, ids=lambda p: p.stem)
def test_the_croissant_export_is_valid(path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own dependencies
        import mlcroissant

        card = cards.load(path)
        dataset = mlcroissant.Dataset(jsonld=cards.croissant(card))
        assert not dataset.metadata.ctx.issues.errors
        records = {r["labels/label"]: int(r["labels/rows"]) for r in dataset.records("labels")}
    assert records == card.facts.labels
    assert {f.sha256 for f in dataset.metadata.file_objects} == {f.sha256 for f in card.facts.files}


def test_the_croissant_export_carries_the_facts() -> None:
    exported = cards.croissant(parse())
    assert exported["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert exported["distribution"][0]["contentUrl"] == "https://data.example/a.csv"
    assert exported["distribution"][0]["sha256"] == HASH
    assert exported["recordSet"][0]["data"] == [
        {"labels/label": "0", "labels/rows": 1},
        {"labels/label": "1", "labels/rows": 2},
    ]
    assert "datePublished" not in exported
    json.dumps(exported)
