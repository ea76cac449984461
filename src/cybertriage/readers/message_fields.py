"""Where the text of a message stands in records of all kinds.

In: a JSON object. Out: all that its reader sees: text or caption, what is quoted, what a card shows beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# The first that holds text is the message; the others beside it belong to it where they stand in `BESIDE`.
FIELDS = ("text", "message", "content", "body", "caption", "full_text", "raw_text", "msg", "data", "comment", "title")
BESIDE = ("caption", "quote", "media_caption")
_INNER = ("message", "edited_message", "channel_post", "data", "comment", "tweet", "post")
_CARD = ("title", "description")
_MOST_CARDS = 10


def item_text(item: Mapping[str, Any], *, depth: int = 0) -> str:
    """The text of a record, several fields on lines of their own; empty where it has none."""
    main = next((name for name in FIELDS if _plain(item.get(name)).strip()), None)
    texts = [_plain(item[main])] if main else []
    texts += [_plain(item.get(name)) for name in BESIDE if name != main]
    texts += _cards(item.get("embeds"))
    if not any(texts) and depth < 2:
        texts += [item_text(item[name], depth=depth + 1) for name in _INNER if isinstance(item.get(name), Mapping)]
    return "\n".join(dict.fromkeys(t for t in texts if t.strip()))


def joined(value: object, of_object: Callable[[Mapping[str, Any]], str]) -> str:
    """A string, what `of_object` makes of an object, or all of a list joined; lists inside it are left out."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return of_object(value)
    if isinstance(value, list):
        return "".join(joined(part, of_object) for part in value if not isinstance(part, list))
    return ""


def _plain(value: object) -> str:
    return joined(value, _inner)


def _inner(item: Mapping[str, Any]) -> str:
    inner = item.get("text")
    return inner if isinstance(inner, str) else ""


def _cards(embeds: object) -> list[str]:
    """Title and description of the cards a message shows."""
    cards = [card for card in embeds if isinstance(card, Mapping)] if isinstance(embeds, list) else []
    return [_plain(card.get(name)) for card in cards[:_MOST_CARDS] for name in _CARD]
