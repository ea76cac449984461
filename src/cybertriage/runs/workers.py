"""Score chunks of texts in worker threads or worker processes, each process with a session of its own.

In: a `Recipe` and chunks of texts. Out: a future of the encoded records' bodies for each chunk.
Invariants: a chunk gives the same bytes whoever scores it; nothing but lists of strings goes between processes, and a
worker never outlives the process that began it.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cybertriage.errors import BundleError
from cybertriage.models.bundle import Bundle, load_bundle
from cybertriage.policy import Policy
from cybertriage.records.formats import Format, format_named
from cybertriage.records.record import body
from cybertriage.triage import Triage


class Body(NamedTuple):
    """What equal texts share of their records: the encoded fields, and what a summary counts."""

    encoded: str
    decision: str
    labels: tuple[str, ...]
    form: str
    error: str | None = None


Submit = Callable[[Sequence[str]], "Future[list[Body]]"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a worker needs to score as every other: where the bundle is and its digest, a policy, an output format."""

    folder: Path
    digest: str
    policy: str = field(repr=False)  # TOML
    format: str

    @classmethod
    def of(cls, bundle: Bundle, policy: Policy, format: str) -> Recipe:
        """The recipe for a bundle that was loaded and verified."""
        return cls(bundle.folder.resolve(), bundle.digest, policy.to_toml(), format)


class Scorer:
    """A loaded model and policy that gives encoded bodies. Safe to share by threads."""

    def __init__(self, recipe: Recipe) -> None:
        bundle = load_bundle(recipe.folder)
        if bundle.digest != recipe.digest:
            raise BundleError(f"{bundle.name}: the bundle was changed while it was in use; run again")
        self._triage = Triage(bundle, Policy.parse(recipe.policy), threads=1)
        self._format = format_named(recipe.format)

    def __call__(self, texts: Sequence[str]) -> list[Body]:
        """The body of each text."""
        return [encoded(body(verdict), self._format) for verdict in self._triage.run(texts)]


def encoded(fields: Mapping[str, Any], format: Format) -> Body:
    """The body of a record's `BODY_FIELDS`."""
    form = fields["language"]["form"]
    return Body(format.body(fields), fields["decision"], tuple(fields["labels"]), form, fields["error"])


@contextmanager
def started(recipe: Recipe, workers: int, *, processes: bool) -> Iterator[Submit]:
    """Workers that take chunks of texts; they end with the block, without finishing what nobody waits for."""
    pool: Executor
    work: Callable[[Sequence[str]], list[Body]]
    if processes:
        context = multiprocessing.get_context("spawn")  # a fork would copy the locks of running threads
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)
        work = functools.partial(_in_process, recipe)
    else:
        pool, work = ThreadPoolExecutor(workers), Scorer(recipe)
    try:
        yield lambda texts: pool.submit(work, texts)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.lru_cache(maxsize=1)
def _scorer(recipe: Recipe) -> Scorer:
    return Scorer(recipe)


def _in_process(recipe: Recipe, texts: Sequence[str]) -> list[Body]:
    return _scorer(recipe)(texts)


def _begin() -> None:
    """Leave Ctrl-C to the parent, and end when the parent is killed: nobody else would end this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
