from __future__ import annotations

import itertools
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from cybertriage.text.normalize import normalize


def test_plain_text_is_left_alone() -> None:
    view = normalize("Қайырлы таң, как дела?")
    assert view.text == "Қайырлы таң, как дела?"
    assert view.original(8, 11) == view.original(8, 11).__class__(8, 11)


def test_invisible_characters_go_and_offsets_still_point_home() -> None:
    text = "па\u200bро\u00adль сюда"
    view = normalize(text)
    assert view.text == "пароль сюда"
    span = view.original(0, 6)
    assert text[span.start : span.end] == "па\u200bро\u00adль"


def test_joiner_inside_an_emoji_stays() -> None:
    assert normalize("👨\u200d👩\u200d👧 отбасы").text == "👨\u200d👩\u200d👧 отбасы"


def test_line_endings_and_controls_become_plain_space() -> None:
    assert normalize("а\r\nб\rв\x00г\u2028д").text == "а\nб\nв г\nд"


def test_decomposed_letters_are_composed_with_spans_of_the_whole_letter() -> None:
    text = unicodedata.normalize("NFD", "йод және ёлка")
    view = normalize(text)
    assert view.text == "йод және ёлка"
    first = view.original(0, 1)
    assert text[first.start : first.end] == unicodedata.normalize("NFD", "й")


def test_lone_surrogates_are_replaced_not_raised() -> None:
    assert normalize("код \ud83d бар").text == "код \ufffd бар"


@given(st.text())
def test_any_text_normalises_and_again_changes_nothing(text: str) -> None:
    once = normalize(text).text
    assert normalize(once).text == once


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_composed_and_decomposed_spellings_agree(text: str) -> None:
    composed, decomposed = (normalize(unicodedata.normalize(form, text)).text for form in ("NFC", "NFD"))
    assert unicodedata.normalize("NFC", composed) == unicodedata.normalize("NFC", decomposed)


@given(st.text())
def test_offsets_rise_and_stay_inside_the_original(text: str) -> None:
    view = normalize(text)
    spans = [view.original(i, i + 1) for i in range(len(view.text))]
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(a.start <= b.start for a, b in itertools.pairwise(spans))
