"""Where the web and mail addresses of a text are, so that folding and language tests leave them alone.

In: normalised text. Out: spans, and the host's own words for the model.
Invariant: linear time; tokens are runs of non-space, each looked at once with bounded patterns.
"""

from __future__ import annotations

import re

_LONGEST = 2048
_SUFFIXES = (
    "kz|ru|com|org|net|io|me|info|link|top|xyz|app|site|online|shop|store|live|pro|club|biz|su|by|uz|kg|cc|ly|gl|"
    "edu|gov|example|test|қаз|рф|cn|tr|us|eu|uk|de|in|to|fun|click|icu|vip|work|space|website|page|dev|ai|co|tv"
)
_HOST = re.compile(
    rf"(?:[a-zа-яәғқңөұүһі0-9_\-]{{1,63}}\.){{1,6}}(?:{_SUFFIXES})(?=$|[/:?#,;.!)\]»\"'…>])", re.IGNORECASE
)
_SCHEME = re.compile(r"(?:https?|hxxps?|ftp|tg)://|www\.", re.IGNORECASE)


def address_spans(text: str) -> list[tuple[int, int]]:
    """Half-open character ranges of the tokens that hold a web or mail address, in order."""
    if not _may_hold_address(text):
        return []
    spans, at = [], 0
    for token in text.split():
        if "." not in token[:-1] and "/" not in token:
            continue
        at = text.index(token, at)
        if _is_address(token):
            spans.append((at, at + len(token)))
        at += len(token)
    return spans


def _may_hold_address(text: str) -> bool:
    """A cheap first look: a slash, or a full stop with a letter or digit right behind it."""
    if "/" in text:
        return True
    at = text.find(".")
    while at >= 0:
        if text[at + 1 : at + 2].isalnum():
            return True
        at = text.find(".", at + 1)
    return False


def _is_address(token: str) -> bool:
    token = token[:_LONGEST]
    return _SCHEME.search(token) is not None or _HOST.search(token) is not None


def host_labels(address: str) -> list[str]:
    """The labels of the host without its last one: `https://my-bank.example/x` gives `my`, `bank`."""
    bare = _SCHEME.sub("", address[:_LONGEST], count=1)
    host = re.split(r"[/?#:]", bare.rpartition("@")[2] if "/" not in bare.partition("@")[0] else bare, maxsplit=1)[0]
    labels = host.split(".")[:-1][-3:]
    return [word for label in labels for word in re.split(r"[^\w]+|_", label) if word][:8]
