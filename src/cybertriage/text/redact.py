"""Personal data in a text: where it is, and the text with it masked.

In: any text. Out: `Found` spans, or the text with typed marks in their place.
Kinds: personal and business numbers (IIN/BIN, 12 digits with their checksum), Kazakhstan IBAN (ISO 13616, mod 97),
cards (16 digits, Luhn), phones, e-mail addresses, @names.
Invariants: spans do not overlap and rise; patterns are bounded, so the work is linear; a number that fails its
checksum is left alone, as order numbers and sums look the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from cybertriage.types import Span


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of personal data; holds its place, never the data."""

    kind: str
    span: Span


def _digits(text: str) -> list[int]:
    return [int(c) for c in text if c.isdigit()]


def valid_iin(text: str) -> bool:
    """Checksum of a Kazakhstan IIN or BIN: weights 1-11, then 3-11, 1, 2 where the first gives 10."""
    digits = _digits(text)
    if len(digits) != 12:
        return False
    for weights in (range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)):
        check = sum(w * d for w, d in zip(weights, digits, strict=False)) % 11
        if check != 10:
            return check == digits[11]
    return False


def valid_card(text: str) -> bool:
    """Luhn checksum (ISO/IEC 7812-1) of 16 digits."""
    digits = _digits(text)
    doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
    return len(digits) == 16 and (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def valid_iban(text: str) -> bool:
    """mod-97 checksum (ISO 13616) of a 20-character Kazakhstan IBAN."""
    bare = re.sub(r"\s", "", text).upper()
    if len(bare) != 20:
        return False
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1


def _always(text: str) -> bool:
    return True


_RULES: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), _always),
    ("iban", re.compile(r"(?<!\w)KZ\d{2}(?:\s?[0-9A-Z]{4}){4}(?!\w)", re.IGNORECASE), valid_iban),
    ("card", re.compile(r"(?<![\d*])\d{4}(?:[ -]?\d{4}){3}(?!\d)"), valid_card),
    ("iin", re.compile(r"(?<!\d)\d{12}(?!\d)"), valid_iin),
    ("phone", re.compile(r"(?<![\d+])(?:\+7|8|7)[ (-]{0,2}\d{3}[ )-]{0,2}\d{3}(?:[ -]?\d{2}){2}(?!\d)"), _always),
    ("phone", re.compile(r"(?<![\d+])\+(?!7)\d{1,3}(?:[ ()-]{0,2}\d{2,4}){3,4}(?!\d)"), _always),
    ("username", re.compile(r"(?<![\w@.])@[A-Za-z_]\w{3,31}"), _always),
)

# Every kind holds an at sign or a run of digits, with the odd space or dash in it.
_HINT = re.compile(r"@|\d[\d ()-]{6}")


def find(text: str) -> list[Found]:
    """Personal data in `text`, in order, without overlaps; where two kinds meet the one listed first counts."""
    if _HINT.search(text) is None:
        return []
    taken, covered = [], bytearray(len(text))
    for kind, pattern, valid in _RULES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if valid(match.group()) and not any(covered[start:end]):
                covered[start:end] = b"\x01" * (end - start)
                taken.append(Found(kind, Span(start, end)))
    return sorted(taken, key=lambda found: found.span.start)


def mask(text: str) -> str:
    """`text` with each stretch of personal data replaced by its kind in angle brackets, `<phone>`."""
    return _replaced(text, lambda kind, _: f"<{kind}>")


def blank(text: str) -> str:
    """`text` with the digits and letters of personal data made meaningless and its shape kept: `+0 000 000 00 00`."""
    return _replaced(text, lambda _, found: re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "0", found)))


def _replaced(text: str, stand_in: Callable[[str, str], str]) -> str:
    pieces, at = [], 0
    for found in find(text):
        start, end = found.span.start, found.span.end
        pieces += [text[at:start], stand_in(found.kind, text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])
