"""The store of one case: an SQLite file that the user names.

In: the items of a queue, readings. Out: the same, in order.
Invariants: nothing is stored but what this module names; the file appears when complete, for its owner only; a reading
is never changed or overwritten, a reader's last one counts; what is erased is overwritten on the disk.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError, OutputError
from cybertriage.records.writers import part_of, put_in_place
from cybertriage.review.items import Case, Item, Mark, Outcome, Reading

_APPLICATION = 0x63747131  # marks the file as ours
_VERSION = 1
_SCHEMA = """
CREATE TABLE info (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE items (ordinal INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, data TEXT NOT NULL) STRICT;
CREATE TABLE readings (
  number INTEGER PRIMARY KEY, uid TEXT NOT NULL REFERENCES items (uid), reviewer TEXT NOT NULL, at TEXT NOT NULL,
  outcome TEXT NOT NULL, label TEXT, rabat TEXT NOT NULL, note TEXT NOT NULL, UNIQUE (uid, reviewer, at)
) STRICT;
"""
_LISTS = ("closest", "labels", "frames", "reasons", "facts")


@dataclass(frozen=True, slots=True)
class Added:
    """What `Store.add` did: `new` readings are in, `known` ones were already there, `clash` differ from one that is."""

    new: int
    known: int
    clash: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Erased:
    """How much `Store.erase` deleted."""

    items: int
    readings: int


class Store:
    """The store of one case. Make it with `Store.create` or `Store.open`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def create(cls, path: Path, case: Case, items: Sequence[Item]) -> Store:
        """Make the file; raises `OutputError` where there is one, or none can be written."""
        if path.exists():
            raise OutputError(f"{path} is there already; name a new file, since decisions in it must not be lost")
        part = part_of(path)
        try:
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(part)) as base, base:
                base.executescript(f"PRAGMA application_id={_APPLICATION}; PRAGMA user_version={_VERSION}; {_SCHEMA}")
                base.execute("INSERT INTO info VALUES ('case', ?)", (json.dumps(asdict(case), ensure_ascii=False),))
                base.executemany("INSERT INTO items VALUES (?, ?, ?)", (_row(item) for item in items))
            put_in_place(part, path)
        except (OSError, sqlite3.Error) as error:
            part.unlink(missing_ok=True)
            raise OutputError(f"cannot write {path}: {_why(error)}") from None
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open a file that `create` made; raises `InputError` for any other file and an erased case."""
        if not path.is_file():
            raise InputError(f"{path}: no such file; `cybertriage review build` makes a queue")
        store = cls(path)
        with store._base() as base:
            marks = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
            if tuple(marks) != (_APPLICATION, _VERSION):
                raise InputError(f"{path} is no review queue of this version of cybertriage")
            if not base.execute("SELECT count(*) FROM info").fetchone()[0]:
                raise InputError(f"{path}: the case was erased")
        return store

    @property
    def case(self) -> Case:
        """What the items are of."""
        with self._base() as base:
            return Case(**json.loads(base.execute("SELECT value FROM info WHERE name='case'").fetchone()[0]))

    def items(self) -> list[Item]:
        """Every item, in the order of the queue."""
        with self._base() as base:
            return [_item(data) for (data,) in base.execute("SELECT data FROM items ORDER BY ordinal")]

    def readings(self) -> list[Reading]:
        """The last reading of each reader on each item, in the order they came in."""
        latest: dict[tuple[str, str], Reading] = {}
        for reading in self.history():
            key = (reading.uid, reading.reviewer)
            if key not in latest or reading.at > latest[key].at:
                latest[key] = reading
        return list(latest.values())

    def history(self) -> list[Reading]:
        """Every reading that was ever added."""
        with self._base() as base:
            rows = base.execute("SELECT uid, reviewer, at, outcome, label, rabat, note FROM readings ORDER BY number")
            return [
                Reading(
                    uid=uid, reviewer=reviewer, at=at, outcome=Outcome(outcome), label=label, rabat=json.loads(rabat),
                    note=note,
                )
                for uid, reviewer, at, outcome, label, rabat, note in rows
            ]  # fmt: skip

    def add(self, readings: Iterable[Reading]) -> Added:
        """Add readings of items that are here; the same reading twice is one, so a file may be taken in again."""
        known = {(r.uid, r.reviewer, r.at): r for r in self.history()}
        new, same, clash = 0, 0, []
        with self._base() as base:
            for reading in readings:
                key = (reading.uid, reading.reviewer, reading.at)
                if key not in known:
                    known[key] = reading
                    base.execute(
                        "INSERT INTO readings (uid, reviewer, at, outcome, label, rabat, note) VALUES (?,?,?,?,?,?,?)",
                        (*key, reading.outcome.value, reading.label, json.dumps(dict(reading.rabat)), reading.note),
                    )
                    new += 1
                elif known[key] == reading:
                    same += 1
                else:
                    clash.append(reading)
        return Added(new, same, tuple(clash))

    def erase(self) -> Erased:
        """Delete every item, reading and fact of the case and overwrite their place; an empty file stays."""
        with self._base() as base:
            base.execute("PRAGMA secure_delete=ON")
            counts = [base.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("items", "readings")]
            for table in ("readings", "items", "info"):
                base.execute(f"DELETE FROM {table}")
            base.commit()
            base.execute("VACUUM")
        return Erased(*counts)

    @contextmanager
    def _base(self) -> Iterator[sqlite3.Connection]:
        """The file, its changes written when the block ends well and dropped when it does not."""
        try:
            with closing(sqlite3.connect(self._path, timeout=30)) as base:
                base.execute("PRAGMA temp_store=MEMORY")
                base.execute("PRAGMA foreign_keys=ON")
                with base:
                    yield base
        except sqlite3.DatabaseError as error:
            raise InputError(f"{self._path} is no review queue, or it is damaged or locked: {_why(error)}") from None


def _row(item: Item) -> tuple[int, str, str]:
    return item.ordinal, item.uid, json.dumps(asdict(item), ensure_ascii=False)


def _item(text: str) -> Item:
    data: dict[str, Any] = json.loads(text)
    lists = {name: tuple(data[name]) for name in _LISTS}
    return Item(**{**data, **lists, "marks": tuple(Mark(**mark) for mark in data["marks"])})


def _why(error: Exception) -> str:
    # The text of an SQLite error may quote a value.
    return error.strerror or "it cannot be opened" if isinstance(error, OSError) else type(error).__name__
