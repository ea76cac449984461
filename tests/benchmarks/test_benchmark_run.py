from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

from benchmarks import plan, run
from benchmarks.plan import BENCHMARKS, Benchmark, chosen, inputs_hash, lacks, missing_sets

ROOT = Path(__file__).parents[2]
PIECE = Benchmark("piece", "benchmarks.piece", ("piece",))


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "inputs_hash", lambda *_, **__: "stamp")
    return tmp_path


def stand_in(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(run, "command", lambda *_, **__: [sys.executable, "-c", code])


def go(folder: Path, *pieces: Benchmark, again: bool = False) -> dict[str, dict[str, object]]:
    return run.run(pieces, quick=False, again=again, state_path=folder / "state.json")


def test_every_benchmark_is_there_and_every_result_has_one() -> None:
    for benchmark in BENCHMARKS:
        path = ROOT.joinpath(*benchmark.module.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), benchmark.module
    written = {name for benchmark in BENCHMARKS for name in benchmark.results}
    # Figures of earlier models (benchmarks.before, `benchmarks.outside --name outside_before`) are not measured again.
    there = {path.stem for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    assert there - {"before", "outside_before"} <= written


def test_names_and_groups_are_chosen_in_the_order_of_the_plan() -> None:
    assert [b.name for b in chosen("bias,quality")] == ["quality-fast", "quality-encoder", "quality-cascade", "bias"]
    assert chosen(None) == BENCHMARKS
    with pytest.raises(ValueError, match=r"no benchmark is called 'sped'; name some of .*speed"):
        chosen("sped")


def test_a_finished_piece_is_passed_over_until_its_inputs_change(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(
        monkeypatch, f"open({str(results / 'runs')!r}, 'a').write('x'); open({str(results / 'piece.json')!r}, 'w')"
    )
    for _ in range(2):
        assert go(results, PIECE)["piece"]["state"] == "done"
    assert (results / "runs").read_text() == "x"
    monkeypatch.setattr(run, "inputs_hash", lambda *_, **__: "another")
    go(results, PIECE)
    assert (results / "runs").read_text() == "xx"
    go(results, PIECE, again=True)
    (results / "piece.json").unlink()
    go(results, PIECE)
    assert (results / "runs").read_text() == "xxxx"


def test_a_piece_that_fails_or_lacks_something_does_not_stop_the_others(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, "raise SystemExit('what went wrong')")
    absent = replace(PIECE, name="absent", packages=("no_such_package_here",))
    entries = go(results, absent, PIECE)
    assert [entries[name]["state"] for name in ("absent", "piece")] == ["not run", "failed"]
    assert "what went wrong" in str(entries["piece"]["reason"])
    shown = capsys.readouterr().out
    assert "[1/2] absent: not run: package no_such_package_here is not installed" in shown
    state = json.loads((results / "state.json").read_text())
    assert state["absent"]["state"] == "not run"


def test_a_garbled_state_is_no_obstacle(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (results / "state.json").write_text("{")
    stand_in(monkeypatch, "pass")
    assert go(results, PIECE)["piece"]["state"] == "done"


def test_what_is_missing_is_named_with_the_way_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "data_root", lambda: None)
    needs = replace(PIECE, sets=("codeswitch-kk-ru",), files=("build/e5",))
    assert any("build/e5 is not there: python -m training.encoder_base" in text for text in lacks(needs, tmp_path))
    assert any("codeswitch-kk-ru" in text and "training.fetch" in text for text in lacks(needs, tmp_path))
    # One that can do without its sets runs, and says what it left out.
    assert lacks(replace(needs, files=(), without_sets=True), tmp_path) == []
    assert missing_sets(needs)


def test_the_inputs_hash_follows_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    piece = replace(next(b for b in BENCHMARKS if b.arguments), sets=())
    assert inputs_hash(piece, quick=False) == inputs_hash(piece, quick=False)
    assert inputs_hash(piece, quick=False) != inputs_hash(piece, quick=True)
    assert inputs_hash(piece, quick=False) != inputs_hash(replace(piece, arguments=()), quick=False)
    timed = replace(piece, timed=True)
    before = inputs_hash(timed, quick=False), inputs_hash(piece, quick=False)
    monkeypatch.setattr(plan, "machine", lambda: {"processor": "another"})
    assert inputs_hash(timed, quick=False) != before[0]
    assert inputs_hash(piece, quick=False) == before[1]


def test_a_quick_run_never_writes_over_the_committed_results() -> None:
    for benchmark in BENCHMARKS:
        if benchmark.quick is not None:
            assert str(run.QUICK) in run.command(benchmark, quick=True)
            assert str(run.QUICK) not in run.command(benchmark, quick=False)
    assert run.RESULTS not in (run.QUICK, *run.QUICK.parents)
