"""Russian plural cases and adjective forms by rule, for names of groups of people.

In: a nominative plural (`трудовые мигранты`, `люди с инвалидностью`) with its singular, or an adjective. Out: the form
asked for. Adjectives before the head decline as such, the head by its ending, what follows it stays as it is.
Method: the regular paradigms of Zaliznyak's grammatical dictionary (1977); what no rule gives stands in tables here.
"""

from __future__ import annotations

from enum import StrEnum


class Case(StrEnum):
    """The six cases; the accusative of living beings in the plural is the genitive."""

    NOMINATIVE = "nom"
    GENITIVE = "gen"
    DATIVE = "dat"
    ACCUSATIVE = "acc"
    INSTRUMENTAL = "ins"
    PREPOSITIONAL = "pre"


_ADJECTIVE = {Case.GENITIVE: "х", Case.DATIVE: "м", Case.INSTRUMENTAL: "ми", Case.PREPOSITIONAL: "х"}
_NOUN = {Case.DATIVE: "м", Case.INSTRUMENTAL: "ми", Case.PREPOSITIONAL: "х"}
_PEOPLE = {Case.GENITIVE: "людей", Case.DATIVE: "людям", Case.INSTRUMENTAL: "людьми", Case.PREPOSITIONAL: "людях"}
# Genitive plural like the stem: nations and ranks that keep the old short form, and -арин.
_SHORT = frozenset({"грузины", "башкиры", "турки", "туркмены", "татары", "солдаты", "румыны", "болгары"})
_UNCHANGED = frozenset({"бахаи"})
_VOWELS = "аеёиоуыэюя"


def decline(plural: str, case: Case, *, singular: str = "") -> str:
    """A nominative plural in another case. `singular` tells what the plural hides: feminine -а, soft -ь."""
    if case is Case.NOMINATIVE:
        return plural
    case = Case.GENITIVE if case is Case.ACCUSATIVE else case
    words, of = plural.split(), singular.split()
    out: list[str] = []
    for at, word in enumerate(words):
        single = of[at] if at < len(of) and len(of) == len(words) else singular if len(words) == 1 else ""
        out.append("-".join(_word(part, case, single) for part in word.split("-")))
        if not _adjectival(word):
            rest = words[at + 1 :]
            if rest[:1] == ["и"]:
                return " ".join([*out, "и", decline(" ".join(rest[1:]), case)])
            return " ".join([*out, *rest])
    return " ".join(out)


def feminine(adjective: str) -> str:
    """The feminine of an adjective: `казахский` to `казахская`, `девичий` to `девичья`."""
    return _agreeing(adjective, hard="ая", soft="яя", hissing="ая", of_kin="ья")


def neuter(adjective: str) -> str:
    """The neuter of an adjective: `казахский` to `казахское`, `рабочий` to `рабочее`."""
    return _agreeing(adjective, hard="ое", soft="ее", hissing="ее", of_kin="ье")


def many(adjective: str) -> str:
    """The nominative plural of an adjective: `казахский` to `казахские`, `бедный` to `бедные`."""
    plural = _agreeing(adjective, hard="ые", soft="ие", hissing="ие", of_kin="ьи")
    return plural[:-2] + "ие" if plural.endswith(("гые", "кые", "хые")) else plural


def _agreeing(adjective: str, *, hard: str, soft: str, hissing: str, of_kin: str) -> str:
    stem, last = adjective[:-2], adjective[-3]
    if adjective.endswith("ичий"):
        return stem + of_kin
    if last in "жшщч":
        return stem + hissing
    return stem + (soft if adjective.endswith("ий") and last not in "гкх" else hard)


def _adjectival(word: str) -> bool:
    return word.endswith(("ые", "ие"))


def _word(word: str, case: Case, singular: str) -> str:
    if word in _UNCHANGED or word.isupper():
        return word
    if word == "люди":
        return _PEOPLE[case]
    if _adjectival(word):
        return word[:-1] + _ADJECTIVE[case]
    if case is Case.GENITIVE:
        return _genitive(word, singular)
    stem = word[:-1]
    soft = word.endswith("и") and stem[-1] not in "гкхжшщч"
    return stem + ("я" if soft else "а") + _NOUN[case]


def _genitive(word: str, singular: str) -> str:
    stem = word[:-1]
    if word.endswith(("ане", "яне")) or word in _SHORT:
        return _open(stem)
    if _of_feminine(word, singular):
        return _open(stem)
    if word.endswith("цы") or (word.endswith("и") and stem[-1] in _VOWELS):
        return stem + "ев"
    return stem + ("ей" if word.endswith("и") and stem[-1] not in "гкх" else "ов")


def _of_feminine(word: str, singular: str) -> bool:
    if singular:
        return singular.endswith("а")
    return word.endswith(("шки", "нки", "чки", "тки"))


def _open(stem: str) -> str:
    """A stem without ending, a fleeting vowel between its last consonants: `девушк` to `девушек`."""
    if len(stem) > 1 and stem[-1] == "к" and stem[-2] not in _VOWELS + "й":
        return stem[:-1] + ("е" if stem[-2] in "жшчц" else "о") + "к"
    return stem
