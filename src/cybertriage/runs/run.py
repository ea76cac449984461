"""Score a file: from the command to the output, its manifest and its audit entries, resumed where a run was cut off.

In: a `Job`. Out: the output, whole or not there; beside it the manifest, and while the run goes on its part file,
checkpoint and lock.
Invariants: a run that was killed at any moment and given again ends in the same bytes as one that was not; the input is
hashed before it is read; one run at a time for one output.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path

from filelock import FileLock, Timeout

from cybertriage.audit.log import Trail
from cybertriage.errors import CybertriageError, InputError, OutputError
from cybertriage.readers.source import Message
from cybertriage.records.formats import format_named
from cybertriage.records.record import Uids
from cybertriage.records.writers import part_of, put_in_place
from cybertriage.runs.batch import AHEAD, Engine, Progress, windows
from cybertriage.runs.beside import lock_of
from cybertriage.runs.checkpoint import Checkpoint, LeftOut, checkpoint_of
from cybertriage.runs.manifest import Made, write_manifest
from cybertriage.runs.part import PartFile, sha256_of
from cybertriage.runs.plan import Plan, policy_hash
from cybertriage.runs.seen import Seen
from cybertriage.runs.workers import Body, Recipe, started

REMEMBERED = 1 << 15  # texts, about 1.2 KB each
_WORKER_GONE = (
    "a worker process ended before its work was done, perhaps for want of memory; give the same command to go on from "
    "the last checkpoint, with fewer --workers"
)


def score_file(plan: Plan, progress: Progress, *, trail: Trail | None = None) -> Made:
    """Do what was planned, from where an earlier run was cut off; `trail` is where the audit entries go."""
    with _alone(plan.job.output):
        run = _Run(plan)
        return run.complete(progress, trail.of_run(run.point.run) if trail else None)


class _Run:
    """One run; `point` is where it stands."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._job = plan, plan.job
        self._part = part_of(plan.job.output)
        self._checkpoint = checkpoint_of(plan.job.output)
        self._format = format_named(plan.job.format)
        self._asked = time.monotonic()
        if plan.checkpoint is None:
            self._checkpoint.unlink(missing_ok=True)
            self.point = Checkpoint(identity=plan.identity, run=uuid.uuid4().hex, started=_now())
        else:
            self.point = plan.checkpoint
            self.point.resumed = [*plan.checkpoint.resumed, _now()]

    def complete(self, progress: Progress, trail: Trail | None) -> Made:
        """Score, put the output in place, write the manifest and the audit entries, clean up."""
        bundle, policy = self._job.bundle.digest, policy_hash(self._job.policy)
        hashes = {"input": self._plan.input_sha256, "bundle": bundle, "policy": policy}
        if trail:
            action = "score_resume" if self._plan.checkpoint else "score_begin"
            trail.log.append(action, trail.stated, hashes=hashes, counts={"rows_done": self.point.summary.rows})
        if not self.point.output_sha256:
            self._score(progress)
        self._put_output_in_place()
        made = self._made()
        manifest = write_manifest(made)
        if trail:
            hashes |= {"output": made.output_sha256, "manifest": sha256_of(manifest)}
            trail.log.append_once("score", trail.stated, hashes=hashes, counts=_counts(made))
        self._checkpoint.unlink(missing_ok=True)
        return made

    def _score(self, progress: Progress) -> None:
        try:
            with PartFile(self._part, keep=self.point.part_bytes, sha256=self.point.sha256) as part:
                if not self.point.part_bytes:
                    part.write(self._format.header())
                self._score_into(part, progress)
                part.sync()
                self.point.part_bytes, self.point.sha256, self.point.memory = part.bytes, part.sha256, ()
            if self._plan.input_changed():
                name = self._job.source.path.name
                raise InputError(f"{name} was changed while it was read; give --restart to score it from the start")
        except BaseException as error:
            if not self._checkpoint.exists():
                self._part.unlink(missing_ok=True)
            if isinstance(error, BrokenExecutor):
                raise CybertriageError(_WORKER_GONE) from None
            raise

    def _score_into(self, part: PartFile, progress: Progress) -> None:
        job, point = self._job, self.point
        messages = _Counting(itertools.islice(job.source.rows(), job.limit))
        ahead = windows(itertools.islice(messages, point.summary.rows, None))
        first = list(itertools.islice(ahead, 2))
        # What fits into one window is done before a process has begun.
        processes = job.workers > 1 and len(first) > 1
        with started(Recipe.of(job.bundle, job.policy, job.format), job.workers, processes=processes) as submit:
            engine = Engine(
                submit=submit, format=self._format, uids=Uids(self._plan.input_sha256), model=job.bundle.id, part=part,
                summary=point.summary, seen=Seen(REMEMBERED, point.memory), ahead=max(AHEAD, job.workers),
                due=self._due, save=lambda memory: self._save(part, memory),
            )  # fmt: skip
            engine.run(itertools.chain(first, ahead), progress)
        skips = job.source.skips
        point.rows_in = messages.count
        listed = [(item.position, item.reason) for item in skips.listed]
        point.skipped = LeftOut(dict(skips.counts), listed, dict(skips.notes))

    def _due(self) -> bool:
        now = time.monotonic()
        if now - self._asked < self._job.checkpoint_seconds:
            return False
        self._asked = now
        return True

    def _save(self, part: PartFile, memory: list[tuple[bytes, Body]]) -> None:
        part.sync()
        self.point.part_bytes, self.point.sha256, self.point.memory = part.bytes, part.sha256, memory
        self.point.save(self._checkpoint)
        self.point.memory = ()

    def _put_output_in_place(self) -> None:
        point, output = self.point, self._job.output
        if point.output_sha256 and output.is_file() and sha256_of(output) == point.output_sha256:
            return  # killed between this step and the end
        if not self._part.is_file():
            raise InputError(f"{self._part.name} is gone; give --restart to score from the start")
        whole = self._format.complete(self._part)
        digest = sha256_of(whole)
        if point.output_sha256 not in ("", digest):
            raise InputError(f"{self._part.name} was changed; give --restart to score from the start")
        point.output_sha256 = digest
        point.save(self._checkpoint)
        put_in_place(whole, output)

    def _made(self) -> Made:
        job, point = self._job, self.point
        stamps = {"run": point.run, "started": point.started, "resumed": list(point.resumed), "finished": _now()}
        return Made(
            source=job.source, input_sha256=self._plan.input_sha256, input_bytes=self._plan.input_stat.st_size,
            limit=job.limit, rows_in=point.rows_in, bundle=job.bundle, policy_name=job.policy.name,
            policy_sha256=policy_hash(job.policy), output=job.output, output_format=job.format,
            output_sha256=point.output_sha256, summary=point.summary, skipped=point.skipped, timestamps=stamps,
        )  # fmt: skip


class _Counting:
    """Passes messages on and counts them."""

    def __init__(self, messages: Iterator[Message]) -> None:
        self._messages, self.count = messages, 0

    def __iter__(self) -> Iterator[Message]:
        for message in self._messages:
            self.count += 1
            yield message


@contextlib.contextmanager
def _alone(output: Path) -> Iterator[None]:
    """Keep every other run from this output."""
    if not output.parent.is_dir():  # the lock would make it
        raise OutputError(f"cannot write {output}: the folder {output.parent} does not exist")
    path = lock_of(output)
    lock = FileLock(path, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise OutputError(f"another run is writing {output}; wait for its end, or name another output") from None
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
        lock.release()


def _counts(made: Made) -> dict[str, int]:
    summary, skipped = made.summary, made.skipped.by_reason
    counts = {"rows": summary.rows, "errors": summary.errors, "skipped": sum(skipped.values())}
    return counts | dict(sorted(summary.decisions.items()))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
