from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import CybertriageError, InputError, OutputError, Triage
from cybertriage.readers.source import Message
from cybertriage.records.formats import Head, format_named
from cybertriage.records.record import FIELDS, error_body, record
from cybertriage.records.writers import Writer
from cybertriage.runs import batch, workers
from cybertriage.runs.plan import count_rows, plan_run
from cybertriage.runs.redecide import redecide
from cybertriage.runs.run import score_file
from cybertriage.runs.seen import Seen, Slot
from cybertriage.runs.workers import Body, Recipe, started
from tests.runs.runs import BUNDLE, POLICY, Quiet, job_of, scored, source_of

TEXTS = ["Банктен звондадық, SMS-код айтыңыз тез", "Апа, кешке нан ала кел", None, "", "Код никому не сообщайте"]
FORMATS = ["jsonl", "csv", "tsv", "parquet"]


def rows_of(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="," if path.suffix == ".csv" else "\t"))


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "WINDOW_ROWS", 7)
    monkeypatch.setattr(batch, "CHUNK_TEXTS", 3)


@pytest.mark.usefixtures("small_windows")
@pytest.mark.parametrize("ending", FORMATS)
def test_every_row_has_its_record_in_order_with_copies_scored_alike(
    tmp_path: Path, ending: str, triage: Triage
) -> None:
    texts = [f"{TEXTS[at % 5]} {at % 9}" if TEXTS[at % 5] is not None else None for at in range(50)]
    made = scored(job_of(source_of(tmp_path / "in", texts), tmp_path / f"o.{ending}"))
    rows = rows_of(made.output)
    assert [str(row["row"]) for row in rows] == [str(n) for n in range(1, 51)]
    assert all(list(row) == list(FIELDS) for row in rows)
    assert [row["position"] for row in rows[:2]] == ["line 1", "line 3"]
    verdicts = triage.run([text or "" for text in texts])
    for text, verdict, row in zip(texts, verdicts, rows, strict=True):
        if text is None:
            assert (row["decision"], row["error"]) == ("abstain", "broken row")
        else:
            scores = json.loads(row["scores"]) if isinstance(row["scores"], str) else dict(row["scores"])
            assert scores == pytest.approx(verdict.scores, abs=2e-5)
            assert row["decision"] == verdict.decision


def test_jsonl_rows_are_what_json_makes_of_records(triage: Triage) -> None:
    verdict = triage.run(["сәлем, кешке келесің бе"])[0]
    line = format_named("jsonl")
    full = record(3, 'a"\\ \n№', verdict, uid="0f", position="line 3")
    made = line.rows([Head(3, full["id"], "0f", "line 3")], [line.body(full)])
    assert made.decode() == json.dumps(full, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("ending", FORMATS)
def test_one_worker_and_two_processes_write_the_same_bytes(tmp_path: Path, ending: str) -> None:
    texts = [f"{TEXTS[at % 5]} {at}" if at % 5 != 2 else None for at in range(4500)]
    source = source_of(tmp_path / "in", texts)
    one = scored(job_of(source, tmp_path / f"one.{ending}"))
    two = scored(job_of(source, tmp_path / f"two.{ending}", workers=2))
    assert one.output.read_bytes() == two.output.read_bytes()
    assert one.summary == two.summary
    assert one.summary.rows == 4500
    assert one.summary.problems == {"broken row": 900}


@pytest.mark.usefixtures("small_windows")
def test_output_is_the_same_with_and_without_memory_of_earlier_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = source_of(tmp_path / "in", [f"сәлем достым, кешке келесің бе {at % 11}" for at in range(60)])
    asked: list[int] = []
    scorer = workers.Scorer.__call__

    def counted(self: workers.Scorer, texts: list[str]) -> list[Body]:
        asked.append(len(texts))
        return scorer(self, texts)

    monkeypatch.setattr(workers.Scorer, "__call__", counted)
    with_memory = scored(job_of(source, tmp_path / "a.jsonl"))
    assert sum(asked) == 11
    monkeypatch.setattr("cybertriage.runs.run.REMEMBERED", 0)
    without = scored(job_of(source, tmp_path / "b.jsonl"))
    assert sum(asked) > 22
    old, new = rows_of(with_memory.output), rows_of(without.output)
    assert [row["decision"] for row in old] == [row["decision"] for row in new]
    for before, after in zip(old, new, strict=True):
        assert before["scores"] == pytest.approx(after["scores"], abs=2e-5)


@given(st.lists(st.integers(0, 30), max_size=60), st.integers(1, 8))
def test_memory_is_bounded_and_keeps_the_last_used(order: list[int], limit: int) -> None:
    seen = Seen(limit)
    used: list[bytes] = []
    for number in order:
        key = bytes([number])
        if seen.get(key) is None:
            seen.put(key, Slot(Body("", "clear", (), "kk")))
        used = [k for k in used if k != key] + [key]
    assert [key for key, _ in seen.items()] == used[-limit:]


@given(st.lists(st.text(max_size=300), unique=True, max_size=50), st.integers(1, 9), st.integers(1, 600))
def test_chunks_hold_every_text_once_under_their_budget(texts: list[str], most: int, characters: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "CHUNK_TEXTS", most)
        patch.setattr(batch, "CHUNK_CHARACTERS", characters)
        chunks = list(batch.chunked(texts))
    assert sorted(text for chunk in chunks for text in chunk) == sorted(texts)
    lengths = [len(text) for chunk in chunks for text in chunk]
    assert lengths == sorted(lengths)
    assert all(1 <= len(c) <= most and (len(c) == 1 or sum(map(len, c)) <= characters) for c in chunks)


def test_windows_are_cut_by_rows_and_by_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "WINDOW_ROWS", 3)
    monkeypatch.setattr(batch, "WINDOW_CHARACTERS", 10)
    sizes = [2, 2, 2, 9, 1, 30, 0, 0]
    cut = batch.windows(Message(at, "", "x" * size) for at, size in enumerate(sizes))
    assert [[len(m.text or "") for m in window] for window in cut] == [[2, 2, 2], [9, 1], [30], [0, 0]]


