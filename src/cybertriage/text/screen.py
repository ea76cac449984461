"""Which texts of a batch need a closer look, so that the careful per-text views run only on those.

In: raw texts. Out: two masks, one for the normaliser and one for the folding view.
Invariant: a screen may say "look" without need, never the other way: it asks a wider question than the views do.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cybertriage.text.fold import STRANGERS, STYLED
from cybertriage.text.normalize import UNTYPED

_LATIN, _CYRILLIC, _LEET, _LETTER, _SEPARATOR, _STYLED, _UNTYPED = (1 << k for k in range(7))


@dataclass(frozen=True, slots=True)
class Screen:
    """Masks of shape (texts,): `normalize` where a text is not plain NFC, `fold` where a trick may stand."""

    normalize: NDArray[np.bool_]
    fold: NDArray[np.bool_]


def screen(texts: Sequence[str]) -> Screen:
    """Look over a batch at once."""
    sizes = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
    joined = "".join(text + "\n" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _kinds()[np.minimum(codes, 0x1FFFF)]
    untyped = _any(kinds & _UNTYPED != 0, sizes)
    plain = np.fromiter((unicodedata.is_normalized("NFC", text) for text in texts), bool, len(texts))
    return Screen(untyped | ~plain, _any(_tricks(codes, kinds), sizes) | untyped | ~plain)


def _tricks(codes: NDArray[np.uint32], kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a folding pattern may begin; every pattern is shorter than a row's separator lets it cross."""
    latin, cyrillic, letter = (kinds & bit != 0 for bit in (_LATIN, _CYRILLIC, _LETTER))
    found: NDArray[np.bool_] = kinds & _STYLED != 0
    found[:-1] |= (latin[:-1] & cyrillic[1:]) | (cyrillic[:-1] & latin[1:])
    found[:-2] |= cyrillic[:-2] & (kinds[1:-1] & _LEET != 0) & cyrillic[2:]
    same = codes[:-1] == codes[1:]
    found[:-2] |= letter[:-2] & same[:-1] & same[1:]
    apart = letter[:-2] & (kinds[1:-1] & _SEPARATOR != 0) & letter[2:]
    found[:-6] |= apart[:-4] & apart[2:-2] & apart[4:]
    return found


def _any(marks: NDArray[np.bool_], sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(sizes):
        return np.zeros(0, bool)
    return np.logical_or.reduceat(marks, np.cumsum(sizes) - sizes)


@functools.cache
def _kinds() -> NDArray[np.uint8]:
    """Bits for each code point of the first two planes."""
    kinds = np.zeros(0x20000, np.uint8)
    kinds[0x0400:0x0530] |= _CYRILLIC
    for first, last in (("a", "z"), ("A", "Z")):
        kinds[ord(first) : ord(last) + 1] |= _LATIN
    for bit, chars in ((_LATIN, "əķ"), (_LEET, "0346@"), (_SEPARATOR, " .-_*·")):
        kinds[[ord(c) for c in chars]] |= bit
    kinds[[code for code in range(0x20000) if chr(code).isalpha()]] |= _LETTER
    kinds[[ord(c) for c in STRANGERS]] |= _STYLED
    for bit, members in ((_STYLED, STYLED), (_UNTYPED, UNTYPED)):
        pattern = re.compile(f"[{members}]")
        kinds[[code for code in range(0x20000) if pattern.match(chr(code))]] |= bit
    return kinds
