"""The labels, families and desks as data: stable codes, public ids, names and rules in Kazakh, Russian and English.

In: `data/taxonomy.json`, or another file of its form (`Taxonomy.parse`, `use`). Out: frozen `Label`s and `Family`s.
Invariants: codes and ids are unique; no label carries a statute number; a `route_only` label never leaves as text;
what knows only some families reads them from here, so that a further one needs no change of code.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from cybertriage.errors import TaxonomyError
from cybertriage.taxonomy_form import LANGUAGES as LANGUAGES
from cybertriage.taxonomy_form import Kind as Kind
from cybertriage.taxonomy_form import LetterFold as LetterFold
from cybertriage.taxonomy_form import checked


@dataclass(frozen=True, slots=True)
class Label:
    """One entry of the taxonomy. `severity` is the lowest and highest queue priority, 0 to 4.

    `maps`: the nearest values of other taxonomies by their name (`rsit`, `misp_phishing`, `misp_content`, ...).
    `routes`: the desks that see it, the main one first. `sensitive`: its text is blurred until a reader asks for it.
    `protective`, `predicted`: of a frame, whether it can hold a flag back, and whether models answer for it.
    `frame`: of a look-alike, the frame that it speaks in, where that is certain.
    """

    code: str
    id: str
    kind: Kind
    family: str
    name: Mapping[str, str]
    explanation: Mapping[str, str]
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    severity: tuple[int, int] = (0, 0)
    route_only: bool = False
    maps: Mapping[str, str] = field(default_factory=dict)
    routes: tuple[str, ...] = ()
    sensitive: bool = False
    protective: bool = True
    predicted: bool = True
    frame: str | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """How a family is treated. `order`: its place among the outputs.

    `capped_by`: frames that turn its flag into an abstention, unless the leaf `cap_yields_to` is plain. `letter_fold`:
    what a view with other letters may do. `usual_priority`: lowest and highest where no leaf is named. `indicators`:
    whether its confirmed messages may be exported as such. `hard_cells`: first letters of the corpus cells of its hard
    negatives. `all_must_hold`: its leaves' `includes` are conditions, not examples. `factors`: the Rabat factors are
    asked before it is confirmed. `guide`: how its leaves are told apart, in English.
    """

    id: str
    order: int
    capped_by: tuple[str, ...]
    cap_yields_to: str | None
    letter_fold: LetterFold
    usual_priority: tuple[int, int]
    indicators: bool
    hard_cells: str
    all_must_hold: bool
    factors: bool
    guide: str

    @property
    def reason(self) -> str:
        """The reason code of its flag."""
        return f"{self.id}_over_threshold"


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """One whole taxonomy; `index` finds a label by id or code, `routes` are the names of the desks by id."""

    version: str
    labels: tuple[Label, ...]
    families: Mapping[str, Family]
    routes: Mapping[str, Mapping[str, str]]
    notice: Mapping[str, str]
    scope: Mapping[str, str]
    review: str
    index: Mapping[str, Label] = field(repr=False)

    @classmethod
    def load(cls, path: str | Path) -> Taxonomy:
        """Read a taxonomy file; raises `TaxonomyError` naming what to mend."""
        try:
            return cls.parse(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise TaxonomyError(f"taxonomy file {path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise TaxonomyError(f"taxonomy file {path} is not UTF-8; save it as UTF-8") from error

    @classmethod
    def parse(cls, text: str) -> Taxonomy:
        """Read a taxonomy from JSON text; raises `TaxonomyError` naming what to mend."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise TaxonomyError(f"taxonomy is not JSON: {error}") from error
        checked(document)
        found = tuple(_label(entry) for entry in document["labels"])
        families = [_family(entry) for entry in document["labels"] if entry["kind"] == Kind.FAMILY]
        return cls(
            version=str(document["version"]), labels=found,
            families={x.id: x for x in sorted(families, key=lambda x: x.order)}, routes=document["routes"],
            notice=document["notice"], scope=document["scope"], review=str(document.get("review", "")),
            index={key: x for x in found for key in (x.id, x.code)},
        )  # fmt: skip


class _Current:
    """The taxonomy in force: the one that comes with the library, unless another is used."""

    def __init__(self) -> None:
        self.other: Taxonomy | None = None

    def __call__(self) -> Taxonomy:
        return self.other or _shipped()


@functools.cache
def _shipped() -> Taxonomy:
    return Taxonomy.parse(files("cybertriage").joinpath("data/taxonomy.json").read_text(encoding="utf-8"))


current = _Current()


