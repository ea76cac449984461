"""Host names: one spelling for each, and which of them are never exported.

In: a host as people and tricksters write it. Out: its ASCII form, and its `Standing`.
Invariants: a look-alike of a genuine host is another host, in whatever letters; the genuine host is recognised in
every spelling that browsers take for it (capitals, full width, a full stop at the end, invisible characters).
"""

from __future__ import annotations

import functools
import ipaddress
import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files

from cybertriage.text.normalize import normalize

_DOTS = re.compile("[\u3002\uff0e\uff61]")  # full stops that browsers take for one (UTS 46)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST = 253


class Standing(StrEnum):
    """What may be exported of a host; see `data/known_hosts.tsv`."""

    GENUINE = "genuine"
    MAIL = "mail"
    SHARED = "shared"
    HOSTING = "hosting"
    PRIVATE = "private"
    UNKNOWN = "unknown"


def ascii_host(host: str) -> str | None:
    """The host as it is looked up, labels of other scripts in Punycode (RFC 3492); None where it can be no host."""
    folded = unicodedata.normalize("NFKC", normalize(_DOTS.sub(".", host)).text).lower().rstrip(".")
    if len(folded) > _LONGEST:
        return None
    try:
        labels = [_ascii_label(label) for label in folded.split(".")]
    except UnicodeError:
        return None
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    name = ".".join(labels)
    if labels[-1].isdigit() and not is_address(name):
        return None
    return name if len(name) <= _LONGEST else None


def is_address(host: str) -> bool:
    """Whether a host is an IPv4 address."""
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def standing(host: str) -> Standing:
    """What may be exported of a host in ASCII form."""
    if is_address(host):
        return Standing.UNKNOWN if ipaddress.IPv4Address(host).is_global else Standing.PRIVATE
    known, labels = _known(), host.split(".")
    for at in range(len(labels)):
        found = known.get(".".join(labels[at:]))
        if found is Standing.HOSTING and at:
            return Standing.UNKNOWN
        if found is not None:
            return found
    return Standing.UNKNOWN


@functools.cache
def _known() -> Mapping[str, Standing]:
    text = files("cybertriage").joinpath("data/known_hosts.tsv").read_text(encoding="utf-8")
    pairs = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {host: Standing(kind) for kind, host in pairs}


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:  # letters younger than IDNA 2003 knows
        return "xn--" + label.encode("punycode").decode("ascii")
