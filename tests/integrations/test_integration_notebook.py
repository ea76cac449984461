"""Notebooks: what is shown, what is never shown, and the tutorial that must run."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import InputError, Triage
from cybertriage.integrations.notebook import show
from cybertriage.taxonomy import label, notice

TUTORIAL = Path(__file__).parents[2] / "examples" / "tutorial.ipynb"
SCAM = "Банктен хабарласып тұрмыз, SMS-кодты +7 701 234 56 78 нөміріне <b>айтыңыз</b>"


class _Seen(HTMLParser):
    """The tags and the text of the message cells."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside += tag == "bdi"

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag == "bdi"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data


def seen(html: str) -> _Seen:
    parser = _Seen()
    parser.feed(html)
    parser.close()
    return parser


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_view_has_labels_evidence_and_the_notice(triage: Triage, language: str) -> None:
    view = show([SCAM], triage, language=language)
    assert label("fraud").name[language] in view.html
    assert notice(language) in view.html
    assert "<mark" in view.html
    assert view._repr_html_() == view.html


def test_personal_data_is_masked_and_tags_are_text(triage: Triage) -> None:
    view = show([SCAM], triage)
    assert "701" not in view.html
    assert "<b>" not in view.html
    assert seen(view.html).text == SCAM.replace("+7 701 234 56 78", "<phone>")
    assert seen(show([SCAM], triage, masked=False).html).text == SCAM


def test_a_repr_has_no_text(triage: Triage) -> None:
    for value in (show([SCAM], triage), triage, triage.run([SCAM])[0], triage.explain([SCAM])[0]):
        assert "айтыңыз" not in repr(value) + str(value)
        if type(value).__name__ != "View":
            assert not hasattr(value, "_repr_html_")


def test_bad_input_is_named(triage: Triage) -> None:
    with pytest.raises(InputError, match="language must be one of kk, ru, en"):
        show([SCAM], triage, language="de")
    with pytest.raises(InputError, match=r"texts\[0\]"):
        show([None], triage)  # type: ignore[list-item]
    assert show([], triage).messages == 0


@given(text=st.text(max_size=80))
def test_any_text_is_shown_whole_and_adds_no_tag(triage: Triage, text: str) -> None:
    found = seen(show([text], triage, masked=False).html)
    known = {"table", "thead", "tbody", "tr", "th", "td", "p", "span", "bdi", "mark", "br"}
    assert set(found.tags) <= known
    assert found.text == re.sub("[\ud800-\udfff]", "\ufffd", text)


def cells() -> list[dict[str, Any]]:
    return json.loads(TUTORIAL.read_text(encoding="utf-8"))["cells"]  # type: ignore[no-any-return]


def test_the_tutorial_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(TUTORIAL.parent)
    names: dict[str, Any] = {"__name__": "__main__"}
    code = ["".join(cell["source"]) for cell in cells() if cell["cell_type"] == "code"]
    assert len(code) >= 6
    for at, source in enumerate(code):
        exec(compile(source, f"{TUTORIAL.name}, code cell {at + 1}", "exec"), names)
    assert [v.decision for v in names["verdicts"]][:3] == ["review", "review", "clear"]
    assert all(queue["review"] <= reviews for reviews, queue in names["queues"].items())
    assert len(names["evidence"]) > 0


def test_the_tutorial_is_a_clean_notebook() -> None:
    document = json.loads(TUTORIAL.read_text(encoding="utf-8"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in document["cells"]:
        assert cell["cell_type"] in {"code", "markdown"}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []  # what a notebook showed it would also keep
            assert cell["execution_count"] is None
