from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn")

from benchmarks.reproduce import compared, figures, missing, told

ROOT = Path(__file__).parents[2]


def estimate(value: float, spread: float = 0.02) -> dict[str, Any]:
    return {"value": value, "low": value - spread, "high": value + spread, "n": 100}


def result(false_alarms: float = 0.05, auroc: float = 0.95, rows: int = 10) -> dict[str, Any]:
    return {
        "model": "fast@0", "test_sha256": "a", "train_sha256": "b", "test_rows": rows, "versions": {},
        "families": {"fraud": {
            "policy": {"false_alarms": estimate(false_alarms), "false_alarms_by_cell": {"HN01": estimate(0.5)}},
            "all": {"auroc": estimate(auroc), "n": rows},
        }},
    }  # fmt: skip


def test_every_estimate_is_found_by_its_path() -> None:
    assert [name for name, _ in figures(result())] == [
        "families/fraud/policy/false_alarms", "families/fraud/all/auroc"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fresh", "states"),
    [
        (result(), ["same", "same"]),
        (result(false_alarms=0.065, auroc=0.94), ["same", "same"]),
        (result(false_alarms=0.12), ["worse", "same"]),
        (result(false_alarms=0.0), ["better", "same"]),
        (result(auroc=0.80), ["same", "worse"]),
        (result(auroc=0.99), ["same", "better"]),
    ],
)
def test_a_figure_is_reproduced_within_its_interval(fresh: dict[str, Any], states: list[str]) -> None:
    assert [difference.state for difference in compared(result(), fresh)] == states


def test_false_alarms_stand_first_and_worse_is_told_by_the_code() -> None:
    lines, code = told("fast", result(), result(false_alarms=0.2, auroc=0.7), every=False)
    assert code == 1
    assert "false_alarms" in lines[-2]
    assert "auroc" in lines[-1]
    assert told("fast", result(), result(auroc=0.99), every=False)[1] == 0


def test_other_test_rows_are_not_compared() -> None:
    lines, code = told("fast", result(), result(rows=11), every=False)
    assert code == 2
    assert "not comparable: test_rows differ" in lines[1]


def test_what_was_not_measured_afresh_is_told() -> None:
    fresh = result()
    del fresh["families"]["fraud"]["all"]
    assert missing(result(), fresh) == ["families/fraud/all/auroc"]
    assert any("CYBERTRIAGE_DATA" in line for line in told("fast", result(), fresh, every=False)[0])


def test_the_command_compares_folders(tmp_path: Path) -> None:
    for name, content in (("old", result()), ("new", result(false_alarms=0.3))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "quality-fast.json").write_text(json.dumps(content), encoding="utf-8")

    def run(fresh: str, models: str = "fast") -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "benchmarks.reproduce",
            "--committed",
            str(tmp_path / "old"),
            "--models",
            models,
        ]
        return subprocess.run([*command, "--fresh", str(tmp_path / fresh)], capture_output=True, text=True, cwd=ROOT)

    assert run("old").returncode == 0
    assert run("new").returncode == 1
    gone = run("old", "fast,encoder")
    assert gone.returncode == 2
    assert "no quality-encoder.json" in gone.stdout
