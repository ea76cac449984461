"""Markdown tables and committed reports on groups and disguises."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import bias_table, report
from benchmarks.quality_part import QUALITY
from cybertriage.evaluate.report import render
from tests.evaluate.reports import measured, share


@pytest.fixture(autouse=True)
def _results(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results as the benchmarks commit them, of one model."""
    model, functional = measured()["bias"]["model"], measured()["functional"]
    outcomes = [
        {"suite": o["function"]["suite"], "function": o["function"]["name"], "expect": o["function"]["expect"],
         "language": o["language"], "passed": o["passed"], "abstained": o["abstained"]}
        for o in functional["functions"]
    ]  # fmt: skip
    side = {"id": model, "functions": outcomes, "invariance": functional["invariance"],
            "directional": functional["directional"]}  # fmt: skip
    made: dict[str, Any] = {
        "bias": {"date": "2026-11-27", "models": {"fast": measured()["bias"]}},
        "robustness": {"date": "2026-11-27", "models": {"fast": {"unseen test": measured()["robustness"]}}},
        "functional": {"date": "2026-11-27", "cases": functional["cases"], "models": {"fast": side}},
        "quality-fast": {**measured()["quality"], "model": model},
    }
    for module in (bias_table, report):
        monkeypatch.setattr(module, "read", made.__getitem__)


def rows(markdown: str) -> list[list[str]]:
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(row) for row in cells}) == 1
    return [row for row in cells if row[0] != "---"]


def test_traits_stand_worst_first_with_all_of_them_last() -> None:
    header, *body = rows(bias_table.identity_traits("fast"))
    assert header[1] == "benign messages flagged"
    assert [row[0] for row in body[:-1]] == [g["group"] for g in measured()["bias"]["axes"][0]["groups"]]
    assert body[-1][0] == "**all**"
    assert body[-1][1] == bias_table.share(measured()["bias"]["overall"]["false_alarms"])


def test_gaps_are_of_each_model_and_axis_and_name_the_lowest_ranking() -> None:
    header, *body = rows(bias_table.group_gaps())
    assert [row[:2] for row in body] == [
        ["fast", "identity traits"], ["fast", "language forms"], ["fast", "writing styles"],
    ]  # fmt: skip
    assert header[3] == "lowest BPSN AUC, fraud"
    axis = measured()["bias"]["axes"][0]
    shown = [g["auc"]["fraud"]["bpsn"] for g in axis["groups"] if "value" in g["auc"]["fraud"]["bpsn"]]
    low = bias_table.lowest_bpsn(axis, "fraud")
    assert low == (min(shown, key=lambda f: f["value"]) if shown else {"too_few": 0})


def test_forms_are_measured_against_their_native_spelling() -> None:
    _, *body = rows(bias_table.language_forms("fast"))
    groups = {g["group"]: g for a in measured()["bias"]["axes"] if a["axis"] == "form" for g in a["groups"]}
    found = {row[0]: row for row in body}
    assert set(found) == set(groups)
    assert found["kk"][-1] == found["ru"][-2] == "–"
    lost = groups["ru"]["recall"]["fraud"]["value"] - groups["ru-latn"]["recall"]["fraud"]["value"]
    assert found["ru-latn"][-2] == f"{lost * 100:+.1f}".replace("-", "−")


def test_disguises_tell_false_alarms_before_recall() -> None:
    header, *body = rows(bias_table.disguises("fast"))
    assert {row[0] for row in body} == {"homoglyph", "typos"}
    assert header[1].startswith("benign newly flagged")
    assert header[3].startswith("recall lost")
    assert "messages of the unseen test" in header[0]


def test_cells_say_what_they_cannot() -> None:
    assert bias_table.share(share(1, 50)) == "2.0 % (0.4–10.5, n 50)"
    assert bias_table.difference({"value": -0.02, "low": -0.05, "high": 0.01, "n": 9}) == "−2.0 (−5.0 to 1.0, n 9)"
    assert bias_table.number({"too_few": 3, "clusters": 2}) == "too few (3)"
    assert bias_table.number(None) == "–"


def test_committed_results_make_the_report_of_a_model() -> None:
    html = render(report.documents("fast"), also=QUALITY)
    for part in ("Protected speech, worst first", "False alarms by trait", "FRcheck: must be left alone",
                 "messages of the unseen test", "Reliability, radical", "one-time code"):  # fmt: skip
        assert part in html, part
    assert "ab" * 6 in html
