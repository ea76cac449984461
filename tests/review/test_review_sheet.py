from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from cybertriage import InputError
from cybertriage.review.items import Factor, Item, Mark, Outcome, Points
from cybertriage.review.sheet import render_sheet
from cybertriage.taxonomy import LANGUAGES, notice
from tests.review.queues import CASE, control, item, radical

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!--<script>", "]]>", "{{script}} {{data}}", "${alert(1)}", "\u2028\u2029", "&lt;b&gt;", "javascript:alert(1)",
    '"}];alert(1);//', "\u202eяма\u202c", "a\x00b", "\ufffd", "'><svg/onload=alert(1)>",
]  # fmt: skip


class Page(HTMLParser):
    """What a parser makes of a sheet."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        if tag in self.inside:
            self.inside[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open in self.inside:
            self.inside[self._open][-1] += data


def sheet(*items: Item, **options: object) -> str:
    return render_sheet(CASE, items, **({"reviewer": "R1"} | options))  # type: ignore[arg-type]


def embedded(text: str) -> dict[str, object]:
    return json.loads(Page(text).inside["script"][0])  # type: ignore[no-any-return]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_message_stays_data(text: str) -> None:
    for hostile in (item(1, text=text, marks=(Mark(0, len(text), "fraud", 1.0),)), item(1, place=text, marks=())):
        page = Page(sheet(hostile))
        assert [tag for tag, _ in page.tags] == [tag for tag, _ in Page(sheet(item(1))).tags]
        assert page.inside["script"][1:] == Page(sheet(item(1))).inside["script"][1:]
    data = embedded(sheet(item(1, text=text, marks=(Mark(0, len(text), "fraud", 1.0),))))
    assert data["items"][0]["segments"] == [[text, "for", 3]]  # type: ignore[index]


def test_a_hostile_case_name_stays_text() -> None:
    name = "</title><script>alert(1)</script>"
    page = Page(render_sheet(replace(CASE, id=name), [item(1)], reviewer="R1"))
    assert len(page.inside["script"]) == 2
    assert json.loads(page.inside["script"][0])["case"] == name
    assert re.fullmatch(r"[\w.-]+", json.loads(page.inside["script"][0])["file"])


def test_nothing_is_loaded_and_the_policy_holds_the_hashes() -> None:
    text = sheet(item(1))
    page = Page(text)
    loading = {"src", "href", "srcset", "action", "data", "poster", "background"}
    assert not any(loading & set(attrs) for _, attrs in page.tags)
    assert not any(name.startswith("on") or name == "style" for _, attrs in page.tags for name in attrs)
    assert "url(" not in page.inside["style"][0]
    assert "@import" not in page.inside["style"][0]
    assert not re.search(r"https?://|innerHTML|eval\(|fetch\(|XMLHttpRequest|WebSocket", text)
    policy = next(a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a)
    assert policy is not None
    for part in (page.inside["style"][0], page.inside["script"][1]):
        assert base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_a_control_item_cannot_be_told_from_a_flagged_one() -> None:
    flagged = item(1, text="бірдей мәтін", marks=(), ordinal=1)
    drawn = control(1, text="бірдей мәтін", marks=(), ordinal=1)
    assert sheet(flagged) == sheet(drawn)
    assert sheet(radical(1, priority=4)) == sheet(radical(1, priority=0, control=True, decision="clear", labels=()))
    data = json.dumps(embedded(sheet(flagged, control(2)))["items"])
    assert not any(word in data for word in ("control", "priority", "score", "decision", "reasons", "double"))


def test_evidence_is_cut_into_pieces_that_make_up_the_text() -> None:
    text = "👍 Назовите код 🙏 сейчас же"
    marks = (Mark(2, 10, "fraud", 2.0), Mark(5, 14, "fraud", 1.0), Mark(17, 23, "fraud", -0.2))
    segments = embedded(sheet(item(1, text=text, marks=marks)))["items"][0]["segments"]  # type: ignore[index]
    assert "".join(piece for piece, _, _ in segments) == text
    assert ["Назовите", "for", 3] in segments
    assert ["сейчас", "against", 1] in segments
    assert [" код", "for", 2] in segments


def test_every_sentence_is_there_in_every_language() -> None:
    data = embedded(sheet(item(1)))
    texts: dict[str, dict[str, str]] = data["texts"]  # type: ignore[assignment]
    assert all(set(text) == set(LANGUAGES) and all(text.values()) for text in texts.values())
    for name in (*Outcome, *Factor, *Points, *(f"{f}_q" for f in Factor)):
        assert name in texts
    source = sheet(item(1))
    used = {*re.findall(r'data-t="(\w+)"', source), *re.findall(r'\bt\("(\w+)"', source)}
    assert used <= set(texts)
    placeholders = [{tuple(sorted(re.findall(r"\{\w+\}", x))) for x in text.values()} for text in texts.values()]
    assert all(len(found) == 1 for found in placeholders)
    assert data["notice"] == {x: notice(x) for x in LANGUAGES}


def test_the_vocabulary_has_no_verb_beyond_judging() -> None:
    text = sheet(item(1), radical(2)).lower()
    assert not any(verb in text for verb in ("заблокировать", "наказать", "punish", "ban user", "бұғаттау", "жазалау"))


def test_the_sheet_is_labelled_for_those_who_do_not_see_it() -> None:
    page = Page(sheet(item(1)))
    ids = {a["id"] for _, a in page.tags if "id" in a}
    for name in ("for", "aria-labelledby", "aria-describedby"):
        assert {a[name] for _, a in page.tags if name in a} <= ids
    assert next(a["lang"] for t, a in page.tags if t == "html") == "kk"


@pytest.mark.parametrize("options", [{"reviewer": "Айгүл"}, {"reviewer": ""}, {"language": "de"}])
def test_a_reader_without_a_code_or_an_unknown_language_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(InputError):
        sheet(item(1), **options)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_text_stands_out_from_its_ground_in_both_themes() -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    style = Page(sheet(item(1))).inside["style"][0]
    themes = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r"\{([^{}]*--paper: [^{}]*)\}", style)
    ]
    assert len(themes) == 3
    assert themes[1] == themes[2]
    for colours in themes:
        pairs = [("ink", "paper"), ("ink", "card"), ("soft", "card"), ("soft", "paper"), ("soft", "accent-wash")]
        pairs += [("ink", f"{side}-{n}") for side in ("for", "against") for n in (1, 2, 3)]
        pairs += [("card", tone) for tone in Outcome] + [
            ("accent-ink", "accent"),
            ("warn", "card"),
            ("accent", "paper"),
        ]
        low = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
        assert min(low.values()) >= 4.5, low
