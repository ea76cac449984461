"""Normalise a message: NFC, no invisible characters, no stray controls; offsets kept.

In: any `str`, lone surrogates included. Out: a `View` in Unicode NFC (UAX #15).
Invariants: idempotent; NFC and NFD spellings of a text give the same view; linear time, as runs of
combining marks are cut at 30 (stream-safe text, UAX #15 section 13) before they are composed.
"""

from __future__ import annotations

import re
import unicodedata

from cybertriage.text.offsets import View, ViewBuilder

# Zero-width, bidi and other format marks that show nothing; U+200D is judged by its neighbours.
INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
UNTYPED = f"{INVISIBLE}\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
_UNTYPED = re.compile(f"[{UNTYPED}]")
_DROPPED = re.compile(f"[{INVISIBLE}]")
_MAX_MARKS = 30
_EMOJI_FROM = "\u2190"


def normalize(text: str) -> View:
    """Return the normalised view of `text`; never raises on a `str`."""
    if _UNTYPED.search(text) is None and unicodedata.is_normalized("NFC", text):
        return View(text)
    return _compose(_strip(View(text)))


def _strip(base: View) -> View:
    """Drop invisible characters (a joiner inside an emoji stays) and turn controls into spaces."""
    text, builder, at = base.text, ViewBuilder(base), 0
    for match in _UNTYPED.finditer(text):
        start, end = match.span()
        builder.keep(at, start)
        at = end
        shown = _shown_for(text, start)
        if shown:
            builder.put(shown, start, end)
    builder.keep(at, len(text))
    return builder.view()


def _shown_for(text: str, at: int) -> str:
    """What stands for the untypable character at `at`: itself, a visible stand-in, or nothing."""
    char = text[at]
    if _DROPPED.match(char):
        joins_emoji = char in "\u200d\ufe0f" and at > 0 and text[at - 1] >= _EMOJI_FROM
        return char if joins_emoji and _UNTYPED.match(text[at - 1]) is None else ""
    if char == "\r" and text[at + 1 : at + 2] == "\n":
        return ""
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    return "\n" if char in "\r\u2028\u2029" else " "


def _compose(base: View) -> View:
    """Compose canonically, cluster by cluster, so that the way back stays exact."""
    text = base.text
    if unicodedata.is_normalized("NFC", text):
        return base
    builder, at, size = ViewBuilder(base), 0, len(text)
    while at < size:
        end = at + 1
        while end < size and end - at <= _MAX_MARKS and _joins(text[end]):
            end += 1
        cluster = text[at:end]
        composed = unicodedata.normalize("NFC", cluster)
        if composed == cluster:
            builder.keep(at, end)
        else:
            builder.put(composed, at, end)
        at = end
    return builder.view()


def _joins(char: str) -> bool:
    return char >= "\u0300" and ("\u1160" <= char <= "\u11ff" or unicodedata.category(char) in ("Mn", "Mc"))
