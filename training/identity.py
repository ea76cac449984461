"""One group of people named in another's place, so that no name carries a label.

In: the terms of `cybertriage.variation.groups` (Kazakh and Russian cases by rule; unreviewed by native speakers).
Out: swapped texts.
A name is put in another's place in the same grammatical form. People of `EXCHANGED` traits stand for one another across
traits, as a prayer for believers and one for migrants are the same to a label; adjectives and bare Kazakh singulars,
which often name a thing (a language, a cuisine), and other traits stay within their trait.
"""

from __future__ import annotations

import functools
import random
import re
from collections import defaultdict
from dataclasses import dataclass

from cybertriage.variation.groups import terms

# Traits that harm is aimed at and protected alike: a swap among them keeps a harmful message harmful.
EXCHANGED = ("religion", "ethnicity", "orientation", "migration", "disability")
_WORD = re.compile(r"[^\W\d_]+")
_OF_THINGS = ("sg", "sg.nom", "adj")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a name can stand: language, trait, grammatical slot."""

    language: str
    trait: str
    slot: str

    @property
    def traits(self) -> tuple[str, ...]:
        """Traits whose names may stand here."""
        of_people = self.trait in EXCHANGED and self.slot not in _OF_THINGS and not self.slot.startswith("adj.")
        return EXCHANGED if of_people else (self.trait,)


@dataclass(frozen=True, slots=True)
class Forms:
    """Places by single word, and every name by place, of one word or several."""

    places: dict[str, Place]
    names: dict[Place, tuple[str, ...]]


@functools.cache
def forms() -> Forms:
    """Every form of every term; a word that stands in two places keeps the first."""
    places: dict[str, Place] = {}
    names: defaultdict[Place, list[str]] = defaultdict(list)
    for term in terms():
        for language, found in (("kk", term.kk), ("ru", term.ru)):
            for slot, name in found.items():
                place = Place(language, term.trait, slot)
                names[place].append(name)
                if _WORD.fullmatch(name):
                    places.setdefault(name.lower(), place)
    return Forms(places, {place: tuple(found) for place, found in names.items()})


def swap(text: str, rng: random.Random) -> str | None:
    """`text` with one name of a group exchanged for another of its place; None where it has none."""
    table = forms()
    found = [m for m in _WORD.finditer(text) if m.group().lower() in table.places]
    if not found:
        return None
    match = rng.choice(found)
    word, place = match.group(), table.places[match.group().lower()]
    choices = [names for trait in place.traits if (names := _others(table, place, trait, word.lower()))]
    if not choices:
        return None
    return text[: match.start()] + _like(word, rng.choice(rng.choice(choices))) + text[match.end() :]


def _others(table: Forms, place: Place, trait: str, word: str) -> list[str]:
    return [n for n in table.names.get(Place(place.language, trait, place.slot), ()) if n.lower() != word]


def _like(word: str, name: str) -> str:
    """The name with the capitals of the word it replaces."""
    if len(word) > 1 and word.isupper():
        return name.upper()
    return name[0].upper() + name[1:] if word[0].isupper() else name
