"""The web addresses in a message, each in one spelling.

In: a message. Out: `Address`es: the host, and the URL where more than the host is named.
Invariants: what stands before an @ in a URL is no host and is dropped, and so is the fragment, and a query that holds
personal data; a URL is ASCII, other characters percent-encoded; addresses made harmless (`hxxp`, `[.]`) are read too.
Linear time: tokens of the text are looked at once, with bounded patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cybertriage.evidence.hosts import ascii_host
from cybertriage.text.normalize import normalize
from cybertriage.text.redact import find
from cybertriage.text.urls import address_spans

_LONGEST = 2048
_SCHEME = re.compile(r"(?:https?|hxxps?)://", re.IGNORECASE)
# The last label ends where the script changes: endings are hung on names here (`evil.example` + `ға`).
_HOST = re.compile(
    r"(?:[\w-]{1,63}[.\u3002\uff0e\uff61]){1,8}(?:xn--[a-z0-9-]{2,59}|[a-z\uff41-\uff5a]{2,24}|\d{1,3}|[^\W\d_a-z]{2,24})",
    re.IGNORECASE,
)
_NO_START = re.compile(r"[\w@.-]")
_HARMLESS_DOT = re.compile(r"[\[({](?:\.|dot|точка)[\])}]", re.IGNORECASE)
_PLACE_END = re.compile(r"[/?#\\]")
_PORT = re.compile(r":(\d{0,5})")
_PUNYCODE_END = re.compile(r"\.xn--[a-z0-9-]+$", re.IGNORECASE)
_AROUND = ".,;:!?…»”“«\"'`)]}>(<[{*_|"
_BREAK = re.compile(r"[\s<>\"«»“”|^`{}]")
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&()*+,;=%")


@dataclass(frozen=True, slots=True)
class Address:
    """A web address: its host in ASCII, and its URL where it names more than the host."""

    host: str
    url: str | None = field(default=None, repr=False)


def addresses(text: str) -> list[Address]:
    """Every web address in `text`, in order, each once."""
    plain = _HARMLESS_DOT.sub(".", normalize(text).text)
    found = (address for token in _tokens(plain) for address in _in_token(token))
    return list(dict.fromkeys(found))


def _tokens(text: str) -> Iterator[str]:
    return (
        token[: 2 * _LONGEST] for token in _BREAK.split(text) if "." in token or "://" in token or not token.isascii()
    )


def _in_token(token: str) -> Iterator[Address]:
    scheme = _SCHEME.search(token)
    if scheme:
        # A URL inside the path or query of another is part of that one.
        yield from _address(token[scheme.start() :].strip(_AROUND))
        return
    token = _without_mail(token)
    for match in _HOST.finditer(token):
        begins = not _NO_START.match(token[match.start() - 1 : match.start()])
        if begins and (_PUNYCODE_END.search(match.group()) or address_spans(match.group())):
            rest = token[match.end() :]
            tail = rest if rest.startswith(("/", "?", ":")) else ""
            yield from _address("http://" + (match.group() + tail).strip(_AROUND))
            if tail:
                return


def _without_mail(token: str) -> str:
    for found in reversed(find(token)):
        if found.kind == "email":
            token = f"{token[: found.span.start]} {token[found.span.end :]}"
    return token


def _address(url: str) -> Iterator[Address]:
    """The address of a URL with its scheme; nothing where it has no host to go to."""
    scheme, _, rest = url.partition("://")
    cut = _PLACE_END.search(rest)
    place, tail = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    place = place.rpartition("@")[2]
    named = _HOST.match(place)
    host = ascii_host(named.group()) if named else None
    if named is None or host is None:
        return
    port = _PORT.fullmatch(place, named.end())
    if not port and place[named.end() :].strip("."):
        tail = ""  # an ending of the word
    host = host.removeprefix("www.") if host.count(".") > 1 else host
    tail = _tail(tail)
    number = port.group(1) if port else ""
    secure = scheme.lower() in ("https", "hxxps")
    if tail in ("", "/") and number in ("", "80", "443"):
        yield Address(host)
        return
    shown_port = "" if number in ("", "443" if secure else "80") else f":{number}"
    whole = f"{'https' if secure else 'http'}://{host}{shown_port}{tail or '/'}"
    yield Address(host, whole if len(whole) <= _LONGEST else None)


def _tail(tail: str) -> str:
    """Path and query, in characters that a URL may have."""
    path, mark, query = tail.replace("\\", "/").partition("#")[0].partition("?")
    kept = path + mark + query if query and not find(query) else path
    return "".join(c if c in _SAFE else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace")) for c in kept)
