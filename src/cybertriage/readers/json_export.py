"""Chats and messages exported as JSON: Telegram, Discord, WhatsApp exporters, Facebook, VK, bots, plain records.

In: a JSON file of any size. Out: a `Source`; service messages and media without text are skipped and told.
Which kind it is shows in its schema: an array that is the whole file, any list or map called `messages`, or a list
called `items`, `result`, `data` or `comments` near the top. What a message says stands in its usual fields.
Invariants: streamed; neither names nor numbers of people are carried, which is why chats are counted, not named; the
target of a hidden link or button stands behind its text; one bad token or one message too deep costs that message.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cybertriage.errors import InputError
from cybertriage.readers.encodings import MARK, CleanUtf8
from cybertriage.readers.links import with_target
from cybertriage.readers.message_fields import item_text, joined
from cybertriage.readers.source import CUT, NO_TEXT, Message, Skips, Source, message

TELEGRAM = "telegram"
_TELEGRAM_FIELDS = frozenset(("text_entities", "inline_bot_buttons", "poll"))
KINDS_KNOWN = (
    "the result.json of Telegram Desktop, Discord, WhatsApp, Facebook, Instagram or VK exports, Telethon or Pyrogram "
    "dumps, bot updates, and arrays of objects with a text"
)
_NEAR_TOP = ("items", "result", "data", "comments")
_MESSAGES_DEPTH, _NEAR_TOP_DEPTH = 6, 3
_DEEPEST, _LARGEST = 64, 100_000
_TOO_LARGE: Final = object()


def open_json(path: Path, kind: str, encoding: str) -> Source:
    """An exported JSON file; reading raises `InputError` where it holds no list of messages."""

    def rows(skips: Skips) -> Iterator[Message]:
        items = _Items()
        row = 0
        with path.open("rb") as stream:
            for item in items.read(CleanUtf8(stream, encoding, items.progress, _sound_escapes)):
                if item is _TOO_LARGE:
                    row += 1
                    yield Message(row, str(row), None, "no message is that large or that deep", items.position)
                    continue
                text = _said(item, kind)
                if text:
                    row += 1
                    yield message(row, text, items.position, key=items.key(item))
                else:
                    skips.add(items.position, _reason(item))
        if not items.known:
            raise InputError(f"{path.name}: no list of messages in this JSON; known are {KINDS_KNOWN}")
        if items.cut:
            yield Message(row + 1, str(row + 1), None, CUT, items.after)

    return Source(path, kind, encoding, None, None, rows)


def _said(item: object, kind: str) -> str:
    """What the reader of an item sees; nothing for a service message."""
    if isinstance(item, str) and kind != TELEGRAM:
        return item
    if not isinstance(item, dict) or item.get("type") == "service":
        return ""
    of_telegram = item.get("type") == "message" or not _TELEGRAM_FIELDS.isdisjoint(item)
    return _text(item) if of_telegram else item_text(item) if kind != TELEGRAM else ""


_ESCAPE = re.compile(r"\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4})|\\.?", re.DOTALL)
_UNFINISHED = re.compile(r"(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)\Z")


def _sound_escapes(text: str, last: bool) -> tuple[str, str]:
    """Escapes that JSON does not have made a mark, so that they cost their message and not the rest of the file."""
    held = ""
    if not last and (unfinished := _UNFINISHED.search(text, max(0, len(text) - 64))):
        text, held = text[: unfinished.start(1)], unfinished[1]
    return _ESCAPE.sub(_escape, text), held


def _escape(found: re.Match[str]) -> str:
    return found[0] if len(found[0]) > 2 or found[0][1:] in {*'"\\/bfnrt'} else MARK


class _Items:
    """The items of all lists of messages, and where the last one stands."""

    def __init__(self) -> None:
        self.known = False
        self.cut = False
        self._chat = 0
        self._number = 0
        self._events = 0
        self._key = ""

    def progress(self) -> int:
        """Counts what was read."""
        return self._events

    @property
    def position(self) -> str:
        """The place of the last item."""
        return f"{self._of_chat}message {self._number}"

    @property
    def after(self) -> str:
        """The place behind the last item."""
        return f"{self._of_chat}message {self._number + 1}"

    @property
    def _of_chat(self) -> str:
        return f"chat {self._chat} " if self._chat else ""

    def key(self, item: object) -> str | None:
        """The number of the message, which is one's own within its chat only."""
        found = next((item[k] for k in ("id", "message_id") if k in item), None) if isinstance(item, dict) else None
        if isinstance(found, str) and found.isdecimal() and len(found) <= 32:
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int):
            return None
        return f"{self._chat}/{found}" if self._chat else str(found)

    def read(self, stream: CleanUtf8) -> Iterator[Any]:
        """Each item, up to the end or to where the file is no JSON any more."""
        import ijson

        # Without `use_float`, a number of thousands of digits makes the C parser hand out a null pointer.
        events = ijson.basic_parse(stream, use_float=True)
        try:
            yield from self._items(events)
        except (ijson.JSONError, ValueError, ArithmeticError):
            self.cut = True

    def _items(self, events: Iterator[tuple[str, Any]]) -> Iterator[Any]:
        path: list[str] = []
        inside = 0  # the depth of the list that is being read, 0 where none is
        for event, value in events:
            self._events += 1
            if event == "map_key":
                self._key = value
                continue
            if inside and len(path) == inside and not event.startswith("end"):
                yield self._built(event, value, events)
                continue
            if event.startswith("start"):
                path.append(self._key)
                if self._is_list(path, event):
                    self._enter(len(path))
                    inside = len(path)
            elif event.startswith("end"):
                path.pop()
                inside = 0
            self._key = ""
            if len(path) > _DEEPEST:
                raise ValueError("nested too deeply")

    def _built(self, event: str, value: Any, events: Iterator[tuple[str, Any]]) -> Any:  # noqa: ANN401  (any JSON value)
        found = _value(event, value, events)
        self._number += 1
        return found

    def _is_list(self, path: list[str], event: str) -> bool:
        """Whether a list (or a map) of messages begins here."""
        depth, name = len(path), path[-1]
        if depth == 1:
            return event == "start_array"
        if name == "messages":
            return depth <= _MESSAGES_DEPTH
        return event == "start_array" and name in _NEAR_TOP and depth <= _NEAR_TOP_DEPTH

    def _enter(self, depth: int) -> None:
        self.known = True
        if depth > _NEAR_TOP_DEPTH - 1:
            self._chat += 1
            self._number = 0


