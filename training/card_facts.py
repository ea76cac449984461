"""Recompute the facts of the data cards from the real files, and check or rewrite the cards with them.

In: `data_cards/*.md`, the registry and its files (`CYBERTRIAGE_DATA` or `../shared/data`), `training/corpora/*.jsonl`,
the suites and probes of `cybertriage.evaluate`, the terms of `cybertriage.variation`.
Out: with `--check` every difference, exit code 1; exit code 2 where a card could not be checked. With `--write` the
`cybertriage:` block and the size category of each card are rewritten in place; the prose stays as it is.
Invariant: only hashes, counts and label names leave the data here, never a text.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import independent
from cybertriage.evaluate.cases import SUITES as SUITE_FILES
from cybertriage.evaluate.cases import load_cases
from cybertriage.evaluate.templates import TEMPLATES, load_templates
from cybertriage.variation.groups import TERMS
from training.cards import CardError, Difference, Facts, FileFact, SplitFact, check, digest, load, size_category
from training.corpus import CORPORA, Authored
from training.corpus import load as load_split
from training.sources import Row, SourceFile, data_root, registry, rows_of

ROOT = Path(__file__).parents[1]
CARDS = ROOT / "data_cards"
AUTHORED, SUITES, INDEPENDENT = "authored-corpora", "functional-suites", "independent"
SPLIT_USE = {"w": "train", "d": "dev", "t": "test"}
_LONGEST_LABEL = 40  # a longer one is text of a broken row, and texts stay out of cards


@dataclass(frozen=True, slots=True)
class Report:
    """Outcome for a folder of cards; `unchecked` cards are neither true nor false: something was missing."""

    true: tuple[str, ...]
    differences: Mapping[str, Sequence[Difference]]
    unchecked: Mapping[str, str]

    @property
    def exit_code(self) -> int:
        """0 all true, 1 a card is not true, 2 something needed for the check is missing."""
        return 1 if self.differences else 2 if self.unchecked else 0

    def lines(self) -> Iterator[str]:
        yield from (f"{name}: {d}" for name, found in self.differences.items() for d in found)
        yield from (f"{name}: not checked: {why}" for name, why in self.unchecked.items())
        yield f"{len(self.true)} cards true, {len(self.differences)} not true, {len(self.unchecked)} not checked"


def check_all(folder: Path = CARDS) -> Report:
    """Hold every card of the folder against the files, and every data set of the registry against the folder."""
    true: list[str] = []
    differences: dict[str, list[Difference]] = {}
    unchecked: dict[str, str] = {}
    named = {AUTHORED, SUITES, INDEPENDENT, *_datasets()}
    for path in sorted(folder.glob("*.md")):
        named.discard(path.stem)
        try:
            card = load(path)
            found = check(card, facts_of(path.stem))
        except (CardError, OSError, ValueError, KeyError) as error:
            unchecked[path.name] = str(error)
            continue
        if found:
            differences[path.name] = found
        else:
            true.append(path.name)
    for dataset in sorted(named):
        differences[f"{dataset}.md"] = [Difference("card", None, "a data set of the registry without a card")]
    return Report(tuple(true), differences, unchecked)


def write_all(folder: Path = CARDS) -> list[str]:
    """Rewrite the facts of every card; returns the cards that changed."""
    changed = []
    for path in sorted(folder.glob("*.md")):
        old = path.read_text(encoding="utf-8")
        new = with_facts(old, facts_of(path.stem), name=path.name)
        if new != old:
            path.write_text(new, encoding="utf-8")
            changed.append(path.name)
    return changed


def with_facts(text: str, facts: Facts, *, name: str) -> str:
    """The card's text with these facts; `cybertriage:` must be the last field of its front matter."""
    yaml = importlib.import_module("yaml")  # of the `cards` extra; has no types
    data = _plain(facts)
    block = yaml.safe_dump({"cybertriage": data}, sort_keys=False, allow_unicode=True, width=110)
    size = f"size_categories: [{size_category(facts.rows)}]"
    text = re.sub(r"^size_categories:.*$", size, text, count=1, flags=re.MULTILINE)
    new, found = re.subn(
        r"^cybertriage:.*?^---$", lambda _: f"{block}---", text, count=1, flags=re.DOTALL | re.MULTILINE
    )
    if not found:
        raise CardError(f"{name}: cybertriage is not there; put a line `cybertriage:` before the closing `---`")
    return new


def facts_of(dataset: str) -> Facts:
    """Facts of one data set of the registry, of the authored corpora, or of the functional suites."""
    ours = {AUTHORED: authored_facts, SUITES: suite_facts, INDEPENDENT: independent_facts}
    return ours[dataset]() if dataset in ours else public_facts(dataset)


def public_facts(dataset: str) -> Facts:
    """Facts of a set of the registry; `rows` and `labels` are what its reader hands on."""
    root = data_root()
    sources = [s for s in registry() if s.dataset == dataset]
    if root is None or not sources:
        raise CardError(f"{dataset} is not in sources.tsv; name the card after its data set")
    files = tuple(_file(root / s.path, s.path, s) for s in sources)
    rows = list(rows_of(dataset, evaluation=True))
    return Facts(
        dataset=dataset,
        use=_one({s.use for s in sources}, dataset, "use"),
        licence=_one({s.licence for s in sources}, dataset, "licence"),
        rows=len(rows),
        sha256=digest(files),
        labels=_counts(_label(row) for row in rows),
        files=files,
    )


