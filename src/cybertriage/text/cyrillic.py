"""Kazakh and Russian typed in Latin letters, respelt in Cyrillic, so that the models read words they know.

In: normalised texts and their language forms. Out: the same texts; those of the forms kk-latn and ru-latn respelt.
Tables: the 2018 and 2021 Kazakh alphabets where their own letters show which it is, else chat habits; Kazakh chat
spelling has no letters of its own, so neither has what comes out. Addresses, and names that Cyrillic texts write in
Latin letters too, stay as they are.
Invariant: a text's outcome depends on that text and form alone; linear time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cybertriage.text.language import latin_names
from cybertriage.text.urls import address_spans
from cybertriage.types import LanguageForm

_WORD = re.compile(r"(?:[46](?=[a-z]))?[a-zäöüūşğñıáóúǵńýəçʼ'’`]+(?:(?<=[a-z])[46]+[a-z'’]*)*", re.IGNORECASE)
_VOWELS = frozenset("аеёиоуыэюяәөүұі")
_SHARED = {
    "a": "а", "b": "б", "v": "в", "g": "г", "d": "д", "e": "е", "z": "з", "k": "к", "l": "л", "m": "м", "n": "н",
    "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "f": "ф", "h": "х", "x": "х", "w": "у", "c": "ц",
    "j": "ж", "q": "к", "sh": "ш", "ch": "ч", "zh": "ж", "kh": "х", "ts": "ц", "sch": "щ", "shch": "щ", "yu": "ю",
    "ya": "я", "yo": "ё", "iu": "ю", "ia": "я",
}  # fmt: skip
_RUSSIAN = _SHARED | {"w": "в", "i": "и", "y": "ы", "ye": "е", "'": "ь", "4": "ч", "6": "ш", "iu": "ию", "ia": "ия"}
_CHAT = _SHARED | {"i": "и", "y": "ы", "gh": "г"}
_OWN = _SHARED | {"q": "қ", "y": "ы", "w": "у"}
_UMLAUT = _OWN | {"ä": "ә", "ö": "ө", "ü": "ү", "ū": "ұ", "ş": "ш", "ğ": "ғ", "ñ": "ң", "i": "и", "ı": "і", "ç": "ч"}
_ACUTE = _OWN | {
    "á": "ә", "ó": "ө", "ú": "ү", "u": "ұ", "ý": "у", "ǵ": "ғ", "ń": "ң", "i": "і", "ı": "и", "ıý": "ю", "ıa": "я",
}  # fmt: skip
_LONGEST = 4
_APOSTROPHES = str.maketrans("ʼ’`", "'''")
_RUSSIAN_START = re.compile("^ет(?=[оаиу])")  # это, эта, этот: no Russian word begins with "ето"
LATIN_FORMS = frozenset((LanguageForm.KK_LATN, LanguageForm.RU_LATN))


def in_cyrillic(texts: Sequence[str], forms: Sequence[str]) -> dict[int, str]:
    """The texts of Latin forms that get another spelling, by their place."""
    spelt = {at: to_cyrillic(texts[at], form) for at, form in enumerate(forms) if form in LATIN_FORMS}
    return {at: text for at, text in spelt.items() if text != texts[at]}


def to_cyrillic(text: str, form: str) -> str:
    """One text of a Latin form in Cyrillic, its words in lower case."""
    table = _RUSSIAN if form == LanguageForm.RU_LATN else _kazakh(text.lower())
    pieces, at = [], 0
    for start, end in [*address_spans(text), (len(text), len(text))]:
        pieces += [_WORD.sub(lambda m: _respelt(m.group(), table), text[at:start]), text[start:end]]
        at = end
    return "".join(pieces)


def _kazakh(text: str) -> dict[str, str]:
    """The table of the alphabet that a text's own letters show."""
    if any(char in text for char in "äöüūşğ"):
        return _UMLAUT
    return _ACUTE if any(char in text for char in "áóúǵńý") else _CHAT


def _respelt(word: str, table: dict[str, str]) -> str:
    small = word.lower().translate(_APOSTROPHES)
    if small in latin_names():
        return word
    pieces: list[str] = []
    last, at = "", 0
    while at < len(small):
        size = next((n for n in range(_LONGEST, 0, -1) if small[at : at + n] in table), 1)
        piece = small[at : at + size]
        following = small[at + 1 : at + 1 + _LONGEST]
        glide = _is_glide(piece, last, following, table)
        spelt = "й" if glide else table.get(piece, "" if piece == "'" else piece)
        pieces.append(spelt)
        last, at = spelt or last, at + size
    out = "".join(pieces)
    if table is _RUSSIAN:
        out = _RUSSIAN_START.sub("эт", out)
        return out + "ь" if out.endswith(("еш", "иш")) and len(out) > 3 else out
    return out


def _is_glide(piece: str, before: str, rest: str, table: dict[str, str]) -> bool:
    """Whether a letter stands for й: behind a vowel; in Russian an i only where the word ends (мой, but стоит)."""
    if piece not in ("i", "y", "ı") or not before or before[-1] not in _VOWELS:
        return False
    if piece == "y":
        return True
    return not rest if table is _RUSSIAN else table.get(piece) == "и"
