"""A run that was cut off and given again ends in the same bytes; a run of anything else is refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cybertriage import InputError, Policy
from cybertriage.audit.chain import Stated
from cybertriage.audit.log import AuditLog, Trail
from cybertriage.runs import batch, run
from cybertriage.runs.checkpoint import Checkpoint
from cybertriage.runs.manifest import manifest_of
from cybertriage.runs.plan import Job, plan_run
from tests.runs.runs import BUNDLE, POLICY, KilledError, Quiet, job_of, scored, source_of, telltale

FORMATS = ["jsonl", "csv", "tsv", "parquet"]
TEXTS = [None if at % 13 == 4 else f"хат {at * at % 23}" for at in range(120)]


@pytest.fixture(autouse=True)
def _small_and_telltale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "WINDOW_ROWS", 8)
    monkeypatch.setattr(batch, "CHUNK_TEXTS", 3)
    monkeypatch.setattr(run, "REMEMBERED", 12)
    monkeypatch.setattr(run, "started", telltale)
    monkeypatch.setattr("os.fsync", lambda descriptor: None)  # the power stays on here


def left_by(output: Path) -> set[str]:
    return {path.name.removeprefix(output.name) for path in output.parent.glob(f"{output.name}*")}


def cut_off(job: Job, after: int) -> None:
    with pytest.raises(KilledError):
        scored(job, Quiet(fail_after=after))


def settled(output: Path) -> dict[str, object]:
    manifest = json.loads(manifest_of(output).read_text(encoding="utf-8"))
    del manifest["timestamps"]
    return {**manifest, "output": {k: v for k, v in manifest["output"].items() if k != "name"}}


@pytest.mark.parametrize("ending", FORMATS)
@given(
    cuts=st.lists(st.integers(1, 120), min_size=1, max_size=4),
    torn=st.binary(max_size=40),
    every=st.integers(1, 4),
)
@settings(max_examples=15)
def test_output_is_the_same_wherever_it_was_cut(
    tmp_path_factory: pytest.TempPathFactory, ending: str, cuts: list[int], torn: bytes, every: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    source = source_of(folder / "in", TEXTS)
    whole = scored(job_of(source, folder / f"whole.{ending}"))
    job = job_of(source, folder / f"o.{ending}")
    with pytest.MonkeyPatch.context() as patch:
        calls = iter(range(1_000_000))
        due = run._Run._due
        patch.setattr(run._Run, "_due", lambda self: next(calls) % every == 0 and due(self))
        for cut in cuts:
            try:
                scored(job, Quiet(fail_after=cut))
            except KilledError:
                part = folder / f"o.{ending}.part"
                if part.exists():  # what was written after the last checkpoint counts for nothing
                    part.write_bytes(part.read_bytes() + torn)
        made = scored(job)
    assert made.output.read_bytes() == whole.output.read_bytes()
    assert settled(made.output) == settled(whole.output)
    assert left_by(made.output) == {"", ".manifest.json"}


def test_a_resumed_run_does_not_begin_anew(tmp_path: Path) -> None:
    job = job_of(source_of(tmp_path / "in", TEXTS), tmp_path / "o.jsonl")
    cut_off(job, 100)
    plan = plan_run(job)
    done, rest = plan.done, Quiet()
    assert 40 <= done < 120
    made = run.score_file(plan, rest)
    assert rest.rows == 120 - done
    assert len(made.timestamps["resumed"]) == 1
    assert made.rows_in == 120


def test_without_its_memory_a_resumed_run_would_differ(tmp_path: Path) -> None:
    """That the test above can fail: here the memory of earlier windows is thrown away."""
    source = source_of(tmp_path / "in", TEXTS)
    whole = scored(job_of(source, tmp_path / "whole.jsonl"))
    job = job_of(source, tmp_path / "o.jsonl")
    cut_off(job, 60)
    plan = plan_run(job)
    assert plan.checkpoint is not None
    plan.checkpoint.memory = ()
    made = run.score_file(plan, Quiet())
    assert made.output.read_bytes() != whole.output.read_bytes()


STEPS = ["_put_output_in_place", "put_in_place", "_made", "write_manifest", "append_once", "unlink"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_cut_between_the_last_row_and_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, step: str, after: bool
) -> None:
    source = source_of(tmp_path / "in", TEXTS)
    whole = scored(job_of(source, tmp_path / f"whole.{ending}"))
    job = job_of(source, tmp_path / f"o.{ending}")
    trail = Trail(AuditLog(tmp_path / "audit.jsonl"), Stated(purpose="test", case="1"))
    owner = {"append_once": AuditLog, "unlink": Path}.get(step) or (run if hasattr(run, step) else run._Run)
    real = getattr(owner, step)

    def cut(*args: object, **options: object) -> object:
        if step == "unlink" and not str(args[0]).endswith(".checkpoint"):
            return real(*args, **options)
        if after:
            real(*args, **options)
        raise KilledError

    plan = plan_run(job)
    with monkeypatch.context() as patch:
        started_run = run._Run(plan)  # its own clean-up comes before the cut
        patch.setattr(owner, step, cut)
        with pytest.raises(KilledError):
            started_run.complete(Quiet(), trail.of_run(started_run.point.run))
    made = scored(job, trail=trail)
    assert made.output.read_bytes() == whole.output.read_bytes()
    assert settled(made.output) == settled(whole.output)
    assert left_by(made.output) == {"", ".manifest.json"}
    actions = [entry.action for entry in trail.log.entries()]
    assert actions.count("score") == (2 if step == "unlink" and after else 1)


def test_what_differs_is_named_and_how_to_begin_anew(tmp_path: Path) -> None:
    source = source_of(tmp_path / "in", TEXTS)
    job = job_of(source, tmp_path / "o.jsonl")
    cut_off(job, 60)
    other_policy = Policy.parse(POLICY.to_toml().replace("named = ", "named = 0.9 #"))
    other_bundle = dataclasses.replace(BUNDLE, digest="1" * 64)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for named, changed in {
        "policy": dataclasses.replace(job, policy=other_policy),
        "model": dataclasses.replace(job, bundle=other_bundle),
        "limit": dataclasses.replace(job, limit=100),
        "text column": dataclasses.replace(job, source=dataclasses.replace(source, text_column="body")),
        "encoding": dataclasses.replace(job, source=dataclasses.replace(source, encoding="cp1251")),
        "output format": dataclasses.replace(job, format="csv"),
    }.items():
        with pytest.raises(InputError, match=f"another {named}.*--restart"):
            plan_run(changed)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    again = job_of(source_of(tmp_path / "in", [*TEXTS, "тағы"]), tmp_path / "o.jsonl")
    with pytest.raises(InputError, match=r"another input[;,]"):
        plan_run(again)
    assert scored(dataclasses.replace(again, restart=True)).summary.rows == 121


def test_another_version_of_the_software_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of(source_of(tmp_path / "in", TEXTS), tmp_path / "o.jsonl")
    cut_off(job, 60)
    monkeypatch.setattr("cybertriage.runs.plan.software", lambda: {"cybertriage": "9"})
    with pytest.raises(InputError, match="another software version"):
        plan_run(job)


@pytest.mark.parametrize("harm", ["changed", "shorter", "gone"])
def test_a_part_file_that_is_not_as_it_was_left_is_refused(tmp_path: Path, harm: str) -> None:
    job = job_of(source_of(tmp_path / "in", TEXTS), tmp_path / "o.jsonl")
    cut_off(job, 60)
    part = tmp_path / "o.jsonl.part"
    data = part.read_bytes()
    if harm == "gone":
        part.unlink()
    else:
        part.write_bytes(data[: 100 if harm == "shorter" else -1].replace(b"m1", b"m2"))
    with pytest.raises(InputError, match="--restart"):
        scored(job)
    assert scored(dataclasses.replace(job, restart=True)).summary.rows == 120


@pytest.mark.parametrize("content", ["", "{}", "[1]", "nonsense", '{"schema":1}\n', '{"schema":9}\n[1]\n', "\x00\xff"])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: str) -> None:
    job = job_of(source_of(tmp_path / "in", TEXTS), tmp_path / "o.jsonl")
    (tmp_path / "o.jsonl.checkpoint").write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match="--restart"):
        plan_run(job)
    assert scored(dataclasses.replace(job, restart=True)).summary.rows == 120


@given(at=st.floats(0, 1))
@settings(max_examples=30)
def test_a_checkpoint_cut_anywhere_is_whole_or_refused(tmp_path_factory: pytest.TempPathFactory, at: float) -> None:
    folder = tmp_path_factory.mktemp("cut")
    job = job_of(source_of(folder / "in", TEXTS), folder / "o.jsonl")
    cut_off(job, 60)
    path = folder / "o.jsonl.checkpoint"
    data = path.read_bytes()
    path.write_bytes(data[: int(at * (len(data) - 2))])
    with pytest.raises(InputError, match="--restart"):
        Checkpoint.load(path)


def test_a_checkpoint_and_its_part_hold_no_text(tmp_path: Path) -> None:
    source = source_of(tmp_path / "in", ["құпиясөзканарейка"] * 40)
    cut_off(job_of(source, tmp_path / "o.jsonl"), 30)
    for path in tmp_path.glob("o.jsonl*"):
        assert "канарейка" not in path.read_text(encoding="utf-8")
