"""The text of a mail: its subject, and the parts that its reader sees.

In: the bytes of a mail. Out: text, and what was not read. Invariant: linear in size for any headers and nesting.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message as Mail
from email.policy import Compat32

from cybertriage.readers.encodings import SAMPLE, SINGLE_BYTE, decoded, detect
from cybertriage.readers.html_text import html_text

_LONGEST_HEADER = 8192
_DEEPEST = 30
_HOST = re.compile(r"\([a-z]*:?//([^/\s()]+)", re.IGNORECASE)  # of a target put behind a link
_FOLD = re.compile(r"\r?\n[ \t]*")
# Codecs that are no charsets of a mail, and two of which take quadratic time.
_NO_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "unicode-escape", "raw_unicode_escape"})
# A plain version much shorter than the HTML one is a stub such as "your program cannot show this mail".
_STUB = 3


class _ShortHeaders(Compat32):
    """Headers as they stand in the file, but no longer than any real one: their parsers take quadratic time.

    `email.policy.default` would decode them too, and raises on some that are broken.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_LONGEST_HEADER]


_POLICY = _ShortHeaders()


def mail_text(source: bytes) -> tuple[str, list[str]]:
    """Subject and text of a mail, and a reason for each part of it that was not read."""
    mail = message_from_bytes(source, policy=_POLICY)
    unread: list[str] = []
    texts = [_subject(mail), *_texts(mail, unread, 0)]
    return "\n".join(t for t in texts if t), unread


def _subject(mail: Mail) -> str:
    value = next((str(value) for name, value in mail.raw_items() if name.lower() == "subject"), "")
    value = _FOLD.sub(" ", value)
    if not value.isascii():
        # Eight-bit letters in a header have no charset of their own: the one the mail declares, then a guess.
        value = _decoded(value.encode("utf-8", "surrogateescape"), _declared(mail))
    try:
        words = decode_header(value)
    except HeaderParseError:
        return value.strip()
    return "".join(word if isinstance(word, str) else _decoded(word, charset) for word, charset in words).strip()


def _declared(mail: Mail) -> str | None:
    """The first charset that a part of the mail declares."""
    return next((charset for part in mail.walk() if (charset := part.get_content_charset())), None)


def _texts(part: Mail, unread: list[str], depth: int) -> Iterator[str]:
    """The texts of a part and of those inside it, in the order of reading."""
    if depth > _DEEPEST:
        unread.append("part nested too deeply")
    elif part.get_content_type() == "message/rfc822" or part.is_multipart():
        inner = [_unpacked(part, p) for p in part.get_payload() if isinstance(p, Mail)] if part.is_multipart() else []
        if part.get_content_type() == "multipart/alternative":
            yield from _alternative(inner, unread, depth)
            return
        for child in inner:
            if part.get_content_type() == "message/rfc822":
                yield _subject(child)
            yield from _texts(child, unread, depth + 1)
    elif part.get_content_maintype() == "multipart":
        # A multipart without its boundary: its text is there all the same.
        yield _leaf(part)
    elif part.get_content_maintype() != "text" or part.get_content_disposition() == "attachment":
        unread.append("attachment")
    else:
        yield _leaf(part)


def _unpacked(outer: Mail, inner: Mail) -> Mail:
    """A forwarded mail; where it was sent as base64 or quoted-printable, which no standard allows, decoded first."""
    encoding = str(outer.get("Content-Transfer-Encoding", "")).strip().lower()
    if outer.get_content_type() != "message/rfc822" or encoding not in ("base64", "quoted-printable"):
        return inner
    packed = inner.as_bytes().lstrip(b"\r\n")
    try:
        data = binascii.a2b_base64(packed) if encoding == "base64" else quopri.decodestring(packed)
    except (binascii.Error, ValueError):
        return inner
    return message_from_bytes(data, policy=_POLICY)


def _alternative(parts: list[Mail], unread: list[str], depth: int) -> Iterator[str]:
    """The plain version, or the last one, the richest: where there is no plain one, where that is a stub, and where it
    does not tell where a link of the richest leads, since that is the version that most programs show.
    """
    versions: list[tuple[str, str]] = []
    for part in parts:
        text = "\n".join(t for t in _texts(part, unread, depth + 1) if t)
        if text:
            versions.append((part.get_content_type(), text))
    plain = next((text for kind, text in versions if kind == "text/plain"), "")
    rich = versions[-1][1] if versions else ""
    hidden = any(host not in plain for host in _HOST.findall(rich))
    yield plain if plain and len(rich) < _STUB * len(plain) and not hidden else rich


def _leaf(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    text = _decoded(payload if isinstance(payload, bytes) else b"", part.get_content_charset())
    text = html_text(text) if part.get_content_subtype() == "html" else text
    return text.replace("\r\n", "\n").strip()


def _decoded(data: bytes, charset: str | None) -> str:
    """The text by the charset named, or, where that is none or wrong, by what the bytes look like."""
    try:
        if charset and codecs.lookup(charset).name not in _NO_CHARSETS:
            return data.decode(charset)
    except (LookupError, ValueError):
        pass
    found = detect(data[:SAMPLE])
    if found not in ("utf-8", *SINGLE_BYTE):
        return data.decode(found, "replace")
    text = data.decode("utf-8", "surrogateescape")
    read = decoded(text, found)
    return read[0] if read is not None else data.decode(found, "replace")
