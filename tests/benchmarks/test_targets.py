"""The table of figures to reach, and the list of what failed: nothing missing, no miss unmarked."""

from __future__ import annotations

import tomllib

import pytest

from benchmarks.mended import DONE
from benchmarks.targets import Target
from cybertriage.evaluate.cases import functions
from cybertriage.figures.metrics import Estimate


@pytest.mark.parametrize(
    ("value", "at_most", "missed"),
    [(0.011, True, True), (0.01, True, False), (0.009, False, True), (0.01, False, False)],
)
def test_a_missed_target_stands_out(value: float, at_most: bool, missed: bool) -> None:
    row = Target("what", 0.01, at_most, lambda _: Estimate(value, 0.0, 0.02, 900)).row()
    assert row[1] == ("≤ 1 %" if at_most else "≥ 1 %")
    assert all(cell.startswith("**") is missed and "n 900" in cell for cell in row[2:])


def test_a_figure_that_cannot_be_given_says_so() -> None:
    assert Target("what", 0.01, True, lambda _: None).row()[2:] == ["too few or none"] * 2


def test_what_was_done_is_told_of_functions_that_exist() -> None:
    assert set(tomllib.loads(DONE.read_text(encoding="utf-8"))["functions"]) <= set(functions())
