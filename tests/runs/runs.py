"""Runs for tests: a source made on the spot, and scoring whose answers tell how texts were put into chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from cybertriage.audit.log import Trail
from cybertriage.models.bundle import load_bundle
from cybertriage.policy import Policy
from cybertriage.readers.source import Message, Skips, Source
from cybertriage.records.formats import format_named
from cybertriage.records.record import body
from cybertriage.runs.manifest import Made
from cybertriage.runs.plan import Job, plan_run
from cybertriage.runs.run import score_file
from cybertriage.runs.workers import Body, Recipe, encoded
from cybertriage.types import Decision, Language, LanguageForm, Verdict

BUNDLE = load_bundle("fast")
POLICY = Policy.parse(BUNDLE.policy)


class Quiet:
    """Progress that nobody looks at, or that fails after some rows."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.rows, self._fail_after = 0, fail_after

    def update(self, n: int) -> None:
        self.rows += n
        if self._fail_after is not None and self.rows >= self._fail_after:
            raise KilledError


class KilledError(BaseException):
    """As sudden as a kill, seen from inside."""


def source_of(path: Path, texts: Sequence[str | None]) -> Source:
    """A source of these texts, None being a row that cannot be read; `path` is made to hold something to hash."""
    path.write_text("\n".join(repr(text) for text in texts), encoding="utf-8")

    def read(skips: Skips) -> Iterator[Message]:
        for row, text in enumerate(texts, 1):
            if row % 5 == 0:
                skips.add(f"line {2 * row}", "no text in this item")
            yield Message(row, f"m{row}", text, None if text is not None else "broken row", f"line {2 * row - 1}")

    return Source(path, "jsonl", "utf-8", "text", "id", read)


def job_of(source: Source, output: Path, **options: object) -> Job:
    """A job for the fast model; a checkpoint after every window unless told otherwise."""
    settled = {
        "source": source, "output": output, "format": output.suffix[1:], "bundle": BUNDLE, "policy": POLICY,
        "checkpoint_seconds": 0.0,
    } | options  # fmt: skip
    return Job(**settled)  # type: ignore[arg-type]


def scored(job: Job, progress: Quiet | None = None, trail: Trail | None = None) -> Made:
    """Plan and do."""
    return score_file(plan_run(job), progress or Quiet(), trail=trail)


@contextmanager
def telltale(
    recipe: Recipe, workers: int, *, processes: bool
) -> Iterator[Callable[[Sequence[str]], Future[list[Body]]]]:
    """Stands for `started`: the score of a text depends on its whole chunk, so other chunks give other bytes."""
    format = format_named(recipe.format)

    def submit(texts: Sequence[str]) -> Future[list[Body]]:
        chunk = hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).digest()
        future: Future[list[Body]] = Future()
        future.set_result([encoded(body(_verdict(chunk[at % 32] / 256)), format) for at in range(len(texts))])
        return future

    yield submit


def _verdict(score: float) -> Verdict:
    language = Language(LanguageForm.KK, 1.0, 0.0)
    decision = Decision.REVIEW if score > 0.5 else Decision.CLEAR
    labels = ("fraud",) if score > 0.5 else ()
    return Verdict(decision, 0, labels, {"fraud": score, "radical": 0.0}, (), language, (), BUNDLE.id)
