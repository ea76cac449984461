"""Latin Kazakh and Russian read in Cyrillic: the usual alphabets and habits, and what must stay as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import Triage
from cybertriage.text.cyrillic import in_cyrillic, to_cyrillic
from cybertriage.text.reading import as_read


@pytest.mark.parametrize(
    ("text", "form", "wanted"),
    [
        ("Privet, skazhi kod, eto srochno", "ru-latn", "привет, скажи код, это срочно"),
        ("hochesh 4to-to? moy brat stoit tut", "ru-latn", "хочешь что-то? мой брат стоит тут"),
        ("vashi dengi, poslednie novosti", "ru-latn", "ваши денги, последние новости"),
        ("Sälem, qalaisyñ? Aqşa jıberıñızşi", "kk-latn", "сәлем, қалайсың? ақша жіберіңізши"),
        ("Sálem, qalaısyń, jek kórme", "kk-latn", "сәлем, қалайсың, жек көрме"),
        ("Salem, qalaisyn, aqsha zhiberip jiber", "kk-latn", "салем, калайсын, акша жиберип жибер"),
    ],
)
def test_each_alphabet_and_habit_reads_as_what_it_spells(text: str, form: str, wanted: str) -> None:
    assert to_cyrillic(text, form) == wanted


def test_addresses_names_and_numbers_stay() -> None:
    text = "otkroy https://kaspi.example/login ili Kaspi, WhatsApp: +7 700 000 46 46, 4000 tg"
    assert to_cyrillic(text, "ru-latn") == (
        "открой https://kaspi.example/login или Kaspi, WhatsApp: +7 700 000 46 46, 4000 тг"
    )


def test_only_latin_forms_are_respelt() -> None:
    texts = ["Қалайсың, Kaspi-ге жібер", "salem qalaisyn"]
    assert in_cyrillic(texts, ["mixed", "kk-latn"]) == {1: "салем калайсын"}
    assert in_cyrillic(["Қалайсың"], ["kk-latn"]) == {}


@given(st.text(alphabet="abcghiklnoqsyzuäöşğıúń46'’ .-/:Қд", max_size=60), st.sampled_from(["kk-latn", "ru-latn"]))
def test_any_text_is_respelt_the_same_twice(text: str, form: str) -> None:
    once = to_cyrillic(text, form)
    assert once == to_cyrillic(text, form)
    assert len(once) <= len(text) + text.count(" ") + len(text.split()) + 1


def test_texts_as_read_keep_their_number_and_order() -> None:
    assert as_read(["", "Сәлем", "privet, kak dela, skazhi mne kod"])[1:] == [
        "Сәлем", "привет, как дела, скажи мне код",
    ]  # fmt: skip


def test_a_latin_message_scores_as_its_cyrillic_reading(triage: Triage) -> None:
    latin = "privet, eto bank, skazhite kod iz sms, srochno"
    one, two = triage.score([latin, to_cyrillic(latin, "ru-latn")])
    assert one.language.form == "ru-latn"
    assert one.scores["fraud"] == pytest.approx(two.scores["fraud"], abs=0.2)  # calibration may differ by form
    assert triage.explain([latin])[0].evidence
