"""Scales, plots in tables and charts of the report."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage.errors import InputError
from cybertriage.evaluate.report.charts import PER_CENT, UNIT, Chart, Line, chart
from cybertriage.evaluate.report.draw import Unit, scale_of, span
from cybertriage.evaluate.report.lanes import SHARES, Bar, Dot, Plot, Row, plot
from cybertriage.evaluate.report.sections import HEADINGS, Section, in_order
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import TooFew

HEAD = ("group", "flagged", "share")


@given(low=st.floats(-1, 1), width=st.floats(1e-4, 2))
def test_a_scale_holds_its_range_on_few_round_ticks(low: float, width: float) -> None:
    scale = span(low, low + width, Unit.PLAIN)
    assert scale.low <= low + 1e-9
    assert scale.high >= low + width - 1e-9
    assert 2 <= len(scale.ticks) <= 5
    steps = [b - a for a, b in zip(scale.ticks, scale.ticks[1:], strict=False)]
    assert max(steps) - min(steps) < 1e-9
    assert [scale.at(scale.low), scale.at(scale.high)] == [0, 1]
    assert scale.at(scale.high + 9) == 1


def test_a_scale_holds_intervals_and_zero_for_differences() -> None:
    lost = [Estimate(0.03, 0.01, 0.06, 50), TooFew(3, 3), None, Estimate(0.02, 0.01, float("nan"), 9)]
    scale = scale_of(lost, Unit.POINTS, low=None)
    assert (scale.low, scale.high) == (0, 0.06)
    assert scale.text(0.02) == "2"
    assert scale_of([Estimate(-0.03, -0.05, 0.01, 50)], Unit.POINTS, low=None).text(-0.04) == "−4"
    assert scale_of([], Unit.PERCENT).high > 0
    assert scale_of([Estimate(0.99, 0.97, 1.0, 50)], Unit.PLAIN, low=None, high=1.0).low == pytest.approx(0.97)


def marks(html: str) -> tuple[int, int, int]:
    """Circles, lines of intervals, other marks in the body of a plot."""
    body = html[html.index("<tbody") :]
    return body.count("<circle"), body.count('class="interval'), body.count("<path")


def test_a_row_without_a_figure_is_said_and_not_drawn() -> None:
    dots = (Dot(Estimate(0.1, 0.05, 0.2, 40), "10 %"), Dot(TooFew(3, 3), "too few (3)", 1))
    html = plot(Plot("t", HEAD, [Row("a & b", dots)], SHARES, (("s0", "one"), ("s1", "two"))))
    assert marks(html) == (1, 1, 0)
    assert "a &amp; b" in html
    assert "too few (3)" in html
    assert html.count('class="t1"') == 1


def test_a_mark_stands_at_its_value() -> None:
    html = plot(Plot("t", HEAD, [Row("a", (Dot(Estimate(0.25, 0.1, 0.5, 40), "x"),))], SHARES, reference=0.75))
    assert 'cx="25%"' in html
    assert 'class="interval s0" x1="10%" y1="10" x2="50%" y2="10"' in html
    assert 'class="reference" x1="75%"' in html
    assert "legend" not in html


def test_parts_of_a_bar_follow_one_another_and_empty_ones_are_left_out() -> None:
    bar = Bar((("wrong", 0.25), ("unsure", 0.0), ("right", 0.75)), "75 %")
    html = plot(Plot("t", HEAD, [Row("a", (bar,))], SHARES, (("wrong", "wrong"), ("right", "right"))))
    body = html[html.index("<tbody") :]
    assert re.findall(r'part (\w+)" x="([\d.]+%)" width="([\d.]+%)"', body) == [
        ("wrong", "0%", "25%"), ("right", "25%", "75%"),
    ]  # fmt: skip


def test_a_plot_of_nothing_says_so() -> None:
    assert "Nothing to show" in plot(Plot("t", HEAD, [], SHARES))


def test_a_chart_draws_points_in_its_frame() -> None:
    dots = Line("dots", 1, ((0.0, 0.0), (1.0, 1.0)), ((0.0, 0.1), (0.9, 1.0)), joined=False)
    path = Line("path <b>", 0, ((0.0, 1.0), (0.5, 0.5)), mark=(0.5, 0.5))
    html = chart(
        Chart("c", "n", ("x", UNIT), ("y", PER_CENT), [dots, path], (0, 0), (["a"], [["1"]]), ((0, 0), (1, 1))), "id"
    )
    assert html.count('class="interval s1"') == 2
    assert html.count("<polyline") == 1
    assert "path &lt;b&gt;" in html
    places = [float(x) for x in re.findall(r'(?:x1|x2|x|cx)="([\d.]+)"', html)]
    assert min(places) >= 0
    assert max(places) <= 360
    assert html.count('class="reference"') == 1


def test_headings_are_in_three_languages_and_a_stranger_is_refused() -> None:
    assert all(len(set(names)) == 3 for names in HEADINGS.values())
    assert in_order([Section("found", "b"), Section("protected", "a"), Section("found", "c")]) == [
        ("protected", "a"), ("found", "bc"),
    ]  # fmt: skip
    with pytest.raises(InputError, match="no section is called praise"):
        in_order([Section("praise", "x")])
