"""Kazakh number and case endings by rule: vowel harmony, final consonant, third-person possession.

In: a noun or noun phrase in the nominative singular; its last word carries the endings. Out: the form asked for.
Method: the regular nominal paradigm (Somfai Kara 2002, Kazakh; ch. 2). No native speaker has reviewed the outcome.
"""

from __future__ import annotations

from enum import StrEnum

_BACK, _FRONT = "аоұыуёюя", "әөүіеэи"
_VOICELESS = "кқпстфхцчшщбвгд"  # б, в, г, д end a stem as voiceless sounds do
_NASAL, _GLIDE = "мнң", "рйуи"
# Loans whose и, which is neutral, follows the vowel before it.
_BACK_WORDS = frozenset({"украин"})
_DEVOICED = {"г": "к", "ғ": "қ", "б": "п"}


class Case(StrEnum):
    """The seven cases."""

    NOMINATIVE = "nom"
    GENITIVE = "gen"
    DATIVE = "dat"
    ACCUSATIVE = "acc"
    LOCATIVE = "loc"
    ABLATIVE = "abl"
    INSTRUMENTAL = "ins"


# Endings with back vowels; `a` stands for а or е, `y` for ы or і, `d` for the consonant that the stem decides.
_POSSESSED = {
    Case.NOMINATIVE: "", Case.GENITIVE: "нyң", Case.DATIVE: "нa", Case.ACCUSATIVE: "н", Case.LOCATIVE: "ндa",
    Case.ABLATIVE: "нaн", Case.INSTRUMENTAL: "мен",
}  # fmt: skip


def decline(noun: str, case: Case, *, possessed: bool = False) -> str:
    """`noun` in a case. `possessed`: it ends in the third-person possessive, as `тұрғыны`, `адамдары`."""
    if case is Case.NOMINATIVE:
        return noun
    if possessed:
        return noun + _harmonised(_POSSESSED[case], noun)
    last = noun[-1].lower()
    if noun.endswith("ст") and case is not Case.INSTRUMENTAL:
        noun, last = noun[:-1], "т"  # one т of -стт- is written
    return noun + _harmonised(_ending(case, last), noun)


def plural(noun: str, *, possessed: bool = False) -> str:
    """The plural: -лар, -дар, -тар and their front twins; a possessive ending moves behind them."""
    if possessed:
        stem = noun[:-1]
        stem = stem[:-1] + _DEVOICED.get(stem[-1], stem[-1])
        return plural(stem) + _harmonised("y", stem)
    last = noun[-1].lower()
    consonant = "т" if last in _VOICELESS else "л" if last in _GLIDE or last in _BACK + _FRONT else "д"
    stem = noun[:-1] if noun.endswith("ст") else noun
    return stem + consonant + _harmonised("aр", noun)


def _ending(case: Case, last: str) -> str:
    hard = last in _VOICELESS
    vowel = last in _BACK + _FRONT and last not in _GLIDE
    if case is Case.DATIVE:
        return ("Q" if hard else "G") + "a"
    if case is Case.INSTRUMENTAL:
        return ("п" if hard else "б" if last in "зж" else "м") + "ен"
    if case is Case.ABLATIVE:
        return ("т" if hard else "н" if last in _NASAL else "д") + "aн"
    if case is Case.LOCATIVE:
        return ("т" if hard else "д") + "a"
    if case is Case.ACCUSATIVE:
        return ("т" if hard else "н" if vowel else "д") + "y"
    return ("т" if hard else "н" if vowel or last in _NASAL else "д") + "yң"


def _harmonised(ending: str, stem: str) -> str:
    """The ending with the vowels, and k-sounds, that the last vowel of the stem asks for; -мен has one shape."""
    word = stem.lower().rpartition(" ")[2]
    vowels = [char for char in word if char in _BACK + _FRONT]
    back = (not vowels or vowels[-1] in _BACK) or any(word.startswith(known) for known in _BACK_WORDS)
    shapes = {"a": "а", "y": "ы", "Q": "қ", "G": "ғ"} if back else {"a": "е", "y": "і", "Q": "к", "G": "г"}
    return "".join(shapes.get(char, char) for char in ending)
