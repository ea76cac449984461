"""Which format a file is in, where its name does not say.

In: a path. Out: the name of a format. Only the beginning of the file is looked at.
"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.readers.archive import open_zip
from cybertriage.readers.encodings import SAMPLE, detect
from cybertriage.readers.whatsapp_lines import looks_like_chat

FORMATS = ("csv", "tsv", "xlsx", "jsonl", "parquet", "txt", "json", "telegram", "whatsapp", "eml", "mbox", "sms")
_ENDINGS = {
    "csv": "csv", "tsv": "tsv", "tab": "tsv", "xlsx": "xlsx", "xlsm": "xlsx", "jsonl": "jsonl", "ndjson": "jsonl",
    "parquet": "parquet", "pq": "parquet", "eml": "eml", "mbox": "mbox",
}  # fmt: skip
_TELEGRAM = re.compile(
    r'"(?:text_entities|left_chats|actor_id)"|"type":\s*"(?:\w*(?:chat|group|channel|saved_messages)|message)"'
)
_HEADER = re.compile(
    r"(?:From|To|Subject|Date|Received|Return-Path|Delivered-To|Message-ID|MIME-Version|X-[\w-]+): ", re.IGNORECASE
)


def format_of(path: Path, named: str | None) -> str:
    """The format by its name, the file's ending, or its content; raises `InputError` where none of them tells."""
    if named is not None:
        if named not in FORMATS:
            raise InputError(f"unknown format {named!r}; use one of {', '.join(FORMATS)}")
        return named
    ending = path.suffix[1:].lower()
    found = _ENDINGS.get(ending) or _by_content(path, ending)
    if found is None:
        raise InputError(f"{path.name}: cannot tell its format; name one of {', '.join(FORMATS)}")
    return found


def _by_content(path: Path, ending: str) -> str | None:
    with path.open("rb") as stream:
        data = stream.read(SAMPLE)
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith(b"PK\x03\x04") or zipfile.is_zipfile(path):
        with open_zip(path) as archive:
            return "xlsx" if "xl/workbook.xml" in archive.namelist() else "whatsapp"
    return _by_text(data.decode(detect(data), "replace").lstrip("\ufeff \r\n\t"), ending)


def _by_text(text: str, ending: str) -> str | None:
    if text.startswith(("{", "[{")) or ending == "json":
        first, _, rest = text.partition("\n")
        if _is_object(first) and (ending != "json" or rest.lstrip().startswith("{")):
            return "jsonl"
        return "telegram" if _TELEGRAM.search(text) else "json"
    if text.startswith("<") and (ending == "xml" or "<smses" in text or text.startswith("<?xml")):
        return "sms"
    if text.startswith("From "):
        return "mbox"
    if looks_like_chat(text):
        return "whatsapp"
    if ending in ("txt", "text", "log"):
        return "txt"
    return "eml" if _HEADER.match(text) else "sms" if ending == "xml" else None


def _is_object(line: str) -> bool:
    """Whether a line is a JSON object by itself, and not the export of a chat written on one line."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and not isinstance(value.get("messages"), list) and "chats" not in value
