"""Personal data in a text: where it is, and the text with it masked.

In: any text. Out: `Found` spans, or the text with typed marks in their place.
Kinds: `iin` (personal and business numbers, IIN and BIN), `iban` (Kazakhstan), `card`, `phone` (also in a wa.me link),
`email`, `username` (an @name, or the name in a t.me, instagram or vk link), `document` (a passport of Kazakhstan),
`plate` (of a car of Kazakhstan). `cybertriage.text.identifiers` says what is valid.
Invariants: spans point into the text that was given, do not overlap, and rise; invisible characters inside a number
hide nothing; patterns are bounded, so the work is linear; a number that fails its checksum is left alone, as order
numbers and sums look the same, but for the sixteen digits of a card, of which one is often mistyped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cybertriage.text.identifiers import (
    card_of_an_issuer,
    digits_of,
    plausible_foreign_phone,
    plausible_iin,
    plausible_phone,
    valid_card,
    valid_iban,
    valid_iin,
)
from cybertriage.text.normalize import normalize
from cybertriage.text.offsets import View
from cybertriage.types import Span

__all__ = ["Found", "blank", "find", "mask", "valid_card", "valid_iban", "valid_iin"]


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of personal data; holds its place, never the data."""

    kind: str
    span: Span


def _always(text: str) -> bool:
    return True


def _has_letter(text: str) -> bool:
    return any(c.isalpha() for c in text)


_SPACE = r" \t\u00a0\u2000-\u200a\u202f"
_DASH = r"\-\u2010-\u2015\u2212"
_GAP = rf"[{_SPACE}{_DASH}.()/_\n]{{0,4}}"  # between the digits of a phone
_ONE = rf"(?:[{_SPACE}{_DASH}._\n]{{0,2}})"  # between the groups of other numbers
_ZERO = "[\\dOoОо]"  # people type the letter for the digit
_MOBILE = r"7(?:0\d|47|7[15678])"  # codes of Kazakhstan
# What makes the number before it a sum.
_CURRENCY = rf"(?![{_SPACE}]{{0,2}}(?:тг|тенге|теңге|₸|руб|₽|\$|€|KZT|RUB|USD|EUR|млн|млрд))"
_TELEGRAM = r"(?:t\.me|telegram\.(?:me|dog))/(?:s/)?"
_TELEGRAM_PAGES = r"(?!(?:joinchat|addstickers|addemoji|share|proxy|socks|setlanguage|login|invoice|boost|c|s)(?!\w))"
_WHATSAPP = r"(?:wa\.me/|api\.whatsapp\.com/send/?\?phone=)"

# A pattern with a group finds what the group holds: in a link, the name or the number alone.
_Rule = tuple[str, re.Pattern[str], Callable[[str], bool]]
_RULES: tuple[_Rule, ...] = (
    (
        "email",
        re.compile(
            r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}(?:xn--[a-z0-9-]{1,59}|[^\W\d_]{2,24})", re.IGNORECASE
        ),
        _always,
    ),
    ("phone", re.compile(rf"(?<![\w.-]){_WHATSAPP}(?:\+|%2B)?(\d{{8,15}})", re.IGNORECASE), _always),
    ("phone", re.compile(rf"(?<![\w.-]){_TELEGRAM}(\+\d{{8,15}})(?!\w)", re.IGNORECASE), _always),
    ("username", re.compile(rf"(?<![\w.-]){_TELEGRAM}{_TELEGRAM_PAGES}([a-z]\w{{2,31}})", re.I | re.A), _always),
    ("username", re.compile(r"tg://resolve\?domain=(\w{3,32})", re.I | re.A), _always),
    (
        "email",
        re.compile(
            rf"(?<![\w.+-])[\w.+-]{{2,40}}(?:[{_SPACE}]?(?:\(at\)|\[at\]|@)[{_SPACE}]?|[{_SPACE}]собака[{_SPACE}])"
            rf"[\w-]{{2,40}}[{_SPACE}]?(?:\.|\[\.\]|\(\.\)|\(dot\)|\[dot\]|точка|нүкте)[{_SPACE}]?"
            r"(?:kz|ru|com|org|net|рф|қаз)(?!\w)",
            re.IGNORECASE,
        ),
        _always,
    ),
    (
        "username",
        re.compile(r"(?<![\w.-])(?:instagram|tiktok|facebook|fb)\.com/@?([a-z0-9_.]{3,40})", re.I | re.A),
        _always,
    ),
    (
        "username",
        re.compile(r"(?<![\w.-])(?:vk\.com|ok\.ru)/(?!away|share|feed)([a-z0-9_./]{3,40})", re.I | re.A),
        _always,
    ),
    (
        "iban",
        re.compile(rf"(?<![A-Za-z0-9])[KК]Z(?:{_ONE}\d){{5}}(?:{_ONE}[0-9A-ZАВСЕНКМОРТХ]){{13}}(?!\w)", re.I),
        valid_iban,
    ),
    ("card", re.compile(rf"(?<![\d*])\d{{4}}(?:{_ONE}\d{{4}}){{3}}(?!\d)"), valid_card),
    ("card", re.compile(rf"(?<![\d*])[2456]\d{{3}}(?:[{_SPACE}{_DASH}.]{{1,2}}\d{{4}}){{3}}(?!\d)"), card_of_an_issuer),
    ("card", re.compile(r"(?:\bкарт\w{0,5}|\bcard|\A)\W{0,6}(\d{16})(?!\d)", re.I), card_of_an_issuer),
    ("card", re.compile(rf"(?<![\d*])3[47]\d{{2}}{_ONE}\d{{6}}{_ONE}\d{{5}}(?!\d)"), valid_card),
    ("iin", re.compile(rf"(?<!\d)\d(?:{_ONE}\d){{11}}(?!\d)"), plausible_iin),
    ("iin", re.compile(rf"(?<!\w)(?=\w*\d){_ZERO}{{12}}(?!\w)"), plausible_iin),
    ("phone", re.compile(r"(?:\d\ufe0f?\u20e3[ ]?){10,12}"), _always),
    ("phone", re.compile(rf"(?<![\d+])8{_MOBILE}\d{{7}}(?!\d)"), _always),
    ("phone", re.compile(rf"(?<![\d+.,-]){_MOBILE}\d{{7}}(?![\d.,-]){_CURRENCY}"), _always),
    ("phone", re.compile(r"(?<![\d+])007\d{10}(?!\d)"), _always),
    (
        "phone",
        re.compile(rf"(?<![\d+])998{_ONE}(?:9\d|33|88|77|71|50|20){_ONE}\d{{3}}(?:{_ONE}\d{{2}}){{2}}(?!\d)"),
        _always,
    ),
    (
        "phone",
        re.compile(rf"(?<!\w)(?:\+7|8)[{_DASH} (]{{1,2}}7{_ZERO}{{2}}(?:[{_DASH} )]{{1,2}}{_ZERO}{{2,3}}){{3}}(?!\w)"),
        _has_letter,
    ),
    ("phone", re.compile(rf"(?<![\d{_DASH}])[2-7]\d{{2}}-\d{{2}}-\d{{2}}(?![\d{_DASH}]|\s\d\d:)"), _always),
    ("document", re.compile(r"(?<!\w)[NН№]\s?\d{8}(?!\d)"), _always),
    ("plate", re.compile(r"(?<!\w)\d{3}\s?[A-ZАВЕКМНОРСТУХ]{2,3}\s?(?:0[1-9]|1\d|20)(?!\w)"), _always),
    ("phone", re.compile(rf"(?<![\d+])(?:\+{_GAP}7|8|7)(?:{_GAP}\d){{10}}(?!\d){_CURRENCY}"), plausible_phone),
    ("phone", re.compile(rf"(?<![\d+])\(?{_MOBILE}\)?{_GAP}(?<!\d)\d{{3}}(?:{_ONE}\d{{2}}){{2}}(?!\d)"), _always),
    ("phone", re.compile(rf"(?<![\d+])(?:\+|00(?=99))(?!7)\d{{10,15}}(?!\d){_CURRENCY}"), plausible_foreign_phone),
    ("phone", re.compile(rf"(?<![\d+])\+(?!7)\d(?>(?:{_GAP}\d){{9,14}})(?!\d){_CURRENCY}"), plausible_foreign_phone),
    ("username", re.compile(r"(?<![\w@.])@[a-z_]\w{3,31}(?:\.\w{1,30}){0,3}", re.I | re.A), _always),
    ("username", re.compile(r"(?<![\w@.])@(?!барлы|все|бәрі|канал|топ)[^\W\d]\w{3,31}"), _always),
)

