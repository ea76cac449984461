"""Which encoding a text file is in, and its text read so that no damaged byte stops the reading.

In: the first bytes of a file, or a binary stream. Out: the name of a Python codec; a text stream; lines; clean UTF-8.
Candidates: a byte-order mark decides; then valid UTF-8; then UTF-16 by its zero bytes; then the single-byte code
pages of the region, told apart by whether they give plausible Kazakh and Russian letters.
Invariant: a byte that cannot be decoded leaves a mark in the text that `undecodable` sees, and nothing else is lost.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

SUPPORTED = ("utf-8", "utf-8-sig", "utf-16", "cp1251", "kz1048")
SAMPLE = 1 << 16
LONGEST = 1_000_000
"""Characters of the longest message that is read; a longer one is a row error, so that memory stays flat."""
MARK = "\ufdd0"
"""Stands for what could not be decoded, in text that has to pass a parser; a noncharacter, never typed by anyone."""

_LARGEST = 64 << 20
_KAZAKH = re.compile("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
# Letters that cp1251 shows where kz1048 has the Kazakh ones; side by side with Russian they are not a language.
_MISREAD = re.compile("[ЂЃѓђќљњћџЋЉЊЌЏЎўЈҐґЄєЇїЅѕ]")
_ESCAPED = re.compile("[\udc80-\udcff\ufdd0]")
_REPLACED = re.compile("[\ufffd\ufdd0]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\udc80-\udcff\ufffe\uffff]")


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
    broken = len(_ESCAPED.findall(text))
    letters = sum(c > "\x7f" for c in text) - broken
    # Latin text in UTF-16 is valid UTF-8 too, every other byte of it a zero.
    return sample.count(0) <= len(sample) // 4 and (broken == 0 or letters > broken)


def undecodable(text: str, encoding: str) -> bool:
    """Whether bytes of this text could not be decoded."""
    if text.isascii():
        return False
    return (_REPLACED if encoding.startswith("utf-16") else _ESCAPED).search(text) is not None


def text_stream(stream: BinaryIO, encoding: str) -> TextIO:
    """The text of a stream, line ends as they are, what cannot be decoded marked."""
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")


def open_text(path: Path, encoding: str) -> TextIO:
    """The text of a file, likewise."""
    return text_stream(path.open("rb"), encoding)


def lines(stream: TextIO) -> Iterator[str]:
    """Lines with their ends; one that is too long comes cut, and stays too long without the head of a message."""
    most = LONGEST + 4096
    while line := stream.readline(most):
        rest = line
        while len(rest) == most and rest[-1] not in "\r\n":
            rest = stream.readline(most)
        yield line


class CleanUtf8:
    """A readable of UTF-8 bytes for a parser that stops at the first fault: whatever is no text becomes `MARK`.

    `progress` counts what the parser has found; where it stands still, pieces grow, since parsers look at an
    unfinished token from its start each time, which would take quadratic time. `clean` may change each piece of text:
    it is given the piece and whether it is the last, and returns what is ready and what has to wait for more.
    """

    def __init__(
        self,
        stream: BinaryIO,
        encoding: str,
        progress: Callable[[], int],
        clean: Callable[[str, bool], tuple[str, str]] | None = None,
    ) -> None:
        errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._replaced = errors == "replace"
        self._progress = progress
        self._found, self._size = -1, SAMPLE
        self._clean = clean
        self._held = ""

    def read(self, size: int = SAMPLE) -> bytes:
        """The next piece, empty at the end only; of `size` only 0 counts, by which parsers ask for the type."""
        if size:
            found = self._progress()
            self._size = SAMPLE if found > self._found else min(self._size * 2, _LARGEST)
            self._found = found
        while size:
            data = self._stream.read(self._size)
            text = _CONTROL.sub(MARK, self._decoder.decode(data, not data))
            if self._replaced:
                text = text.replace("\ufffd", MARK)
            if self._clean is not None:
                text, self._held = self._clean(self._held + text, not data)
            if text or not data:
                return text.encode("utf-8", "replace")
        return b""