@contextmanager
def use(taxonomy: Taxonomy) -> Iterator[Taxonomy]:
    """Put another taxonomy in force for this process while the block runs.

    Policies, models and queues are to be made inside the block: what was made under one taxonomy keeps its rules.
    """
    before, current.other = current.other, taxonomy
    try:
        yield taxonomy
    finally:
        current.other = before


def labels() -> tuple[Label, ...]:
    """Every label: families, leaves, frames, look-alikes."""
    return current().labels


def families() -> tuple[str, ...]:
    """Ids of the families, in the order of outputs."""
    return tuple(current().families)


def family(key: str) -> Family:
    """The rules of a family; raises `TaxonomyError` where there is none of this id."""
    found = current().families.get(key)
    if found is None:
        raise TaxonomyError(f"no family has the id {key!r}; name one of {', '.join(families())}")
    return found


def of_kind(kind: Kind, *, family: str | None = None) -> tuple[Label, ...]:
    """The labels of one kind, of one family where it is named; route-only leaves are left out."""
    return tuple(x for x in labels() if x.kind is kind and family in (None, x.family) and not x.route_only)


def protective_frames() -> tuple[str, ...]:
    """Frames that a verdict names and that can hold a flag back."""
    return tuple(x.id for x in of_kind(Kind.FRAME) if x.protective)


def predicted_frames() -> tuple[str, ...]:
    """Frames that models answer for."""
    return tuple(x.id for x in of_kind(Kind.FRAME) if x.predicted)


def outputs() -> tuple[str, ...]:
    """What a model of the whole taxonomy answers for: each family with its leaves, then the frames."""
    named = (x for f in families() for x in (f, *(leaf.id for leaf in of_kind(Kind.LEAF, family=f))))
    return (*named, *predicted_frames())


def label(key: str) -> Label:
    """The label with this id or code; raises `TaxonomyError` where there is none."""
    found = current().index.get(key)
    if found is None:
        raise TaxonomyError(f"no label has the id or code {key!r}; see cybertriage.taxonomy.labels()")
    return found


def routes() -> tuple[str, ...]:
    """Ids of the desks, in their order."""
    return tuple(current().routes)


def route_name(route: str, language: str = "en") -> str:
    """Name of a desk; raises `TaxonomyError` where there is none of this id."""
    if route not in current().routes:
        raise TaxonomyError(f"no desk has the id {route!r}; name one of {', '.join(routes())}")
    return current().routes[route][_spoken(language)]


def routes_of(named: Iterable[str]) -> tuple[str, ...]:
    """The desks for these labels: those of the leaves, and of a family where none of its leaves is named."""
    found = [current().index[x] for x in named if x in current().index]
    with_leaf = {x.family for x in found if x.kind is Kind.LEAF}
    wanted = {r for x in found if x.kind is Kind.LEAF or x.family not in with_leaf for r in x.routes}
    return tuple(r for r in current().routes if r in wanted)


def notice(language: str = "en") -> str:
    """The sentence that goes with every export: a triage aid, not expertise, not proof."""
    return current().notice[_spoken(language)]


def scope(language: str = "en") -> str:
    """What the taxonomy leaves to others."""
    return current().scope[_spoken(language)]


def _spoken(language: str) -> str:
    if language not in LANGUAGES:
        raise TaxonomyError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    return language


def _label(entry: Mapping[str, Any]) -> Label:
    low, high = entry.get("severity", (0, 0))
    return Label(
        code=entry["code"], id=entry["id"], kind=Kind(entry["kind"]), family=entry["family"],
        name=entry["name"], explanation=entry["explanation"],
        includes=tuple(entry.get("includes", ())), excludes=tuple(entry.get("excludes", ())),
        severity=(low, high), route_only=entry.get("route_only", False), maps=entry.get("maps", {}),
        routes=tuple(entry.get("routes", ())), sensitive=entry.get("sensitive", False),
        protective=entry.get("protective", True), predicted=entry.get("predicted", True), frame=entry.get("frame"),
    )  # fmt: skip


def _family(entry: Mapping[str, Any]) -> Family:
    low, high = entry["usual_priority"]
    return Family(
        id=entry["id"], order=entry["order"], capped_by=tuple(entry["capped_by"]),
        cap_yields_to=entry["cap_yields_to"], letter_fold=LetterFold(entry["letter_fold"]), usual_priority=(low, high),
        indicators=entry["indicators"], hard_cells=entry["hard_cells"],
        all_must_hold=entry.get("all_must_hold", False), factors=entry.get("factors", False),
        guide=entry.get("guide", ""),
    )  # fmt: skip
