"""The functional suites in the report: what was flagged, abstained on and let pass, function by function.

In: the document of a `FunctionalReport`. Out: `Section`s. Functions whose messages must be left alone come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cybertriage.evaluate.report.charts import details
from cybertriage.evaluate.report.lanes import SHARES, Bar, Dot, Plot, Row, plot
from cybertriage.evaluate.report.sections import Section
from cybertriage.figures.metrics import Estimate, wilson
from cybertriage.figures.written import figure, percent

Document = Mapping[str, Any]
_EXPECTS = {"leave": "must be left alone", "flag": "must be found"}
# Parts of a bar, the errors at the left so that they share a base line.
_PARTS = {
    "leave": (("wrong", "flagged: wrong"), ("unsure", "abstained"), ("right", "let pass: right")),
    "flag": (
        ("wrong", "let pass: missed"),
        ("unsure", "abstained"),
        ("right", "flagged: found"),
    ),
}
_LISTED = 15


def sections(of: Document) -> list[Section]:
    """Everything about the suites."""
    outcomes = of["functions"]
    opening = f"<p>{of['cases']:,} hand-written cases after HateCheck (Röttger et al. 2021).</p>"
    parts = [opening, _totals(outcomes)]
    parts += [_confusion(outcomes, suite, expect) for expect in _EXPECTS for suite in _suites(outcomes, expect)]
    parts += [
        _variants(of["invariance"], "Other spellings: the same answer?"),
        _variants(of["directional"], "Changes with a known direction"),
    ]
    return [Section("functions", "".join(parts))]


def _suites(outcomes: Sequence[Document], expect: str) -> list[str]:
    return sorted({o["function"]["suite"] for o in outcomes if o["function"]["expect"] == expect})


def passed(of: Document) -> Estimate:
    """The share of an outcome that passed; a function always has cases."""
    found = figure(of["passed"])
    if not isinstance(found, Estimate):
        raise ValueError("passed has no figure")
    return found


def _count(of: Document) -> int:
    share = passed(of)
    return round(share.value * share.n)


def _totals(outcomes: Sequence[Document]) -> str:
    rows = []
    for expect, title in _EXPECTS.items():
        for suite in _suites(outcomes, expect):
            of = [o for o in outcomes if (o["function"]["suite"], o["function"]["expect"]) == (suite, expect)]
            share = wilson(sum(_count(o) for o in of), sum(passed(o).n for o in of))
            rows.append(Row(f"{suite}, {title}", (Dot(share, percent(share)),)))
    return plot(Plot("Passed, both suites", ("cases that", "passed", "share, 95 % interval"), rows, SHARES))


def _confusion(outcomes: Sequence[Document], suite: str, expect: str) -> str:
    """One row a function, one bar a language, worst function first; the faultless ones are named under the plot."""
    by_name: dict[str, list[Document]] = {}
    for one in outcomes:
        if (one["function"]["suite"], one["function"]["expect"]) == (suite, expect):
            by_name.setdefault(one["function"]["name"], []).append(one)
    ordered = sorted(by_name.values(), key=lambda of: (min(passed(o).value for o in of), sum(_count(o) for o in of)))
    shown = [of for of in ordered if any(passed(o).value < 1 or o["abstained"] for o in of)]
    rows = [
        Row(
            of[0]["function"]["name"].replace("_", " "),
            tuple(_bar(o) for o in sorted(of, key=lambda o: str(o["language"]))),
            str(of[0]["function"].get("what", "")),
        )
        for of in shown
    ]  # fmt: skip
    faultless = [of[0]["function"]["name"].replace("_", " ") for of in ordered if of not in shown]
    note = f"All passed, none abstained on: {', '.join(faultless)}." if faultless else ""
    head = ("function", "flagged, abstained on, let pass", "passed, 95 % interval")
    title = f"{suite}: {_EXPECTS[expect]}, worst first"
    every = [
        [of["function"]["name"].replace("_", " "), of["language"], percent(passed(of)), str(of["abstained"])]
        for group in ordered
        for of in group
    ]
    numbers = details("Every function", ["function", "language", "passed", "abstained"], every)
    return plot(Plot(title, head, rows, SHARES, _PARTS[expect], note=note)) + numbers


def _bar(of: Document) -> Bar:
    share, right, unsure = passed(of), _count(of), of["abstained"]
    if of["function"]["expect"] == "leave":  # what was abstained on was left alone too, so it is among the passed
        right -= unsure
    counts = {"wrong": share.n - right - unsure, "unsure": unsure, "right": right}
    return Bar(
        tuple((name, max(0, count) / share.n) for name, count in counts.items()), f"{of['language']} {percent(share)}"
    )


def _variants(outcomes: Sequence[Document], title: str) -> str:
    """Invariance or directional tests: the worst in a plot, all of them in a table."""
    named = [
        (f"{o['test'].replace('_', ' ')}, {o['language']}", f"{o['suite']}, {_EXPECTS[o['expect']]}", passed(o), o)
        for o in outcomes
    ]
    rows = [Row(name, (Dot(share, percent(share)),), about) for name, about, share, _ in named[:_LISTED]]
    head = ["test", "cases", "passed", "newly flagged", "mean change of probability"]
    every = [
        [name, about, percent(share), str(o["newly_flagged"]), f"{o['mean_change']:+.3f}".replace("-", "−")]
        for name, about, share, o in named
    ]
    shown = Plot(
        title, ("test", "passed", "share, 95 % interval"), rows, SHARES,
        note=f"Cases that must be left alone first; {len(rows)} of {len(named)} tests here, all in the table.",
    )  # fmt: skip
    return plot(shown) + details("Every test", head, every) if named else ""
