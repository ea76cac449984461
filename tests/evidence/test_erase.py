from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from cybertriage.cli import main
from cybertriage.errors import InputError
from cybertriage.evidence.erase import erase, files_of, looked_at
from tests.cli.test_cli_export import Desk, run

WHY = ["--purpose", "мерзімі өтті"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_case_is_gone_and_the_log_says_so(desk: Desk) -> None:
    desk.make_queue()
    for left in ("out.jsonl.part", "out.jsonl.checkpoint", "out.jsonl.lock"):
        (desk.folder / left).write_text("x")
    kept = desk.log.read_bytes()
    result = run(
        "erase",
        "K7",
        "--audit",
        desk.log,
        *WHY,
        "--queue",
        desk.queue,
        "--output",
        desk.records,
        "--yes",
        "--operator",
        "op",
    )
    assert result.exit_code == 0, result.stderr
    assert "backup" in result.stderr
    assert sorted(p.name for p in desk.folder.iterdir()) == ["audit.jsonl", "audit.jsonl.lock", "in.jsonl"]
    assert desk.log.read_bytes().startswith(kept)
    begun, done = desk.entries()[-2:]
    assert (begun.action, done.action, done.case, done.operator) == ("erase_begin", "erase", "K7", "op")
    assert begun.run == done.run != ""
    assert done.counts["files"] == 6
    assert done.counts["items"] >= 1
    assert len(begun.hashes) == 6
    assert run("audit", "verify", desk.log).exit_code == 0


def test_it_asks_first(desk: Desk) -> None:
    args = ["erase", "K7", "--audit", str(desk.log), *WHY, "--output", str(desk.records)]
    before = desk.log.read_bytes()
    assert CliRunner().invoke(main, args, input="n\n").exit_code == 1
    assert desk.records.exists()
    assert desk.log.read_bytes() == before
    assert CliRunner().invoke(main, args, input="y\n").exit_code == 0
    assert not desk.records.exists()


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["K7"], "--queue QUEUE, --output FILE"),
        (["K8", "--output", "{records}"], "no entry of the case 'K8'"),
        (["other", "--output", "{records}"], "is of another case"),
        (["other", "--queue", "{queue}"], "is of the case 'K7'"),
        (["K7", "--output", "{folder}/none"], "no such file"),
        (["K7", "--output", "{folder}/sub"], "no plain file"),
        (["K7", "--output", "{folder}/link"], "no plain file"),
        (["K7", "--output", "{log}"], "audit log, which is kept"),
        (["K7", "--output", "{records}", "--output", "{folder}/none"], "no such file"),
    ],
)  # fmt: skip
def test_nothing_is_erased_where_anything_is_wrong(desk: Desk, args: list[str], named: str) -> None:
    desk.make_queue()
    (desk.folder / "sub").mkdir()
    (desk.folder / "link").symlink_to(desk.source)
    other = ["--audit", desk.log, "--purpose", "x", "--case", "other"]
    assert run("score", desk.source, "-o", desk.folder / "o.csv", "--model", "fast", *other).exit_code == 0
    names = {"records": desk.records, "queue": desk.queue, "folder": desk.folder, "log": desk.log}
    before = {p: p.read_bytes() for p in desk.folder.iterdir() if p.is_file()}
    result = run("erase", *(a.format(**names) for a in args), "--audit", desk.log, *WHY, "--yes")
    assert result.exit_code == 2
    assert named in result.stderr
    assert {p: p.read_bytes() for p in desk.folder.iterdir() if p.is_file()} == before


def test_what_was_there_is_overwritten(tmp_path: Path) -> None:
    path, second = tmp_path / "out.csv", tmp_path / "second name"
    path.write_bytes(b"secret" * 400_000)
    os.link(path, second)  # the same place on the disk
    for file in files_of([path]):
        erase(file)
    assert not path.exists()
    assert second.read_bytes() == bytes(2_400_000)


def test_a_file_that_changed_meanwhile_is_not_erased(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"one")
    file = looked_at(path)
    path.write_bytes(b"two")
    with pytest.raises(InputError, match="changed while"):
        erase(file)
    assert path.read_bytes() == b"two"
