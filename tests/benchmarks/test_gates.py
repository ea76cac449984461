"""Gates: they hold for what they were set by, fail on what is worse, and never get looser."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.gate_rules import Gates, Key, Measure, Side, as_toml, broken, loosened, read_gates, tightened
from benchmarks.gates import check, tighten
from cybertriage.errors import InputError
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import TooFew
from tests.evaluate.reports import measured, share

LOW, HIGH = Key("m", Side.AT_MOST, "flagged"), Key("m", Side.AT_LEAST, "recall")
Figures = st.builds(
    lambda value, below, above: Estimate(value, max(0, value - below), min(1, value + above), 50),
    st.floats(0, 1), st.floats(0, 0.3), st.floats(0, 0.3),
)  # fmt: skip
BUNDLES = {"fast": "fast@1+aa"}


@given(figures=st.lists(Figures, min_size=1, max_size=4), margin=st.floats(0, 1))
def test_tightening_never_loosens_and_the_figure_it_was_set_by_passes(figures: list[Estimate], margin: float) -> None:
    gates = Gates({}, margin)
    for figure in figures:
        measures = [Measure(LOW, figure), Measure(HIGH, figure)]
        alone = tightened(Gates({}, margin), measures)
        assert broken(alone, measures) == []
        new = tightened(gates, measures)
        assert loosened(gates, new) == []
        gates = new
    assert gates.bounds[LOW] == min(tightened(Gates({}, margin), [Measure(LOW, f)]).bounds[LOW] for f in figures)


def test_a_bound_lies_between_the_figure_and_the_worse_end() -> None:
    figure = Estimate(0.02, 0.01, 0.06, 90)
    gates = tightened(Gates({}), [Measure(LOW, figure), Measure(HIGH, figure)])
    assert gates.bounds == {LOW: 0.04, HIGH: 0.015}
    assert tightened(Gates({}), [Measure(LOW, Estimate(0.0, 0.0, 0.042, 88))]).bounds == {LOW: 0.021}


def test_what_is_worse_missing_or_ungated_is_broken() -> None:
    gates = Gates({LOW: 0.02, HIGH: 0.8})
    good = [Measure(LOW, Estimate(0.02, 0, 1, 9)), Measure(HIGH, Estimate(0.8, 0, 1, 9))]
    assert broken(gates, good) == []
    worse = [Measure(LOW, Estimate(0.0201, 0, 1, 9)), Measure(HIGH, Estimate(0.79, 0, 1, 9))]
    assert broken(gates, worse) == [
        "m: flagged: 0.0201 is not at most 0.0200",
        "m: recall: 0.7900 is not at least 0.8000",
    ]
    assert broken(gates, good[:1]) == ["m: recall: has a gate and no figure"]
    assert broken(gates, [good[0], Measure(HIGH, TooFew(3, 3))]) == ["m: recall: has a gate and no figure"]
    assert broken(gates, [good[0], Measure(HIGH, Estimate(float("nan"), 0, 1, 0))]) == broken(gates, good[:1])
    assert broken(Gates({LOW: 0.02}), good) == ["m: recall: has no gate; run --tighten"]
    assert broken(Gates({LOW: 0.02}), [good[0], Measure(HIGH, TooFew(3, 3))]) == []


@pytest.mark.parametrize(("value", "fails"), [(0.004, False), (0.01, False), (0.011, True)])
def test_inside_its_goal_a_figure_is_not_broken_by_a_tighter_bound(value: float, fails: bool) -> None:
    measure = Measure(LOW, Estimate(value, 0.0, 0.02, 90), goal=0.01)
    assert bool(broken(Gates({LOW: 0.002}), [measure])) is fails
    assert broken(Gates({LOW: 0.002}), [replace(measure, goal=None)])
    looser = Gates({LOW: 0.03})
    assert broken(looser, [Measure(LOW, Estimate(0.02, 0.0, 0.04, 90), goal=0.01)]) == []


def test_a_looser_or_vanished_bound_is_told() -> None:
    before = Gates({LOW: 0.02, HIGH: 0.8})
    assert loosened(before, before) == []
    assert loosened(before, Gates({LOW: 0.01, HIGH: 0.9})) == []
    assert loosened(before, Gates({LOW: 0.03, HIGH: 0.7})) == [
        "m: flagged: the bound was 0.0200 and is 0.0300", "m: recall: the bound was 0.8000 and is 0.7000",
    ]  # fmt: skip
    assert loosened(before, Gates({LOW: 0.02})) == ["m: recall: the bound was 0.8000 and is gone"]


def test_a_gate_file_comes_back_as_it_was(tmp_path: Path) -> None:
    odd = Key('my "model".v2', Side.AT_MOST, 'a "name", ә')
    gates = Gates({LOW: 0.02, HIGH: 0.8123, odd: 0.5}, 0.25)
    path = tmp_path / "gates.toml"
    path.write_text(as_toml(gates), encoding="utf-8")
    assert read_gates(path) == gates
    assert as_toml(read_gates(path)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "gates.toml: cannot be read"),
        ("margin = ", "gates.toml is not TOML"),
        ("[m.at_most]\nx = 1", "margin must be a number from 0 to 1"),
        ("margin = true", "margin must be"),
        ("margin = 2", "margin must be"),
        ("margin = 0.5\n[m.exactly]\nx = 1", r"\[m\] may hold the tables at_most and at_least only"),
        ("margin = 0.5\nm = 3", r"\[m\] may hold"),
        ("margin = 0.5\n[m.at_most]\nx = '1'", "the bound of 'm: x' must be a number"),
        ("margin = 0.5\n[m.at_most]\nx = nan", "the bound of 'm: x' must be a number"),
    ],
)
def test_an_unsound_gate_file_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "gates.toml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_gates(path)


OUTSIDE = {
    "flagged_honest": share(2, 200), "abstained_honest": share(9, 200), "found": share(150, 200),
    "ranking": {"auprc": share(97, 100)},
}  # fmt: skip


def results_of(folder: Path, worsen: Callable[[dict[str, Any]], None] = lambda of: None) -> Path:
    """Results of one model as the benchmarks commit them, changed by `worsen`."""
    folder.mkdir(exist_ok=True)
    of: dict[str, Any] = copy.deepcopy(
        {
            "outside": {"models": {"fast": {"id": BUNDLES["fast"], "fraud": OUTSIDE, "radical": OUTSIDE}}},
            "quality-fast": measured()["quality"] | {"model": BUNDLES["fast"]},
            "functional": {"models": {"fast": {"id": BUNDLES["fast"], "totals": {
                "FRcheck, leave": share(97, 100), "FRcheck, flag": share(60, 100)}}}},
            "bias": {"models": {"fast": measured()["bias"] | {"model": BUNDLES["fast"]}}},
            "robustness": {"models": {"fast": {"unseen test": {"model": BUNDLES["fast"]}}}},
        }
    )  # fmt: skip
    worsen(of)
    for name, result in of.items():
        (folder / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")
    return folder


@pytest.fixture
def gates(tmp_path: Path) -> Path:
    path = tmp_path / "gates.toml"
    done = tighten(path, results_of(tmp_path / "results"), BUNDLES)
    assert len(done) == 1
    assert done[0].endswith("0 tightened, 0 as they were")
    return path


def test_the_figures_that_set_the_gates_pass(gates: Path, tmp_path: Path) -> None:
    assert check(gates, tmp_path / "results", BUNDLES) == []
    text = gates.read_text(encoding="utf-8")
    assert tighten(gates, tmp_path / "results", BUNDLES)[0].startswith(f"{text.count(' = ') - 1} gates: 0 new, 0 tight")
    assert gates.read_text(encoding="utf-8") == text
    names = [key.name for key in read_gates(gates).bounds]
    for part in (
        "genuine look-alikes", "protected speech", "PX4", "public set news", "recall, radical", "calibration",
        "passed, FRcheck, leave", "gap between traits", "BPSN AUC shortfall, radical", "benign templates",
    ):  # fmt: skip
        assert any(part in name for name in names), part


def policy(of: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = of["quality-fast"]["families"]["fraud"]["policy"]
    return found


def bias(of: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = of["bias"]["models"]["fast"]
    return found


def flag_one_group(of: dict[str, Any]) -> None:
    bias(of)["axes"][0]["gap"]["value"] = 0.9


def rank_one_group_low(of: dict[str, Any]) -> None:
    bias(of)["axes"][0]["groups"][0]["auc"]["fraud"]["bpsn"] = {"value": 0.1, "low": 0.0, "high": 0.2, "n": 90}


@pytest.mark.parametrize(
    ("worsen", "said"),
    [
        (lambda of: policy(of).update(false_alarms=share(60, 300)), "flagged as fraud, all rows not of it"),
        (lambda of: policy(of)["false_alarms_by_cell"].update(HN01=share(30, 50)), "genuine look-alikes"),
        (lambda of: policy(of)["false_alarms_by_cell"].update(PX4=share(9, 40)), "flagged as fraud, PX4"),
        (lambda of: policy(of)["false_alarms_by_cell"].update(PX4=share(9, 40)), "flagged as fraud, protected speech"),
        (lambda of: policy(of).update(recall=share(20, 100)), "recall, fraud"),
        (lambda of: policy(of).update(expected_calibration_error=share(90, 400)), "calibration error, fraud"),
        (lambda of: of["quality-fast"]["public"]["news"].update(flagged=share(40, 500)), "flagged, public set news"),
        (lambda of: of["functional"]["models"]["fast"]["totals"].update({"FRcheck, leave": share(80, 100)}),
         "passed, FRcheck, leave"),
        (lambda of: of["functional"]["models"]["fast"]["totals"].update({"FRcheck, flag": share(30, 100)}),
         "passed, FRcheck, flag"),
        (lambda of: bias(of)["overall"].update(false_alarms=share(50, 100)), "flagged, benign templates"),
        (flag_one_group, "gap between traits"),
        (rank_one_group_low, "BPSN AUC shortfall, fraud"),
        (lambda of: policy(of).pop("false_alarms"), None),
        (lambda of: of["quality-fast"].pop("public"), "public set news: has a gate and no figure"),
    ],
)  # fmt: skip
def test_a_worse_figure_fails_and_tightening_does_not_help(
    gates: Path, tmp_path: Path, worsen: Callable[[dict[str, Any]], None], said: str | None
) -> None:
    if said is None:
        with pytest.raises(InputError, match=r"quality-fast\.json lacks or garbles"):
            check(gates, results_of(tmp_path / "results", worsen), BUNDLES)
        return
    results = results_of(tmp_path / "results", worsen)
    assert any(said in line for line in check(gates, results, BUNDLES))
    before = read_gates(gates)
    tighten(gates, results, BUNDLES)
    assert loosened(before, read_gates(gates)) == []
    assert any(said in line for line in check(gates, results, BUNDLES))


@pytest.mark.parametrize("benchmark", ["quality-fast", "functional", "bias", "robustness"])
def test_results_of_another_bundle_or_none_are_refused_and_set_no_gate(
    gates: Path, tmp_path: Path, benchmark: str
) -> None:
    results = tmp_path / "results"
    path = results / f"{benchmark}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("fast@1+aa", "fast@1+bb"), encoding="utf-8")
    problems = check(gates, results, BUNDLES)
    assert problems == [f"fast: {benchmark}.json is of fast@1+bb, the bundle is fast@1+aa; run the benchmark again"]
    fresh = tmp_path / "fresh.toml"
    assert tighten(fresh, results, BUNDLES)[1] == f"left out: {problems[0]}"
    assert set(read_gates(fresh).bounds) <= set(read_gates(gates).bounds)
    path.unlink()
    assert check(gates, results, BUNDLES) == [f"fast: {benchmark}.json is not there; run the benchmark"]


def test_a_model_without_results_and_an_earlier_tighter_file_fail(gates: Path, tmp_path: Path) -> None:
    problems = check(gates, tmp_path / "results", BUNDLES | {"slow": "slow@1+cc"})
    assert "slow: functional.json is of nothing, the bundle is slow@1+cc; run the benchmark again" in problems
    earlier, now = tmp_path / "earlier.toml", read_gates(gates)
    key = next(k for k in now.bounds if k.side is Side.AT_LEAST)
    earlier.write_text(as_toml(replace(now, bounds={**now.bounds, key: 0.99999})), encoding="utf-8")
    assert len(check(gates, tmp_path / "results", BUNDLES, [gates])) == 0
    assert [key.name in line for line in check(gates, tmp_path / "results", BUNDLES, [earlier])] == [True]
