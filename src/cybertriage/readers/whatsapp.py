"""WhatsApp chat exports: the text file, or the zip archive that holds it.

In: `.txt` or `.zip`, of Android (`12.03.2024, 14:05 - Name: text`) or iOS (`[12.03.2024, 14:05:33] Name: text`).
Out: a `Source`; system lines, media and deleted messages are skipped and told. Invariant: streamed, flat in size.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from cybertriage.errors import InputError
from cybertriage.readers.archive import Member, check_member, open_zip
from cybertriage.readers.encodings import LONGEST, SAMPLE, detect, lines, text_stream
from cybertriage.readers.source import CUT, Message, Skips, Source, message
from cybertriage.readers.whatsapp_lines import (
    SYSTEM,
    app_senders,
    body,
    head_end,
    is_notice,
    looks_like_chat,
    split_sender,
)


def open_whatsapp(path: Path) -> Source:
    """An exported chat. Raises `InputError` for an archive without one, and for a text that is none."""
    member = _chat_in(path) if zipfile.is_zipfile(path) else None
    with ExitStack() as stack:
        sample = _opened(path, member, stack)[0].read(SAMPLE)
    encoding = detect(sample)
    shown = sample.decode(encoding, "replace")
    by_app = app_senders(shown.splitlines())
    if sample and not looks_like_chat(shown):
        raise InputError(f"{path.name} is no chat exported by WhatsApp; for one message a line, name the format txt")

    def rows(skips: Skips) -> Iterator[Message]:
        row = number = 0
        with ExitStack() as stack:
            stream, unpacked = _opened(path, member, stack)
            for number, text in _grouped(lines(stack.enter_context(text_stream(stream, encoding))), by_app):
                text, reason = (None, SYSTEM) if text is None else body(text)
                if reason:
                    skips.add(f"line {number}", reason)
                else:
                    row += 1
                    yield message(row, text, f"line {number}", encoding=encoding)
        if unpacked is not None and unpacked.damaged:
            yield Message(row + 1, str(row + 1), None, CUT, f"after line {number}")

    return Source(path, "whatsapp", encoding, None, None, rows)


def _chat_in(path: Path) -> str:
    """The name of the chat in an archive."""
    with open_zip(path) as archive:
        texts = [m for m in archive.infolist() if m.filename.lower().endswith(".txt")]
        named = [m for m in texts if m.filename.endswith("_chat.txt") or "whatsapp" in m.filename.lower()]
        chosen = named or texts
        if not chosen or (len(texts) > 1 and not named):
            raise InputError(f"{path.name} holds no WhatsApp chat; put only the exported text file into the archive")
        check_member(path, chosen[0])
        return chosen[0].filename


def _opened(path: Path, member: str | None, stack: ExitStack) -> tuple[BinaryIO, Member | None]:
    """The bytes of the chat, and the archive's member that they come from, if any."""
    if member is None:
        return stack.enter_context(path.open("rb")), None
    archive = stack.enter_context(open_zip(path))
    unpacked = Member(path, archive, member)
    return stack.enter_context(unpacked.buffered()), unpacked


def _grouped(source: Iterator[str], by_app: frozenset[str]) -> Iterator[tuple[int, str | None]]:
    """For each message the number of its first line, and its text; None in place of the text for a system line.

    Lines before the first head, in a file that lost its beginning, are a message too.
    """
    start, held, size = 1, list[str](), 0
    for number, line in enumerate(source, 1):
        line = line.rstrip("\r\n")
        end = head_end(line)
        if end is not None:
            if held:
                yield start, "\n".join(held)
            held, size = [], 0
            found = split_sender(line[end:])
            if found is None or is_notice(found[1], by_app=found[0] in by_app):
                yield number, None
                continue
            start, line = number, found[1]
        elif not held:
            start = number
        # One line past the longest is enough to tell that it is too long.
        if size <= LONGEST:
            held.append(line)
            size += len(line) + 1
    if held:
        yield start, "\n".join(held)
