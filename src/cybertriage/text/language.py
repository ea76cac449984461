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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cybertriage.text.grams import Grams, grams
from cybertriage.types import Language, LanguageForm

# With 2^18 slots one word in three shared its slot with another one, and "забрать" was read as Kazakh.
WORD_BUCKETS, PIECE_BUCKETS = 1 << 19, 1 << 15
LOGIT_SCALE = 0.08
_KAZAKH_OWN = "әғқңөұүһі"
KAZAKH_LETTERS = re.compile(f"[{_KAZAKH_OWN}]", re.IGNORECASE)
_DATA = Path(__file__).parents[1] / "data"

_DIGITS, _CYRILLIC, _LATIN, _OTHER = 1, 2, 3, 4
_SCRIPT_BITS, _KAZAKH_BIT = np.uint8(7), np.uint8(8)
_SHARED_BIT, _TELLING_BIT, _VOWEL_BIT = np.uint8(16), np.uint8(32), np.uint8(64)
# Cyrillic letters of Uzbek, Tajik, Ukrainian, Serbian, Tatar, Bashkir and others that neither Kazakh nor Russian has.
_NEIGHBOURS_LETTERS = (
    "\u045e\u04b3\u04b7\u0457\u0454\u0491\u045b\u0452\u0458\u0459\u045a\u045f\u04e3\u04ef\u0497\u0499\u04ab\u04a1"
)
# Letters that Kazakh shares with Kyrgyz and Tatar, and those that hardly a Kazakh sentence does without.
_SHARED_LETTERS, _TELLING_LETTERS = "әңөүһ", "іқғұ"
_LONG_VOWELS = "аоуэөү"  # which Kyrgyz writes twice
_KK_BONUS = 6.0
_NEIGHBOUR = 0.8
_HINT = 4.0  # however sure a neighbour is, a clear word of the other language stays
# Thresholds below were set on the authored training corpus, never on the code-switching benchmark.
_MIXED_SHARE = 0.05
_WORD_SURE = 0.95
_FOREIGN_SHARE = 0.6
# Mean probability of "other" from which a text without a sure word stays unread, by script.
_CYRILLIC_DOUBT, _LATIN_DOUBT = 0.6, 0.3
_NEIGHBOUR_LETTERS_SEEN, _NEIGHBOUR_WORDS = 2, 0.1


def detect(texts: Sequence[str]) -> list[Language]:
    """Language form of each normalised text."""
    return detect_grams(grams(texts))


def speaks(texts: Sequence[str]) -> list[bool]:
    """Whether each normalised text has a word that some language could be told by: not a number, a name or a sign."""
    table = grams(texts)
    scripts, _ = _scripts(table, _script_table()[np.minimum(table.codes, np.uint64(0xFFFF))])
    found = np.bincount(table.row[_spoken(table, scripts)], minlength=table.texts)
    return [bool(count) for count in found]


