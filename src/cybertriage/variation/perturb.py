"""Other spellings and disguises of a text, as seeded transforms: what training varies and what robustness measures.

In: a text, its language form, a seeded generator. Out: the text respelt, or None where a transform does not apply.
`every`: one word in so many is changed, at least one. Training changes one in three to six; the robustness evaluation
changes one in two, so that a trick has to be met at a strength that was not trained on.
Invariant: same text, form and state of the generator, same outcome.
"""

from __future__ import annotations

import functools
import random
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from cybertriage.variation.transliterate import KK_LATIN, RU_LATIN, plain_kazakh, to_latin

Transform = Callable[[str, str, random.Random], str | None]
_TWINS = dict(zip("асеорхукАСЕОРХКМТНВ", "aceopxykACEOPXKMTHB", strict=True))
# The first five are undone by `text.fold`; the last three are not, so that folding is not tested by its own table.
_LEET = {"о": "0", "з": "3", "ч": "4", "б": "6", "а": "@", "в": "8", "т": "7", "і": "1"}
_WORD = re.compile(r"[^\W\d_]{4,}")
_PADDING = Path(__file__).with_name("padding.toml")
_HEAVY = 2
_PADS = 2


def plain(text: str, form: str, rng: random.Random) -> str | None:
    """Kazakh without its own letters."""
    return plain_kazakh(text) if form in ("kk", "mixed") else None


def latin(text: str, form: str, rng: random.Random) -> str | None:
    """Kazakh or Russian in Latin letters: the 2018 and 2021 alphabets and chat habits."""
    if form in ("kk", "kk-plain"):
        return to_latin(text, rng.choice(KK_LATIN))
    return to_latin(text, rng.choice(RU_LATIN)) if form == "ru" else None


def homoglyph(text: str, form: str, rng: random.Random, *, every: int = 5) -> str | None:
    """Some letters of some words from the other script."""
    return _some_words(text, rng, lambda w: "".join(_TWINS.get(c, c) if rng.random() < 0.5 else c for c in w), every)


def spaced(text: str, form: str, rng: random.Random, *, every: int = 5) -> str | None:
    """Some words with their letters apart."""
    return _some_words(text, rng, lambda w: rng.choice(" .-").join(w), every)


def zero_width(text: str, form: str, rng: random.Random, *, every: int = 5) -> str | None:
    """Invisible characters inside some words."""
    return _some_words(text, rng, lambda w: w[:2] + rng.choice("\u200b\u200c\u00ad") + w[2:], every)


def leet(
    text: str, form: str, rng: random.Random, *, every: int = 5, table: Mapping[str, str] = MappingProxyType(_LEET)
) -> str | None:
    """Digits and signs for some letters of some words."""
    return _some_words(text, rng, lambda w: "".join(table.get(c, c) for c in w), every)


def repeats(text: str, form: str, rng: random.Random, *, every: int = 5) -> str | None:
    """A letter of some words drawn out, three to five times."""

    def draw_out(word: str) -> str:
        at = rng.randrange(1, len(word))
        return word[:at] + word[at] * rng.randint(3, 5) + word[at + 1 :]

    return _some_words(text, rng, draw_out, every)


def case(text: str, form: str, rng: random.Random) -> str | None:
    """All capitals, or none."""
    return text.upper() if rng.random() < 0.5 else text.lower()


def bare(text: str, form: str, rng: random.Random) -> str | None:
    """No punctuation, as dictated or hurried messages have none."""
    return re.sub(r"[.,!?;:«»\"()—–-]+(?=\s|$)|(?<=\s)[«\"(—–-]+", "", text)


def typos(text: str, form: str, rng: random.Random, *, every: int = 5) -> str | None:
    """A letter dropped, doubled or swapped in some words."""

    def slip(word: str) -> str:
        at = rng.randrange(1, len(word) - 1)
        return rng.choice([
            word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ])  # fmt: skip

    return _some_words(text, rng, slip, every)


def truncation(text: str, form: str, rng: random.Random) -> str | None:
    """The first two thirds of the words, as a preview or a cut SMS shows; None where fewer than six stand there."""
    words = list(re.finditer(r"\S+", text))
    return text[: words[len(words) * 2 // 3 - 1].end()] if len(words) >= 6 else None


def padding(text: str, form: str, rng: random.Random) -> str | None:
    """Harmless everyday sentences before and after, in the language of the message."""
    language = "kk" if form.startswith("kk") else "ru"
    before, after = (" ".join(rng.sample(_sentences()[language], _PADS)) for _ in range(2))
    return f"{before} {text} {after}"


@functools.cache
def _sentences() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads(_PADDING.read_text(encoding="utf-8"))
    return found


# What the robustness evaluation does to a message.
PERTURBATIONS: dict[str, Transform] = {
    "homoglyph": functools.partial(homoglyph, every=_HEAVY),
    "zero_width": functools.partial(zero_width, every=_HEAVY),
    "spacing": functools.partial(spaced, every=_HEAVY),
    "leet": functools.partial(leet, every=_HEAVY),
    "repeats": functools.partial(repeats, every=_HEAVY),
    "case": case,
    "typos": functools.partial(typos, every=_HEAVY),
    "no_kazakh_letters": plain,
    "transliteration": latin,
    "truncation": truncation,
    "padding": padding,
}


def perturbed(name: str, text: str, form: str, *, key: str, seed: int = 0) -> str | None:
    """`text` under one perturbation; None where it does not apply or changes nothing.

    The generator is seeded with `seed`, the perturbation and `key` (an id), so a message is changed in the same way
    whatever other messages are measured beside it.
    """
    out = PERTURBATIONS[name](text, form, random.Random(f"{seed}/{name}/{key}"))
    return out if out != text else None


def _some_words(text: str, rng: random.Random, change: Callable[[str], str], every: int) -> str | None:
    words = list(_WORD.finditer(text))
    if not words:
        return None
    chosen = {m.start() for m in rng.sample(words, max(1, len(words) // every))}
    return _WORD.sub(lambda m: change(m.group()) if m.start() in chosen else m.group(), text)
