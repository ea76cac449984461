"""Data cards: read them, hold them against the real files, export them as Croissant.

In: a Markdown card: YAML front matter in the Hugging Face dataset-card form, with the facts a machine can check under
`cybertriage:`, and a body with fixed sections. Out: a `Card`, the `Difference`s between it and recomputed `Facts`,
or a Croissant 1.0 JSON-LD mapping.
Invariant: a card is read whole or refused with its file and field; a fact that cannot be recomputed never passes as true.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from cybertriage.errors import InputError

SECTIONS = (
    "Origin", "Licence and evidence", "Collection", "Annotators and agreement", "Languages", "Label map",
    "Known problems", "Personal data", "Bias notes", "Intended use", "Prohibited use",
)  # fmt: skip
USES = ("train", "dev", "test", "split")  # split: every split says its own use
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_TEXTS = ("license", "pretty_name", "license_name", "license_link", "date_published", "citation")
_LISTS = ("language", "task_categories", "size_categories", "tags", "creators")
_OPTIONAL_LISTS = ("annotations_creators", "language_creators", "multilinguality", "source_datasets")
_FORMATS = {
    "csv": "text/csv", "tsv": "text/tab-separated-values", "txt": "text/plain", "json": "application/json",
    "jsonl": "application/jsonlines", "zip": "application/zip",
}  # fmt: skip
_TERMS = (
    "citeAs column conformsTo equivalentProperty extract field fileProperty fileObject fileSet format includes "
    "isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate "
    "separator source subField transform"
)
_CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/", **{term: f"cr:{term}" for term in _TERMS.split()},
    "conformsTo": "dct:conformsTo", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "examples": {"@id": "cr:examples", "@type": "@json"},
}  # fmt: skip
_CARD = re.compile(r"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)


class CardError(InputError):
    """A card that is not of the stated form, or a checkout in which cards cannot be checked."""

    code = "card"


@dataclass(frozen=True, slots=True)
class FileFact:
    """One file of a data set; `url` only where the registry has one."""

    path: str
    sha256: str
    bytes: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SplitFact:
    """One split of the authored corpora."""

    use: str
    rows: int
    writers: int
    labels: Mapping[str, int]
    forms: Mapping[str, int]
    cells: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a machine can recompute about a data set; the empty ones do not apply to it."""

    dataset: str
    use: str
    licence: str
    rows: int
    sha256: str
    labels: Mapping[str, int]
    forms: Mapping[str, int] = field(default_factory=dict)
    cells: Mapping[str, int] = field(default_factory=dict)
    agreement: Mapping[str, float] = field(default_factory=dict)
    splits: Mapping[str, SplitFact] = field(default_factory=dict)
    files: tuple[FileFact, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A card that has the stated form; `meta` is the front matter without the facts."""

    name: str
    meta: Mapping[str, Any]
    facts: Facts
    sections: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that the card and the files state differently; None where one of them lacks it."""

    field: str
    card: object
    files: object

    def __str__(self) -> str:
        said, found = ("nothing" if x is None else repr(x) for x in (self.card, self.files))
        return f"{self.field}: the card says {said}, the files say {found}"


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
        yield f"{len(self.true)} true, {len(self.differences)} not true, {len(self.unchecked)} not checked"


def digest(files: Iterable[FileFact]) -> str:
    """One sha256 over all files: that of `sha256sum`'s lines, sorted by path."""
    lines = (f"{f.sha256}  {f.path}\n" for f in sorted(files, key=lambda f: f.path))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def size_category(rows: int) -> str:
    """The Hugging Face size category of a number of rows."""
    return next((name for limit, name in _SIZES if rows < limit), "n>1M")


def load(path: Path) -> Card:
    """Read one card file."""
    try:
        return parse(path.read_text(encoding="utf-8"), name=path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{path.name}: cannot be read as UTF-8 text: {type(error).__name__}") from None


def parse(text: str, *, name: str) -> Card:
    """Read a card; `name` is the file that errors name."""
    parts = _CARD.match(text)
    if parts is None:
        raise CardError(f"{name}: no front matter; begin the file with a line `---` and end the YAML with another")
    meta = _table(f"{name}: front matter", _yaml(parts.group(1), name))
    facts = _record(f"{name}: cybertriage", meta.pop("cybertriage", None), Facts, _FACTS)
    for key in ("license", "pretty_name", *_LISTS):
        _expect(key in meta, f"{name}: {key}", "there", "add it to the front matter")
    for key, value in meta.items():
        _expect(key in (*_TEXTS, *_LISTS, *_OPTIONAL_LISTS), f"{name}: {key}", "a field of a card", "take it out")
        (_text if key in _TEXTS else _texts)(f"{name}: {key}", value)
    sections = dict(re.findall(r"^## (.+?)\n+(.*?)\s*(?=^## |\Z)", parts.group(2), re.DOTALL | re.MULTILINE))
    for section in SECTIONS:
        if not sections.get(section):
            raise CardError(f"{name}: section `## {section}` is missing or empty; write it")
    return Card(name, meta, facts, sections)


def check(card: Card, facts: Facts) -> list[Difference]:
    """Where the card differs from recomputed facts; empty when it is true."""
    said, found = dict(_flat(card.facts)), dict(_flat(facts))
    said["size_categories"], found["size_categories"] = card.meta["size_categories"], [size_category(facts.rows)]
    names = [*found, *(n for n in said if n not in found)]
    return [Difference(n, said.get(n), found.get(n)) for n in names if said.get(n) != found.get(n)]


def check_checkout(root: Path | None = None) -> Report:
    """Check every card of a checkout of the project, the working folder by default.

    The readers live in `training/`, which is not part of the installed library: they are imported from the checkout.
    """
    root = (root or Path.cwd()).resolve()
    for needed in ("training/card_facts.py", "data_cards"):
        if not (root / needed).exists():
            raise CardError(f"{needed} is not in {root}: cards are checked in a checkout of the project; go there")
    sys.path.insert(0, str(root))
    try:
        module = importlib.import_module("training.card_facts")
    except ImportError as error:
        raise CardError(f"{error}; install the checkout with its training extra: pip install -e '.[train]'") from None
    finally:
        sys.path.remove(str(root))
    report: Report = module.check_all(root / "data_cards")
    return report


def need(module: str, package: str) -> Any:  # noqa: ANN401  (an untyped library of the `cards` extra)
    """Import a library of the `cards` extra, or say how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise CardError(f"cards need {package}: pip install 'cybertriage[cards]'") from None


def croissant(card: Card) -> dict[str, Any]:
    """The card as Croissant 1.0 JSON-LD with its responsible-AI fields; needs no library and no network."""
    meta, facts, told = card.meta, card.facts, card.sections
    pinned = re.match(r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/([0-9a-f]{40})/", facts.files[0].url or "")
    optional = {
        "url": f"https://github.com/{pinned[1]}/tree/{pinned[2]}" if pinned else None,
        "datePublished": meta.get("date_published"),
        "citeAs": meta.get("citation"),
    }
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": facts.dataset,
        "description": told["Origin"],
        "license": meta.get("license_link") or meta.get("license_name") or meta["license"],
        "creator": [{"@type": "sc:Organization", "name": name} for name in meta["creators"]],
        "keywords": meta["tags"],
        "inLanguage": meta["language"],
        "version": f"1.0.0+{facts.sha256[:12]}",
        **{key: value for key, value in optional.items() if value},
        "rai:dataCollection": told["Collection"],
        "rai:dataAnnotationProtocol": told["Annotators and agreement"],
        "rai:dataLimitations": told["Known problems"],
        "rai:dataBiases": told["Bias notes"],
        "rai:personalSensitiveInformation": told["Personal data"],
        "rai:dataUseCases": f"{told['Intended use']}\n\nProhibited: {told['Prohibited use']}",
        "distribution": [_file_object(entry) for entry in facts.files],
        "recordSet": [_label_records(facts.labels)],
    }


def _file_object(entry: FileFact) -> dict[str, str]:
    return {
        "@type": "cr:FileObject",
        "@id": entry.path,
        "name": entry.path.rpartition("/")[2],
        "contentUrl": entry.url or entry.path,
        "contentSize": f"{entry.bytes} B",
        "encodingFormat": _FORMATS.get(entry.path.rpartition(".")[2], "application/octet-stream"),
        "sha256": entry.sha256,
    }


def _label_records(labels: Mapping[str, int]) -> dict[str, Any]:
    types = {"label": "sc:Text", "rows": "sc:Integer"}
    return {
        "@type": "cr:RecordSet",
        "@id": "labels",
        "name": "labels",
        "description": "Every label of the set and its number of rows.",
        "field": [{"@type": "cr:Field", "@id": f"labels/{k}", "name": k, "dataType": v} for k, v in types.items()],
        "data": [{"labels/label": label, "labels/rows": rows} for label, rows in labels.items()],
    }


def _yaml(text: str, name: str) -> object:
    yaml = need("yaml", "PyYAML")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise CardError(f"{name}: front matter uses a YAML alias; write the value out")
        _refuse_twice(yaml.compose(text, Loader=yaml.SafeLoader), name)
        value: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 2}" if mark else ""
        raise CardError(f"{name}: front matter{line} is not YAML; mend it there") from None
    return value


def _refuse_twice(node: Any, name: str) -> None:  # noqa: ANN401  (PyYAML has no types)
    """YAML lets the last of two equal keys win in silence; a card must not."""
    if node.id == "mapping":
        keys = [key.value for key, _ in node.value]
        for key in keys:
            _expect(keys.count(key) == 1, f"{name}: {key}", "there once only", "keep one")
    for child in () if node.id == "scalar" else node.value:
        _refuse_twice(child[1] if isinstance(child, tuple) else child, name)


def _expect(true: bool, where: str, wanted: str, fix: str) -> None:
    if not true:
        raise CardError(f"{where} is not {wanted}; {fix}")


def _text(where: str, value: Any, *, wanted: str = "a text", pattern: str = ".+") -> Any:  # noqa: ANN401
    _expect(isinstance(value, str) and re.match(pattern, value) is not None, where, wanted, "mend it or quote it")
    return value


def _texts(where: str, value: Any) -> Any:  # noqa: ANN401
    good = isinstance(value, list) and value and all(isinstance(item, str) and item for item in value)
    _expect(bool(good), where, "a list of texts", "write it as [a, b]")
    return value


def _hash(where: str, value: Any) -> Any:  # noqa: ANN401
    return _text(where, value, wanted="64 hexadecimal digits", pattern=r"[0-9a-f]{64}\Z")


def _number(where: str, value: Any, *, whole: bool = True) -> Any:  # noqa: ANN401
    good = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    _expect(good and (value >= 0 or not whole), where, "a count" if whole else "a number", "write it without quotes")
    return value


def _table(where: str, value: Any, item: Callable[[str, Any], Any] | None = None) -> dict[str, Any]:  # noqa: ANN401
    good = isinstance(value, dict) and all(isinstance(key, str) for key in value)
    _expect(good, where, "a mapping with text keys", "quote keys that are numbers")
    return {key: item(f"{where}.{key}", inner) if item else inner for key, inner in value.items()}


_Shape = Mapping[str, Callable[[str, Any], Any]]
_Made = TypeVar("_Made")


def _record(where: str, value: object, made: type[_Made], shape: _Shape) -> _Made:
    """A fact dataclass from its mapping: no field unknown, none missing, each of its type."""
    data = _table(where, value)
    for entry in fields(made):  # type: ignore[arg-type]  # each is a dataclass
        given = entry.name in data or entry.default is not MISSING or entry.default_factory is not MISSING
        _expect(given, f"{where}.{entry.name}", "there", "run python -m training.card_facts --write")
    for key in data:
        _expect(key in shape, f"{where}.{key}", "a known fact", "take it out")
    return made(**{key: shape[key](f"{where}.{key}", inner) for key, inner in data.items()})


def _files(where: str, value: Any) -> Any:  # noqa: ANN401
    _expect(isinstance(value, list) and bool(value), where, "a list of files", "name at least one")
    return tuple(_record(f"{where}[{at}]", entry, FileFact, _FILE) for at, entry in enumerate(value))


def _counts(where: str, value: Any) -> Any:  # noqa: ANN401
    return _table(where, value, _number)


def _use(where: str, value: Any) -> Any:  # noqa: ANN401
    return _text(where, value, wanted=f"one of {', '.join(USES)}", pattern=rf"({'|'.join(USES)})\Z")


_FILE: _Shape = {
    "path": _text, "sha256": _hash, "bytes": _number,
    "url": lambda where, value: _text(where, value, wanted="an https address", pattern="https://"),
}  # fmt: skip
_SPLIT: _Shape = {
    "use": _use, "rows": _number, "writers": _number, "labels": _counts, "forms": _counts, "cells": _counts,
}  # fmt: skip
_FACTS: _Shape = {
    "dataset": _text, "use": _use, "licence": _text, "rows": _number, "sha256": _hash, "labels": _counts,
    "forms": _counts, "cells": _counts, "files": _files,
    "agreement": lambda where, value: _table(where, value, lambda w, v: _number(w, v, whole=False)),
    "splits": lambda where, value: _table(where, value, lambda w, v: _record(w, v, SplitFact, _SPLIT)),
}  # fmt: skip


def _flat(facts: Facts) -> Iterator[tuple[str, object]]:
    """Every fact with its path; files by their own path, so that one added file is not a change of all."""
    data = asdict(facts)
    data["files"] = {entry.pop("path"): entry for entry in data["files"]}
    yield from _walk("", data)


def _walk(prefix: str, value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict):
        yield prefix, value
        return
    for key, inner in value.items():
        yield from _walk(f"{prefix}.{key}" if prefix else key, inner)
