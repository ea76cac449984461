"""Identity groups: the terms that stand in one another's place, with their Kazakh and Russian forms.

In: `identity_terms.tsv`. Out: `Term`s; a form is asked for by its slot: `sg`, `pl`, `sg.dat`, `pl.gen`, ... in
Kazakh; `m`, `f`, `pl`, `pl.gen`, ..., `adj.f`, `adj.n`, `adj.pl` in Russian. Kazakh numbers and cases, Russian plural
cases and adjective forms are made by rule; nominative singulars and the Russian plural are read.
Invariant: a form that a term lacks is None, never made up. No native speaker has reviewed the terms or forms yet.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cybertriage.variation import kazakh, russian

TERMS = Path(__file__).with_name("identity_terms.tsv")
# Traits by which people are protected; harmful templates are filled with these only, as the labels of training are.
PROTECTED = frozenset(
    ("religion", "ethnicity", "gender", "orientation", "migration", "disability", "tribe", "language")
)  # fmt: skip
_NAMES = {"lgbt": "orientation"}
_POSSESSIVE = ("ы", "і")


@dataclass(frozen=True, slots=True)
class Term:
    """One group of people: the trait it is named by, its id, and its forms by language and slot."""

    trait: str
    id: str
    kk: Mapping[str, str] = field(repr=False)
    ru: Mapping[str, str] = field(repr=False)

    def form(self, language: str, slot: str) -> str | None:
        """The form for a slot; None where the term has none. Mixed messages take Russian forms."""
        return (self.kk if language == "kk" else self.ru).get(slot)


@functools.cache
def terms() -> tuple[Term, ...]:
    """Every term, in the order of the file."""
    with TERMS.open(encoding="utf-8", newline="") as stream:
        return tuple(_term(row) for row in csv.DictReader(stream, delimiter="\t"))


def traits() -> tuple[str, ...]:
    """The traits, in the order of the file."""
    return tuple(dict.fromkeys(term.trait for term in terms()))


def _term(row: Mapping[str, str]) -> Term:
    trait = _NAMES.get(row["group"], row["group"])
    return Term(trait, row["id"], _kazakh(row["kk_sg"], row["kk_pl"]), _russian(row))


def _kazakh(singular: str, plural: str) -> dict[str, str]:
    # The plural of a compound with a possessive ending has one too: мигранты is мигрант + ы there, not a plural.
    possessed = plural.endswith(_POSSESSIVE)
    numbers = {"sg": singular, "pl": kazakh.plural(singular, possessed=possessed)}
    found = {
        f"{number}.{case}": kazakh.decline(noun, case, possessed=possessed)
        for number, noun in numbers.items()
        for case in kazakh.Case
    }
    return found | numbers


def _russian(row: Mapping[str, str]) -> dict[str, str]:
    masculine, feminine, plural, adjective = (row[f"ru_{name}"].strip() for name in ("m", "f", "pl", "adj"))
    of_women = not masculine or feminine[:-1] == plural[:-1]  # девушки, феминистки
    found = {"m": masculine, "f": feminine, "pl": plural}
    for case in russian.Case:
        found[f"pl.{case}"] = russian.decline(plural, case, singular=feminine if of_women else masculine)
    if adjective:
        found |= {"adj": adjective, "adj.f": russian.feminine(adjective), "adj.n": russian.neuter(adjective),
                  "adj.pl": russian.many(adjective)}  # fmt: skip
    return {slot: form for slot, form in found.items() if form}