def authored_facts(folder: Path = CORPORA) -> Facts:
    """Facts of the authored corpora; the unseen test is counted here, never used."""
    splits = {name: load_split(name, folder=folder, test=True) for name in SPLIT_USE}
    rows = [row for split in splits.values() for row in split]
    paths = [path for name in SPLIT_USE for path in sorted(folder.glob(f"{name}[0-9]*.jsonl"))]
    files = tuple(_file(path, f"training/corpora/{path.name}") for path in paths)
    measured = folder / "agreement.json"
    return Facts(
        dataset=AUTHORED,
        use="split",
        licence="Apache-2.0",
        rows=len(rows),
        sha256=digest(files),
        labels=_families(rows),
        forms=_counts(row.form.value for row in rows),
        cells=_counts(row.cell for row in rows),
        agreement=json.loads(measured.read_text(encoding="utf-8")) if measured.is_file() else {},
        splits={name: _split(SPLIT_USE[name], split) for name, split in splits.items()},
        files=files,
    )


def independent_facts() -> Facts:
    """Facts of the independent development set."""
    rows = [row for family in independent.FAMILIES for row in independent.load_rows(family)]
    paths = [independent.FOLDER / f"{family}.jsonl" for family in independent.FAMILIES]
    files = tuple(_file(path, path.relative_to(ROOT).as_posix()) for path in paths)
    return Facts(
        dataset=INDEPENDENT,
        use="dev",
        licence="Apache-2.0",
        rows=len(rows),
        sha256=digest(files),
        labels=_counts(f"{row.family} {int(row.harmful)}" for row in rows),
        forms=_counts(row.form for row in rows),
        cells=_counts(row.kind for row in rows),
        files=files,
    )


def suite_facts() -> Facts:
    """Facts of the functional suites, identity templates and terms; a row is a case or a template."""
    cases, templates = load_cases(), load_templates()
    folders = (SUITE_FILES, TEMPLATES.parent, TERMS.parent)
    paths = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in (".tsv", ".toml")]
    read = json.loads((SUITE_FILES / "agreement.json").read_text(encoding="utf-8"))
    return Facts(
        dataset=SUITES,
        use="test",
        licence="Apache-2.0",
        rows=len(cases) + len(templates),
        sha256=digest(files := tuple(_file(path, path.relative_to(ROOT).as_posix()) for path in paths)),
        labels=_counts([f"{c.function.suite} {c.function.expect}" for c in cases]
                       + [f"template {t.truth}" for t in templates]),
        forms=_counts([c.language for c in cases] + [t.language for t in templates]),
        cells=_counts(c.function.name for c in cases),
        agreement={f"{suite}_{name}": value for suite, of in read.items() for name, value in of.items()},
        files=files,
    )  # fmt: skip


def _split(use: str, rows: Sequence[Authored]) -> SplitFact:
    return SplitFact(
        use=use,
        rows=len(rows),
        writers=len({row.writer for row in rows}),
        labels=_families(rows),
        forms=_counts(row.form.value for row in rows),
        cells=_counts(row.cell for row in rows),
    )


def _families(rows: Iterable[Authored]) -> dict[str, int]:
    return _counts("+".join(row.families) or "neither" for row in rows)


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _file(path: Path, name: str, source: SourceFile | None = None) -> FileFact:
    data = path.read_bytes()
    return FileFact(name, hashlib.sha256(data).hexdigest(), len(data), source.url if source else "")


def _one(values: set[str], dataset: str, column: str) -> str:
    if len(values) != 1:
        raise CardError(f"sources.tsv: {dataset}: column {column} differs between its files; give them one value")
    return values.pop()


def _label(row: Row) -> str:
    """The label as the set has it; scores in bands, as a score is not a class."""
    label = str(row.label).strip()
    if row.dataset == "snlp-inappropriate":
        score = float(label)
        return "below 0.2" if score < 0.2 else "0.2 to 0.8" if score <= 0.8 else "above 0.8"
    if len(label) > _LONGEST_LABEL:
        return "(unreadable)"
    return label or "(empty)"


def _datasets() -> set[str]:
    return {s.dataset for s in registry()} if data_root() else set()


def _plain(facts: Facts) -> dict[str, Any]:
    """As YAML takes it: no tuples, no empty fields."""
    data = asdict(facts)
    data["files"] = [{k: v for k, v in entry.items() if v} for entry in data["files"]]
    return {key: value for key, value in data.items() if value not in ({}, "")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="print every difference; exit 1 where there is one")
    what.add_argument("--write", action="store_true", help="rewrite the facts in the cards")
    args = parser.parse_args()
    if args.write:
        print("rewritten:", ", ".join(write_all()) or "none")
        return
    report = check_all()
    print("\n".join(report.lines()))
    sys.exit(report.exit_code)


if __name__ == "__main__":
    main()
