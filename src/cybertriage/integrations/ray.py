"""Score a Ray data set: `map_batches` with actors, one session each.

In: a `ray.data.Dataset` with a text and an id column. Out: a lazy `ray.data.Dataset` of records.
Invariant: only a `Plan` travels; each actor loads and verifies the bundle that is installed where it runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cybertriage import DEFAULT_MODEL
from cybertriage.errors import InputError
from cybertriage.extras import need
from cybertriage.integrations.arrow import ArrowScorer, plan_of
from cybertriage.policy import Policy

if TYPE_CHECKING:
    from ray.data import Dataset

_BATCH_ROWS = 4096


def score_dataset(
    dataset: Dataset, *, text_column: str, id_column: str, model: str = DEFAULT_MODEL,
    policy: str | Path | Policy | None = None, workers: int = 2, batch_size: int = _BATCH_ROWS,
) -> Dataset:  # fmt: skip
    """Records of the rows of `dataset`, as `cybertriage score` writes them to Parquet, without the text.

    `workers` actors of one CPU each score `batch_size` rows at a time; both 1 or more. `row` is 0 in every record: the
    id is the way back. Nothing is scored until the result is used. Raises `InputError` for a column that is not there
    or a number below 1, `BundleError` and `PolicyError` as `Triage.load` does, `MissingPackageError` without Ray.
    """
    data = need("ray.data", "ray")
    for name, number in (("workers", workers), ("batch_size", batch_size)):
        if number < 1:
            raise InputError(f"{name} must be 1 or more, got {number}")
    columns = dataset.columns() or []
    plan = plan_of(model, policy, text_column=text_column, id_column=id_column, columns=columns)
    return dataset.select_columns([text_column, id_column]).map_batches(
        ArrowScorer, fn_constructor_args=(plan,), compute=data.ActorPoolStrategy(size=workers), batch_format="pyarrow",
        batch_size=batch_size, num_cpus=1,
    )  # fmt: skip
