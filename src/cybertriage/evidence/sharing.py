"""What every export of indicators carries: who made it, when, and how far it may go.

In: a producer's name, a time, a TLP level. Out: `Sharing`, and ids that stay the same from export to export.
Invariant: an id depends on the producer, the kind and the value alone (RFC 9562, UUID version 5).
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from enum import StrEnum

from cybertriage.errors import InputError

_NAMESPACE = uuid.UUID("7c1d5b0e-6c5e-4b0a-9b57-2f6e8b1d4a90")
_LONGEST_NAME = 200


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0 (FIRST): how far the reader may pass it on."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who shares, when (with a time zone), and how far it may go."""

    producer: str
    at: datetime.datetime
    tlp: Tlp = Tlp.AMBER

    def __post_init__(self) -> None:
        if not self.producer.strip() or len(self.producer) > _LONGEST_NAME or not self.producer.isprintable():
            raise InputError(f"the producer must be one line of 1 to {_LONGEST_NAME} characters; give --producer")
        if self.at.tzinfo is None:
            raise InputError("the time of an export needs its zone")

    def id(self, *names: str) -> str:
        """The UUID of what these names stand for, for this producer."""
        return str(uuid.uuid5(_NAMESPACE, "\0".join((self.producer, *names))))

    @property
    def time(self) -> str:
        """UTC, as STIX writes it."""
        return self.at.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
