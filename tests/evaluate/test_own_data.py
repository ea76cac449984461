from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cybertriage import Triage
from cybertriage.cli import main
from cybertriage.errors import InputError
from cybertriage.evaluate.cases import load_cases
from cybertriage.evaluate.own_data import evaluate_rows
from cybertriage.evaluate.quick import evaluate_quickly, messages_a_second, numbered
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import TooFew


@pytest.fixture(scope="module")
def rows() -> tuple[list[str], list[bool]]:
    cases = [case for case in load_cases() if case.function.suite == "FRcheck"][::9]
    return [case.text for case in cases], [case.function.expect == "flag" for case in cases]


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


def write(path: Path, texts: list[str], harmful: list[bool]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [["message", "klass"], *zip(texts, ["scam" if h else "ok" for h in harmful], strict=True)]
        )
    return path


def test_the_figures_are_those_of_the_verdicts(triage: Triage, rows: tuple[list[str], list[bool]]) -> None:
    texts, harmful = rows
    report = evaluate_rows(triage, texts, harmful, draws=50)
    flagged = ["fraud" in v.labels for v in triage.run(texts)]
    whole = report.overall
    assert isinstance(whole.false_alarms, Estimate)
    assert isinstance(whole.found, Estimate)
    benign = [f for f, h in zip(flagged, harmful, strict=True) if not h]
    assert whole.false_alarms.value == pytest.approx(sum(benign) / len(benign))
    assert whole.found.value == pytest.approx((sum(flagged) - sum(benign)) / sum(harmful))
    assert sum(part.rows for part in report.by_form) == len(texts) == whole.rows
    assert whole.harmful == sum(harmful)
    assert report.threshold == triage.policy.bands["fraud"].review
    assert isinstance(whole.auroc, Estimate)
    assert whole.auroc.low <= whole.auroc.value <= whole.auroc.high


def test_the_form_with_the_most_false_alarms_stands_first(triage: Triage, rows: tuple[list[str], list[bool]]) -> None:
    forms = evaluate_rows(triage, *rows, draws=20).by_form
    highs = [f.false_alarms.high if isinstance(f.false_alarms, Estimate) else -1 for f in forms]
    assert highs == sorted(highs, reverse=True)


def test_ranking_figures_of_a_few_rows_are_withheld(triage: Triage) -> None:
    report = evaluate_rows(triage, ["сәлем, қалың қалай", "назовите код из SMS"], [False, True], draws=10)
    assert report.overall.auroc == TooFew(1, 1)
    assert isinstance(report.overall.false_alarms, Estimate)


@pytest.mark.parametrize(
    ("texts", "harmful", "family", "match"),
    [
        (["a", "b"], [True, False], "spam", "family must be one of fraud, radical"),
        (["a", "b"], [True], "fraud", "1 labels for 2 texts"),
        ([], [], "fraud", "no rows"),
        (["a", "b"], [True, True], "fraud", "every row is harmful"),
        (["a", "b"], [False, False], "fraud", "every row is benign"),
    ],
)
def test_rows_that_say_nothing_are_refused(
    triage: Triage, texts: list[str], harmful: list[bool], family: str, match: str
) -> None:
    with pytest.raises(InputError, match=match):
        evaluate_rows(triage, texts, harmful, family=family)


def test_the_quick_look_counts_every_case_and_times_the_model(triage: Triage) -> None:
    cases = load_cases()[::40]
    report = evaluate_quickly(triage, cases=cases, seconds=0.01)
    assert report.cases == len(cases) == sum(total.passed.n for total in report.totals)
    assert [total.expect for total in report.totals] == sorted((t.expect for t in report.totals), reverse=True)
    assert report.messages_per_second.low <= report.messages_per_second.median <= report.messages_per_second.high


def test_no_message_is_timed_twice(triage: Triage) -> None:
    seen = [text for series in range(3) for text in numbered(["a", "b"], 5, series)]
    assert len(set(seen)) == len(seen)
    assert messages_a_second(triage, ["сәлем"], seconds=0.001, passes=1).messages >= 128


def test_bench_measures_an_own_file(tmp_path: Path, rows: tuple[list[str], list[bool]]) -> None:
    path = write(tmp_path / "own.csv", *rows)
    output = tmp_path / "report.json"
    result = run("bench", path, "--label-column", "klass", "--positive", "scam", "--model", "fast", "-o", output)
    assert result.exit_code == 0, result.stderr
    report = json.loads(output.read_text(encoding="utf-8"))
    assert report["report"] == "owndata"
    assert report["data"]["rows"] == len(rows[0])
    assert report["data"]["harmful"] == sum(rows[1])
    assert {"value", "low", "high", "n"} == set(report["overall"]["false_alarms"])
    assert report["machine"]["cores"] >= 1
    assert "human decides" in result.stderr
    assert result.stdout.index("false alarms") < result.stdout.index("found")
    assert rows[0][0] not in result.output + output.read_text(encoding="utf-8")


def test_bench_refuses_unknown_labels_with_the_row_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("text,label\nқұпия сөз бар,1\nекінші сөз,perhaps\n", encoding="utf-8")
    result = run("bench", path, "--model", "fast", "-o", tmp_path / "report.json")
    assert result.exit_code == 2
    assert "row 2" in result.stderr
    assert "құпия" not in result.output + result.stderr
    assert not (tmp_path / "report.json").exists()


def test_bench_tells_rows_without_a_text_by_its_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("text,label\nқұпия сөз бар,1\n ,1\nекінші сөз,0\n", encoding="utf-8")
    result = run("bench", path, "--model", "fast")
    assert result.exit_code == 3
    assert "row 2: the text is empty" in result.stdout


@pytest.mark.parametrize("args", [[], ["x.csv", "--quick"]])
def test_bench_wants_a_file_or_quick(args: list[str]) -> None:
    result = run("bench", *args)
    assert result.exit_code == 2
    assert "--quick" in result.stderr


def test_bench_does_not_write_over_its_input(tmp_path: Path, rows: tuple[list[str], list[bool]]) -> None:
    path = write(tmp_path / "own.csv", *rows)
    result = run("bench", path, "--label-column", "klass", "--positive", "scam", "--model", "fast", "-o", path)
    assert result.exit_code == 2
    assert path.read_text(encoding="utf-8").startswith("message,klass")


def test_bench_quick_runs_from_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("cybertriage.evaluate.quick.load_cases", lambda: load_cases()[::60])
    monkeypatch.setattr("cybertriage.evaluate.quick.messages_a_second", lambda *_, **__: _rate())
    output = tmp_path / "quick.json"
    result = run("bench", "--quick", "--model", "fast", "-o", output)
    assert result.exit_code == 0, result.stderr
    assert "100 messages a second" in result.stdout
    assert json.loads(output.read_text(encoding="utf-8"))["report"] == "quick"


def _rate() -> object:
    from cybertriage.evaluate.quick import Rate

    return Rate(100.0, 90.0, 110.0, 1, 10)