def test_a_text_too_long_to_score_is_a_row_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "LONGEST", 100)
    made = scored(job_of(source_of(tmp_path / "in", ["сәлем " * 50, "сәлем достым"]), tmp_path / "o.jsonl"))
    rows = rows_of(made.output)
    assert rows[0]["decision"] == "abstain"
    assert "100 characters" in str(rows[0]["error"])
    assert rows[1]["error"] is None


def test_uids_are_stable_and_tell_rows_files_and_texts_apart(tmp_path: Path) -> None:
    def uids(name: str, texts: list[str | None]) -> list[object]:
        made = scored(job_of(source_of(tmp_path / name, texts), tmp_path / f"{name}.jsonl"))
        return [row["uid"] for row in rows_of(made.output)]

    first = uids("a", ["сәлем", "сәлем", None, ""])
    assert len({*first}) == 4
    assert all(len(str(uid)) == 32 for uid in first)
    assert uids("b", ["сәлем", "сәлем", None, ""]) == first
    assert not {*uids("c", ["сәлем", "сәлем", None, "", "тағы"])} & {*first}


@pytest.mark.parametrize("ending", FORMATS)
def test_odd_identifiers_are_written_and_read_back(tmp_path: Path, ending: str) -> None:
    odd = ["=1+1", "＝x", 'q"uo,te;\t', "a\nb\rc", "\ud800", "№ қ", ""]
    format = format_named(ending)
    heads = [Head(at, batch._spelled(name), "0f", batch._spelled(name)) for at, name in enumerate(odd)]
    path = tmp_path / f"o.{ending}"
    bodies = [format.body(error_body("bad", "m"))] * len(odd)
    path.write_bytes(format.header() + format.rows(heads, bodies))
    if ending == "parquet":
        path = format.complete(path)
    if ending in ("csv", "tsv"):
        assert [row["id"] for row in rows_of(path)] == ["'=1+1", "'＝x", 'q"uo,te;\t', "a\nb\rc", "?", "№ қ", ""]
    else:
        assert [row["id"] for row in rows_of(path)] == [*odd[:4], "?", *odd[5:]]


def test_records_are_not_written_in_an_unknown_format() -> None:
    with pytest.raises(InputError, match="jsonl, csv, tsv, parquet"):
        format_named("xlsx")


@pytest.mark.usefixtures("small_windows")
def test_parquet_row_groups_do_not_follow_the_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cybertriage.records.formats._GROUP_ROWS", 10)
    made = scored(job_of(source_of(tmp_path / "in", ["сәлем достым"] * 33), tmp_path / "o.parquet"))
    meta = pq.read_metadata(made.output)
    assert [meta.row_group(at).num_rows for at in range(meta.num_row_groups)] == [10, 10, 10, 3]
    assert [row["row"] for row in rows_of(made.output)] == list(range(1, 34))


