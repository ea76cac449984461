"""Augmentation as a seeded transform: other spellings and disguises of a text, never stored as rows.

In: a text, its language form, a seeded generator. Out: the text respelt, or None where a transform does not apply.
The spellings themselves are those of `cybertriage.evaluate.perturb`, at the strength of training.
"""

from __future__ import annotations

import random

from cybertriage.evaluate.perturb import Transform, bare, case, homoglyph, latin, plain, spaced, typos, zero_width
from training.identity import swap


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
