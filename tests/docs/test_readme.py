"""The README is run: its Python, its commands' existence, its figures against the committed results."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", README, flags=re.S)


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_examples_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines][:1] == ["clear"]
    assert len(lines) == 2


def test_every_command_named_is_there() -> None:
    names = set(re.findall(r"^cybertriage (\w+)", "\n".join(blocks("sh")), flags=re.M))
    assert names == {
        "audit", "bench", "capacity", "decide", "evaluate", "explain", "export", "finetune", "review", "verify",
    }  # fmt: skip
    for name in names | {"score"}:
        shown = subprocess.run([sys.executable, "-m", "cybertriage", name, "--help"], capture_output=True, check=True)
        assert shown.stdout


def test_the_figures_are_those_of_the_committed_results() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.render", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_the_results_are_those_of_the_shipped_model() -> None:
    from benchmarks.record import read
    from cybertriage import Triage

    for name in ("fast", "encoder", "cascade"):
        model = Triage.load(name).model
        assert read(f"quality-{name}")["model"] == model
        assert read("speed")["models"][name]["id"] == model
        assert read("functional")["models"][name]["id"] == model


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
