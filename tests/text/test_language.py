from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage.text.language import detect
from cybertriage.types import LanguageForm

CASES = {
    LanguageForm.KK: "Ертең балабақшаға ерте барамыз, сондықтан таңертең қоңырау шалшы",
    LanguageForm.RU: "Завтра рано утром идём в садик, поэтому позвони мне пожалуйста",
    LanguageForm.MIXED: "Кеше заказ бердім, бірақ доставка ещё не пришла, не істейміз енді скажи пожалуйста",
    LanguageForm.KK_PLAIN: "Ертен балабакшага ерте барамыз, сондыктан танертен конырау шалшы",
    LanguageForm.KK_LATN: "Erten balabaqshaga erte baramyz, sondyqtan tanerten qongyrau shalshy",
    LanguageForm.RU_LATN: "Zavtra rano utrom idem v sadik, poetomu pozvoni mne pozhaluysta",
}


@pytest.mark.parametrize(("form", "text"), CASES.items())
def test_each_form_is_recognised(form: LanguageForm, text: str) -> None:
    assert detect([text])[0].form is form


@pytest.mark.parametrize(
    "text", ["", "123 456", "👍👍", "مرحبا بكم في المتجر", "你好世界", "Please call me back when you are home"]
)
def test_what_is_neither_is_other(text: str) -> None:
    assert detect([text])[0].form is LanguageForm.OTHER


def test_addresses_carry_no_language() -> None:
    assert (
        detect(["Ертең келіңіз, толығырақ https://some-english-words-here.example/please/read"])[0].form
        is LanguageForm.KK
    )


def test_shares_are_shares() -> None:
    mixed = detect([CASES[LanguageForm.MIXED]])[0]
    assert mixed.kk > 0.2
    assert mixed.ru > 0.2
    assert mixed.kk + mixed.ru <= 1.0001


@given(st.lists(st.text(max_size=40), max_size=6), st.randoms(use_true_random=False))
def test_a_form_does_not_depend_on_the_neighbours(texts: list[str], rng: random.Random) -> None:
    order = list(range(len(texts)))
    rng.shuffle(order)
    alone = [detect([text])[0] for text in texts]
    together = detect([texts[i] for i in order])
    assert [alone[i] for i in order] == together


@pytest.mark.parametrize(
    "text",
    [
        "Мен азыр жумуштамын, кийин чалам. Бүгүн кечинде үйгө келгенде нан ала кел, балдар күтүп жатат",
        "Бүген кич белән өйгә кайтканда ипи алып кайт әле. Кибеттән генә чыктым, ун минуттан өйдә булам",
    ],
)
def test_kyrgyz_and_tatar_are_not_taken_for_kazakh(text: str) -> None:
    assert detect([text])[0].form is LanguageForm.OTHER


@pytest.mark.parametrize("text", ["Өкінішке орай, бүгін үйде жоқпын", "көмек көрсетемін деген хабарлама келді ме"])
def test_kazakh_with_the_letters_it_shares_stays_kazakh(text: str) -> None:
    assert detect([text])[0].form is LanguageForm.KK
