"""Ray Data and Spark in local mode with two workers: the very records that one process gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cybertriage import BundleError, InputError, Triage
from cybertriage.integrations.arrow import ArrowScorer, Plan, plan_of, schema
from cybertriage.records.formats import Parquet
from cybertriage.records.record import body

TEXTS: list[str | None] = [
    "Қайырлы таң, кеше келдің бе?", "Банктен звондадық, SMS-код айтыңыз тез", None, "", "👍", "Апа, кешке нан ала кел",
    "Это служба безопасности банка, назовите код из SMS",
] * 6  # fmt: skip
IDS = [f"m{at}" for at in range(len(TEXTS))]


def plan(columns: tuple[str, ...] = ("text", "id"), **options: object) -> Plan:
    settled = {"text_column": "text", "id_column": "id", "columns": columns} | options
    return plan_of("fast", None, **settled)  # type: ignore[arg-type]


def table(texts: list[str | None] = TEXTS) -> pa.Table:
    return pa.table({"text": pa.array(texts, pa.string()), "id": IDS[: len(texts)], "other": [1] * len(texts)})


def encoded(fields: dict[str, object]) -> str:
    """The fields that belong to the text, as bytes; Spark's maps come in an order of their own."""
    return Parquet().body({**fields, "scores": dict(sorted(dict(fields["scores"]).items()))})  # type: ignore[call-overload]


def wanted(triage: Triage) -> dict[str, str]:
    return {key: encoded(body(triage.run([text])[0])) for key, text in zip(IDS, TEXTS, strict=True) if text is not None}


def check(records: list[dict[str, object]], triage: Triage) -> None:
    found = {str(record["id"]): encoded(record) for record in records}
    assert sorted(found) == sorted(IDS)
    expected = wanted(triage)
    assert {key: found[key] for key in expected} == expected
    errors = {str(r["id"]): r["error"] for r in records if r["error"]}
    assert errors == {key: "no text in this row" for key, text in zip(IDS, TEXTS, strict=True) if text is None}
    assert len({r["uid"] for r in records}) == len(records)


def test_a_batch_gives_the_records_of_triage_run(triage: Triage) -> None:
    scored = ArrowScorer(plan())(table())
    assert scored.schema == schema()
    assert scored.column("id").to_pylist() == IDS
    check(scored.to_pylist(), triage)


def test_how_rows_are_cut_into_batches_changes_nothing() -> None:
    score, rows = ArrowScorer(plan()), table()
    whole = score(rows).to_pylist()
    assert [r for at in range(0, rows.num_rows, 5) for r in score(rows.slice(at, 5)).to_pylist()] == whole
    assert [r for batch in rows.to_batches() for r in score(batch).to_pylist()] == whole


def test_no_rows_give_no_rows_of_the_same_schema() -> None:
    assert ArrowScorer(plan())(table([])).schema == schema()


def test_the_columns_are_those_of_the_parquet_writer(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from cybertriage.cli import main

    (tmp_path / "in.csv").write_text("id,text\n1,сәлем қалайсың\n", encoding="utf-8")
    CliRunner().invoke(main, ["score", f"{tmp_path}/in.csv", "-o", f"{tmp_path}/o.parquet", "--model", "fast"])
    assert pq.read_schema(tmp_path / "o.parquet").equals(schema())


@pytest.mark.parametrize(
    ("options", "named"),
    [({"text_column": "body"}, "text, id"), ({"id_column": "key"}, "text, id"), ({"id_column": "text"}, "both")],
)
def test_a_wrong_column_is_told_before_any_worker_starts(options: dict[str, str], named: str) -> None:
    with pytest.raises(InputError, match=named):
        plan(**options)


def test_a_worker_with_another_bundle_refuses() -> None:
    good = plan()
    with pytest.raises(BundleError, match="another bundle"):
        ArrowScorer(Plan(good.model, "0" * 64, good.policy, "text", "id"))


def test_ray_with_two_actors(tmp_path: Path, triage: Triage) -> None:
    pytest.importorskip("ray.data")
    check(in_a_process("ray", tmp_path), triage)


def test_spark_with_two_workers(tmp_path: Path, triage: Triage) -> None:
    pytest.importorskip("pyspark")
    check(in_a_process("spark", tmp_path), triage)


# In processes of their own: both start servers on this machine, which the tests' ban on sockets would stop.
SCRIPTS = {
    "ray": """
import ray, ray.data
from cybertriage.integrations.ray import score_dataset
ray.init(num_cpus=2, include_dashboard=False, configure_logging=False, log_to_driver=False)
ray.data.DataContext.get_current().enable_progress_bars = False
data = ray.data.from_arrow([rows.slice(at, 6) for at in range(0, rows.num_rows, 6)])
scored = score_dataset(data, text_column="text", id_column="id", model="fast", workers=2, batch_size=5)
records = scored.take_all()
ray.shutdown()
""",
    "spark": """
from pyspark.sql import SparkSession
from cybertriage.integrations.spark import score_dataframe
spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate())
frame = spark.createDataFrame(list(zip(rows["text"].to_pylist(), rows["id"].to_pylist())), "text string, id string")
scored = score_dataframe(frame.repartition(2), text_column="text", id_column="id", model="fast")
records = [row.asDict(recursive=True) for row in scored.collect()]
spark.stop()
""",
}


def in_a_process(which: str, folder: Path) -> list[dict[str, object]]:
    pq.write_table(table(), folder / "in.parquet")
    script = (
        "import json, sys\nimport pyarrow.parquet as pq\n"
        f"rows = pq.read_table(sys.argv[1])\n{SCRIPTS[which]}\n"
        "json.dump(records, open(sys.argv[2], 'w'), default=str)\n"
    )
    out = folder / "out.json"
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "RAY_USAGE_STATS_ENABLED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder / "in.parquet"), str(out)],
        capture_output=True, text=True, env=environment, timeout=900, check=False,
    )  # fmt: skip
    if "timed out during startup" in done.stderr:
        pytest.skip("this machine is too busy: Ray gives its servers 30 seconds to start")
    assert done.returncode == 0, done.stderr[-3000:]
    records: list[dict[str, object]] = json.loads(out.read_text(encoding="utf-8"))
    return records
