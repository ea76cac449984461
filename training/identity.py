"""Identity terms by grammatical form, and one term put in another's place.

In: `identity_terms.tsv` of `cybertriage.evaluate.groups` (Kazakh cases, Russian gender forms; unreviewed by native
speakers). Out: swapped texts.
Only single words are swapped, and only for a term of the same kind in the same form, so the sentence stays whole.
"""

from __future__ import annotations

import csv
import functools
import random
import re
from collections import defaultdict
from dataclasses import dataclass

from cybertriage.evaluate.groups import TERMS

_WORD = re.compile(r"[^\W\d_]+")
_NOT_FORMS = ("group", "id", "note")


@dataclass(frozen=True, slots=True)
class Forms:
    """Words by place and places by word; a place is (kind of group, grammatical column)."""

    places: dict[str, tuple[str, str]]
    words: dict[tuple[str, str], tuple[str, ...]]


@functools.cache
def forms() -> Forms:
    """Every single-word form of every term; a word that stands in two places keeps the first."""
    places: dict[str, tuple[str, str]] = {}
    words: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    with TERMS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader((line for line in stream if not line.startswith("#")), delimiter="\t"):
            for column, cell in row.items():
                word = (cell or "").strip().lower()
                if column in _NOT_FORMS or not _WORD.fullmatch(word) or word in places:
                    continue
                places[word] = (row["group"], column)
                words[places[word]].append(word)
    return Forms(places, {place: tuple(found) for place, found in words.items()})


def swap(text: str, rng: random.Random) -> str | None:
    """`text` with one identity word exchanged for another of its place; None where it has none."""
    table = forms()
    found = [m for m in _WORD.finditer(text) if m.group().lower() in table.places]
    if not found:
        return None
    match = rng.choice(found)
    word = match.group()
    others = [w for w in table.words[table.places[word.lower()]] if w != word.lower()]
    if not others:
        return None
    other = rng.choice(others)
    return text[: match.start()] + (other.capitalize() if word[0].isupper() else other) + text[match.end() :]
