"""CONTRIBUTING is followed: its walk for a reader is done step by step, and every file that it names is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import cybertriage

PACKAGE = Path(cybertriage.__file__).parent
ROOT = PACKAGE.parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_STEP = re.compile(r"^ *<!-- (file|change): (\S+) -->\n *```\w+\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def changed(text: str, diff: str) -> str:
    """A text with each run of `-` lines replaced by the `+` lines behind it; it must stand there once."""
    for old, new in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)+)", diff, re.MULTILINE):
        before, after = ("\n".join(line[1:] for line in part.splitlines()) for part in (old, new))
        assert text.count(before) == 1, f"stands there {text.count(before)} times: {before}"
        text = text.replace(before, after)
    return text


def test_the_walk_of_a_reader_ends_in_a_reader(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "src" / "cybertriage", ignore=shutil.ignore_patterns("bundles", "__pycache__"))
    for verb, name, body in _STEP.findall(TEXT):
        path, code = tmp_path / name, textwrap.dedent(body)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code if verb == "file" else changed(path.read_text(encoding="utf-8"), code), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "tests/readers"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "src")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_every_file_that_is_named_is_there() -> None:
    made = {name for verb, name, _ in _STEP.findall(TEXT) if verb == "file"}
    named = set(re.findall(r"`((?:src|tests|docs|training|benchmarks|data_cards)/[\w./]*)`", TEXT)) - made
    assert len(named) >= 15
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
