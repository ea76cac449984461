"""The form of a taxonomy file, checked before anything is built on it.

In: the parsed JSON document. Out: nothing, or a `TaxonomyError` naming the entry, the
property and the way to mend it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from cybertriage.errors import TaxonomyError

LANGUAGES = ("kk", "ru", "en")


class Kind(StrEnum):
    """What a label stands for."""

    FAMILY = "family"
    LEAF = "leaf"
    FRAME = "frame"
    LOOK_ALIKE = "look_alike"


class LetterFold(StrEnum):
    """What a view in which a letter stands for another may do to a family's score.

    `abstain`: turn a clear message into an abstention and nothing else, since Kazakh letters read as Russian ones
    collide in the words of violence (өл "die", ол "he").
    """

    RAISE = "raise"
    ABSTAIN = "abstain"


_Test = Callable[[Any], bool]


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _spoken(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == set(LANGUAGES) and all(map(_text, value.values()))


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _priorities(value: object) -> bool:
    whole = isinstance(value, list) and len(value) == 2 and all(type(x) is int for x in value)
    return whole and 0 <= value[0] <= value[1] <= 4  # type: ignore[index]


_SPOKEN = "texts for kk, ru and en"
_PRIORITIES = "two whole numbers from 0 to 4, the lower first"
_TRUTH = "true or false"
_LIST = "a list of texts"
# Property: how it is tested, and what it must be.
_EVERY: dict[str, tuple[_Test, str]] = {
    "code": (_text, "a text"), "id": (_text, "a text"), "kind": (lambda v: v in list(Kind), " or ".join(Kind)),
    "family": (_text, "the id of a family"), "name": (_spoken, _SPOKEN), "explanation": (_spoken, _SPOKEN),
}  # fmt: skip
_NEEDED: dict[str, dict[str, tuple[_Test, str]]] = {
    "family": {
        "order": (lambda v: type(v) is int and v > 0, "a whole number from 1, its place among the outputs"),
        "capped_by": (_texts, "a list of frames that hold its flag back, empty for none"),
        "cap_yields_to": (lambda v: v is None or _text(v), "the id of one of its leaves, or null"),
        "letter_fold": (lambda v: v in list(LetterFold), " or ".join(LetterFold)),
        "usual_priority": (_priorities, _PRIORITIES), "indicators": (_flag, _TRUTH),
        "hard_cells": (_text, "the first letters of its hard negatives' cells"),
        "routes": (lambda v: _texts(v) and bool(v), "a list of one desk or more"),
    },
    "leaf": {
        "severity": (_priorities, _PRIORITIES),
        "routes": (lambda v: _texts(v) and bool(v), "a list of one desk or more"),
    },
    "frame": {},
    "look_alike": {},
}  # fmt: skip
_ALLOWED: dict[str, dict[str, tuple[_Test, str]]] = {
    "family": {
        "all_must_hold": (_flag, _TRUTH), "factors": (_flag, _TRUTH), "sensitive": (_flag, _TRUTH),
        "guide": (_text, "a text"),
    },
    "leaf": {
        "includes": (_texts, _LIST), "excludes": (_texts, _LIST), "route_only": (_flag, _TRUTH),
        "sensitive": (_flag, _TRUTH), "maps": (lambda v: isinstance(v, Mapping), "texts by name"),
    },
    "frame": {"protective": (_flag, _TRUTH), "predicted": (_flag, _TRUTH)},
    "look_alike": {"frame": (_text, "the id of a frame")},
}  # fmt: skip
_TOP: dict[str, tuple[_Test, str]] = {
    "version": (_text, "a text"), "notice": (_spoken, _SPOKEN), "scope": (_spoken, _SPOKEN),
    "routes": (lambda v: isinstance(v, Mapping) and bool(v) and all(map(_spoken, v.values())), "desks with names"),
    "labels": (lambda v: isinstance(v, list) and all(isinstance(x, Mapping) for x in v), "a list of entries"),
}  # fmt: skip


def checked(document: object) -> None:
    """Raise `TaxonomyError` where the document is not of the form."""
    if not isinstance(document, Mapping):
        raise TaxonomyError("taxonomy must be a JSON object")
    _properties("taxonomy", document, _TOP, {"review": (_text, "a text")})
    for entry in document["labels"]:
        _entry(entry)
    _unique(document["labels"])
    _named(document)


def _entry(entry: Mapping[str, Any]) -> None:
    name = f"taxonomy entry {entry.get('id') or entry.get('code') or '(no id)'}"
    kind = entry.get("kind")
    if kind not in list(Kind):
        raise TaxonomyError(f"{name}: kind must be {_EVERY['kind'][1]}")
    _properties(name, entry, {**_EVERY, **_NEEDED[kind]}, _ALLOWED[kind])


def _properties(
    name: str,
    found: Mapping[str, Any],
    needed: Mapping[str, tuple[_Test, str]],
    allowed: Mapping[str, tuple[_Test, str]],
) -> None:
    if strange := sorted(set(found) - set(needed) - set(allowed)):
        raise TaxonomyError(f"{name}: unknown property {', '.join(strange)}; take it out or mend its name")
    for key, (_, what) in needed.items():
        if key not in found:
            raise TaxonomyError(f"{name}: no {key}; give {what}")
    for key, value in found.items():
        fits, what = needed.get(key) or allowed[key]
        if not fits(value):
            raise TaxonomyError(f"{name}: {key} must be {what}")


def _unique(entries: list[Mapping[str, Any]]) -> None:
    families = [x for x in entries if x["kind"] == Kind.FAMILY]
    for what, values in (
        ("the code or id", [key for x in entries for key in {x["code"], x["id"]}]),
        ("the order", [x["order"] for x in families]),
        ("hard_cells", [x["hard_cells"] for x in families]),
    ):
        if twice := [value for value, n in Counter(values).items() if n > 1]:
            raise TaxonomyError(f"taxonomy: {what} {twice[0]!r} stands twice; give each its own")


def _named(document: Mapping[str, Any]) -> None:
    """Everything that an entry names must be there."""
    entries = document["labels"]
    ids = {kind: {x["id"] for x in entries if x["kind"] == kind} for kind in Kind}
    for x in entries:
        name = f"taxonomy entry {x['id']}"
        if x["family"] not in ids[Kind.FAMILY] or (x["kind"] == Kind.FAMILY and x["family"] != x["id"]):
            raise TaxonomyError(f"{name}: family {x['family']!r} is not there; name one of {_list(ids[Kind.FAMILY])}")
        for route in x.get("routes", ()):
            if route not in document["routes"]:
                raise TaxonomyError(f"{name}: unknown route {route!r}; name one of {_list(document['routes'])}")
        for frame in (*x.get("capped_by", ()), *([x["frame"]] if "frame" in x else ())):
            if frame not in ids[Kind.FRAME]:
                raise TaxonomyError(f"{name}: unknown frame {frame!r}; name one of {_list(ids[Kind.FRAME])}")
        own = {y["id"] for y in entries if y["kind"] == Kind.LEAF and y["family"] == x["id"]}
        if x.get("cap_yields_to") is not None and x["cap_yields_to"] not in own:
            raise TaxonomyError(f"{name}: cap_yields_to {x['cap_yields_to']!r} is none of its leaves: {_list(own)}")


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
