"""Score Arrow batches in a worker: what Ray Data and Spark share.

In: Arrow batches with a text column and an id column. Out: Arrow batches of records, the columns and bytes that
`cybertriage score` writes as Parquet.
Invariants: a plan is plain data and may be sent anywhere, a scorer never is: each worker process makes its own, once;
every row in has one row out, in order; the text does not come out again.
A data set that many machines hold has no row numbers: `row` is 0, the id is the way back, and `uid` is of id and text.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cybertriage.errors import BundleError, InputError
from cybertriage.models.bundle import load_bundle
from cybertriage.policy import Policy
from cybertriage.readers.source import Message, message
from cybertriage.records.formats import Head, Parquet
from cybertriage.records.record import Uids, error_body
from cybertriage.runs.batch import problem_of
from cybertriage.runs.workers import Recipe, Scorer

if TYPE_CHECKING:
    import pyarrow as pa

_NO_SOURCE = "0" * 64


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker has to know: which bundle (name or path, and its digest), policy (TOML) and columns."""

    model: str
    digest: str
    policy: str = field(repr=False)
    text_column: str
    id_column: str


def plan_of(
    model: str, policy: str | Path | Policy | None, *, text_column: str, id_column: str, columns: Sequence[str]
) -> Plan:
    """Load and verify once, here, so that a wrong name or column is told before any worker starts.

    Raises `InputError` for a column that is not among `columns`, `BundleError` and `PolicyError` as `Triage.load` does.
    """
    for column in (text_column, id_column):
        if column not in columns:
            raise InputError(f"there is no column {column!r}; the columns are: {', '.join(columns)}")
    if text_column == id_column:
        raise InputError(f"the text and the id are both {text_column!r}; name a column of ids")
    bundle = load_bundle(model)
    if policy is None:
        policy = Policy.parse(bundle.policy)
    elif not isinstance(policy, Policy):
        policy = Policy.load(policy)
    return Plan(model, bundle.digest, policy.to_toml(), text_column, id_column)


def schema() -> pa.Schema:
    """The schema of records."""
    return _table([Head(0, "", "", "")], [Parquet().body(error_body("", ""))]).schema


class ArrowScorer:
    """A loaded model that scores Arrow batches. Never pickled: the session inside refuses."""

    def __init__(self, plan: Plan) -> None:
        bundle = load_bundle(plan.model)
        if bundle.digest != plan.digest:
            raise BundleError(
                f"{plan.model}: this worker has another bundle of that name; install the same cybertriage everywhere"
            )
        self._plan, self._model, self._format = plan, bundle.id, Parquet()
        self._score = Scorer(Recipe.of(bundle, Policy.parse(plan.policy), "parquet"))
        self._uids = Uids(_NO_SOURCE)

    def __call__(self, batch: pa.Table | pa.RecordBatch) -> pa.Table:
        """Records of the rows of a batch, in order."""
        texts, ids = (batch.column(name).to_pylist() for name in (self._plan.text_column, self._plan.id_column))
        messages = [message(0, text, f"id {key}", key=key) for text, key in zip(texts, ids, strict=True)]
        if not messages:
            return schema().empty_table()
        heads = [Head(0, m.id, self._uids(m), m.position) for m in messages]
        return _table(heads, self._bodies(messages))

    def _bodies(self, messages: Sequence[Message]) -> list[str]:
        """Encoded fields of each message; equal texts are scored once."""
        problems = [problem_of(m) for m in messages]
        known = dict.fromkeys(m.text or "" for m, problem in zip(messages, problems, strict=True) if problem is None)
        scored = dict(zip(known, self._score(list(known)), strict=True))
        return [
            self._format.body(error_body(problem, self._model)) if problem else scored[m.text or ""].encoded
            for m, problem in zip(messages, problems, strict=True)
        ]


@functools.lru_cache(maxsize=1)
def scorer_of(plan: Plan) -> ArrowScorer:
    """The scorer of this process, made when it is first asked for."""
    return ArrowScorer(plan)


def _table(heads: Sequence[Head], bodies: Sequence[str]) -> Any:  # noqa: ANN401  (a pyarrow table)
    import pyarrow as pa

    with pa.ipc.open_stream(Parquet().rows(heads, bodies)) as reader:
        return reader.read_all()
