"""Hash the words and character n-grams of many texts at once.

In: a sequence of normalised texts. Out: a `Grams` table of flat arrays, one entry a token, with the hashes of
its word, of adjacent word pairs and of the character n-grams inside words (the `char_wb` idea of scikit-learn,
fastText's subwords: Bojanowski et al. 2017).
Invariants: a text's hashes depend on that text alone, whatever stands beside it (modular arithmetic is exact);
linear time; digits are folded to 0 and letters to lower case by a table, one code point to one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cybertriage.text.urls import address_spans, host_labels

U64 = np.uint64
ADDRESS = "\ue000"  # private-use letter that stands for "here is an address"

_SPACE, _WORD, _SYMBOL = 0, 1, 2
_PRIME = 0x9E3779B97F4A7C15
_MAX_WORD = 64
_WORD_START, _WORD_END = U64(0xA24BAED4963EE407), U64(0x9FB21C651E98DF25)


@dataclass(frozen=True, slots=True)
class Grams:
    """Tokens of a batch. All token arrays have shape (tokens,), gram arrays (grams,).

    `row` is the text a token belongs to; `word` its hash; `first`/`length` its place in `codes`;
    `is_word` tells words from single symbols; `after_address` marks host labels.
    """

    codes: NDArray[np.uint32]
    texts: int
    row: NDArray[np.int64]
    word: NDArray[np.uint64]
    first: NDArray[np.int64]
    length: NDArray[np.int64]
    is_word: NDArray[np.bool_]
    after_address: NDArray[np.bool_]

    def pairs(self, skip: int = 1) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Row and hash of each pair of tokens `skip` apart in one text, in order."""
        same = self.row[skip:] == self.row[:-skip]
        with np.errstate(over="ignore"):
            left = self.word[:-skip] * U64(0xD6E8FEB86659FD93) + U64(skip)
            hashes = mix(left ^ (self.word[skip:] + U64(_PRIME)))
        return self.row[skip:][same], hashes[same]

    def chars(self, size: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Token index and hash of each `size`-character n-gram inside a word, its edges marked."""
        count = np.where(self.is_word, self.length - size + 1, 0).clip(0)
        token = np.repeat(np.arange(len(count)), count)
        within = np.arange(len(token)) - np.repeat(np.cumsum(count) - count, count)
        at = self.first[token] + within
        with np.errstate(over="ignore"):
            hashes = np.full(len(at), U64(size), dtype=U64)
            for k in range(size):
                hashes = hashes * U64(_PRIME) + self.codes[at + k]
            hashes += np.where(within == 0, _WORD_START, U64(0))
            hashes += np.where(within == self.length[token] - size, _WORD_END, U64(0))
        return token, mix(hashes)


def mix(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread the bits of a hash (the finaliser of SplitMix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        hashes = (hashes ^ (hashes >> U64(30))) * U64(0xBF58476D1CE4E5B9)
        hashes = (hashes ^ (hashes >> U64(27))) * U64(0x94D049BB133111EB)
    return hashes ^ (hashes >> U64(31))


def grams(texts: Sequence[str]) -> Grams:
    """Tokenise and hash `texts`; empty texts give no tokens."""
    seen = [replace_addresses(text) for text in texts]
    codes, kinds = _codes("".join(text + " " for text in seen))
    sizes = np.fromiter((len(text) + 1 for text in seen), np.int64, len(seen))
    return _tokens(codes, kinds, np.repeat(np.arange(len(seen)), sizes), len(seen))


def replace_addresses(text: str) -> str:
    """Stand a mark and the host's own words for each web or mail address: the path and the top label carry no sense."""
    spans = address_spans(text)
    if not spans:
        return text
    pieces, at = [], 0
    for start, end in spans:
        labels = "".join(ADDRESS + label for label in host_labels(text[start:end]))
        pieces += [text[at:start], labels or ADDRESS]
        at = end
    return "".join([*pieces, text[at:]])


def _codes(joined: str) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lower, kind = _tables()
    low = np.minimum(raw, 0xFFFF)
    return np.where(raw > 0xFFFF, raw, lower[low]), np.where(raw > 0xFFFF, _SYMBOL, kind[low]).astype(np.uint8)


@functools.cache
def _tables() -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Lower case (digits to 0) and kind of each code point of the basic plane."""
    chars = [chr(c) for c in range(0x10000)]
    lower = np.arange(0x10000, dtype=np.uint32)
    kind = np.full(0x10000, _SYMBOL, dtype=np.uint8)
    for code, char in enumerate(chars):
        if char.isspace():
            kind[code] = _SPACE
        elif char.isalnum() or re.match(r"[_'’ʼ]", char):
            kind[code] = _WORD
            small = char.lower()
            lower[code] = ord("0") if char.isdigit() else ord(small) if len(small) == 1 else code
    return lower, kind


def _tokens(
    codes: NDArray[np.uint32], kinds: NDArray[np.uint8], text_of: NDArray[np.int64], texts: int
) -> Grams:
    word = kinds == _WORD
    before = np.concatenate([[False], word[:-1]]) if len(word) else word
    starts = (kinds != _SPACE) & ~(word & before)
    first = np.flatnonzero(starts)
    token = np.cumsum(starts) - 1
    filled = kinds != _SPACE
    length = np.bincount(token[filled], minlength=len(first))
    within = np.minimum(np.flatnonzero(filled) - first[token[filled]], _MAX_WORD - 1)
    with np.errstate(over="ignore"):
        parts = (codes[filled].astype(U64) + U64(1)) * _powers()[within]
        sums = np.add.reduceat(parts, np.cumsum(length) - length) if len(first) else np.zeros(0, U64)
    is_word = word[first]
    address = codes[first] == ord(ADDRESS)
    after = np.concatenate([[False], address[:-1]]) if len(first) else address
    return Grams(codes, texts, text_of[first], mix(sums), first, length, is_word, after)


@functools.cache
def _powers() -> NDArray[np.uint64]:
    powers = [pow(_PRIME, k + 1, 1 << 64) for k in range(_MAX_WORD)]
    return np.array(powers, dtype=U64)
