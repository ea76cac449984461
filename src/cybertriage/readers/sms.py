"""SMS Backup & Restore (XML).

In: an XML file of any size. Out: a `Source`; calls and messages without text are skipped and told.
Invariants: streamed, no tree is built; a document type, an entity or a reference outward is refused; numbers and
names are not carried.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.readers.encodings import MARK, CleanUtf8
from cybertriage.readers.source import CUT, NO_TEXT, Message, Skips, Source, message

_ROOTS = ("smses", "calls", "allsms")
_REFERENCE = re.compile(r"&#(?:(\d{1,8})|[xX]([0-9a-fA-F]{1,6}));")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNFINISHED = re.compile(r"&(?:#[xX]?[0-9a-fA-F]{0,8})?\Z")
_LONGEST_REFERENCE = 12
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,8}|#[xX][0-9a-fA-F]{1,6});)")
# A message's element on one line, as the backup app writes it, up to its own end.
_ELEMENT = re.compile(r"<(?:sms|part)\s[^\n]*?/?>(?=\s*(?:<|\n|\Z))")
# A value ends where a quote is followed by another attribute or by the end of the element.
_ATTRIBUTE = re.compile(r'(\s[\w:.-]+=)"(.*?)"(?=\s+[\w:.-]+="|\s*/?>\Z)', re.DOTALL)
_OPEN_TAG = re.compile(r"<(?:sms|part)\s[^\n]*\Z")
_LONGEST_TAG = 1 << 16


def open_sms(path: Path, encoding: str) -> Source:
    """A backup of SMS and MMS. Raises `InputError` for entities and for another kind of XML."""
    with path.open("rb") as stream:
        found = _Found()
        next(_events(path, CleanUtf8(stream, encoding, found.progress, _valid), found), None)
    if found.root not in _ROOTS:
        raise InputError(f"{path.name} is no SMS backup; give the XML file that SMS Backup & Restore writes")

    def rows(skips: Skips) -> Iterator[Message]:
        found = _Found()
        row = number = 0
        with path.open("rb") as stream:
            for texts in _events(path, CleanUtf8(stream, encoding, found.progress, _valid), found):
                number += 1
                text = "\n".join(t for t in texts or () if t.strip() and t != "null")
                if text:
                    row += 1
                    yield message(row, text, f"message {number}")
                else:
                    skips.add(f"message {number}", NO_TEXT if texts is not None else "no message")
        if found.cut:
            yield Message(row + 1, str(row + 1), None, CUT, f"message {number + 1}")

    return Source(path, "sms", encoding, None, None, rows)


class _Found:
    """What the parser tells: a list of texts for each message, None for an element that is no message."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.queue: deque[list[str] | None] = deque()
        self.cut = False
        self._events = 0
        self._depth = 0
        self._texts: list[str] = []

    def progress(self) -> int:
        """Counts what was read."""
        return self._events

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._events += 1
        self._depth += 1
        if self._depth == 1:
            self.root = tag
        elif self._depth == 2:
            self._texts = [attributes.get("body" if tag == "sms" else "sub", "")]
        elif tag == "part" and attributes.get("ct", "").lower() == "text/plain":
            self._texts.append(attributes.get("text", ""))

    def end(self, tag: str) -> None:
        self._events += 1
        self._depth -= 1
        if self._depth == 1:
            self.queue.append(self._texts if tag in ("sms", "mms") else None)

    def close(self) -> None:
        """Nothing is left to give."""


def _events(path: Path, stream: CleanUtf8, found: _Found) -> Iterator[list[str] | None]:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser, ParseError

    parser = DefusedXMLParser(target=found, encoding="utf-8", forbid_dtd=True)
    try:
        while data := stream.read():
            parser.feed(data)
            while found.queue:
                yield found.queue.popleft()
        parser.close()
    except ParseError:
        found.cut = True
    except DefusedXmlException as error:
        raise InputError(f"{path.name}: it declares entities or a document type, which no SMS backup does") from error
    yield from found.queue


def _valid(text: str, last: bool) -> tuple[str, str]:
    """References to what is no character made good: old backups write an emoji as two halves of a surrogate pair."""
    unfinished = None if last else _UNFINISHED.search(text, max(len(text) - _LONGEST_REFERENCE, 0))
    text, held = (text[: unfinished.start()], unfinished[0]) if unfinished else (text, "")
    if not last and (tag := _OPEN_TAG.search(text, max(len(text) - _LONGEST_TAG, 0))):
        text, held = text[: tag.start()], tag[0] + held
    text = _mended(_REFERENCE.sub(_character, text))
    if not last and "\ud800" <= text[-1:] <= "\udbff":
        text, held = text[:-1], text[-1] + held
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text, held


def _mended(text: str) -> str:
    """Bare ampersands, and quotes and angle brackets inside the value of an attribute, as XML wants them.

    Backups written by hand-made exporters have them; without this the first one would cost all that follows.
    """
    return _ELEMENT.sub(lambda tag: _ATTRIBUTE.sub(_escaped_value, tag[0]), _AMPERSAND.sub("&amp;", text))


def _escaped_value(attribute: re.Match[str]) -> str:
    value = attribute[2].replace('"', "&quot;").replace("<", "&lt;")
    return f'{attribute[1]}"{value}"'


def _character(reference: re.Match[str]) -> str:
    code = int(reference[1]) if reference[1] else int(reference[2], 16)
    if 0xD800 <= code <= 0xDFFF:
        return chr(code)
    valid = code in (9, 10, 13) or (0x20 <= code <= 0x10FFFF and code not in (0xFFFE, 0xFFFF))
    return reference[0] if valid else MARK
