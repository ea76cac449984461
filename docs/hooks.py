"""What the build of the site adds to mkdocs.

- The model cards, data cards and the measured figures of the README are shown from where they are kept; nothing is
  copied by hand.
- What a block marked `<!-- run: show -->` prints is put below it, so the output shown is real.
- The build fails where a page would load anything from another host.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from blocks import ROOT, Session, blocks
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_KEPT_ELSEWHERE = ("models/*/MODEL_CARD.md", "data_cards/*.md", "benchmarks/README.md")
_INCLUDE = re.compile(r"^<!-- include: (?P<file>[^\n]+?) ## (?P<section>[^\n]+?) -->$", re.MULTILINE)
_LOADED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//[^>]*>""")
_NAMED_ONLY = re.compile(r"""\brel=["']?(?:canonical|alternate)\b""")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Put the cards beside the pages, under the paths that they have in the checkout."""
    for pattern in _KEPT_ELSEWHERE:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, name, abs_src_path=str(path)))
    files.append(File.generated(config, "data_cards/index.md", content=data_cards()))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Include what is kept elsewhere; run the page where it shows what a block prints."""
    markdown = _INCLUDE.sub(lambda m: section(m["file"], m["section"]), markdown)
    return with_outputs(markdown) if any(block.shown for block in blocks(markdown)) else markdown


def on_post_build(*, config: MkDocsConfig) -> None:
    """Refuse a page that would load anything from another host."""
    for path in sorted(Path(config.site_dir).rglob("*.html")):
        found = [tag for tag in _LOADED.findall(path.read_text(encoding="utf-8")) if not _NAMED_ONLY.search(tag)]
        if found:
            raise PluginError(f"{path.name} would load from another host: {found[0]}")


def data_cards() -> str:
    """A page that lists the data cards by what their rows may be used for."""
    lines = ["# Data cards", "", "| data set | its rows may | ", "| --- | --- |"]
    uses = {
        "train": "train",
        "dev": "be looked at while developing",
        "test": "be reported on",
        "split": "train or be reported on, by batch",
    }
    for path in sorted((ROOT / "data_cards").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        name, use = (re.search(rf"^ *{key}: *\"?(.+?)\"?$", text, re.MULTILINE) for key in ("pretty_name", "use"))
        if name is None or use is None:
            raise PluginError(f"{path.name} names no pretty_name or no use")
        lines.append(f"| [{name[1]}]({path.name}) | {uses[use[1]]} |")
    return "\n".join(lines) + "\n"


def section(file: str, title: str) -> str:
    """The part of a Markdown file under a heading of the second level."""
    found = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)",
        (ROOT / file).read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    if found is None:
        raise PluginError(f"{file} has no section {title!r}")
    return found[1].replace("\n### ", "\n## ")


def with_outputs(markdown: str) -> str:
    """The page with the output of every shown block below it; all its run blocks are run for that."""
    parts, done = [], 0
    with tempfile.TemporaryDirectory() as folder:
        session = Session.begin(Path(folder))
        for block in blocks(markdown):
            if not block.verb or block.missing:
                continue
            printed = session.run(block)
            if block.shown:
                parts += [markdown[done : block.end], f'\n\n```text title="prints"\n{printed.rstrip()}\n```']
                done = block.end
    return "".join([*parts, markdown[done:]])
