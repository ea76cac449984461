"""Score a Spark data frame: `mapInArrow`, one session a Python worker.

In: a `pyspark.sql.DataFrame` with a text and an id column. Out: a lazy data frame of records.
Invariant: only a `Plan` travels; each worker loads and verifies the bundle that is installed where it runs, once,
and keeps it for the partitions that follow.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cybertriage import DEFAULT_MODEL
from cybertriage.extras import need
from cybertriage.integrations.arrow import Plan, plan_of, schema, scorer_of
from cybertriage.policy import Policy

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame


def score_dataframe(
    frame: DataFrame, *, text_column: str, id_column: str, model: str = DEFAULT_MODEL,
    policy: str | Path | Policy | None = None,
) -> DataFrame:  # fmt: skip
    """Records of the rows of `frame`, as `cybertriage score` writes them to Parquet, without the text.

    `row` is 0 in every record: the id is the way back. Nothing is scored until the result is used; how many workers
    score is Spark's setting. Raises `InputError` for a column that is not there, `BundleError` and `PolicyError` as
    `Triage.load` does, `MissingPackageError` without Spark.
    """
    types = need("pyspark.sql.pandas.types", "spark")
    plan = plan_of(model, policy, text_column=text_column, id_column=id_column, columns=frame.columns)
    # In backticks, as a full stop in a name would be taken for a field of a struct.
    chosen = frame.select(*(f"`{name.replace('`', '``')}`" for name in (text_column, id_column)))
    return chosen.mapInArrow(functools.partial(_scored, plan), types.from_arrow_schema(schema()))


def _scored(plan: Plan, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    score = scorer_of(plan)
    for batch in batches:
        yield from score(batch).to_batches()
