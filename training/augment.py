"""Augmentation as a seeded transform: other spellings and disguises of a text, never stored as rows.

In: a text, its language form, a seeded generator. Out: the text respelt, or None where a transform does not apply.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from training.identity import swap
from training.transliterate import KK_LATIN, RU_LATIN, plain_kazakh, to_latin

_TWINS = dict(zip("асеорхукАСЕОРХКМТНВ", "aceopxykACEOPXKMTHB", strict=True))
_WORD = re.compile(r"[^\W\d_]{4,}")
Transform = Callable[[str, str, random.Random], str | None]


def plain(text: str, form: str, rng: random.Random) -> str | None:
    """Kazakh without its own letters."""
    return plain_kazakh(text) if form in ("kk", "mixed") else None


def latin(text: str, form: str, rng: random.Random) -> str | None:
    """Kazakh or Russian in Latin letters: the 2018 and 2021 alphabets and chat habits."""
    if form in ("kk", "kk-plain"):
        return to_latin(text, rng.choice(KK_LATIN))
    return to_latin(text, rng.choice(RU_LATIN)) if form == "ru" else None


def homoglyph(text: str, form: str, rng: random.Random) -> str | None:
    """Some letters of a few words from the other script."""
    return _some_words(text, rng, lambda w: "".join(_TWINS.get(c, c) if rng.random() < 0.5 else c for c in w))


def spaced(text: str, form: str, rng: random.Random) -> str | None:
    """A few words with their letters apart."""
    return _some_words(text, rng, lambda w: rng.choice(" .-").join(w))


def zero_width(text: str, form: str, rng: random.Random) -> str | None:
    """Invisible characters inside a few words."""
    return _some_words(text, rng, lambda w: w[:2] + rng.choice("\u200b\u200c\u00ad") + w[2:])


def case(text: str, form: str, rng: random.Random) -> str | None:
    """All capitals, or none."""
    return text.upper() if rng.random() < 0.5 else text.lower()


def bare(text: str, form: str, rng: random.Random) -> str | None:
    """No punctuation, as dictated or hurried messages have none."""
    return re.sub(r"[.,!?;:«»\"()—–-]+(?=\s|$)|(?<=\s)[«\"(—–-]+", "", text)


def typos(text: str, form: str, rng: random.Random) -> str | None:
    """A letter dropped, doubled or swapped in a few words."""

    def slip(word: str) -> str:
        at = rng.randrange(1, len(word) - 1)
        return rng.choice([
            word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ])  # fmt: skip

    return _some_words(text, rng, slip)


def identity(text: str, form: str, rng: random.Random) -> str | None:
    """Another group in the place of the one named, so that no name carries a label."""
    return swap(text, rng)


TRANSFORMS: dict[str, Transform] = {
    "plain": plain, "latin": latin, "homoglyph": homoglyph, "spaced": spaced, "zero_width": zero_width,
    "case": case, "bare": bare, "identity": identity, "typos": typos,
}  # fmt: skip


def form_after(name: str, form: str) -> str:
    """Language form of a text after a transform."""
    if name == "plain":
        return "kk-plain" if form == "kk" else form
    if name == "latin":
        return "ru-latn" if form == "ru" else "kk-latn"
    return form


def _some_words(text: str, rng: random.Random, change: Callable[[str], str]) -> str | None:
    words = list(_WORD.finditer(text))
    if not words:
        return None
    chosen = {m.start() for m in rng.sample(words, max(1, len(words) // 5))}
    return _WORD.sub(lambda m: change(m.group()) if m.start() in chosen else m.group(), text)
