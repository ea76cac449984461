"""Which encoding a text file is in.

In: the first bytes of a file. Out: the name of a Python codec.
Candidates: a byte-order mark decides; then valid UTF-8; then UTF-16 by its zero bytes; then the single-byte code
pages of the region, told apart by whether they give plausible Kazakh and Russian letters.
"""

from __future__ import annotations

import codecs
import re

SUPPORTED = ("utf-8", "utf-8-sig", "utf-16", "cp1251", "kz1048")
SAMPLE = 1 << 16
_KAZAKH = re.compile("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
# Letters that cp1251 shows where kz1048 has the Kazakh ones; side by side with Russian they are not a language.
_MISREAD = re.compile("[ЂЃѓђќљњћџЋЉЊЌЏЎўЈҐґЄєЇїЅѕ]")


def detect(sample: bytes) -> str:
    """Name of the encoding of a file that begins with `sample` (64 KiB are enough)."""
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _mostly_utf8(sample):
        return "utf-8"
    if sample[1::2].count(0) > len(sample) // 4:
        return "utf-16-le"
    if sample[0::2].count(0) > len(sample) // 4:
        return "utf-16-be"
    kazakh = len(_KAZAKH.findall(sample.decode("kz1048", "replace")))
    misread = len(_MISREAD.findall(sample.decode("cp1251", "replace")))
    return "kz1048" if misread and kazakh >= misread // 2 else "cp1251"


def _mostly_utf8(sample: bytes) -> bool:
    """Valid UTF-8, or UTF-8 with a few broken rows: single-byte Cyrillic hardly ever forms UTF-8 letters by chance."""
    text = sample.decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= c <= "\udcff" for c in text)
    letters = sum(c > "\x7f" for c in text) - broken
    return broken == 0 or letters > broken
