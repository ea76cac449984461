"""Folding views: undo the tricks that hide a word, and say where one was found.

In: a normalised `View` and the original text. Out: a second `View` and `Signal`s with spans of the original.
Tricks: look-alike letters (Latin, Greek, small capitals) inside a Cyrillic word, a Cyrillic letter inside a Latin
word, digits for letters, letters spaced out, letters repeated, styled alphabets, invisible characters inside a word.
Invariants: a word is folded towards the script that its unmistakable letters are in, so ordinary Cyrillic never
changes; addresses are never folded, as mixing is itself the sign there; one pass over the tokens, linear time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from cybertriage.text.normalize import INVISIBLE
from cybertriage.text.offsets import View, ViewBuilder
from cybertriage.text.urls import address_spans
from cybertriage.types import Signal, Span

_CYR = "а-яёәғқңөұүһіА-ЯЁӘҒҚҢӨҰҮҺІ"
_LATIN_LIKE = "aceopxyiABCEHKMOPTXYIh"
_CYRILLIC_LIKE = "асеорхуіАВСЕНКМОРТХУІһ"
_TO_LATIN = dict(zip(_CYRILLIC_LIKE, _LATIN_LIKE, strict=True))
# Letters that stand for a Cyrillic one beyond doubt when they are met inside a Cyrillic word.
_TWINS = dict(zip(_LATIN_LIKE, _CYRILLIC_LIKE, strict=True)) | {"k": "к", "m": "м", "t": "т", "ə": "ә", "ķ": "қ"}
# Greek letters and the small capitals that letter-styling pages make of a Cyrillic text.
_FOREIGN = dict(
    zip(
        "αβγεηικλμοπρτυχφωΑΒΓΕΖΗΙΚΛΜΟΠΡΤΥΦΧ",
        "авгепіклмопртухфшАВГЕЗНІКЛМОПРТУФХ",
        strict=True,
    )
) | dict(
    zip(
        "ᴀʙᴦᴅᴇɜᴢᴎᴋᴧᴫʌᴍʍʜᴏᴨᴘᴩᴄᴛʏɸɯᴙʁɪ϶",
        "авгдеззиклллммнопррстуфшяяіэ",
        strict=True,
    )
)
# Letters that resemble another one only roughly; they count where most of the word is Cyrillic already.
_ROUGH = dict(zip("unrwbNRWU", "ипгшьИЯШИ", strict=True))
_TO_CYRILLIC = _TWINS | _FOREIGN | _ROUGH
_LEET = {"0": "о", "3": "з", "4": "ч", "6": "б", "@": "а"}
# Letters of neither script that the fold knows, as a character class.
STRANGERS = "".join(sorted(set(_FOREIGN)))
STYLED = "\uff01-\uff5e\U0001d400-\U0001d7ff\u2460-\u24ff\U0001f130-\U0001f189"

_WORD = re.compile(rf"[A-Za-zəķ0-9@{_CYR}{STRANGERS}]+")
_SPACED = re.compile(rf"(?<![^\W_])(?:[{_CYR}A-Za-z]([ .\-_*·])(?:[{_CYR}A-Za-z]\1){{2,}}[{_CYR}A-Za-z])(?![^\W_])")
_LEET_PLACE = re.compile(rf"(?<=[{_CYR}])[0346@](?=[{_CYR}])")
_ANY_CYRILLIC, _ANY_LATIN = re.compile(f"[{_CYR}{STRANGERS}]"), re.compile("[A-Za-z]")
_REPEAT = re.compile(r"([^\W\d_])\1{2,}")
_TRIGGER = re.compile(
    rf"[A-Za-zəķ][{_CYR}]|[{_CYR}][A-Za-zəķ]|[{_CYR}][0346@][{_CYR}]|([^\W\d_])\1{{2}}"
    rf"|(?<![^\W_])[{_CYR}A-Za-z]([ .\-_*·])[{_CYR}A-Za-z]\2[{_CYR}A-Za-z]\2[{_CYR}A-Za-z](?![^\W_])"
    rf"|[{STYLED}{STRANGERS}]"
)
_GUESSES = frozenset(("digit", "homoglyph_to_latin"))
_HIDDEN = re.compile(rf"(?<=[{_CYR}A-Za-z])[{INVISIBLE}]+(?=[{_CYR}A-Za-z])")


@dataclass(frozen=True, slots=True)
class Folded:
    """The folded view and what it undid; without signals the view is the one that was given."""

    view: View
    signals: tuple[Signal, ...]

    @property
    def letters_kept(self) -> bool:
        """Whether every letter of the view is one that was written, or the Cyrillic one that it was drawn as.

        A digit for a letter, and a Cyrillic letter read as Latin, are guesses that may lose a Kazakh letter.
        """
        return all(signal.kind not in _GUESSES for signal in self.signals)

    @property
    def look_alikes(self) -> bool:
        """Whether look-alike letters were brought back to Cyrillic: then the language form is told from this view."""
        return any(signal.kind == "homoglyph" for signal in self.signals)


def fold(view: View, original: str) -> Folded:
    """Fold `view` of `original`; see the module for what is undone."""
    hidden = [Signal("invisible", Span(*m.span())) for m in _HIDDEN.finditer(original)]
    if _TRIGGER.search(view.text) is None:
        return Folded(view, tuple(hidden))
    signals: list[Signal] = []
    for step in (_unstyle, _unspace, _unrepeat, _unmix):
        view = step(view, signals)
    return Folded(view, tuple(hidden + signals))


def _rewrite(view: View, edits: list[tuple[int, int, str]], kind: str, signals: list[Signal]) -> View:
    """Apply `(start, end, replacement)` edits outside addresses; record one signal each."""
    kept = _outside(edits, address_spans(view.text))
    if not kept:
        return view
    builder, at = ViewBuilder(view), 0
    for start, end, text in kept:
        builder.keep(at, start)
        if len(text) == end - start:
            for i, char in enumerate(text):
                builder.put(char, start + i, start + i + 1)
        else:
            builder.put(text, start, end)
        signals.append(Signal(kind, view.original(start, end)))
        at = end
    builder.keep(at, len(view.text))
    return builder.view()


def _outside(edits: list[tuple[int, int, str]], barred: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
    kept, i = [], 0
    for edit in edits:
        while i < len(barred) and barred[i][1] <= edit[0]:
            i += 1
        if i == len(barred) or edit[1] <= barred[i][0]:
            kept.append(edit)
    return kept


def _unstyle(view: View, signals: list[Signal]) -> View:
    """Full-width, mathematical and circled letters to plain ones (NFKC of those characters only)."""
    edits = [(m.start(), m.end(), _plain(m.group())) for m in re.finditer(f"[{STYLED}]+", view.text)]
    return _rewrite(view, [e for e in edits if any(c.isalnum() for c in e[2])], "styled", signals)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", c)[:1] for c in text)


def _unspace(view: View, signals: list[Signal]) -> View:
    edits = [(m.start(), m.end(), m.group().replace(m.group(1), "")) for m in _SPACED.finditer(view.text)]
    return _rewrite(view, edits, "spaced", signals)


def _unrepeat(view: View, signals: list[Signal]) -> View:
    edits = [(*m.span(), m.group(1)) for m in _REPEAT.finditer(view.text) if not _ordinary(m)]
    return _rewrite(view, edits, "repeat", signals)


def _ordinary(run: re.Match[str]) -> bool:
    """Whether three of one letter stand in ordinary writing: ООО is a company, XIII a number."""
    around = run.string[max(run.start() - 1, 0) : run.start()], run.string[run.end() : run.end() + 1]
    return len(run.group()) == 3 and (run.group(1) in "IX" or not any(map(str.isalpha, around)))


def _unmix(view: View, signals: list[Signal]) -> View:
    """Bring every word to one script; digits inside Cyrillic words first, as a step of its own."""
    view = _each_word(view, _unleet, "digit", signals)
    view = _each_word(view, _to_latin, "homoglyph_to_latin", signals)
    cyrillic_text = _mostly_cyrillic(view.text)
    view = _each_word(view, lambda word: _to_cyrillic(word, cyrillic_text=cyrillic_text), "homoglyph", signals)
    if cyrillic_text and any(signal.kind == "homoglyph" for signal in signals):
        # Who swaps letters swaps whole short words too: "нe вce cpoк" has one word of Latin letters only.
        view = _each_word(view, _all_twins, "homoglyph", signals)
    return view


def _each_word(view: View, change: Callable[[str], str], kind: str, signals: list[Signal]) -> View:
    edits = []
    for match in _WORD.finditer(view.text):
        folded = change(match.group())
        if folded != match.group():
            edits.append((match.start(), match.end(), folded))
    return _rewrite(view, edits, kind, signals)


def _unleet(word: str) -> str:
    """Digits for letters, only between two Cyrillic letters, so that sums and codes stay as they are."""
    return _LEET_PLACE.sub(lambda m: _LEET[m.group()], word)


def _to_cyrillic(word: str, *, cyrillic_text: bool) -> str:
    """A word of two scripts in Cyrillic, where its Cyrillic letters are the unmistakable ones or the most."""
    cyrillic = [c for c in word if _is_cyrillic(c)]
    strangers = [c for c in word if c.isalpha() and not _is_cyrillic(c)]
    if not strangers or not all(c in _TO_CYRILLIC for c in strangers):
        return word
    if cyrillic:
        wanted = not _brand_with_suffix(word) and (
            len(cyrillic) >= len(strangers)
            or (any(c not in _TO_LATIN for c in cyrillic) and not any(c in _ROUGH for c in strangers))
        )
    else:
        wanted = cyrillic_text and len(word) > 1 and all(c in _FOREIGN for c in strangers)
    return "".join(_TO_CYRILLIC.get(c, c) for c in word) if wanted else word


def _to_latin(word: str) -> str:
    """A word of two scripts in Latin, where most letters are Latin and every Cyrillic one has a twin there."""
    cyrillic = [c for c in word if _is_cyrillic(c)]
    latin = [c for c in word if c.isascii() and c.isalpha()]
    if not cyrillic or len(latin) <= len(cyrillic) or _brand_with_suffix(word):
        return word
    if not all(c in _TO_LATIN for c in cyrillic) or all(c in _TWINS for c in latin):
        return word
    return "".join(_TO_LATIN.get(c, c) for c in word)


def _all_twins(word: str) -> str:
    """A word of Latin letters that all have a Cyrillic twin, in Cyrillic; names in capitals stay."""
    if not word.isascii() or not word.isalpha() or (word.isupper() and len(word) > 1):
        return word
    return "".join(_TWINS[c] for c in word) if all(c in _TWINS for c in word) else word


def _is_cyrillic(char: str) -> bool:
    return "\u0400" <= char <= "\u04ff"


def _mostly_cyrillic(text: str) -> bool:
    """Whether a text has more Cyrillic letters than plain Latin ones."""
    return len(_ANY_CYRILLIC.findall(text)) > len(_ANY_LATIN.findall(text))


def _brand_with_suffix(word: str) -> bool:
    """Kazakh hangs its endings on Latin names (SMSті, OTPға): ordinary spelling, not a trick."""
    match = re.match(rf"([A-Z]{{2,}}|[A-Za-z]{{3,}})([{_CYR}]+)$", word)
    return bool(match and match.group(2).islower())
