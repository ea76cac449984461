"""What is asked for, what it would be done on, and what an earlier run left of it.

In: a `Job`. Out: a `Plan`: the input's hash, about how many rows it has, and the checkpoint to go on from.
Invariants: nothing is written; the input is hashed before it is read; what an earlier run left of anything else is
refused.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cybertriage.models.bundle import Bundle
from cybertriage.policy import Policy
from cybertriage.readers.source import Source
from cybertriage.runs.batch import problem_of
from cybertriage.runs.checkpoint import Checkpoint, checkpoint_of
from cybertriage.runs.manifest import software

_BLOCK = 1 << 20
_LINES = ("csv", "tsv", "jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is asked for. `limit` rows are scored, all by default; `workers` is how many chunks are scored at once.

    `checkpoint_seconds`: how often a checkpoint is made; a kill loses that much work and the window in hand.
    `restart`: throw away what an earlier run left.
    """

    source: Source
    output: Path
    format: str
    bundle: Bundle
    policy: Policy
    workers: int = 1
    limit: int | None = None
    restart: bool = False
    checkpoint_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A job whose input is hashed. `rows` is about how many there are, None where that is not known cheaply."""

    job: Job
    input_sha256: str
    input_stat: os.stat_result = field(repr=False)
    rows: int | None
    identity: Mapping[str, str]
    checkpoint: Checkpoint | None = field(repr=False)

    def input_changed(self) -> bool:
        """Whether the input is another file than when it was hashed, by its size and time."""
        now, before = self.job.source.path.stat(), self.input_stat
        return (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns)

    @property
    def done(self) -> int:
        """Rows that an earlier run has written."""
        return self.checkpoint.summary.rows if self.checkpoint else 0


def plan_run(job: Job) -> Plan:
    """Hash the input and find what an earlier run left; writes nothing.

    Raises `InputError` where it is of another input, model, policy or options.
    """
    path = job.source.path
    before = path.stat()
    digest, lines = _hash_and_lines(path)
    identity = _identity(job, digest)
    checkpoint = None if job.restart else Checkpoint.load(checkpoint_of(job.output))
    if checkpoint is not None:
        checkpoint.check(identity, checkpoint_of(job.output))
    rows = _rows(job.source, lines)
    if rows is not None and job.limit is not None:
        rows = min(rows, job.limit)
    return Plan(job=job, input_sha256=digest, input_stat=before, rows=rows, identity=identity, checkpoint=checkpoint)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a run would read: rows, row errors by reason, what gives no row by reason."""

    rows: int
    problems: Mapping[str, int]
    skipped: Mapping[str, int]


def count_rows(job: Job) -> Counted:
    """Read the input without scoring it; writes nothing."""
    rows, problems = 0, Counter[str]()
    for message in itertools.islice(job.source.rows(), job.limit):
        rows += 1
        problem = problem_of(message)
        if problem is not None:
            problems[problem] += 1
    return Counted(rows, problems, job.source.skips.counts)


def _hash_and_lines(path: Path) -> tuple[str, int]:
    """sha256 of a file and how many ends of line it has."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            lines += block.count(b"\n")
    return digest.hexdigest(), lines


def _rows(source: Source, lines: int) -> int | None:
    if source.format == "parquet":
        import pyarrow.parquet as pq

        return int(pq.read_metadata(source.path).num_rows)
    if source.format not in _LINES:
        return None
    return max(0, lines - (source.format != "jsonl"))


def _identity(job: Job, input_sha256: str) -> dict[str, str]:
    source = job.source
    return {
        "input": input_sha256, "input format": source.format, "encoding": source.encoding,
        "text column": repr(source.text_column), "id column": repr(source.id_column), "limit": repr(job.limit),
        "model": job.bundle.digest, "policy": policy_hash(job.policy), "output format": job.format,
        "software version": " ".join(f"{name} {version}" for name, version in software().items()),
    }  # fmt: skip


def policy_hash(policy: Policy) -> str:
    """sha256 of a policy as TOML, in hex."""
    return hashlib.sha256(policy.to_toml().encode("utf-8")).hexdigest()
