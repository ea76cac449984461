"""Data cards: read them, hold them against the real files, export them as Croissant.

In: a Markdown card: front matter in the Hugging Face dataset-card form, what a machine can check under `cybertriage:`,
fixed sections. Out: a `Card`, the `Difference`s between it and recomputed `Facts`, or Croissant 1.0 JSON-LD.
Invariant: a card is read whole or refused with its file and field; a fact that nobody could recompute is not true.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from cybertriage.errors import InputError

SECTIONS = (
    "Origin", "Licence and evidence", "Collection", "Annotators and agreement", "Languages", "Label map",
    "Known problems", "Personal data", "Bias notes", "Intended use", "Prohibited use",
)  # fmt: skip
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_FORMATS = {"csv": "text/csv", "tsv": "text/tab-separated-values", "txt": "text/plain", "json": "application/json",
            "jsonl": "application/jsonlines", "zip": "application/zip"}  # fmt: skip
_TERMS = """citeAs column equivalentProperty extract field fileObject fileProperty fileSet format includes isLiveDataset
    jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source subField
    transform"""
_CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/", **{term: f"cr:{term}" for term in _TERMS.split()},
    "conformsTo": "dct:conformsTo", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "examples": {"@id": "cr:examples", "@type": "@json"},
}  # fmt: skip
_CARD = re.compile(r"\A---\n(.*?\n)---\n(.*)\Z", re.DOTALL)

# The types below are the schema: each says what is wanted and the pattern that a value must match.
_Text = Annotated[str, "a text", r"(?s)\S.*"]
_Hash = Annotated[str, "64 hexadecimal digits", r"[0-9a-f]{64}"]
_Use = Annotated[str, "one of train, dev, test, split", r"train|dev|test|split"]
_Count = Annotated[int, "a count", r"\d+"]
_Number = Annotated[float, "a number", r".+"]
_Counts = Mapping[str, _Count]


class CardError(InputError):
    """A card that is not of the stated form."""

    code = "card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """Front matter in the Hugging Face dataset-card form, without the facts."""

    pretty_name: _Text
    language: tuple[_Text, ...]
    license: _Text
    license_name: _Text = ""
    license_link: _Text = ""
    creators: tuple[_Text, ...]
    date_published: _Text = ""
    citation: _Text = ""
    annotations_creators: tuple[_Text, ...] = ()
    task_categories: tuple[_Text, ...]
    size_categories: tuple[_Text, ...]
    tags: tuple[_Text, ...]


@dataclass(frozen=True, slots=True)
class FileFact:
    """One file of a data set; `url` only where the registry has one."""

    path: _Text
    sha256: _Hash
    bytes: _Count
    url: Annotated[str, "an https address", r"https://\S+"] = ""


@dataclass(frozen=True, slots=True)
class SplitFact:
    """One split of the authored corpora."""

    use: _Use
    rows: _Count
    writers: _Count
    labels: _Counts
    forms: _Counts
    cells: _Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a machine can recompute; the empty ones do not apply. `use: split`: each split says its own."""

    dataset: _Text
    use: _Use
    licence: _Text
    rows: _Count
    sha256: _Hash
    labels: _Counts
    forms: _Counts = field(default_factory=dict)
    cells: _Counts = field(default_factory=dict)
    agreement: Mapping[str, _Number] = field(default_factory=dict)
    splits: Mapping[str, SplitFact] = field(default_factory=dict)
    files: tuple[FileFact, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A card that has the stated form."""

    name: str
    meta: Meta
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
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{path.name}: cannot be read as UTF-8 text: {type(error).__name__}") from None
    return parse(text, name=path.name)


def parse(text: str, *, name: str) -> Card:
    """Read a card; `name` is the file that errors name."""
    parts = _CARD.match(text)
    if parts is None:
        raise CardError(f"{name}: no front matter; begin the file with a line `---` and end the YAML with another")
    front = _yaml(parts.group(1), name)
    _expect(isinstance(front, dict), f"{name}: front matter", "a mapping", "write it as `field: value` lines")
    facts = _read(f"{name}: cybertriage", Facts, front.pop("cybertriage", None))
    meta = _read(f"{name}: front matter", Meta, front)
    sections = dict(re.findall(r"^## (.+?)\n+(.*?)\s*(?=^## |\Z)", parts.group(2), re.DOTALL | re.MULTILINE))
    for section in SECTIONS:
        _expect(bool(sections.get(section)), f"{name}: section `## {section}`", "there with a text", "write it")
    return Card(name, meta, facts, sections)


def check(card: Card, facts: Facts) -> list[Difference]:
    """Where the card differs from recomputed facts; empty when it is true."""
    said = _flat(card.facts) | {"size_categories": card.meta.size_categories}
    found = _flat(facts) | {"size_categories": (size_category(facts.rows),)}
    return [Difference(n, said.get(n), found.get(n)) for n in found | said if said.get(n) != found.get(n)]


def croissant(card: Card) -> dict[str, Any]:
    """The card as Croissant 1.0 JSON-LD with its responsible-AI fields; needs no library and no network."""
    meta, facts, told = card.meta, card.facts, card.sections
    pinned = re.match(r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/([0-9a-f]{40})/", facts.files[0].url)
    known = {
        "@context": _CONTEXT, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": facts.dataset, "description": told["Origin"], "version": f"1.0.0+{facts.sha256[:12]}",
        "url": f"https://github.com/{pinned[1]}/tree/{pinned[2]}" if pinned else "",
        "license": meta.license_link or meta.license_name or meta.license,
        "creator": [{"@type": "sc:Organization", "name": name} for name in meta.creators],
        "keywords": list(meta.tags), "inLanguage": list(meta.language),
        "datePublished": meta.date_published, "citeAs": meta.citation,
        "rai:dataCollection": told["Collection"], "rai:dataAnnotationProtocol": told["Annotators and agreement"],
        "rai:dataLimitations": told["Known problems"], "rai:dataBiases": told["Bias notes"],
        "rai:personalSensitiveInformation": told["Personal data"],
        "rai:dataUseCases": f"{told['Intended use']}\n\nProhibited: {told['Prohibited use']}",
        "distribution": [_file_object(entry) for entry in facts.files], "recordSet": [_label_records(facts.labels)],
    }  # fmt: skip
    return {key: value for key, value in known.items() if value}


def _file_object(entry: FileFact) -> dict[str, str]:
    return {
        "@type": "cr:FileObject", "@id": entry.path, "name": entry.path.rpartition("/")[2],
        "contentUrl": entry.url or entry.path, "contentSize": f"{entry.bytes} B", "sha256": entry.sha256,
        "encodingFormat": _FORMATS.get(entry.path.rpartition(".")[2], "application/octet-stream"),
    }  # fmt: skip


def _label_records(labels: Mapping[str, int]) -> dict[str, Any]:
    types = {"label": "sc:Text", "rows": "sc:Integer"}
    return {
        "@type": "cr:RecordSet", "@id": "labels", "name": "labels", "description": "Rows of every label.",
        "field": [{"@type": "cr:Field", "@id": f"labels/{k}", "name": k, "dataType": v} for k, v in types.items()],
        "data": [{"labels/label": label, "labels/rows": rows} for label, rows in labels.items()],
    }  # fmt: skip


def _yaml(text: str, name: str) -> Any:  # noqa: ANN401
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        raise CardError("cards are read with PyYAML: pip install -e '.[cards]'") from None
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise CardError(f"{name}: front matter uses a YAML alias; write the value out")
        _refuse_twice(yaml.compose(text, Loader=yaml.SafeLoader), name)
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2  # counted from 0, below the first `---`
        raise CardError(f"{name}: front matter is not YAML at line {line}; mend it there") from None


def _refuse_twice(node: Any, name: str) -> None:  # noqa: ANN401  (PyYAML has no types)
    """YAML lets the last of two equal keys win in silence; a card must not."""
    if node is not None and node.id == "mapping":
        keys = [key.value for key, _ in node.value]
        for key in keys:
            _expect(keys.count(key) == 1, f"{name}: {key}", "there once only", "keep one")
    for child in () if node is None or node.id == "scalar" else node.value:
        _refuse_twice(child[1] if isinstance(child, tuple) else child, name)


def _expect(true: bool, where: str, wanted: str, fix: str) -> None:
    if not true:
        raise CardError(f"{where} is not {wanted}; {fix}")


def _read(where: str, kind: Any, value: Any) -> Any:  # noqa: ANN401  (the kind says what comes out)
    """A value of the type `kind`, which is one of the schema above, out of YAML; nothing is converted or guessed."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        base, wanted, pattern = args
        good = type(value) is base or (base is float and type(value) is int)
        _expect(good and re.fullmatch(pattern, str(value)) is not None, where, wanted, "mend it, or quote a text")
        return value
    if origin is tuple:
        _expect(isinstance(value, list) and len(value) > 0, where, "a list", "write it as [a, b]")
        return tuple(_read(f"{where}[{at}]", args[0], item) for at, item in enumerate(value))
    good = isinstance(value, dict) and all(isinstance(key, str) for key in value)
    _expect(good, where, "a mapping with text keys", "quote keys that are numbers")
    if origin is not None:
        return {key: _read(f"{where}.{key}", args[1], item) for key, item in value.items()}
    for entry in fields(kind):
        needed = entry.default is MISSING and entry.default_factory is MISSING
        _expect(entry.name in value or not needed, f"{where}.{entry.name}", "there", "add it")
    hints = get_type_hints(kind, include_extras=True)
    for key in value:
        _expect(key in hints, f"{where}.{key}", "a known field", "take it out")
    return kind(**{key: _read(f"{where}.{key}", hints[key], item) for key, item in value.items()})


def _flat(facts: Facts) -> dict[str, object]:
    """Every fact by its place; files by their paths, so that one added file is not a change of all."""
    data = {**asdict(facts), "files": {entry.path: asdict(entry) for entry in facts.files}}
    return dict(_walk("", data)) | {"files": len(facts.files)}


def _walk(prefix: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(f"{prefix}.{key}".lstrip("."), inner)
    else:
        yield prefix, value
