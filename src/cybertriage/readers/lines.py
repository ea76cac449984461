"""Plain text: one message a line.

In: a text file. Out: a `Source`; empty lines are skipped and told. Invariant: a longer line costs no more memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cybertriage.readers.encodings import lines, open_text
from cybertriage.readers.source import NO_TEXT, Message, Skips, Source, message


def open_lines(path: Path, encoding: str) -> Source:
    """A text file, one message a line."""

    def rows(skips: Skips) -> Iterator[Message]:
        row = 0
        with open_text(path, encoding) as stream:
            for number, line in enumerate(lines(stream), 1):
                text = line.rstrip("\r\n")
                if text.strip():
                    row += 1
                    yield message(row, text, f"line {number}", encoding=encoding)
                else:
                    skips.add(f"line {number}", NO_TEXT)

    return Source(path, "txt", encoding, None, None, rows)
