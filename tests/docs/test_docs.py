"""The user documentation is run: blocks, command lines, imports; generated pages are held to their source."""

from __future__ import annotations

import ast
import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cybertriage.cli import main
from docs.blocks import PAGES, Block, Session, blocks, commands
from docs.make_label_guide import PAGE, guide

FILES = sorted(PAGES.rglob("*.md"))
TEXTS = {path.relative_to(PAGES).as_posix(): path.read_text(encoding="utf-8") for path in FILES}
EVERY = [(page, block) for page, text in TEXTS.items() for block in blocks(text)]
RUN = [page for page, text in TEXTS.items() if any(block.verb == "run" for block in blocks(text))]


def where(value: object) -> str:
    return f"line {value.line}" if isinstance(value, Block) else str(value)


@pytest.mark.parametrize("page", RUN)
def test_the_blocks_of_a_page_run(page: str, tmp_path: Path) -> None:
    session = Session.begin(tmp_path)
    for block in blocks(TEXTS[page]):
        if block.verb and not block.missing:
            printed = session.run(block)
            assert printed.strip() or not block.shown, f"line {block.line} prints nothing to show"


def test_every_marker_belongs_to_a_block() -> None:
    for page, text in TEXTS.items():
        marked = len(re.findall(r"^<!-- (?:run|file)\b", text, flags=re.MULTILINE))
        assert marked == sum(block.verb != "" for block in blocks(text)), page


@pytest.mark.parametrize(("page", "block"), [(p, b) for p, b in EVERY if b.kind == "python"], ids=where)
def test_what_python_blocks_import_is_there(page: str, block: Block) -> None:
    for node in ast.walk(ast.parse(block.code)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("cybertriage"):
            if node.module == "cybertriage.integrations.sklearn":
                pytest.importorskip("sklearn")
            module = importlib.import_module(str(node.module))
            assert [a.name for a in node.names if not hasattr(module, a.name)] == []


@pytest.mark.parametrize(("page", "block"), [(p, b) for p, b in EVERY if b.kind == "sh"], ids=where)
def test_command_lines_are_those_of_the_program(page: str, block: Block) -> None:
    for words in commands(block.code):
        if words[0].rpartition("/")[2] == "cybertriage":
            parsed(words[1:])


@pytest.mark.parametrize("page", TEXTS)
def test_commands_named_in_the_text_are_there(page: str) -> None:
    prose = re.sub(r"^```.*?^```$", "", TEXTS[page], flags=re.MULTILINE | re.DOTALL)
    for said in re.findall(r"`cybertriage ([^`]+)`", prose):
        words = [word for word in shlex.split(said) if word not in ("...", "COMMAND")]
        options(words)


def test_the_label_guide_is_that_of_the_taxonomy() -> None:
    assert PAGE.read_text(encoding="utf-8") == guide(), "python -m docs.make_label_guide"


def test_every_page_is_in_the_navigation() -> None:
    said = (PAGES.parent / "mkdocs.yml").read_text(encoding="utf-8")
    assert [page for page in TEXTS if page not in said] == []


def test_what_is_included_is_there() -> None:
    for text in TEXTS.values():
        for file, section in re.findall(r"^<!-- include: (\S+) ## (.+?) -->$", text, flags=re.MULTILINE):
            assert f"\n## {section}\n" in (PAGES.parent / file).read_text(encoding="utf-8")


def test_no_measured_figure_is_typed_by_hand() -> None:
    for page, text in TEXTS.items():
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        found = [x for x in re.findall(r"\d[\d.,]*\s?(?:%|MiB|MB|messages a second)", prose) if x != "95 %"]
        assert found == [], page


OFFLINE = """
import socket, sys

def refuse(*args, **kwargs):
    raise AssertionError("the build tried to reach the network")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from mkdocs.__main__ import cli

cli(["build", "--strict", "--site-dir", sys.argv[1]])
"""


def test_the_site_builds_without_a_warning_and_without_a_network(tmp_path: Path) -> None:
    for module in ("material", "mkdocstrings_handlers.python", "mkdocs_click"):
        pytest.importorskip(module)
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path / "site")], cwd=PAGES.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "Решает человек." in page
    index = json.loads((tmp_path / "site" / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert any("Шешімді адам қабылдайды" in entry["text"] for entry in index["docs"])
    cli = (tmp_path / "site" / "reference" / "cli.html").read_text(encoding="utf-8")
    assert [name for name in main.commands if f"cybertriage {name}" not in cli] == []


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that a line calls, and its arguments."""
    command: click.Command = main
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.commands.get(words[0])
        assert found is not None, f"there is no command {words[0]!r}"
        command, words = found, words[1:]
    return command, words


def parsed(words: list[str]) -> None:
    """Fails where the program would not take these words; nothing is done."""
    command, rest = command_of(words)
    if set(rest) & {"-h", "--help"}:
        return
    try:
        command.make_context(command.name, rest)
    except click.UsageError as error:
        raise AssertionError(f"{shlex.join(words)}: {error.format_message()}") from None


def options(words: list[str]) -> None:
    """Fails where a command has no such option; arguments may be left out, as they are in a sentence."""
    command, rest = command_of(words)
    known = {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)} | {"--help", "-h"}
    assert [word for word in rest if word.startswith("-") and word not in known] == []
