"""The entries of an audit log and the chain that ties them.

In: what was done, as slugs, hashes and counts. Out: canonical JSON lines, each with the hash of the one before and its
own; and what is wrong with a line that does not follow.
Invariants: an entry can hold no message text and nobody's id: its values are hashes, whole numbers and four short
strings that the operator gives; a line is the only spelling of its entry, so a changed byte is a changed hash.
Method: linked time stamps (Haber and Stornetta 1991).
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace

from cybertriage.errors import InputError

GENESIS = "0" * 64
_SLUG = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_HASH = re.compile(r"[0-9a-f]{64}")
_LONGEST = 500  # characters of a purpose, a case, an operator
_MOST = 64  # hashes or counts in one entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """Why something is done and who does it: what the entries of one command share.

    `run` ties the entries of one run together. Raises `InputError` for an empty purpose or case, or one that is long or
    not of one line.
    """

    purpose: str
    case: str
    operator: str = ""
    run: str = ""

    def __post_init__(self) -> None:
        for name in ("purpose", "case"):
            if not getattr(self, name).strip():
                raise InputError(f"an audit entry wants a {name}; give --{name}")
        for name, value in asdict(self).items():
            if len(value) > _LONGEST or not value.isprintable():
                raise InputError(f"audit {name} must be one line of at most {_LONGEST} characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing done. `hashes` are sha256 in hex by name, `counts` whole numbers by name, `time` is UTC in ISO 8601.

    `seq` counts from 1; `prev` is the `hash` of the entry before.
    """

    seq: int
    time: str
    action: str
    purpose: str
    case: str
    operator: str
    run: str
    hashes: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    prev: str
    hash: str = ""

    def line(self) -> bytes:
        """The one spelling of this entry, with its end of line."""
        return _canonical(asdict(self)) + b"\n"


_FIELDS = {f.name for f in fields(Entry)}


def next_entry(
    action: str, stated: Stated, hashes: Mapping[str, str], counts: Mapping[str, int], *, last: Entry | None
) -> Entry:
    """The entry that follows `last`, now. Raises `InputError` for a name or value that could hold text."""
    _check(action, hashes, counts)
    entry = Entry(
        seq=last.seq + 1 if last else 1, time=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        action=action, purpose=stated.purpose, case=stated.case, operator=stated.operator, run=stated.run,
        hashes=dict(hashes), counts=dict(counts), prev=last.hash if last else GENESIS,
    )  # fmt: skip
    return replace(entry, hash=_digest(entry))


def entry_of(line: bytes) -> Entry:
    """The entry that a line spells; raises `ValueError` saying what is wrong with the line by itself."""
    if not line.endswith(b"\n"):
        raise ValueError("the line is torn: an append was cut off")
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("the line is not JSON") from None
    if not isinstance(data, dict) or set(data) != _FIELDS:
        raise ValueError("the line has not the fields of an entry")
    entry = Entry(**data)
    if entry.hash != _digest(entry) or entry.line() != line:
        raise ValueError("the entry was changed: its hash does not fit")
    return entry


def follow(last: Entry | None, line: bytes) -> Entry:
    """The entry of the line after `last`; raises `ValueError` where the line does not follow."""
    entry = entry_of(line)
    if entry.prev != (last.hash if last else GENESIS) or entry.seq != (last.seq + 1 if last else 1):
        raise ValueError("the entry does not follow the one before: a line was taken out, put in or moved")
    return entry


def _digest(entry: Entry) -> str:
    body = asdict(entry)
    del body["hash"]
    return hashlib.sha256(_canonical(body)).hexdigest()


def _canonical(data: Mapping[str, object]) -> bytes:
    # Escaped, so that a lone surrogate of an operator's terminal has a spelling too.
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _check(action: str, hashes: Mapping[str, str], counts: Mapping[str, int]) -> None:
    for name in (action, *hashes, *counts):
        if not _SLUG.fullmatch(name):
            raise InputError("an audit action and the names of hashes and counts are slugs such as 'unmask'")
    if not all(isinstance(value, str) and _HASH.fullmatch(value) for value in hashes.values()):
        raise InputError(f"audit hashes are 64 hex digits each; mend: {', '.join(hashes)}")
    if not all(type(value) is int for value in counts.values()):
        raise InputError(f"audit counts are whole numbers; mend: {', '.join(counts)}")
    if max(len(hashes), len(counts)) > _MOST:
        raise InputError(f"an audit entry has at most {_MOST} hashes and {_MOST} counts")
