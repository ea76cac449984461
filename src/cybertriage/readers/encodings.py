"""Which encoding a text file is in, and its text read so that no damaged byte stops the reading.

In: the first bytes of a file, or a binary stream. Out: the name of a Python codec; a text stream; lines; clean UTF-8.
Candidates: a byte-order mark decides; then UTF-16 and UTF-32 by their zero and high bytes; then valid UTF-8; then the
single-byte code pages of the region, told apart by whether they give plausible Kazakh and Russian letters.
A file of a single-byte code page is read as UTF-8 with its odd bytes kept, and each row is decoded by itself
(`decoded`), so that a file of two encodings gives every row in its own.
Invariant: a byte that cannot be decoded leaves a mark in the text that `undecodable` sees, and nothing else is lost.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from cybertriage.text.plausible import LIMIT, implausible, plausibility

# In the order in which equals are preferred.
SINGLE_BYTE = ("cp1251", "kz1048", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic")
TRIED = ("utf-8", "utf-16", "utf-32", *SINGLE_BYTE)
SAMPLE = 1 << 16
LONGEST = 1_000_000
"""Characters of the longest message, read or scored; a longer one is a row error, so that memory stays flat.

Scoring takes about 100 bytes of memory for each.
"""
MARK = "\ufdd0"
"""Stands for what could not be decoded, in text that has to pass a parser; a noncharacter, never typed by anyone."""

_LARGEST = 64 << 20
_ESCAPED = re.compile("[\udc80-\udcff\ufdd0]")
_REPLACED = re.compile("[\ufffd\ufdd0]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\udc80-\udcff\ufffe\uffff]")


_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# High bytes of Latin, Cyrillic, general punctuation and currency characters.
_HIGH = frozenset(b"\x00\x04\x20\x21")
_WIDE_SHARE = 0.7
# How much likelier, a letter pair, another encoding has to be than the one of the file for a row to be read in it.
_CLEARLY = 0.15
_FEWEST_WITHOUT_KIND = 8  # letter pairs


def detect(sample: bytes) -> str:
    """Name of the encoding of a file that begins with `sample` (64 KiB are enough)."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    return _wide(sample) or ("utf-8" if _mostly_utf8(sample) else _single_byte(_odd_lines(sample)))


def _wide(sample: bytes) -> str | None:
    """UTF-32 or UTF-16 without a mark, by where the zero and high bytes stand."""
    if len(sample) < 4:
        return None
    sample = sample[: len(sample) // 4 * 4]
    quarter = len(sample) // 4
    for name, places in (("utf-32-le", (2, 3)), ("utf-32-be", (0, 1))):
        if all(sample[place::4].count(0) >= quarter * 0.95 for place in places):
            return name
    for name, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        above, below = sample[high::2], sample[1 - high :: 2]
        share = sum(byte in _HIGH for byte in above) / len(above)
        # Text of one byte a character has no zero and hardly a byte 4 anywhere.
        if share >= _WIDE_SHARE and above.count(0) + above.count(4) > below.count(0) + below.count(4):
            return name if above.count(0) + above.count(4) >= len(above) // 2 else None
    return None


def _odd_lines(sample: bytes) -> bytes:
    """The lines that are no valid UTF-8: what tells which other encoding stands in a file."""
    lines = sample.split(b"\n")
    odd = b"\n".join(line for line in lines if not _valid_utf8(line))
    return odd or sample


def _valid_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _single_byte(data: bytes) -> str:
    """The code page in which bytes give the most plausible letters; the first of equals."""
    best, most = SINGLE_BYTE[0], -1e9
    for name in SINGLE_BYTE:
        value = plausibility(data.decode(name, "replace"))
        if value is not None and value > most + 1e-9:
            best, most = name, value
    return best


def _mostly_utf8(sample: bytes) -> bool:
    """Valid UTF-8, or UTF-8 with some broken rows: single-byte Cyrillic hardly ever forms UTF-8 letters by chance."""
    text = sample.decode("utf-8", "surrogateescape")
    broken = len(_ESCAPED.findall(text))
    return broken == 0 or sum(c > "\x7f" for c in text) - broken > broken


def decoded(text: str, encoding: str) -> tuple[str, str | None] | None:
    """A row's text in its own encoding, and the name of that where it is not `encoding`; None where none fits.

    `text` is the row as `open_text` gives it. Bytes that are no UTF-8 are tried in the file's code page, then in the
    others; text that reads as letters of a wrong encoding is read back (mojibake). What stays noise is refused.
    """
    if text.isascii():
        return text, None
    if _ESCAPED.search(text) is None:
        if not implausible(text):
            return text, "utf-8" if encoding in SINGLE_BYTE else None
        return _read_back(text)
    if _is_wide(encoding) or MARK in text:
        return None
    data = text.encode("utf-8", "surrogateescape")
    usual = encoding if encoding in SINGLE_BYTE else None
    found = _fitting(data, usual)
    return None if found is None else (found[0], None if found[1] == encoding else found[1])


def _fitting(data: bytes, usual: str | None) -> tuple[str, str] | None:
    """Text and name of the code page that fits best; the usual one unless another is clearly likelier."""
    best: tuple[float, str, str] | None = None
    for name in ((usual,) if usual else ()) + tuple(n for n in SINGLE_BYTE if n != usual):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        # A few bytes fit any code page: a short row is of its file's kind, or unreadable where that has none.
        value = plausibility(text) if usual else plausibility(text, fewest=_FEWEST_WITHOUT_KIND)
        if value is None:
            if usual == name:
                return text, name
            continue
        if best is None or value > best[0] + (_CLEARLY if best[2] == usual else 1e-9):
            best = value, text, name
    return (best[1], best[2]) if best is not None and best[0] >= LIMIT else None


def _read_back(text: str) -> tuple[str, str] | None:
    """A text that was written in one encoding, read in another and saved, as it was; with how that is called."""
    found: tuple[float, str, str] | None = None
    for wrong in ("cp1251", "cp1252", "latin-1", "kz1048", "cp866", "koi8-r"):
        for right in ("utf-8", "cp1251", "kz1048", "koi8-r", "cp866"):
            if wrong == right:
                continue
            try:
                back = text.encode(wrong).decode(right)
            except (UnicodeEncodeError, UnicodeDecodeError):
                continue
            value = plausibility(back)
            if value is not None and value >= LIMIT and (found is None or value > found[0]):
                found = value, back, f"{right} read as {wrong}"
    return found and (found[1], found[2])


def undecodable(text: str, encoding: str) -> bool:
    """Whether bytes of this text could not be decoded."""
    if text.isascii():
        return False
    return (_REPLACED if _is_wide(encoding) else _ESCAPED).search(text) is not None


def _is_wide(encoding: str) -> bool:
    return encoding.startswith(("utf-16", "utf-32"))


def text_stream(stream: BinaryIO, encoding: str) -> TextIO:
    """The text of a stream, line ends as they are, what cannot be decoded marked; see `decoded` for code pages."""
    errors = "replace" if _is_wide(encoding) else "surrogateescape"
    read_as = "utf-8" if encoding in SINGLE_BYTE else encoding
    return io.TextIOWrapper(stream, encoding=read_as, errors=errors, newline="")


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
        errors = "replace" if _is_wide(encoding) else "surrogateescape"
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
