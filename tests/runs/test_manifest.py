from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cybertriage import __version__
from cybertriage.audit.log import AuditLog
from cybertriage.cli import main
from tests.runs.runs import BUNDLE, POLICY, job_of, scored, source_of

CANARY = "Құпиясөзканарейка"


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text(
        f'{{"text": "{CANARY} банктен, код айтыңыз тез"}}\nbroken {CANARY}\n\n{{"text": "сәлем"}}\n', "utf-8"
    )
    return path


AUDIT = ("--purpose", "Тексеру", "--case", "2026/17", "--operator", "A. B.")


def test_a_manifest_says_what_went_in_what_came_out_and_with_what(tmp_path: Path) -> None:
    texts = ["сәлем достым қалайсың", None, "Банктен звондадық, SMS-код айтыңыз тез", "ой", None]
    source = source_of(tmp_path / "in", texts)
    made = scored(job_of(source, tmp_path / "o.csv", limit=5))
    manifest = json.loads((tmp_path / "o.csv.manifest.json").read_text(encoding="utf-8"))
    assert manifest["input"] == {
        "name": "in", "bytes": source.path.stat().st_size, "sha256": sha256(source.path), "format": "jsonl",
        "encoding": "utf-8", "text_column": "text", "id_column": "id", "limit": 5,
    }  # fmt: skip
    assert manifest["output"] == {
        "name": "o.csv", "format": "csv", "bytes": made.output.stat().st_size, "sha256": sha256(made.output),
    }  # fmt: skip
    assert manifest["model"] == {"id": BUNDLE.id, "sha256": BUNDLE.digest, "members": {}}
    assert manifest["policy"]["sha256"] == hashlib.sha256(POLICY.to_toml().encode()).hexdigest()
    assert manifest["rows"] == {
        "in": 5, "out": 5, "errors": 2, "errors_by_reason": {"broken row": 2}, "skipped": 1,
        "skipped_by_reason": {"no text in this item": 1},
        "skipped_listed": [{"position": "line 10", "reason": "no text in this item"}],
        "read_as": {},
    }  # fmt: skip
    assert sum(manifest["decisions"].values()) == 5
    assert manifest["software"]["cybertriage"] == __version__
    assert set(manifest["notice"]) == {"kk", "ru", "en"}


def test_two_runs_give_the_same_manifest_but_for_the_times(tmp_path: Path) -> None:
    source = source_of(tmp_path / "in", ["сәлем достым қалайсың", None])
    texts = []
    for _ in range(2):
        scored(job_of(source, tmp_path / "o.jsonl"))
        manifest = json.loads((tmp_path / "o.jsonl.manifest.json").read_text(encoding="utf-8"))
        assert set(manifest.pop("timestamps")) == {"run", "started", "resumed", "finished"}
        texts.append(json.dumps(manifest))
    assert texts[0] == texts[1]


def test_a_cascade_names_its_members(tmp_path: Path, messages: Path) -> None:
    run("score", messages, "-o", tmp_path / "o.jsonl")
    manifest = json.loads((tmp_path / "o.jsonl.manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["model"]["members"]) == {"fast", "encoder"}


def test_a_run_is_logged_with_its_hashes_and_no_text(tmp_path: Path, messages: Path) -> None:
    log, output = tmp_path / "audit.jsonl", tmp_path / "o.jsonl"
    result = run("score", messages, "-o", output, "--model", "fast", "--audit", log, *AUDIT)
    assert result.exit_code == 3, result.stderr
    begin, end = AuditLog(log).entries()
    assert (begin.action, end.action) == ("score_begin", "score")
    assert begin.run == end.run != ""
    assert (end.purpose, end.case, end.operator) == ("Тексеру", "2026/17", "A. B.")
    assert end.hashes == {
        "input": sha256(messages), "bundle": BUNDLE.digest,
        "policy": hashlib.sha256(POLICY.to_toml().encode()).hexdigest(), "output": sha256(output),
        "manifest": sha256(tmp_path / "o.jsonl.manifest.json"),
    }  # fmt: skip
    assert (end.counts["rows"], end.counts["errors"], end.counts["skipped"]) == (3, 1, 1)
    for path in tmp_path.glob("*"):
        assert path == messages or CANARY not in path.read_text(encoding="utf-8")
    assert run("audit", "verify", log).exit_code == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--audit", "{dir}/a.jsonl", "--case", "1"], "--purpose"),
        (["--audit", "{dir}/a.jsonl", "--purpose", "p"], "--case"),
        (["--purpose", "p", "--case", "1"], "--audit"),
        (["--audit", "{dir}/no/a.jsonl", "--purpose", "p", "--case", "1"], "does not exist"),
    ],
)
def test_options_of_the_audit_log_go_together(messages: Path, options: list[str], named: str) -> None:
    filled = [option.replace("{dir}", str(messages.parent)) for option in options]
    result = run("score", messages, "-o", messages.parent / "o.jsonl", "--model", "fast", *filled)
    assert result.exit_code == 2
    assert named in result.stderr
    assert [path.name for path in messages.parent.iterdir()] == ["in.jsonl"]


def test_a_dry_run_tells_what_would_be_done_and_writes_nothing(messages: Path) -> None:
    output = messages.parent / "o.jsonl"
    options = ("--model", "fast", "--dry-run", "--audit", messages.parent / "a.jsonl", *AUDIT)
    result = run("score", messages, "-o", output, *options)
    assert result.exit_code == 0, result.stderr
    assert [path.name for path in messages.parent.iterdir()] == ["in.jsonl"]
    assert "3 rows would be scored" in result.stderr
    assert sha256(messages) in result.stderr
    assert "row error: the line is not JSON: 1" in result.stderr
    assert "no row: " in result.stderr
    assert CANARY not in result.stderr
    output.write_text("", encoding="utf-8")
    assert "would be replaced" in run("score", messages, "-o", output, *options).stderr


def test_a_limit_is_kept(messages: Path) -> None:
    output = messages.parent / "o.jsonl"
    assert run("score", messages, "-o", output, "--model", "fast", "--limit", 1).exit_code == 0
    assert len(output.read_text(encoding="utf-8").splitlines()) == 1
