"""A person works through a sheet: by key and by pointer, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cybertriage.review.agreement import agreement
from cybertriage.review.intake import decisions_in, take_in
from cybertriage.review.items import Factor, Item, Mark, Outcome
from cybertriage.review.outcome import states
from cybertriage.review.sheet import render_sheet
from tests.review.queues import CASE, control, item, radical, store_of

pytest.importorskip("selenium")
Open = Callable[[Sequence[Item]], Any]


@pytest.fixture
def open_sheet(browser: Any, tmp_path: Path) -> Open:
    """Opens a sheet of these items in the browser, with nothing kept from another test."""

    def opened(items: Sequence[Item]) -> Any:
        path = tmp_path / "sheet.html"
        path.write_text(render_sheet(CASE, items, reviewer="R1", language="en"), encoding="utf-8")
        browser.get(path.as_uri())
        browser.execute_script("localStorage.clear()")
        browser.get(path.as_uri())
        browser.get_log("browser")
        return browser

    return opened


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.find_element("tag name", "body").send_keys(key)


def text_of(page: Any, selector: str) -> str:
    return str(page.find_element("css selector", selector).get_attribute("textContent"))


def clean(page: Any) -> bool:
    """Whether the browser had nothing to complain about, a breach of the content security policy included."""
    return [line for line in page.get_log("browser") if line["level"] in ("SEVERE", "WARNING")] == []


def exported(page: Any) -> Path:
    """The file that a press of E saves."""
    before = set(page.downloads.iterdir())
    press(page, "e")
    for _ in range(600):
        new = [p for p in set(page.downloads.iterdir()) - before if p.suffix == ".json"]
        if new:
            return new[0]
        time.sleep(0.05)
    raise AssertionError("no file was saved")


def test_a_queue_is_worked_through_by_keyboard_and_comes_back_by_file(open_sheet: Open, tmp_path: Path) -> None:
    items = [item(1), radical(2, priority=3), control(3), item(4)]
    page = open_sheet(items)
    press(page, "1", "t")
    page.switch_to.active_element.send_keys("Phishing")
    page.find_element("css selector", "h1").click()
    press(page, "n")
    page.switch_to.active_element.send_keys("2 шот, j k 1")
    page.switch_to.active_element.send_keys("\ue00c")
    press(page, "j", "1")
    assert "Read the text first" in text_of(page, "#toast")
    press(page, "r", "1")
    assert text_of(page, "#warning") == "Factors without an answer: 6"
    assert text_of(page, "#progress") == "1 of 4 decided"
    for factor in Factor:
        page.execute_script(f"document.querySelector('input[name={factor}][value=unknown]').click()")
    assert text_of(page, "#warning") == ""
    press(page, "u", "2", "u", "4")
    assert text_of(page, "#progress") == "4 of 4 decided"
    path = exported(page)
    assert path.name.startswith("decisions-K-1-R1")
    store = store_of(tmp_path, items)
    taken = take_in(store, decisions_in(path, case="K-1"))
    assert (taken.new, taken.refused) == (4, ())
    said = {r.uid: r for r in store.readings()}
    assert [said[i.uid].outcome for i in items] == [
        Outcome.CONFIRMED, Outcome.CONFIRMED, Outcome.NOT_CONFIRMED, Outcome.SECOND_READING,
    ]  # fmt: skip
    assert said[items[0].uid].label == "phishing_link"
    assert said[items[0].uid].note == "2 шот, j k 1"
    assert set(said[items[1].uid].rabat.values()) == {"unknown"}
    assert agreement(CASE, states(items, store.readings())).overall.overturned.n == 2
    assert clean(page)


def test_what_was_begun_is_there_after_a_reload_and_can_be_taken_back(open_sheet: Open) -> None:
    page = open_sheet([item(1), item(2)])
    press(page, "3", "j")
    page.refresh()
    assert text_of(page, "#progress") == "1 of 2 decided"
    assert text_of(page, "#message-title") == "Message 2"
    press(page, "k", "3")
    assert text_of(page, "#progress") == "0 of 2 decided"
    page.execute_script('localStorage.setItem(KEY, \'{"decided": {"x": 1}, "at": "<b>", "theme": 5}\')')
    page.refresh()
    assert text_of(page, "#progress") == "0 of 2 decided"


def test_half_a_radical_decision_is_not_saved(open_sheet: Open) -> None:
    page = open_sheet([radical(1), item(2)])
    press(page, "r", "1", "e")
    assert "No decision yet; 1 left out" in text_of(page, "#toast")


HOSTILE = [
    "<img src=x onerror='window.breach=1'>", "</script><script>window.breach=1</script>", "\u202eтекст\u202c <b>x</b>",
    "<svg><style>*{display:none}</style></svg>", "{{data}} ${breach=1} &lt;i&gt;",
]  # fmt: skip


def test_hostile_messages_are_text_in_the_page(open_sheet: Open) -> None:
    page = open_sheet([
        item(n, text=text, place=text, marks=(Mark(2, len(text), "fraud", 1.0),)) for n, text in enumerate(HOSTILE, 1)
    ])  # fmt: skip
    for text in HOSTILE:
        assert text_of(page, "#text") == text
        assert text in text_of(page, "#chips")
        press(page, "j")
    inside = page.execute_script("return [...document.querySelectorAll('#text *')].map((n) => n.tagName)")
    assert set(inside) == {"MARK"}
    assert page.execute_script("return window.breach") is None
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert clean(page)


def test_harsh_texts_are_blurred_until_asked_for(open_sheet: Open) -> None:
    page = open_sheet([radical(1), item(2)])
    box = page.find_element("id", "text-box")
    assert "covered" in box.get_attribute("class")
    assert page.find_element("id", "text").get_attribute("aria-hidden") == "true"
    page.find_element("id", "reveal").click()
    assert "covered" not in box.get_attribute("class")
    press(page, "j", "k", "r")
    assert "covered" in box.get_attribute("class")
    page.execute_script(
        "const s = document.getElementById('blur'); s.value = 'none'; s.dispatchEvent(new Event('change'))"
    )
    assert "covered" not in box.get_attribute("class")


@pytest.mark.parametrize(("language", "said"), [("kk", "Расталды"), ("ru", "Подтверждено"), ("en", "Confirmed")])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_language_theme_and_width(open_sheet: Open, language: str, said: str, theme: str, width: int) -> None:
    page = open_sheet([radical(1, frames=("news",), facts=("obfuscated",)), item(2)])
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    for name, value in (("language", language), ("theme", theme)):
        page.execute_script(
            "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
            "s.dispatchEvent(new Event('change'))", name, value,
        )  # fmt: skip
    assert said in text_of(page, "#decisions")
    assert page.execute_script("return document.documentElement.lang") == language
    assert page.execute_script("return getComputedStyle(document.documentElement).colorScheme") == theme
    wide = page.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    out = page.execute_script(
        "return [...document.querySelectorAll('button, select, textarea, mark')].filter((n) => "
        "n.closest('#queue') === null && n.getBoundingClientRect().right > innerWidth + 1)"
        ".map((n) => n.id || n.className)"
    )
    assert out == []
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
