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
    """Tokens of a batch. Token arrays have shape (tokens,), character arrays (characters,).

    `row` is the text a token belongs to; `word` its hash; `first`/`length` its place among the characters;
    `is_word` tells words from single symbols; `after_address` marks host labels. `codes` are the folded code points,
    `token` the token a character belongs to, `left` how many characters of its word begin with it (0 outside words).
    """

    texts: int
    row: NDArray[np.int64]
    word: NDArray[np.uint64]
    first: NDArray[np.int64]
    length: NDArray[np.int64]
    is_word: NDArray[np.bool_]
    after_address: NDArray[np.bool_]
    codes: NDArray[np.uint64]
    token: NDArray[np.int32]
    left: NDArray[np.int32]

    def pairs(self, skip: int = 1) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Row and hash of each pair of tokens `skip` apart in one text, in order."""
        same = self.row[skip:] == self.row[:-skip]
        with np.errstate(over="ignore"):
            left = self.word[:-skip] * U64(0xD6E8FEB86659FD93) + U64(skip)
            hashes = mix(left ^ (self.word[skip:] + U64(_PRIME)))
        return self.row[skip:][same], hashes[same]

    def chars(self, size: int, of: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
        """Token index and hash of each `size`-character n-gram inside a word, its edges marked.

        `of` is a mask of the tokens wanted, all words by default.
        """
        at = np.flatnonzero(self.left >= size)
        token = self.token[at]
        if of is not None:
            wanted = of[token]
            at, token = at[wanted], token[wanted]
        with np.errstate(over="ignore"):
            hashes = np.full(len(at), U64(size), dtype=U64)
            for k in range(size):
                hashes *= U64(_PRIME)
                hashes += self.codes[at + k]
            hashes[self.first[token] == at] += _WORD_START
            hashes[self.left[at] == size] += _WORD_END
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


def _codes(joined: str) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lower, kind = _tables()
    low = np.minimum(raw, 0xFFFF)
    codes, kinds = lower[low].astype(U64), kind[low]
    beyond = raw > 0xFFFF
    if beyond.any():
        codes[beyond], kinds[beyond] = raw[beyond], _SYMBOL
    return codes, kinds


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


def _tokens(codes: NDArray[np.uint64], kinds: NDArray[np.uint8], text_of: NDArray[np.int64], texts: int) -> Grams:
    word = kinds == _WORD
    starts = kinds != _SPACE
    starts[1:] &= ~(word[1:] & word[:-1])
    first = np.flatnonzero(starts)
    token = (np.cumsum(starts, dtype=np.int32) - 1).astype(np.int32)
    filled = np.flatnonzero(kinds != _SPACE)
    length = np.bincount(token[filled], minlength=len(first))
    within = filled - first[token[filled]]
    left = np.zeros(len(codes), np.int32)
    left[filled] = np.where(word[filled], length[token[filled]] - within, 0)
    with np.errstate(over="ignore"):
        parts = (codes[filled] + U64(1)) * _powers()[np.minimum(within, _MAX_WORD - 1)]
        sums = np.add.reduceat(parts, np.cumsum(length) - length) if len(first) else np.zeros(0, U64)
    address = codes[first] == ord(ADDRESS)
    after = np.concatenate([[False], address[:-1]]) if len(first) else address
    return Grams(texts, text_of[first], mix(sums), first, length, word[first], after, codes, token, left)


@functools.cache
def _powers() -> NDArray[np.uint64]:
    powers = [pow(_PRIME, k + 1, 1 << 64) for k in range(_MAX_WORD)]
    return np.array(powers, dtype=U64)