@pytest.mark.parametrize("ending", FORMATS)
def test_no_rows_give_a_whole_output(tmp_path: Path, ending: str) -> None:
    made = scored(job_of(source_of(tmp_path / "in", []), tmp_path / f"o.{ending}"))
    assert rows_of(made.output) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", f"o.{ending}", f"o.{ending}.manifest.json"]


def test_a_limit_scores_the_first_rows_and_counting_writes_nothing(tmp_path: Path) -> None:
    source = source_of(tmp_path / "in", TEXTS * 3)
    before = sorted(tmp_path.iterdir())
    job = job_of(source, tmp_path / "o.jsonl", limit=8)
    counted = count_rows(job)
    assert (counted.rows, counted.problems, counted.skipped) == (8, {"broken row": 2}, {"no text in this item": 1})
    assert plan_run(job).rows == 8
    assert sorted(tmp_path.iterdir()) == before
    assert len(rows_of(scored(job).output)) == 8


def test_a_worker_that_loads_another_bundle_than_was_verified_is_refused(bundle_copy: Path) -> None:
    recipe = Recipe(bundle_copy, "0" * 64, POLICY.to_toml(), "jsonl")
    with (
        pytest.raises(CybertriageError, match="changed while it was in use"),
        started(recipe, 1, processes=True) as submit,
    ):
        submit(["сәлем"]).result()


def test_a_failing_worker_leaves_nothing_behind_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_in_process", _die)
    source = source_of(tmp_path / "in", [f"сәлем {at}" for at in range(4500)])
    with pytest.raises(CybertriageError, match="fewer --workers"):
        scored(job_of(source, tmp_path / "o.jsonl", workers=2))
    assert [p.name for p in tmp_path.iterdir()] == ["in"]


def _die(recipe: Recipe, texts: list[str]) -> list[Body]:
    os._exit(1)


def test_two_runs_cannot_write_one_output(tmp_path: Path) -> None:
    from filelock import FileLock

    job = job_of(source_of(tmp_path / "in", ["сәлем"]), tmp_path / "o.jsonl")
    with FileLock(tmp_path / "o.jsonl.lock"), pytest.raises(OutputError, match="another run is writing"):
        scored(job)
    assert scored(job).summary.rows == 1
    with pytest.raises(OutputError, match="does not exist"):
        scored(job_of(job.source, tmp_path / "no" / "o.jsonl"))
    assert not (tmp_path / "no").exists()


def test_an_input_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    source = source_of(tmp_path / "in", ["сәлем"])
    job = job_of(source, tmp_path / "o.jsonl")
    plan = plan_run(job)
    source.path.write_text("another", encoding="utf-8")
    with pytest.raises(InputError, match="changed while it was read"):
        score_file(plan, Quiet())
    assert not job.output.exists()


@pytest.mark.parametrize("ending", FORMATS)
def test_records_of_an_older_version_are_decided_anew(tmp_path: Path, ending: str) -> None:
    made = scored(job_of(source_of(tmp_path / "in", TEXTS), tmp_path / "o.jsonl"))
    new = rows_of(made.output)
    with (tmp_path / "old.jsonl").open("w", encoding="utf-8") as stream:
        for row in new:
            older = {name: value for name, value in row.items() if name not in ("uid", "position")}
            stream.write(json.dumps(older, ensure_ascii=False) + "\n")
    for name in ("o.jsonl", "old.jsonl"):
        with Writer(tmp_path / f"{name}.{ending}", ending) as writer:
            assert redecide(tmp_path / name, POLICY, writer).decisions == made.summary.decisions
    same, old = (rows_of(tmp_path / f"{name}.{ending}") for name in ("o.jsonl", "old.jsonl"))
    assert [row["uid"] for row in same] == [row["uid"] for row in new]
    assert {(row["uid"], row["position"]) for row in old} == {("", "")}
    if ending == "jsonl":
        assert (tmp_path / "o.jsonl.jsonl").read_bytes() == made.output.read_bytes()


def test_the_model_is_named_in_every_record(tmp_path: Path) -> None:
    made = scored(job_of(source_of(tmp_path / "in", TEXTS), tmp_path / "o.jsonl"))
    assert {row["model"] for row in rows_of(made.output)} == {BUNDLE.id}
