from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cybertriage.audit.log import AuditLog
from cybertriage.cli import main
from cybertriage.evaluate.cases import load_cases
from cybertriage.review.store import Store
from tests.review.queues import decisions, entry

ROWS = [
    "Апа, кешке нан ала кел", "Это служба безопасности банка, назовите код из SMS, звоните +7 700 000 12 34",
    "Завтра встреча в десять, не забудь", "Банктен хабарласып тұрмыз, SMS-кодты айтыңыз, шотыңыз бұғатталады",
    "Собрание жильцов перенесли на пятницу", "Кітапты қайтарып берші, өтінем",
]  # fmt: skip


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["id", "text"], *([f"m{i}", text] for i, text in enumerate(ROWS))])
    assert run("score", tmp_path / "in.csv", "-o", tmp_path / "s.jsonl", "--model", "fast").exit_code == 0
    return tmp_path


def build(folder: Path, *more: object) -> Result:
    where = (folder / "s.jsonl", folder / "in.csv", "-o", folder / "q.db", "--case", "K-1", "--model", "fast")
    return run("review", "build", *where, "--control", "0.4", "--double", "0", *more)


def test_from_records_to_report_and_back(folder: Path) -> None:
    made = build(folder)
    assert made.exit_code == 0, made.stderr
    assert "blind control" in made.stderr
    items = Store.open(folder / "q.db").items()
    for name in ("a.html", "tasks.json"):
        command = "sheet" if name.endswith("html") else "label-studio"
        assert run("review", command, folder / "q.db", "-o", folder / name, "--reviewer", "R1").exit_code == 0
    assert all(item.uid in (folder / "a.html").read_text(encoding="utf-8") for item in items)
    assert "000 12 34" not in (folder / "a.html").read_text(encoding="utf-8")
    assert len(json.loads((folder / "tasks.json").read_text(encoding="utf-8"))) == len(items)
    assert (folder / "tasks.xml").is_file()
    said = [
        entry(i, "not_confirmed") if i.control else entry(i, "confirmed", label="code_theft_pretext") for i in items
    ]
    taken = run("review", "import", folder / "q.db", decisions(folder, said))
    assert taken.exit_code == 0, taken.stderr
    assert f"{len(items)} new decisions, 0 known, 0 refused" in taken.stderr
    report = run("review", "report", folder / "q.db", "--json", folder / "r.json")
    assert "0.0 % (0.0–" in report.stdout
    assert json.loads((folder / "r.json").read_text(encoding="utf-8"))["notice"]
    outputs = ("--retraining", folder / "t.jsonl", "--regression", folder / "c.tsv")
    assert run("review", "export", folder / "q.db", *outputs).exit_code == 0
    assert "text" not in json.loads((folder / "t.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert {c.function.name for c in load_cases(folder / "c.tsv")} == {"code_request"}
    empty = run("review", "sheet", folder / "q.db", "-o", folder / "b.html", "--reviewer", "R1")
    assert "0 items for R1" in empty.stderr


def test_refused_entries_are_told_by_the_exit_code(folder: Path) -> None:
    build(folder)
    items = Store.open(folder / "q.db").items()
    path = decisions(folder, [entry(items[0], "unsure"), entry(items[1], "ban")])
    result = run("review", "import", folder / "q.db", path)
    assert result.exit_code == 3
    assert "decisions.json: decisions[1]: decision must be one of" in result.stderr
    assert run("review", "import", folder / "q.db", path).stderr.startswith("decisions.json: decisions[1]")
    other = decisions(folder, [], case="K-2")
    assert run("review", "import", folder / "q.db", other).exit_code == 2


def test_unmasked_wants_a_purpose_and_is_written_down(folder: Path) -> None:
    refused = build(folder, "--unmask")
    assert refused.exit_code == 2
    assert "--purpose" in refused.stderr
    log = ("--audit", folder / "log.jsonl", "--purpose", "callback to victims", "--operator", "R9")
    assert build(folder, "--unmask", "--audit", folder / "log.jsonl").exit_code == 2
    assert not (folder / "q.db").exists()
    assert build(folder, "--unmask", *log).exit_code == 0
    assert any("000 12 34" in item.text for item in Store.open(folder / "q.db").items())
    sheet = ("review", "sheet", folder / "q.db", "-o", folder / "a.html", "--reviewer", "R1")
    assert run(*sheet).exit_code == 2
    assert run(*sheet, *log).exit_code == 0
    written = [(e.action, e.case, e.purpose) for e in AuditLog(folder / "log.jsonl").entries()]
    assert written == [
        ("review.build-unmasked", "K-1", "callback to victims"),
        ("review.sheet-unmasked", "K-1", "callback to victims"),
    ]
    assert "000 12 34" not in (folder / "log.jsonl").read_text(encoding="utf-8")
    for command in ("--regression", "--with-text"):
        args = [command, folder / "x"] if command == "--regression" else [command, "--retraining", folder / "x"]
        assert run("review", "export", folder / "q.db", *args).exit_code == 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["sheet", "{q}", "-o", "{dir}/a.html", "--reviewer", "Айгүл С."], "must be a code"),
        (["sheet", "{q}", "-o", "{q}", "--reviewer", "R1"], "input file"),
        (["sheet", "{q}", "-o", "{dir}/a.html", "--reviewer", "R1", "--part", "2"], "--part is K/N"),
        (["sheet", "{dir}/in.csv", "-o", "{dir}/a.html", "--reviewer", "R1"], "no review queue"),
        (["sheet", "{dir}/none", "-o", "{dir}/a.html", "--reviewer", "R1"], "no such file"),
        (["sheet", "{q}", "-o", "{dir}/a.html", "--reviewer", "R1", "--operator", "x"], "give --audit LOG"),
        (["export", "{q}"], "nothing to write"),
        (["report", "{dir}/none"], "no such file"),
        (
            ["build", "{dir}/s.jsonl", "{dir}/in.csv", "-o", "{q}", "--case", "K-1", "--model", "fast"],
            "is there already",
        ),
        (["build", "{dir}/s.jsonl", "{dir}/s.jsonl", "-o", "{dir}/r", "--case", "K"], "--text-column"),
    ],
)
def test_usage_errors_name_the_fix(folder: Path, args: list[str], said: str) -> None:
    build(folder)
    result = run("review", *[a.replace("{q}", str(folder / "q.db")).replace("{dir}", str(folder)) for a in args])
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (folder / "a.html").exists()
