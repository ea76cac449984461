"""How a text is read: the one place that says which views of it a model sees, in which language form, cut how.

In: original texts. Out: a `Reading` of a batch, a `CloseReading` of one text with the way back to the original, or the
plain texts and windows that models are trained on.
A text is normalised. Where the folded view differs, that is read too; where look-alike letters were brought back in it,
it is what a reader sees, and the language form is told from it. Latin Kazakh and Russian are read as they sound in
Cyrillic.
Invariant: how a text is read depends on that text alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cybertriage.text.cyrillic import LATIN_FORMS, in_cyrillic, to_cyrillic
from cybertriage.text.fold import Folded, fold
from cybertriage.text.grams import Grams, grams
from cybertriage.text.language import detect, detect_grams
from cybertriage.text.normalize import normalize
from cybertriage.text.offsets import View
from cybertriage.text.screen import screen
from cybertriage.text.windows import Cut, cut, windows
from cybertriage.types import Language, LanguageForm


@dataclass(frozen=True, slots=True)
class Views:
    """The views of a batch of texts: all plain ones, then the folded ones that differ.

    `folded_of`: whose each folded view is; `letters_kept`: whether no letter of it is guessed; `read_instead`: whether
    look-alike letters were brought back in it, so that it is what a reader sees.
    """

    texts: list[str] = field(repr=False)
    folded_of: list[int]
    letters_kept: list[bool]
    read_instead: list[bool]


@dataclass(frozen=True, slots=True)
class Reading:
    """A batch of texts as it is read: its views, their n-grams, the language of each view."""

    views: Views
    table: Grams = field(repr=False)
    languages: list[Language]

    @property
    def forms(self) -> list[LanguageForm]:
        """The language form of each view."""
        return [language.form for language in self.languages]

    @property
    def owners(self) -> list[int]:
        """The text that each view is of."""
        return [*range(len(self.views.texts) - len(self.views.folded_of)), *self.views.folded_of]

    def spelt(self) -> dict[int, str]:
        """The views of Latin forms as they read in Cyrillic, by their place."""
        return in_cyrillic(self.views.texts, self.forms)


@dataclass(frozen=True, slots=True)
class CloseReading:
    """One text with the way back to its original; the form is that of the text as it was typed."""

    plain: View
    folded: Folded
    form: LanguageForm


def views_of(texts: Sequence[str]) -> Views:
    """The views of each text; texts that hold nothing to undo are not looked at twice."""
    plain = list(texts)
    folded, owners, kept, instead = [], [], [], []
    look = screen(texts)
    for at in np.flatnonzero(look.normalize | look.fold).tolist():
        view = normalize(texts[at])
        plain[at] = view.text
        other = fold(view, texts[at])
        if other.view.text != view.text:
            folded.append(other.view.text)
            owners.append(at)
            kept.append(other.letters_kept)
            instead.append(other.letters_kept and other.look_alikes)
    return Views(plain + folded, owners, kept, instead)


def read(texts: Sequence[str]) -> Reading:
    """Read a batch of texts."""
    views = views_of(texts)
    table = grams(views.texts)
    languages = detect_grams(table)
    for view, (owner, instead) in enumerate(zip(views.folded_of, views.read_instead, strict=True), len(texts)):
        if instead:
            languages[owner] = languages[view]
    return Reading(views, table, languages)


def read_closely(original: str) -> CloseReading:
    """Read one text so that what is found in it can be shown in the original."""
    plain = normalize(original)
    return CloseReading(plain, fold(plain, original), detect([plain.text])[0].form)


def as_read(texts: Sequence[str]) -> list[str]:
    """Texts as models are trained on them: normalised, Latin forms in Cyrillic."""
    plain = normalised(texts)
    spelt = in_cyrillic(plain, [language.form for language in detect(plain)])
    return [spelt.get(at, text) for at, text in enumerate(plain)]


def variants_read(variants: Sequence[str], form: str) -> list[str]:
    """Variants of one normalised text as the models read them, all in its form."""
    return [to_cyrillic(variant, form) for variant in variants] if form in LATIN_FORMS else list(variants)


def normalised(texts: Sequence[str]) -> list[str]:
    """Texts without what no reader sees."""
    return [normalize(text).text for text in texts]


def read_windows(texts: Sequence[str]) -> Cut:
    """The windows of all texts as models are trained on them."""
    return cut(as_read(texts))


def windows_of(text: str) -> list[str]:
    """The windows of one text, normalised but in the letters it was typed in."""
    return windows(normalize(text).text)
