"""Whether letters are Kazakh or Russian writing, or bytes that were read in a wrong encoding.

In: a text. Out: its plausibility, the mean log-probability of its letter pairs, about -2.5 for real text and below
`LIMIT` for noise; None where it has too few letters to tell.
Cyrillic letters outside both alphabets, signs that no message has, a capital behind a small letter, and accented Latin
letters where they are most of a text count against it; other letters, digits and punctuation say nothing. Linear time.
"""

from __future__ import annotations

import functools
import re
from importlib import resources

import numpy as np
from numpy.typing import NDArray

ALPHABET = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі"
STEP = 0.1
# Real rows of four letters and more lie above it in 999 of 1,000 cases; rows of koi8-r, cp866, iso-8859-5 or utf-8 read
# in another of these lie below it in 99 of 100.
LIMIT = -4.0
_FOREIGN, _CAPITAL_INSIDE = -9.0, -4.0
_BOUNDARY, _SILENT, _STRANGE, _ACCENTED, _DRAWN = 0, -1, -2, -3, -4
_SAMPLE = 4000
_FEWEST, _FEWEST_FOR_NOISE = 3, 12
# Without one of these no text is noise: a capital behind a small letter, or a letter or sign of neither alphabet.
_SUSPECT = re.compile(
    f"[{ALPHABET}][{ALPHABET.upper()}]|[\u0080-\u009f\u00a1-\u00bf\u00c0-\u024f\u2500-\u25ff]"
    f"|(?![{ALPHABET}{ALPHABET.upper()}])[\u0400-\u052f]"
)
_ORDINARY = frozenset("№«»—–…“”„’‘•€₸₽™°±§·²³©®")


def plausibility(text: str, *, fewest: int = _FEWEST) -> float | None:
    """Mean log-probability of the text's letter pairs; None where fewer than `fewest` pairs can be judged."""
    text = text[:_SAMPLE]
    at = places(text)
    strange = at == _STRANGE
    left, right = at[:-1], at[1:]
    known = (left >= 0) & (right >= 0) & ((left > 0) | (right > 0))
    total = float(_table()[left[known], right[known]].sum()) * STEP
    judged = int(known.sum()) + int(strange.sum())
    if judged < fewest:
        return None
    total += _FOREIGN * int(strange.sum()) + _CAPITAL_INSIDE * _capitals_inside(text)
    return total / judged


def implausible(text: str) -> bool:
    """Whether a text is noise rather than writing; a text of too few letters is not called noise."""
    if text.isascii() or _SUSPECT.search(text) is None:
        return False
    value = plausibility(text, fewest=_FEWEST_FOR_NOISE)
    return value is not None and value < LIMIT


def places(text: str) -> NDArray[np.int64]:
    """For each character, with a boundary before and after: its place in the alphabet from 1, 0 for a boundary.

    -1 stands for letters that say nothing (Latin, other scripts), -2 for what real text hardly ever has.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    inner = _places()[np.where(codes < 0x10000, codes, ord(" "))]
    accented = inner == _ACCENTED
    if accented.any():
        letters = int((inner > 0).sum() + (inner == _SILENT).sum() + accented.sum())
        inner = np.where(accented, _STRANGE if 2 * int(accented.sum()) > letters else _SILENT, inner)
    drawn = np.flatnonzero(inner == _DRAWN)
    if len(drawn):
        # A line drawn above an advert is no sign of noise; a drawn sign inside a word is.
        letters_beside = np.concatenate(([False], inner > 0, [False]))
        inside = letters_beside[drawn] | letters_beside[drawn + 2]
        inner = inner.copy()
        inner[drawn] = np.where(inside, _STRANGE, _BOUNDARY)
    return np.concatenate(([_BOUNDARY], inner, [_BOUNDARY])).astype(np.int64)


def _capitals_inside(text: str) -> int:
    """Capital Cyrillic letters right behind a small one: words that begin small and go on in capitals."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    cases = _cases()[np.where(codes < 0x10000, codes, ord(" "))]
    return int(((cases[:-1] == 1) & (cases[1:] == 2)).sum())


@functools.cache
def _table() -> NDArray[np.int8]:
    with (resources.files("cybertriage.data") / "letter_pairs.npy").open("rb") as stream:
        table: NDArray[np.int8] = np.load(stream, allow_pickle=False)
    return table.astype(np.int16)


@functools.cache
def _places() -> NDArray[np.int8]:
    table = np.full(0x10000, _BOUNDARY, np.int8)
    for code in range(0x10000):
        char = chr(code)
        if char.isalpha():
            table[code] = _SILENT
        elif 0x80 <= code <= 0xBF and char not in _ORDINARY and not char.isspace():
            table[code] = _STRANGE
    # Accented Latin, other Cyrillic and box drawing are what wrong code pages show.
    for first, last, kind in (
        (0xC0, 0x24F, _ACCENTED), (0x400, 0x52F, _STRANGE), (0x2500, 0x25FF, _DRAWN), (0xE000, 0xF8FF, _STRANGE),
        (0xFFF0, 0xFFFF, _STRANGE),
    ):  # fmt: skip
        table[first : last + 1] = kind
    table[0x80:0xA0] = _STRANGE
    for at, char in enumerate(ALPHABET, 1):
        table[ord(char)] = table[ord(char.upper())] = at
    return table


@functools.cache
def _cases() -> NDArray[np.int8]:
    table = np.zeros(0x10000, np.int8)
    for code in range(0x400, 0x530):
        char = chr(code)
        table[code] = 1 if char.islower() else 2 if char.isupper() else 0
    return table
