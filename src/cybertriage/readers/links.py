"""Where a link leads, beside what it shows.

In: the text of a link and its target. Out: the text, followed by the target where the text does not tell it.
"""

from __future__ import annotations

import re

_SHOWN = re.compile(r"(?:[a-z][a-z0-9+.-]{1,15}:)?//|(?:tel|tg|sms):", re.IGNORECASE)
_LONGEST = 300
_BARE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:www\.)?", re.IGNORECASE)


def with_target(text: str, target: object) -> str:
    """`text (target)`; only `text` where the target is no address to go to or call, or the text is the target."""
    if not isinstance(target, str):
        return text
    target = "".join(target.split())
    if not _SHOWN.match(target) or _bare(text) == _bare(target):
        return text
    # Past the host, a long address is mostly the number of a recipient.
    target = target if len(target) <= _LONGEST else target[:_LONGEST] + "…"
    return f"{text} ({target})" if text.strip() else f"({target})"


def _bare(address: str) -> str:
    return _BARE.sub("", address.strip()[: 2 * _LONGEST]).rstrip("/").lower()
