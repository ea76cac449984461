"""Mail: one `.eml`, or an `mbox` of many.

In: a file. Out: a `Source`, one row a mail: the subject and the text. Attachments are not read; they are told.
Invariants: neither sender nor recipient is carried; streamed, one mail in memory; the file is opened for reading only
(`mailbox.mbox` opens it for writing, which is no way to treat evidence).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from cybertriage.readers.mail_text import mail_text
from cybertriage.readers.source import NO_TEXT, Message, Skips, Source, message

LARGEST = 16 << 20
"""Bytes of a mail that are read; what stands behind them are attachments."""

_PIECE = 1 << 16
_FROM = re.compile(rb"From \S+.*\d\d:\d\d.*(?:19|20)\d\d")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def open_eml(path: Path) -> Source:
    """A single mail."""
    return Source(path, "eml", "mime", None, None, lambda skips: _rows(path, _one, skips))


def open_mbox(path: Path) -> Source:
    """A mailbox of many mails in one file, such as Thunderbird keeps or Google Takeout gives."""
    return Source(path, "mbox", "mime", None, None, lambda skips: _rows(path, _many, skips))


def _rows(path: Path, mails: Callable[[BinaryIO], Iterator[tuple[bytes, bool]]], skips: Skips) -> Iterator[Message]:
    row = 0
    with path.open("rb") as stream:
        for number, (mail, whole) in enumerate(mails(stream), 1):
            position = f"mail {number}"
            if not whole:
                skips.add(position, f"what follows the first {LARGEST >> 20} MiB of a mail")
            try:
                text, unread = mail_text(mail)
            except Exception:  # the parser of the standard library has no list of what a broken mail makes it raise
                row += 1
                yield Message(row, str(row), None, "the mail cannot be parsed", position)
                continue
            for reason in unread:
                skips.add(position, reason)
            if text:
                row += 1
                yield message(row, text, position)
            else:
                skips.add(position, NO_TEXT)


def _one(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    mail = stream.read(LARGEST)
    if mail.strip():
        yield mail, not stream.read(1)


def _many(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The mails of an mbox, each from behind its `From ` line, and whether it is whole."""
    held: list[bytes] = []
    size = 0
    begins, blank = True, True
    while piece := stream.readline(_PIECE):
        if begins and blank and _FROM.match(piece):
            if any(line.strip() for line in held):
                yield _QUOTED_FROM.sub(rb"\1", b"".join(held)), size <= LARGEST
            held, size = [], 0
        else:
            size += len(piece)
            if size <= LARGEST:
                held.append(piece)
        blank = begins and not piece.strip()
        begins = piece.endswith(b"\n")
    if any(line.strip() for line in held):
        yield _QUOTED_FROM.sub(rb"\1", b"".join(held)), size <= LARGEST