_OTHER_DIGIT = re.compile(r"[^\D0-9]")
# Every kind holds an at sign, the slash of a link, the KZ of an account or a run of digits with the odd space in it.
_HINT = re.compile(
    rf"[@/]|\bdomain=|\(at\)|\[at\]|собака|\u20e3|[NН№]\s?\d{{8}}|\d{{3}}\s?[A-ZА-Я]{{2,3}}\s?\d{{2}}|\d{{3}}-\d{{2}}-\d{{2}}"
    rf"|\d[\dOoОо]{{11}}|7[OoОо0]\d|[KkКк][Zz]{_ONE}\d|\d(?:{_GAP}\d){{7}}"
)


def find(text: str) -> list[Found]:
    """Personal data in `text`, in order, without overlaps; where two kinds meet the one listed first counts."""
    view = View(text) if text.isascii() and text.isprintable() else normalize(text)
    return [Found(kind, view.original(start, end)) for kind, start, end in _found(_plain_digits(view.text))]


def mask(text: str) -> str:
    """`text` with each stretch of personal data replaced by its kind in angle brackets, `<phone>`."""
    return _replaced(text, lambda kind, _: f"<{kind}>")


def blank(text: str) -> str:
    """`text` with the digits and letters of personal data made meaningless and its shape kept: `+0 000 000 00 00`."""
    return _replaced(text, lambda _, found: re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "0", found)))


def _plain_digits(text: str) -> str:
    """`text` with the digits of other scripts as ASCII ones, character for character."""
    return _OTHER_DIGIT.sub(lambda match: digits_of(match.group()), text)


def _found(text: str) -> list[tuple[str, int, int]]:
    if _HINT.search(text) is None:
        return []
    taken, covered = [], bytearray(len(text))
    for rule in _RULES:
        for start, end in _matches(text, rule):
            if not any(covered[start:end]):
                covered[start:end] = b"\x01" * (end - start)
                taken.append((rule[0], start, end))
    return sorted(taken, key=lambda found: found[1])


def _matches(text: str, rule: _Rule) -> Iterator[tuple[int, int]]:
    """Where a rule holds; a match that is not valid costs one character, so that it hides none that begins inside."""
    _, pattern, valid = rule
    at = 0
    while match := pattern.search(text, at):
        start, end = match.span(pattern.groups)
        if valid(text[start:end]):
            yield start, end
            at = end
        else:
            at = match.start() + 1


def _replaced(text: str, stand_in: Callable[[str, str], str]) -> str:
    pieces, at = [], 0
    for found in find(text):
        start, end = found.span.start, found.span.end
        pieces += [text[at:start], stand_in(found.kind, text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])
