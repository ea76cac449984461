"""How far a run has come, so that the same command goes on from there.

In: what the run is of (input, model, policy, options) and where it stands. Out: a file beside the output, and back.
Invariants: it is whole or not there, and refused where a byte of it was changed; a run of anything else is refused,
naming what differs; it holds no message text (digests of the texts seen last stand for them) and is gone when the
output is complete.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cybertriage.errors import InputError
from cybertriage.records.writers import write_lines
from cybertriage.runs.batch import Summary
from cybertriage.runs.workers import Body

SCHEMA = 2
_SEAL = "sha256 "


def checkpoint_of(output: Path) -> Path:
    """Where the checkpoint of an output is."""
    return output.with_name(output.name + ".checkpoint")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What of an input gave no row: counted by reason, the first also listed by position and reason.

    `read_as`: how many rows were read otherwise than the rest of the file, by how.
    """

    by_reason: Mapping[str, int] = field(default_factory=dict)
    listed: Sequence[tuple[str, str]] = ()
    read_as: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Checkpoint:
    """Where a run stands: `part_bytes` of the part file, with `sha256`, hold the records counted by `summary`.

    `identity`: what the run is of, by name. `started` and `resumed`: times in ISO 8601. `output_sha256`, `rows_in`
    and `skipped` are set when all rows are written. `memory`: bodies of the texts seen last by digest, oldest first.
    """

    identity: Mapping[str, str]
    run: str
    started: str
    resumed: Sequence[str] = ()
    part_bytes: int = 0
    sha256: str = ""
    summary: Summary = field(default_factory=Summary)
    output_sha256: str = ""
    rows_in: int = 0
    skipped: LeftOut = field(default_factory=LeftOut)
    memory: Sequence[tuple[bytes, Body]] = field(default=(), repr=False)

    def save(self, path: Path) -> None:
        """Write it so that it is whole or not there; raises `OutputError`."""
        state = {
            "schema": SCHEMA, "identity": dict(self.identity), "run": self.run, "started": self.started,
            "resumed": list(self.resumed), "part_bytes": self.part_bytes, "sha256": self.sha256,
            "summary": self.summary.to_json(), "output_sha256": self.output_sha256, "rows_in": self.rows_in,
            "skipped": asdict(self.skipped), "memory": len(self.memory),
        }  # fmt: skip
        texts = (_line([key.hex(), *body]) for key, body in self.memory)
        write_lines(path, _sealed(itertools.chain([_line(state)], texts)))

    @classmethod
    def load(cls, path: Path) -> Checkpoint | None:
        """What was saved, None where nothing is; raises `InputError` for a file that is no checkpoint."""
        try:
            with path.open(encoding="utf-8") as stream:
                kept = _unsealed(stream, path)
                state = json.loads(next(kept, ""))
                memory = list(_memory(kept))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError) as error:
            raise _useless(path) from error
        return cls._read(path, state, memory)

    @classmethod
    def _read(cls, path: Path, state: Any, memory: list[tuple[bytes, Body]]) -> Checkpoint:  # noqa: ANN401  (JSON)
        try:
            if state.pop("schema") != SCHEMA or state.pop("memory") != len(memory):
                raise _useless(path)
            left_out = LeftOut(**state.pop("skipped"))
            summary = Summary.from_json(state.pop("summary"))
            return cls(**state, summary=summary, skipped=left_out, memory=memory)
        except (AttributeError, KeyError, TypeError) as error:
            raise _useless(path) from error

    def check(self, identity: Mapping[str, str], path: Path) -> None:
        """Raise `InputError` naming what differs where this is not of a run of `identity`."""
        names = [*identity, *(name for name in self.identity if name not in identity)]
        other = [name for name in names if identity.get(name) != self.identity.get(name)]
        if other:
            raise InputError(
                f"{path.name} is of a run with another {', another '.join(other)}; give the same command to go on "
                "from there, or --restart to throw that run away and score from the start"
            )


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"


def _sealed(lines: Iterable[str]) -> Iterator[str]:
    """Lines, and behind them one with the sha256 of them all: counts, hashes and memory are changed together or not."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode("utf-8"))
        yield line
    yield f"{_SEAL}{digest.hexdigest()}\n"


def _unsealed(lines: Iterable[str], path: Path) -> Iterator[str]:
    """The lines before the seal; raises `InputError` where it is missing, or not of these lines."""
    digest, held = hashlib.sha256(), None
    for line in lines:
        if held is not None:
            digest.update(held.encode("utf-8"))
            yield held
        held = line
    if held != f"{_SEAL}{digest.hexdigest()}\n":
        raise InputError(f"{path.name} was changed since it was written; give --restart to score from the start")


def _memory(lines: Iterator[str]) -> Iterator[tuple[bytes, Body]]:
    for line in lines:
        key, encoded, decision, labels, form, error = json.loads(line)
        yield bytes.fromhex(key), Body(encoded, decision, tuple(labels), form, error)


def _useless(path: Path) -> InputError:
    return InputError(f"{path.name} is no checkpoint of this version; give --restart to score from the start")
