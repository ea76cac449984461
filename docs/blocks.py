"""Code blocks of the documentation: found, and run as a reader would type them.

In: a Markdown page. Out: its fenced blocks; what a run block printed.
A comment on the line before a fence says what is done with it:

    <!-- run -->            run; a command must end with exit code 0
    <!-- run: show -->      run, and the site shows what it printed
    <!-- run: exit 3 -->    run; the commands end with this exit code
    <!-- run: needs NAME --> run where the Python package NAME is installed
    <!-- file: NAME -->     written to the file NAME, for the blocks that follow

Invariant: the blocks of one page run in order in one folder and one Python namespace, and those of no other page.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cybertriage.cli import main

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs"
_FENCE = re.compile(
    r"^(?:<!-- (?P<verb>run|file)(?:: (?P<said>[^\n]*?))? -->\n)?```(?P<kind>\w*)[^\n]*\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, its code, where it ends in the page, and what the comment before it says."""

    kind: str
    code: str
    line: int
    end: int
    verb: str = ""
    said: str = ""

    @property
    def shown(self) -> bool:
        """Whether the site shows what it prints."""
        return self.verb == "run" and "show" in self.said.split()

    @property
    def exit_code(self) -> int:
        """The exit code that its commands end with."""
        found = re.search(r"exit (\d+)", self.said)
        return int(found[1]) if found else 0

    @property
    def missing(self) -> str:
        """The package that it needs and that is not installed, or nothing."""
        found = re.search(r"needs (\w+)", self.said)
        return found[1] if found and importlib.util.find_spec(found[1]) is None else ""


def blocks(markdown: str) -> list[Block]:
    """Every fenced block of a page, in order."""
    return [
        Block(m["kind"], m["code"], markdown.count("\n", 0, m.start("code")), m.end(), m["verb"] or "", m["said"] or "")
        for m in _FENCE.finditer(markdown)
    ]


def commands(code: str) -> list[list[str]]:
    """The command lines of a shell block as words; a backslash at the end of a line joins the next one."""
    lines = (line.strip() for line in code.replace("\\\n", " ").splitlines())
    return [shlex.split(line, comments=True) for line in lines if line and not line.startswith("#")]


@dataclass(slots=True)
class Session:
    """One page being run in a folder that already holds `examples/`."""

    folder: Path
    names: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def begin(cls, folder: Path) -> Session:
        """A session in an empty folder, with the example messages put there."""
        shutil.copytree(ROOT / "examples", folder / "examples")
        return cls(folder)

    def run(self, block: Block) -> str:
        """Run a block, or write its file; returns what it printed. Raises `AssertionError` where a command fails."""
        if block.verb == "file":
            (self.folder / block.said).write_text(block.code, encoding="utf-8")
            return ""
        with contextlib.chdir(self.folder):
            return self._python(block) if block.kind == "python" else self._shell(block)

    def _python(self, block: Block) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block.code, f"block at line {block.line}", "exec"), self.names)
        return printed.getvalue()

    def _shell(self, block: Block) -> str:
        printed = ""
        for words in commands(block.code):
            assert words[0] == "cybertriage", f"line {block.line}: only cybertriage is run, not {words[0]}"
            result = CliRunner().invoke(main, words[1:])
            told = f"line {block.line}: {shlex.join(words)}: exit code {result.exit_code}\n{result.output}"
            assert result.exit_code == block.exit_code, told
            printed += result.output
        return printed
