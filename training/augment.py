"""Augmentation as a seeded transform: other spellings and disguises of a text, never stored as rows.

In: a text, its language form, a seeded generator. Out: the text respelt, or None where a transform does not apply.
The spellings themselves are those of `cybertriage.variation.perturb`, at the strength of training.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from cybertriage.variation.perturb import (
    Transform,
    bare,
    homoglyph,
    latin,
    leet,
    plain,
    repeats,
    spaced,
    typos,
    zero_width,
)
from training.corpus import Authored
from training.identity import swap

# One word in so many is changed, drawn anew for each text; the robustness evaluation changes one in two.
_WEAKEST, _STRONGEST = 6, 3
# Not the signs of the robustness evaluation but for two, so that it measures the trick and not the table.
_SIGNS = {"о": "0", "з": "3", "а": "4", "е": "3", "и": "1", "л": "1", "с": "$", "г": "9", "д": "9", "н": "#"}
_MOST_BESIDE, _LONGEST_WHOLE, _LONGEST_BESIDE = 3, 380, 120  # messages, characters


def identity(text: str, form: str, rng: random.Random) -> str | None:
    """Another group in the place of the one named, so that no name carries a label."""
    return swap(text, rng)


def signs(text: str, form: str, rng: random.Random, *, every: int = 5) -> str | None:
    """Digits and signs for some letters of some words."""
    return leet(text, form, rng, every=every, table=_SIGNS)


def _varied(transform: Callable[..., str | None]) -> Transform:
    return lambda text, form, rng: transform(text, form, rng, every=rng.randint(_STRONGEST, _WEAKEST))


# Capitals are left out: neither model sees them.
SPELLINGS: dict[str, Transform] = {
    "plain": plain, "latin": latin, "bare": bare, "homoglyph": _varied(homoglyph), "spaced": _varied(spaced),
    "zero_width": _varied(zero_width), "typos": _varied(typos), "signs": _varied(signs), "repeats": _varied(repeats),
}  # fmt: skip
TRANSFORMS: dict[str, Transform] = {**SPELLINGS, "identity": identity}


def harmless(rows: Sequence[Authored]) -> list[str]:
    """Short benign messages, to stand beside others."""
    return [row.text for row in rows if not row.families and len(row.text) <= _LONGEST_BESIDE]


def beside(text: str, others: Sequence[str], rng: random.Random) -> str | None:
    """`text` between one to three unrelated messages of `others`; None where no window would hold it whole."""
    parts = [text]
    for other in rng.sample(others, min(len(others), rng.randint(1, _MOST_BESIDE))):
        if sum(map(len, parts)) + len(parts) + len(other) <= _LONGEST_WHOLE:
            parts.insert(rng.choice((0, len(parts))), other)
    return rng.choice("\n ").join(parts) if len(parts) > 1 else None


def form_after(name: str, form: str) -> str:
    """Language form of a text after a transform."""
    if name == "plain":
        return "kk-plain" if form == "kk" else form
    if name == "latin":
        return "ru-latn" if form == "ru" else "kk-latn"
    return form
