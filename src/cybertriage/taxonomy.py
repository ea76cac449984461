"""The labels: stable codes, public ids, names and explanations in Kazakh, Russian and English.

In: `data/taxonomy.json`. Out: frozen `Label`s, in the file's order.
Invariants: codes and ids are unique; no label carries a statute number; a `route_only` label never leaves as text.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from typing import Any

from cybertriage.errors import InputError

LANGUAGES = ("kk", "ru", "en")


class Kind(StrEnum):
    """What a label stands for."""

    FAMILY = "family"
    LEAF = "leaf"
    FRAME = "frame"
    LOOK_ALIKE = "look_alike"


@dataclass(frozen=True, slots=True)
class Label:
    """One entry of the taxonomy. `severity` is the lowest and highest queue priority, 0 to 4.

    `maps`: the nearest values of other taxonomies by their name (`rsit`, `misp_phishing`, `misp_content`, ...).
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


@functools.cache
def labels() -> tuple[Label, ...]:
    """Every label: families, leaves, frames, look-alikes."""
    return tuple(_label(entry) for entry in _document()["labels"])


def of_kind(kind: Kind, *, family: str | None = None) -> tuple[Label, ...]:
    """The labels of one kind, of one family where it is named; route-only leaves are left out."""
    return tuple(x for x in labels() if x.kind is kind and family in (None, x.family) and not x.route_only)


def label(key: str) -> Label:
    """The label with this id or code; raises `InputError` where there is none."""
    found = _index().get(key)
    if found is None:
        raise InputError(f"no label has the id or code {key!r}; see cybertriage.taxonomy.labels()")
    return found


def notice(language: str = "en") -> str:
    """The sentence that goes with every export: a triage aid, not expertise, not proof."""
    if language not in LANGUAGES:
        raise InputError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    return str(_document()["notice"][language])


@functools.cache
def _document() -> dict[str, Any]:
    text = files("cybertriage").joinpath("data/taxonomy.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@functools.cache
def _index() -> dict[str, Label]:
    return {key: x for x in labels() for key in (x.id, x.code)}


def _label(entry: dict[str, Any]) -> Label:
    low, high = entry.get("severity", (0, 0))
    return Label(
        code=entry["code"], id=entry["id"], kind=Kind(entry["kind"]), family=entry["family"],
        name=entry["name"], explanation=entry["explanation"],
        includes=tuple(entry.get("includes", ())), excludes=tuple(entry.get("excludes", ())),
        severity=(low, high), route_only=bool(entry.get("route_only", False)),
        maps=entry.get("maps", {}),
    )  # fmt: skip
