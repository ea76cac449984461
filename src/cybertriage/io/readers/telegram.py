"""Telegram Desktop exports (`result.json`): of one chat, or of an account with `chats.list` and `left_chats.list`.

In: a JSON file of any size. Out: a `Source`; service messages and media without text are skipped and told.
Invariants: streamed; neither names nor numbers of people are carried, which is why chats are counted, not named; the
target of a hidden link or button stands behind its text.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError
from cybertriage.io.encodings import CleanUtf8
from cybertriage.io.readers.links import with_target
from cybertriage.io.source import CUT, NO_TEXT, Message, Skips, Source, message

_CHAT = ("", "messages")
_IN_CHATS = (("", "chats", "list", "", "messages"), ("", "left_chats", "list", "", "messages"))
_LISTS = (("", "chats", "list"), ("", "left_chats", "list"))
_DEEPEST, _LARGEST = 64, 100_000


def open_telegram(path: Path, encoding: str) -> Source:
    """An export of Telegram Desktop; reading raises `InputError` where the file turns out to be none."""

    def rows(skips: Skips) -> Iterator[Message]:
        items = _Items()
        row = 0
        with path.open("rb") as stream:
            for item in items.read(CleanUtf8(stream, encoding, items.progress)):
                text = _text(item) if isinstance(item, dict) and item.get("type") == "message" else None
                if text:
                    row += 1
                    yield message(row, text, items.position, key=items.key(item))
                else:
                    skips.add(items.position, _reason(item))
        if not items.known:
            raise InputError(f"{path.name}: no messages in it; give the result.json that Telegram Desktop exports")
        if items.cut:
            yield Message(row + 1, str(row + 1), None, CUT, items.after)

    return Source(path, "telegram", encoding, None, None, rows)


class _Items:
    """The items of all `messages` lists, and where the last one stands."""

    def __init__(self) -> None:
        self.known = False
        self.cut = False
        self._chat = 0
        self._number = 0
        self._events = 0

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

    def key(self, item: dict[str, Any]) -> str | None:
        """Telegram's number of the message, which is one's own within its chat only."""
        number = item.get("id")
        if isinstance(number, bool) or not isinstance(number, int):
            return None
        return f"{self._chat}/{number}" if self._chat else str(number)

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
        key = ""
        inside = False
        for event, value in events:
            self._events += 1
            if event == "map_key":
                key = value
                continue
            if inside and event != "end_array":
                item = _built(event, value, events)
                self._number += 1
                yield item
                continue
            if event.startswith("start"):
                path.append(key)
                inside = self._enter(tuple(path)) if len(path) <= len(_IN_CHATS[0]) else False
            elif event.startswith("end"):
                path.pop()
                inside = False
            key = ""
            if len(path) > _DEEPEST:
                raise ValueError("nested too deeply")

    def _enter(self, path: tuple[str, ...]) -> bool:
        """Take note of where the reading is; whether this is a list of messages."""
        inside = path == _CHAT or path in _IN_CHATS
        self.known |= inside or path in _LISTS
        if path in _IN_CHATS:
            self._chat += 1
            self._number = 0
        return inside


def _built(event: str, value: Any, events: Iterator[tuple[str, Any]]) -> Any:  # noqa: ANN401  (any JSON value)
    """The JSON value that begins with this event. Raises `ValueError` for one too large or too deep to be a message."""
    from ijson import ObjectBuilder

    builder = ObjectBuilder()
    depth = 0
    for size, (kind, part) in enumerate(itertools.chain([(event, value)], events)):
        builder.event(kind, part)
        depth += kind.startswith("start")
        depth -= kind.startswith("end")
        if not depth:
            break
        if size > _LARGEST or depth > _DEEPEST:
            raise ValueError("no message is that large")
    return builder.value


def _reason(item: object) -> str:
    kind = item.get("type") if isinstance(item, dict) else None
    return NO_TEXT if kind == "message" else "service message" if kind == "service" else "no message"


def _text(item: dict[str, Any]) -> str:
    """All that the reader of the message sees: text or caption, poll, buttons."""
    texts = [_plain(item.get("text")) or _plain(item.get("text_entities"))]
    poll = item.get("poll")
    if isinstance(poll, dict):
        answers = poll.get("answers")
        texts += [_plain(poll.get("question"))]
        texts += [_plain(a.get("text")) for a in (answers if isinstance(answers, list) else ()) if isinstance(a, dict)]
    texts += _buttons(item.get("inline_bot_buttons"))
    return "\n".join(t for t in texts if t.strip())


def _plain(text: object) -> str:
    """The text of a string, or of a list of strings and entities."""
    if isinstance(text, str):
        return text
    if isinstance(text, dict):
        inner = text.get("text")
        return with_target(inner, text.get("href")) if isinstance(inner, str) else ""
    if isinstance(text, list):
        return "".join(_plain(part) for part in text if not isinstance(part, list))
    return ""


def _buttons(rows: object) -> list[str]:
    buttons = [b for row in rows if isinstance(row, list) for b in row] if isinstance(rows, list) else []
    return [
        with_target(b["text"], b.get("data") if b.get("type") == "url" else None)
        for b in buttons
        if isinstance(b, dict) and isinstance(b.get("text"), str)
    ]
