"""Folding views: undo the tricks that hide a word, and say where one was found.

In: a normalised `View` and the original text. Out: a second `View` and `Signal`s with spans of the original.
Tricks: a letter of the other script inside a word, digits for letters, letters spaced out, letters repeated,
styled alphabets, invisible characters inside a word.
Invariants: a word is folded towards its own majority script, so ordinary Cyrillic never changes; addresses are
never folded, as mixing is itself the sign there; one pass over the tokens, linear time.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from cybertriage.text.normalize import INVISIBLE
from cybertriage.text.offsets import View, ViewBuilder
from cybertriage.text.urls import address_spans
from cybertriage.types import Signal, Span

_CYR = "а-яёәғқңөұүһіА-ЯЁӘҒҚҢӨҰҮҺІ"
_LATIN_LIKE = "aceopxyiABCEHKMOPTXYIh"
_CYRILLIC_LIKE = "асеорхуіАВСЕНКМОРТХУІһ"
_TO_CYRILLIC = dict(zip(_LATIN_LIKE, _CYRILLIC_LIKE, strict=True)) | {
    "k": "к",
    "m": "м",
    "t": "т",
    "ə": "ә",
    "ķ": "қ",
}
_TO_LATIN = dict(zip(_CYRILLIC_LIKE, _LATIN_LIKE, strict=True))
_LEET = {"0": "о", "3": "з", "4": "ч", "6": "б", "@": "а"}
STYLED = "\uff01-\uff5e\U0001d400-\U0001d7ff\u2460-\u24ff"

_WORD = re.compile(rf"[A-Za-zəķ0-9@{_CYR}]+")
_SPACED = re.compile(rf"(?<![^\W_])(?:[{_CYR}A-Za-z]([ .\-_*·])(?:[{_CYR}A-Za-z]\1){{2,}}[{_CYR}A-Za-z])(?![^\W_])")
_REPEAT = re.compile(r"([^\W\d_])\1{2,}")
_TRIGGER = re.compile(
    rf"[A-Za-zəķ][{_CYR}]|[{_CYR}][A-Za-zəķ]|[{_CYR}][0346@][{_CYR}]|([^\W\d_])\1{{2}}"
    rf"|(?<![^\W_])[{_CYR}A-Za-z]([ .\-_*·])[{_CYR}A-Za-z]\2[{_CYR}A-Za-z]\2[{_CYR}A-Za-z](?![^\W_])|[{STYLED}]"
)
_HIDDEN = re.compile(rf"(?<=[{_CYR}A-Za-z])[{INVISIBLE}]+(?=[{_CYR}A-Za-z])")


@dataclass(frozen=True, slots=True)
class Folded:
    """The folded view and what it undid; without signals the view is the one that was given."""

    view: View
    signals: tuple[Signal, ...]

    @property
    def letters_kept(self) -> bool:
        """Whether only spaces, repeats, styles and invisible characters were undone: no letter stands for another."""
        return all(signal.kind != "homoglyph" for signal in self.signals)


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
    edits = []
    for match in _WORD.finditer(view.text):
        word = match.group()
        if word.isalpha() and (word.isascii() or not re.search("[A-Za-zəķ]", word)):
            continue
        folded = _one_script(_unleet(word))
        if folded != word:
            edits.append((match.start(), match.end(), folded))
    return _rewrite(view, edits, "homoglyph", signals)


def _unleet(word: str) -> str:
    """Digits for letters, only between two Cyrillic letters, so that sums and codes stay as they are."""
    return re.sub(rf"(?<=[{_CYR}])[0346@](?=[{_CYR}])", lambda m: _LEET[m.group()], word)


def _one_script(word: str) -> str:
    """Bring a word of two scripts to the one most of its letters are in, if every other letter has a twin there."""
    latin = [c for c in word if (c.isascii() and c.isalpha()) or c in "əķ"]
    cyrillic = [c for c in word if "\u0400" <= c <= "\u04ff"]
    if not latin or not cyrillic or _brand_with_suffix(word):
        return word
    table, strangers = (_TO_CYRILLIC, latin) if len(cyrillic) >= len(latin) else (_TO_LATIN, cyrillic)
    if not all(c in table for c in strangers):
        return word
    return "".join(table.get(c, c) for c in word)


def _brand_with_suffix(word: str) -> bool:
    """Kazakh hangs its endings on Latin names (SMSті, OTPға): ordinary spelling, not a trick."""
    match = re.match(rf"([A-Z]{{2,}}|[A-Za-z]{{3,}})([{_CYR}]+)$", word)
    return bool(match and match.group(2).islower())
