"""kill -9 of the command at moments that nobody chose, and the same command again: the same bytes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cybertriage.audit.log import AuditLog

ROWS = 21_000
COMMAND = (sys.executable, "-m", "cybertriage", "score")
OPTIONS = ("--model", "fast", "--checkpoint-seconds", "0", "--purpose", "test", "--case", "1")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of which half are copies of earlier ones, near and far, and some cannot be read."""
    path = tmp_path_factory.mktemp("kill") / "in.jsonl"
    pick = random.Random(0)
    with path.open("w", encoding="utf-8") as stream:
        for at in range(ROWS):
            number = at if at % 2 else pick.randrange(at + 1)
            row = {"id": f"m{at}", "text": f"Банктен хабарласып тұрмыз, {number} кодын айтыңыз"}
            stream.write("broken\n" if at % 997 == 5 else json.dumps(row, ensure_ascii=False) + "\n")
    return path


def command(table: Path, output: Path, workers: int) -> list[str]:
    audit = output.with_name("audit.jsonl")
    return [*COMMAND, str(table), "-o", str(output), *OPTIONS, "--workers", str(workers), "--audit", str(audit)]


def group_is_gone(leader: int) -> bool:
    """Whether no process of the group is left, soon."""
    for _ in range(100):
        try:
            os.killpg(leader, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def killed(arguments: list[str], output: Path, size: int, *, awaited: str) -> bool:
    """Run the command and kill it alone, not its workers, when its part file has this size; whether it was in time.

    `awaited`: ending of a file that has to be there too, so that no pace of the machine decides what is tested.
    """
    part, other = (output.with_name(output.name + ending) for ending in (".part", awaited))
    process = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )  # fmt: skip
    while process.poll() is None and not (other.exists() and part.exists() and part.stat().st_size >= size):
        time.sleep(0.005)
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait()
    assert group_is_gone(process.pid), "workers outlived the process that began them"
    return process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(("ending", "workers"), [("jsonl", 1), ("jsonl", 2), ("csv", 1), ("tsv", 1), ("parquet", 2)])
def test_killed_and_run_again(table: Path, tmp_path: Path, ending: str, workers: int) -> None:
    whole = table.with_name(f"whole-{workers}.{ending}")
    subprocess.run(command(table, whole, 3 - workers), check=False, capture_output=True)
    size = whole.stat().st_size
    output = tmp_path / f"o.{ending}"
    arguments = command(table, output, workers)
    pick = random.Random(f"{ending} {workers}")
    cuts = sorted(pick.random() for _ in range(3))
    awaited = (".part", ".part", ".checkpoint")
    in_time = [
        killed(arguments, output, int(cut * size), awaited=ending) for cut, ending in zip(cuts, awaited, strict=True)
    ]
    again = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert again.returncode == 3, again.stderr
    assert any(in_time)
    assert output.read_bytes() == whole.read_bytes()
    assert {p.name for p in tmp_path.iterdir()} >= {output.name, output.name + ".manifest.json"}
    assert not [p for p in tmp_path.iterdir() if p.name.endswith((".part", ".checkpoint", output.name + ".lock"))]
    log = AuditLog(tmp_path / "audit.jsonl")
    assert log.verify().broken_line is None
    assert "score_resume" in [entry.action for entry in log.entries()]
