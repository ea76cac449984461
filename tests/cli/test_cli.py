from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from cybertriage.cli import main
from cybertriage.models.bundle import load_bundle
from cybertriage.records.record import FIELDS

ROWS = ["Қайырлы таң, кеше келдің бе?", "Банктен звондадық, SMS-код айтыңыз тез", "👍", "=1+1 формула емес"]


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["id", "text"], *([f"m{i}", text] for i, text in enumerate(ROWS))])
    return path


@pytest.mark.parametrize("ending", ["jsonl", "csv", "tsv", "parquet"])
def test_every_row_comes_out_in_every_format(table: Path, ending: str) -> None:
    output = table.with_name(f"out.{ending}")
    result = run("score", table, "-o", output)
    assert result.exit_code == 0, result.stderr
    if ending == "jsonl":
        rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
        assert all({"fraud", "radical"} <= set(row["scores"]) for row in rows)
    elif ending == "parquet":
        rows = pq.read_table(output).to_pylist()
    else:
        with output.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t" if ending == "tsv" else ","))
    assert [row["id"] for row in rows] == ["m0", "m1", "m2", "m3"]
    assert all(list(row) == list(FIELDS) for row in rows)
    assert "4 rows" in result.stderr
    assert "decisions:" in result.stderr
    assert "human decides" in result.stderr


def test_row_errors_are_kept_counted_and_told_by_the_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "сәлем, қалайсың"}\nbroken\n{"text": "ертең кездесейік"}\n', encoding="utf-8")
    result = run("score", path, "-o", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert result.exit_code == 3
    assert "row errors: 1" in result.stderr
    assert [row["error"] is None for row in rows] == [True, False, True]
    assert rows[1]["decision"] == "abstain"


def test_an_empty_file_gives_a_valid_empty_output(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"")
    result = run("score", tmp_path / "in.csv", "-o", tmp_path / "out.csv")
    assert result.exit_code == 3
    assert "nothing was read" in result.stderr
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").strip() == ",".join(FIELDS)


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["{in}", "-o", "{dir}/o.docx"], "csv, tsv, jsonl, parquet"),
        (["{dir}/none.csv", "-o", "{dir}/o.csv"], "no such file"),
        (["{in}", "-o", "{dir}/o.csv", "--text-column", "body"], "id, text"),
        (["{in}", "-o", "{dir}/o.csv", "--model", "nope"], "nope"),
        (["{in}", "-o", "{dir}/no/o.csv"], "does not exist"),
        (["{in}", "-o", "{in}"], "input file"),
        (["{in}", "-o", "{dir}/o.csv", "--policy", "{dir}/p.toml"], r"p.toml"),
    ],
)
def test_usage_errors_name_the_fix_and_write_nothing(table: Path, args: list[str], named: str) -> None:
    filled = [a.replace("{in}", str(table)).replace("{dir}", str(table.parent)) for a in args]
    before = sorted(table.parent.iterdir())
    result = run("score", *filled)
    assert result.exit_code == 2
    assert named in result.stderr
    assert sorted(table.parent.iterdir()) == before


def test_another_policy_without_scoring_again(table: Path, tmp_path: Path) -> None:
    run("score", table, "-o", tmp_path / "out.jsonl")
    strict = load_bundle("fast").policy
    for line in strict.splitlines():
        if line.startswith(("review", "clear")):
            strict = strict.replace(line, line.split("=")[0] + "= 0.0", 1)
    (tmp_path / "all.toml").write_text(strict, encoding="utf-8")
    result = run("decide", tmp_path / "out.jsonl", "-o", tmp_path / "new.jsonl", "--policy", tmp_path / "all.toml")
    old, new = (
        [json.loads(line) for line in (tmp_path / name).read_text(encoding="utf-8").splitlines()]
        for name in ("out.jsonl", "new.jsonl")
    )
    assert result.exit_code == 0
    assert [row["scores"] for row in new] == [row["scores"] for row in old]
    assert [row["decision"] for row in new] == ["review", "review", "abstain", "review"]


def test_the_same_policy_gives_the_same_records(table: Path, tmp_path: Path) -> None:
    run("score", table, "-o", tmp_path / "out.jsonl")
    (tmp_path / "same.toml").write_text(load_bundle("fast").policy, encoding="utf-8")
    run("decide", tmp_path / "out.jsonl", "-o", tmp_path / "new.jsonl", "--policy", tmp_path / "same.toml")
    assert (tmp_path / "new.jsonl").read_bytes() == (tmp_path / "out.jsonl").read_bytes()


def test_decide_refuses_what_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    (tmp_path / "p.toml").write_text(load_bundle("fast").policy, encoding="utf-8")
    result = run("decide", tmp_path / "x.jsonl", "-o", tmp_path / "o.jsonl", "--policy", tmp_path / "p.toml")
    assert result.exit_code == 2
    assert "row 1" in result.stderr


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_explain_shows_evidence_and_the_notice(language: str) -> None:
    result = run(
        "explain", "Банктің қауіпсіздік қызметінен, SMS-код айтыңыз, шотыңыз бұғатталады", "--language", language
    )
    assert result.exit_code == 0
    assert "decision" in result.stdout
    assert "for " in result.stdout
    assert result.stdout.strip().endswith(".")


def test_verify_says_which_bundle() -> None:
    assert "cascade@" in run("verify").stdout
    assert run("verify", "none").exit_code == 2


@pytest.mark.parametrize("ending", ["jsonl", "csv", "tsv", "parquet"])
def test_decide_and_capacity_read_what_score_wrote(table: Path, tmp_path: Path, ending: str) -> None:
    (tmp_path / "same.toml").write_text(load_bundle("fast").policy, encoding="utf-8")
    run("score", table, "-o", tmp_path / "plain.jsonl", "--model", "fast")
    saved = tmp_path / f"saved.{ending}"
    run("score", table, "-o", saved, "--model", "fast")
    assert run("decide", saved, "-o", tmp_path / "new.jsonl", "--policy", tmp_path / "same.toml").exit_code == 0
    assert (tmp_path / "new.jsonl").read_bytes() == (tmp_path / "plain.jsonl").read_bytes()
    result = run("capacity", saved, "-o", tmp_path / "few.toml", "--reviews", "1", "--model", "fast")
    assert result.exit_code == 0, result.output
    assert "review" in (tmp_path / "few.toml").read_text(encoding="utf-8")
