"""Data frames and Hugging Face data sets: new columns beside the old ones, and errors that name the place."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from cybertriage import InputError, Triage
from cybertriage.extras import MissingPackageError, need
from cybertriage.integrations import COLUMNS, loaded
from cybertriage.integrations.datasets import BatchScorer, load_corpora, score_batch
from cybertriage.integrations.frames import score_frame
from training.corpus import load

ROOT = Path(__file__).parents[2]
TEXTS = ["Банктен хабарласып тұрмыз, SMS-кодты айтыңыз", "Апа, кешке нан ала кел", ""]


def frame_of(library: str, data: dict[str, list[Any]], **options: Any) -> Any:
    return pytest.importorskip(library).DataFrame(data, **options)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_gets_the_verdicts_as_columns(triage: Triage, library: str) -> None:
    frame = frame_of(library, {"key": [7, 8, 9], "message": TEXTS})
    scored = score_frame(frame, "message", triage=triage)
    assert list(frame.columns) == ["key", "message"]
    assert list(scored.columns) == ["key", "message", *COLUMNS]
    assert scored["key"].to_list() == [7, 8, 9]
    for at, verdict in enumerate(triage.run(TEXTS)):
        row = {name: scored[name].to_list()[at] for name in COLUMNS}
        assert (row["decision"], row["priority"]) == (verdict.decision, verdict.priority)
        assert tuple(row["labels"]) == verdict.labels
        assert (row["fraud"], row["radical"]) == (verdict.scores["fraud"], verdict.scores["radical"])
        assert (row["language"], row["model"]) == (verdict.language.form, triage.model)


def test_a_pandas_frame_keeps_its_index(triage: Triage) -> None:
    frame = frame_of("pandas", {"message": TEXTS}, index=["b", "a", "b"])
    assert list(score_frame(frame, "message", triage=triage).index) == ["b", "a", "b"]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_an_empty_frame_has_the_columns_of_a_full_one(triage: Triage, library: str) -> None:
    full = score_frame(frame_of(library, {"message": TEXTS}), "message", triage=triage)
    empty = score_frame(frame_of(library, {"message": TEXTS})[:0], "message", triage=triage)
    assert list(empty.columns) == list(full.columns)
    assert len(empty) == 0
    if library == "polars":
        assert empty.schema == full.schema


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_that_cannot_be_scored_says_where(triage: Triage, library: str) -> None:
    frame = frame_of(library, {"message": ["сәлем", None], "fraud": [0.0, 1.0]})
    with pytest.raises(InputError, match=r"no column 'text'; the columns are 'message', 'fraud'"):
        score_frame(frame, "text", triage=triage)
    with pytest.raises(InputError, match=r"column 'fraud' already; pass prefix="):
        score_frame(frame, "message", triage=triage)
    with pytest.raises(InputError, match=r"column 'message', row 1: wants str") as caught:
        score_frame(frame, "message", triage=triage, prefix="ct_")
    assert "сәлем" not in str(caught.value)
    scored = score_frame(frame[:1], "message", triage=triage, prefix="ct_")
    assert list(scored.columns) == ["message", "fraud", *(f"ct_{name}" for name in COLUMNS)]


def test_what_is_no_frame_is_named(triage: Triage) -> None:
    with pytest.raises(InputError, match=r"got builtins.list"):
        score_frame([{"message": "сәлем"}], "message", triage=triage)
    polars = pytest.importorskip("polars")
    with pytest.raises(InputError, match=r"call .collect\(\) first"):
        score_frame(polars.LazyFrame({"message": TEXTS}), "message", triage=triage)


def test_a_doubled_column_is_named(triage: Triage) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([["сәлем", "достар"]], columns=["message", "message"])
    with pytest.raises(InputError, match="2 columns named 'message'"):
        score_frame(frame, "message", triage=triage)


def test_a_batch_of_columns(triage: Triage) -> None:
    verdicts = triage.run(TEXTS)
    columns = score_batch({"text": TEXTS, "key": [1, 2, 3]}, triage=triage)
    assert set(columns) == set(COLUMNS)
    assert columns["fraud"] == [v.scores["fraud"] for v in verdicts]
    with pytest.raises(InputError, match="no column 'text'"):
        score_batch({"message": TEXTS}, triage=triage)
    with pytest.raises(InputError, match="row 1: wants str, got NoneType"):
        score_batch({"text": ["сәлем", None]}, triage=triage)


def test_the_scorer_of_a_data_set_names_its_bundle(triage: Triage) -> None:
    scorer = BatchScorer("fast", text_column="message", prefix="ct_")
    assert scorer.bundle == triage.model
    assert scorer({"message": TEXTS})["ct_decision"] == [v.decision for v in triage.run(TEXTS)]


def test_map_over_a_data_set(triage: Triage) -> None:
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_dict({"text": TEXTS * 3, "key": list(range(9))})
    scored = rows.map(BatchScorer("fast"), batched=True, batch_size=2)
    assert scored["key"] == list(range(9))
    assert scored["fraud"] == [v.scores["fraud"] for v in triage.run(TEXTS * 3)]


def test_a_cached_result_is_of_the_bundle_that_made_it() -> None:
    fingerprint = pytest.importorskip("datasets.fingerprint").Hasher.hash
    scorer, other = BatchScorer("fast"), BatchScorer("fast")
    assert fingerprint(scorer) == fingerprint(other)
    object.__setattr__(other, "bundle", "fast@0.0.1+000000000000")
    assert fingerprint(scorer) != fingerprint(other)


def test_the_corpora_of_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    loaded_rows, rows = load_corpora("d", checkout=ROOT), load("d")
    assert loaded_rows["id"] == [row.id for row in rows]
    assert loaded_rows[5]["text"] == rows[5].text
    assert [tuple(x) for x in loaded_rows["leaves"]] == [row.leaves for row in rows]


@pytest.mark.parametrize(
    ("split", "options", "message"),
    [
        ("t", {"checkout": ROOT}, "unseen test"),
        ("x", {"checkout": ROOT}, "split must be one of w, d, t"),
        ("d", {"checkout": ROOT / "examples"}, "checkout= the folder"),
    ],
)
def test_corpora_that_may_not_or_cannot_be_read(split: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_corpora(split, **options)


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'cybertriage\[datasets\]'"):
        load_corpora("d", checkout=ROOT)
    monkeypatch.setitem(sys.modules, "spacy.language", None)
    monkeypatch.delitem(sys.modules, "cybertriage.integrations.spacy", raising=False)
    with pytest.raises(MissingPackageError, match=r"pip install 'cybertriage\[spacy\]'"):
        __import__("cybertriage.integrations.spacy")
    assert need("json", "anything").__name__ == "json"


def test_a_model_is_loaded_once_a_process() -> None:
    assert loaded("fast") is loaded("fast")