def _value(event: str, value: Any, events: Iterator[tuple[str, Any]]) -> Any:  # noqa: ANN401  (any JSON value)
    """The JSON value that begins with this event; `_TOO_LARGE` for one too large or too deep, read over to its end."""
    from ijson import ObjectBuilder

    builder: Any = ObjectBuilder()
    depth = 0
    for size, (kind, part) in enumerate(itertools.chain([(event, value)], events)):
        if builder is not None:
            builder.event(kind, part)
        depth += kind.startswith("start")
        depth -= kind.startswith("end")
        if not depth:
            break
        if size > _LARGEST or depth > _DEEPEST:
            builder = None
    return _TOO_LARGE if builder is None else builder.value


def _reason(item: object) -> str:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind == "service":
        return "service message"
    return NO_TEXT if kind == "message" or (isinstance(item, dict) and len(item) > 1) else "no message"


def _text(item: dict[str, Any]) -> str:
    """All that the reader of the message sees: text or caption, poll, buttons."""
    texts = [_plain(item.get("text")) or _plain(item.get("text_entities"))]
    poll = item.get("poll")
    if isinstance(poll, dict):
        answers = poll.get("answers")
        texts += [_plain(poll.get("question"))]
        texts += [_plain(a.get("text")) for a in (answers if isinstance(answers, list) else ()) if isinstance(a, dict)]
    texts += _buttons(item.get("inline_bot_buttons"))
    quoted = item.get("quote")
    texts += [_plain(quoted.get("text"))] if isinstance(quoted, dict) else []
    return "\n".join(t for t in texts if t.strip())


def _plain(text: object) -> str:
    """The text of a string, or of a list of strings and entities."""
    return joined(text, _entity)


def _entity(entity: Mapping[str, Any]) -> str:
    inner = entity.get("text")
    return with_target(inner, entity.get("href")) if isinstance(inner, str) else ""


def _buttons(rows: object) -> list[str]:
    buttons = [b for row in rows if isinstance(row, list) for b in row] if isinstance(rows, list) else []
    return [
        with_target(b["text"], _target(b)) for b in buttons if isinstance(b, dict) and isinstance(b.get("text"), str)
    ]


def _target(button: dict[str, Any]) -> object:
    """Where a button leads or what it copies; of other kinds only what is an address."""
    for name in ("data", "url", "copy_text", "web_app", "login_url"):
        value = button.get(name)
        value = value.get("url", value.get("text")) if isinstance(value, dict) else value
        if isinstance(value, str) and (button.get("type") in _LEADING or "://" in value):
            return value
    return None


_LEADING = ("url", "web_view", "simple_web_view", "auth", "copy_text", "user_profile", "web_app", "login_url")