def _spoken(table: Grams, scripts: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The tokens that tell a language: words, but numbers, names in Latin letters and the labels of hosts."""
    names = (scripts == _LATIN) & _name_table()[table.word % np.uint64(WORD_BUCKETS)]
    return np.flatnonzero(table.is_word & ~table.after_address & (scripts != _DIGITS) & ~names)


def detect_grams(table: Grams) -> list[Language]:
    """Language form of each text of an already hashed batch."""
    kinds = _script_table()[np.minimum(table.codes, np.uint64(0xFFFF))]
    scripts, kazakh = _scripts(table, kinds)
    spoken = _spoken(table, scripts)
    own = kazakh & (scripts == _CYRILLIC)
    probabilities = _word_probabilities(table, scripts, own, spoken)
    sure = probabilities >= _WORD_SURE
    rows, weight = table.row[spoken], np.minimum(table.length[spoken], 8)

    def share(column: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(rows, weight * column, table.texts) / total

    words = np.bincount(rows, minlength=table.texts)
    total = np.maximum(np.bincount(rows, weight, table.texts), 1)
    columns: list[NDArray[Any]] = [np.round(share(column), 4) for column in sure]
    columns += [share(scripts[spoken] == _LATIN), np.bincount(rows, own[spoken], table.texts), words]
    columns += [share(column) for column in probabilities]
    columns[2] = np.where(_like_a_neighbour(table, kinds, sure[2], rows), 1.0, columns[2])
    return [
        Language(_form(kk, ru, other, latin, letters > 0, count > 0) or _likelier(latin, *likely), kk, ru)
        for kk, ru, other, latin, letters, count, *likely in zip(*(c.tolist() for c in columns), strict=True)
    ]


def _like_a_neighbour(
    table: Grams, kinds: NDArray[np.uint8], other: NDArray[np.bool_], rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Texts that look like Kyrgyz, Tatar or Bashkir, shape (texts,).

    They have letters these share with Kazakh, none that Kazakh hardly does without, and a long vowel written twice or
    words of theirs. Of Kazakh rows of the training corpus and of public sets about 1 in 1,000 looks so.
    """
    if not len(table.row):
        return np.zeros(table.texts, bool)
    owner = table.row[table.token]

    def count(hit: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(owner[hit], minlength=table.texts).astype(np.float64)

    doubled = np.zeros(len(kinds), bool)
    doubled[:-1] = (table.codes[1:] == table.codes[:-1]) & (table.left[:-1] > 1) & ((kinds[:-1] & _VOWEL_BIT) != 0)
    words = np.bincount(rows, minlength=table.texts)
    theirs = np.bincount(rows, other, table.texts) >= np.maximum(_NEIGHBOUR_WORDS * words, 1)
    shared = count((kinds & _SHARED_BIT) != 0) >= _NEIGHBOUR_LETTERS_SEEN
    telling = count((kinds & _TELLING_BIT) != 0) > 0
    return np.asarray(shared & ~telling & ((count(doubled) > 0) | theirs), np.bool_)


def _form(kk: float, ru: float, other: float, latin: float, own_letters: bool, has_words: bool) -> LanguageForm | None:
    """The form that the words known for sure show; None where no word is known for sure."""
    if not has_words or other >= _FOREIGN_SHARE:
        return LanguageForm.OTHER
    if kk + ru == 0:
        return None
    if latin > 0.5:
        return LanguageForm.KK_LATN if kk >= ru else LanguageForm.RU_LATN
    if min(kk, ru) / (kk + ru) >= _MIXED_SHARE:
        return LanguageForm.MIXED
    if ru > kk:
        return LanguageForm.RU
    return LanguageForm.KK if own_letters else LanguageForm.KK_PLAIN


def _likelier(latin: float, kk: float, ru: float, other: float) -> LanguageForm:
    """The likelier form of a text without a word known for sure, mostly a very short one.

    Cyrillic letters are Kazakh or Russian unless the words are likelier of a neighbour; Latin letters may be any
    language's, so there one of the two has to be clearly likelier than all others together.
    """
    if other >= (_LATIN_DOUBT if latin > 0.5 else _CYRILLIC_DOUBT):
        return LanguageForm.OTHER
    if latin > 0.5:
        return LanguageForm.KK_LATN if kk >= ru else LanguageForm.RU_LATN
    return LanguageForm.KK_PLAIN if kk > ru else LanguageForm.RU


@functools.cache
def _script_table() -> NDArray[np.uint8]:
    """Script of each code point of the basic plane, spaces 0, and the bits of the letters that tell languages."""
    table = np.full(0x10000, _OTHER, dtype=np.uint8)
    table[[code for code in range(0x10000) if chr(code).isspace()]] = 0
    table[ord("0")] = _DIGITS
    table[0x0400:0x0530] = _CYRILLIC
    for first, last in (("a", "z"), ("\u00c0", "\u024f"), ("\u1e00", "\u1eff")):
        table[ord(first) : ord(last) + 1] = _LATIN
    table[[ord(char) for char in _NEIGHBOURS_LETTERS]] = _OTHER
    for letters, bit in (
        (_KAZAKH_OWN, _KAZAKH_BIT), (_SHARED_LETTERS, _SHARED_BIT), (_TELLING_LETTERS, _TELLING_BIT),
        (_LONG_VOWELS, _VOWEL_BIT),
    ):  # fmt: skip
        table[[ord(char) for char in letters]] |= bit
    return table


def _scripts(table: Grams, kinds: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Script of each token (its worst letter decides) and whether it has a letter only Kazakh has."""
    if not len(table.first):
        return np.zeros(0, np.uint8), np.zeros(0, bool)
    # Between two tokens stands nothing but space, which is 0 here and changes neither maximum nor bits.
    script = np.maximum.reduceat(kinds & _SCRIPT_BITS, table.first)
    return script, np.bitwise_or.reduceat(kinds & _KAZAKH_BIT, table.first) != 0


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
    table = np.load(_DATA / name, allow_pickle=False).astype(np.float32)
    return np.asarray(table * np.float32(LOGIT_SCALE), np.float32)


@functools.cache
def _name_table() -> NDArray[np.bool_]:
    """Slots of the names that messages of every language write in Latin letters: they tell no language."""
    table = np.zeros(WORD_BUCKETS, bool)
    table[(grams(sorted(latin_names())).word % np.uint64(WORD_BUCKETS)).astype(np.int64)] = True
    return table


@functools.cache
def latin_names() -> frozenset[str]:
    """Latin spellings that stand in Cyrillic messages as well: banks, shops, currencies, terms."""
    return frozenset((_DATA / "latin_names.txt").read_text(encoding="utf-8").split())


def _word_logits(table: Grams) -> NDArray[np.float32]:
    """Logits of Kazakh, Russian, other, shape (3, tokens): a known word speaks for itself, others by their n-grams."""
    logits = _logits("language_words.npy")[word_slots(table)].T.copy()
    unknown = (logits[0] == 0) & (logits[1] == 0) & (logits[2] == 0)
    token, ids = piece_features(table, unknown)
    size = np.sqrt(np.maximum(np.bincount(token, minlength=len(table.word)), 1))
    pieces = _logits("language_pieces.npy")[ids].T
    for k in range(3):
        logits[k] += np.bincount(token, pieces[k], len(table.word)) / size
    return logits


def _word_probabilities(
    table: Grams, scripts: NDArray[np.uint8], own: NDArray[np.bool_], spoken: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Probabilities of Kazakh, Russian, other, shape (3, spoken), each word leaning on its neighbours."""
    logits = _word_logits(table)
    # A neighbour's word may have such letters too.
    logits[0, own & (logits[2] < logits[0] + _KK_BONUS / 2)] += _KK_BONUS
    logits[:, scripts == _OTHER] = np.array([[-9], [-9], [9]], np.float32)
    logits = logits[:, spoken]
    rows = table.row[spoken]
    hints = np.clip(logits, -_HINT, _HINT) * np.float32(_NEIGHBOUR)
    same = rows[1:] == rows[:-1]
    odds = logits.copy()
    odds[:, 1:] += hints[:, :-1] * same
    odds[:, :-1] += hints[:, 1:] * same
    odds = np.exp(np.clip(odds, -40, 40))
    return np.asarray(odds / (odds[0] + odds[1] + odds[2]), np.float32)
