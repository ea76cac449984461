"""The language form of a message: kk, ru, mixed, kk-plain, kk-latn, ru-latn or other, with kk and ru shares.

In: a `Grams` table of normalised texts. Out: one `Language` a text, in order.
Method: each word gets logits for Kazakh, Russian and other from a hashed table of words and character n-grams
(trained by `training/train_language.py`); a word leans on its two neighbours, as `алма` or `сот` belong to both;
the shares of confident words then name the form. Letters only Kazakh has settle a word at once.
Invariant: a text's form depends on that text alone; addresses and symbols carry no language.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cybertriage.text.grams import Grams, grams
from cybertriage.types import Language, LanguageForm

WORD_BUCKETS, PIECE_BUCKETS = 1 << 18, 1 << 15
LOGIT_SCALE = 0.08
KAZAKH_LETTERS = re.compile("[әғқңөұүһі]", re.IGNORECASE)
_DATA = Path(__file__).parents[1] / "data"

_CYRILLIC, _LATIN, _OTHER = 0, 1, 2
_KK_BONUS = 6.0
_NEIGHBOUR = 0.5
_HINT = 2.0  # however sure a neighbour is, a clear word of the other language stays
# Thresholds below were set on the authored training corpus, never on the code-switching benchmark.
_MIXED_SHARE = 0.08
_WORD_SURE = 0.8
_FOREIGN_SHARE = 0.6


def detect(texts: Sequence[str]) -> list[Language]:
    """Language form of each normalised text."""
    return detect_grams(grams(texts))


def detect_grams(table: Grams) -> list[Language]:
    """Language form of each text of an already hashed batch."""
    scripts, kazakh = _scripts(table)
    spoken = table.is_word & ~table.after_address & (scripts != _DIGITS)
    probabilities = _word_probabilities(table, scripts, kazakh, spoken)
    rows = table.row[spoken]
    sums = _Sums(rows, table.texts)
    weight = np.minimum(table.length[spoken], 8).astype(np.float64)
    sure = np.argmax(probabilities, axis=1)
    confident = probabilities.max(axis=1) >= _WORD_SURE
    total = sums(weight)
    shares = [sums(weight * (confident & (sure == k))) / np.maximum(total, 1) for k in range(3)]
    latin = sums(weight * (scripts[spoken] == _LATIN)) / np.maximum(total, 1)
    letters = sums((kazakh[spoken] & (scripts[spoken] == _CYRILLIC)).astype(np.float64))
    return [
        Language(_form(kk, ru, other, lat, own > 0, size > 0), round(kk, 4), round(ru, 4))
        for kk, ru, other, lat, own, size in zip(*(s.tolist() for s in (*shares, latin, letters, total)), strict=True)
    ]


def _form(kk: float, ru: float, other: float, latin: float, own_letters: bool, has_words: bool) -> LanguageForm:
    if not has_words or other >= _FOREIGN_SHARE or kk + ru == 0:
        return LanguageForm.OTHER
    if latin > 0.5:
        return LanguageForm.KK_LATN if kk >= ru else LanguageForm.RU_LATN
    if min(kk, ru) / (kk + ru) >= _MIXED_SHARE:
        return LanguageForm.MIXED
    if ru > kk:
        return LanguageForm.RU
    return LanguageForm.KK if own_letters else LanguageForm.KK_PLAIN


_DIGITS = 3


@functools.cache
def _script_table() -> NDArray[np.int8]:
    table = np.full(0x10000, _OTHER, dtype=np.int8)
    table[ord("0")] = _DIGITS
    table[0x0400:0x0530] = _CYRILLIC
    for first, last in (("a", "z"), ("\u00c0", "\u024f"), ("\u1e00", "\u1eff")):
        table[ord(first) : ord(last) + 1] = _LATIN
    for char in (
        "\u045e\u04b3\u04b7\u0457\u0454\u0491\u045b\u0452\u0458\u0459\u045a\u045f\u04e3\u04ef"
    ):  # Uzbek, Tajik, Ukrainian, Serbian
        table[ord(char)] = _OTHER
    return table


def _scripts(table: Grams) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Script of each token (its worst letter decides) and whether it has a letter only Kazakh has."""
    if not len(table.first):
        return np.zeros(0, np.int8), np.zeros(0, bool)
    low = np.minimum(table.codes, np.uint64(0xFFFF))
    kinds = _script_table()[low]
    kazakh = np.isin(table.codes, _KAZAKH_CODES)
    inside = np.repeat(table.first, table.length) + _ramp(table.length)
    bounds = np.cumsum(table.length) - table.length
    flat = kinds[inside]
    letters = np.where(flat == _DIGITS, -1, flat)
    script = np.maximum.reduceat(letters, bounds)
    return np.where(script < 0, _DIGITS, script).astype(np.int8), np.logical_or.reduceat(kazakh[inside], bounds)


_KAZAKH_CODES = np.array([ord(c) for c in "әғқңөұүһі"], dtype=np.uint64)


def _ramp(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def piece_features(table: Grams, of: NDArray[np.bool_] | None = None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token index and table row of every 2- to 4-gram of the tokens in the mask `of`, all words by default."""
    parts = [table.chars(size, of) for size in (2, 3, 4)]
    ids = np.concatenate([p[1] for p in parts]) % np.uint64(PIECE_BUCKETS)
    return np.concatenate([p[0] for p in parts]), ids.astype(np.int64)


def word_slots(table: Grams) -> NDArray[np.int64]:
    """Table row of every token's whole word."""
    return (table.word % np.uint64(WORD_BUCKETS)).astype(np.int64)


@functools.cache
def _logits(name: str) -> NDArray[np.float32]:
    return np.load(_DATA / name, allow_pickle=False).astype(np.float32) * np.float32(LOGIT_SCALE)


def _word_logits(table: Grams) -> NDArray[np.float64]:
    """A known word speaks for itself; an unknown one through its n-grams."""
    known = _logits("language_words.npy")[word_slots(table)].astype(np.float64)
    unknown = ~known.any(axis=1)
    token, ids = piece_features(table, unknown)
    size = np.sqrt(np.maximum(np.bincount(token, minlength=len(table.word)), 1))
    pieces = _logits("language_pieces.npy")[ids]
    for k in range(3):
        known[:, k] += np.bincount(token, pieces[:, k], len(table.word)) / size
    return known


def _word_probabilities(
    table: Grams, scripts: NDArray[np.int8], kazakh: NDArray[np.bool_], spoken: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Probabilities of Kazakh, Russian, other for each spoken token, leaning on its neighbours."""
    logits = _word_logits(table)
    logits[:, 0] += np.where(kazakh & (scripts == _CYRILLIC), _KK_BONUS, 0.0)
    logits[scripts == _OTHER] = (-9.0, -9.0, 9.0)
    logits = logits[spoken]
    rows = table.row[spoken]
    lean = logits.copy()
    if len(rows) > 1:
        same = (rows[1:] == rows[:-1])[:, None]
        hints = np.clip(logits, -_HINT, _HINT)
        lean[1:] += _NEIGHBOUR * np.where(same, hints[:-1], 0.0)
        lean[:-1] += _NEIGHBOUR * np.where(same, hints[1:], 0.0)
    odds = np.exp(lean - lean.max(axis=1, keepdims=True)) if len(rows) else lean
    return odds / odds.sum(axis=1, keepdims=True)


class _Sums:
    """Sum a token column by text."""

    def __init__(self, rows: NDArray[np.int64], texts: int) -> None:
        self._rows, self._texts = rows, texts

    def __call__(self, column: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(self._rows, column, self._texts)
