"""Scores of the shipped bundle on fixed texts: a change of the text views or the runtime must not move them.

`golden.json` is written by `python -m tests.golden.test_golden_scores` after a bundle was rebuilt, and only then.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cybertriage import Triage
from cybertriage.readers import open_source

GOLDEN = Path(__file__).with_name("golden.json")
EXAMPLES = Path(__file__).parents[2] / "examples" / "reported.csv"
ODD = ["", "👍", "й" * 3000, "с р о ч н о", "a\u0306\u200b", "https://kaspi-bonus.example/x"]


# Another processor may round the encoder's 8-bit products otherwise.
TOLERANCE = {"fast": 2e-5, "cascade": 2e-2}


def current(name: str) -> dict[str, object]:
    triage = Triage.load(name)
    texts = [m.text or "" for m in open_source(EXAMPLES).rows()] + ODD
    rows = [[v.decision.value, v.language.form.value, dict(v.scores)] for v in triage.run(texts)]
    return {"model": triage.model, "rows": rows}


@pytest.mark.parametrize("name", TOLERANCE)
def test_scores_are_those_of_the_day_the_bundle_was_made(name: str) -> None:
    golden, now = json.loads(GOLDEN.read_text(encoding="utf-8"))[name], current(name)
    assert golden["model"] == now["model"], "the bundle was rebuilt: write golden.json anew"
    for (decision, form, scores), row in zip(golden["rows"], now["rows"], strict=True):
        assert [decision, form] == row[:2]
        assert row[2] == pytest.approx(scores, abs=TOLERANCE[name])


@pytest.mark.parametrize("name", TOLERANCE)
def test_the_example_file_shows_every_decision(name: str) -> None:
    rows = json.loads(GOLDEN.read_text(encoding="utf-8"))[name]["rows"]
    assert {row[0] for row in rows} == {"review", "clear", "abstain"}


if __name__ == "__main__":
    made = {name: current(name) for name in TOLERANCE}
    GOLDEN.write_text(json.dumps(made, ensure_ascii=False) + "\n", encoding="utf-8")
