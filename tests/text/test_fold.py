from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage.text.fold import Folded, fold
from cybertriage.text.normalize import normalize
from cybertriage.text.screen import screen


def folded(text: str) -> Folded:
    return fold(normalize(text), text)


@pytest.mark.parametrize(
    ("trick", "plain", "kind"),
    [
        ("пapoль айтыңыз", "пароль айтыңыз", "homoglyph"),
        ("назовите к0д", "назовите код", "digit"),
        ("ищeм ecкopт", "ищeм ecкopт".translate(str.maketrans("ecop", "есор")), "homoglyph"),
        ("нужны пaρтнёρы", "нужны партнёры", "homoglyph"),
        ("ᴨиɯиᴛᴇ ᴄᴩᴏчнᴏ", "пишите срочно", "homoglyph"),
        ("жұмыc бap", "жұмыс бар", "homoglyph"),
        ("с р о ч н о пришлите", "срочно пришлите", "spaced"),
        ("с-р-о-ч-н-о пришлите", "срочно пришлите", "spaced"),
        ("сроооочно", "срочно", "repeat"),
        ("аааақша жібер", "ақша жібер", "repeat"),
        ("срочнооо", "срочно", "repeat"),
        ("Ｋａｓｐｉ", "Kaspi", "styled"),
        ("па\u200bроль", "пароль", "invisible"),
    ],
)
def test_a_trick_is_undone_and_named_where_it_stands(trick: str, plain: str, kind: str) -> None:
    result = folded(trick)
    assert result.view.text == plain
    assert {s.kind for s in result.signals} == {kind}
    span = result.signals[0].span
    assert trick[span.start : span.end].strip()


@pytest.mark.parametrize(
    "text",
    [
        "Қайырлы таң! Ертең сағат 10-да келіңіз, 5000 тг.",
        "SMSті, OTPға, iPhoneды, Kaspi-ге жібердім",
        "4то делаешь, shest6 vechera",
        "А. И. Б. пришёл в 3-й раз; т.е. и т.д.",
        "covid19, 5G, Ту-154, B2B",
        "ТОО и ООО, XIII ғасыр: III тарау",
        "Купил iPhone и Kaspi Gold, код PIN-а не помню, VPNді қостым",
        "Формула: α + β = γ, μ-алгебра",
    ],
)
def test_ordinary_writing_is_not_a_trick(text: str) -> None:
    assert folded(text).view.text == text
    assert folded(text).signals == ()


@pytest.mark.parametrize(
    ("text", "kept"),
    [("с р о ч н о", True), ("сроооочно", True), ("cрoчнo", True), ("ср0чно", False), ("Кasрi", False)],
)
def test_a_view_says_whether_a_letter_stands_for_another(text: str, kept: bool) -> None:
    assert folded(text).letters_kept is kept


@pytest.mark.parametrize("address", ["https://kаspi.example/срооооок", "kаspi-bonus.example", "код@пoчта.example"])
def test_addresses_are_never_folded(address: str) -> None:
    text = f"кіріңіз {address} қазір"
    assert address in folded(text).view.text


@given(st.text(alphabet="кодaоcepKқөі 0.-_Ａ\u200b\u0306", max_size=40))
def test_signal_spans_lie_in_the_original(text: str) -> None:
    assert all(0 <= s.span.start < s.span.end <= len(text) for s in folded(text).signals)


@given(st.lists(st.text(alphabet="кодaоcepKқөій 03.-_Ａ\u200b\u0306\ud800\n", max_size=30), max_size=8))
def test_the_screen_misses_no_text_that_a_view_would_change(texts: list[str]) -> None:
    masks = screen(texts)
    for at, text in enumerate(texts):
        view = normalize(text)
        assert masks.normalize[at] or view.text == text
        assert masks.fold[at] or folded(text).view.text == view.text
