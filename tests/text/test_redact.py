from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage.text.identifiers import iban_of, phone_of, plausible_iin
from cybertriage.text.redact import blank, find, mask, valid_card, valid_iban, valid_iin

IBAN = "KZ86125KZT5004100100"  # the example of the national bank's IBAN rules
SENTENCE = "хабарласыңыз {} деп жазды"


def with_iin_check(first: str) -> str:
    return next(first + str(d) for d in range(10) if valid_iin(first + str(d)))


IIN = with_iin_check("99123110000")  # somebody born in 1899
BIN = with_iin_check("99124000000")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"ЖСН {IIN} деп жазыңыз", "ЖСН <iin> деп жазыңыз"),
        (f"БСН {BIN[:6]} {BIN[6:]}", "БСН <iin>"),
        ("қоңырау шалыңыз +7 700 000 12 34 немесе 8(700)0001234", "қоңырау шалыңыз <phone> немесе <phone>"),
        ("карта 4242 4242 4242 4242 на имя", "карта <card> на имя"),
        ("заказ 1234 4242424242424242", "заказ 1234 <card>"),
        ("карта 4242-4242-4242-4242 12/28", "карта <card> 12/28"),
        ("карта 378282246310005", "карта <card>"),
        ("пишите на someone@mail.example или @some_name", "пишите на <email> или <username>"),
        ("пишите на почта@пример.рф", "пишите на <email>"),
        ("@some_nameға жаз, @барлық", "<username>ға жаз, @барлық"),
        (f"шот {IBAN}, {IBAN.lower()}", "шот <iban>, <iban>"),
        ("счёт KZ86 125K ZT50 0410 0100 банк", "счёт <iban> банк"),
        ("счёт КZ86125КZТ5004100100", "счёт <iban>"),  # К and Т are Cyrillic
        ("t.me/some_name https://t.me/s/channel1", "t.me/<username> https://t.me/s/<username>"),
        ("t.me/joinchat/AbCd t.me/+AbCdEf t.me/c/12/3", "t.me/joinchat/AbCd t.me/+AbCdEf t.me/c/12/3"),
        ("t.me/+77000001234 wa.me/77000001234?text=x", "t.me/<phone> wa.me/<phone>?text=x"),
        ("api.whatsapp.com/send?phone=77000001234", "api.whatsapp.com/send?phone=<phone>"),
        ("tg://resolve?domain=some_name", "tg://resolve?domain=<username>"),
    ],
)
def test_personal_data_is_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "phone",
    [
        "87000001234", "77000001234", "+77000001234", "8-700-000-12-34", "8 700 0001234", "8(7172)55-55-55",
        "8 (71721) 5-55-55", "+7 (727) 250 00 00", "7.700.000.12.34", "8 7 0 0 0 0 0 1 2 3 4", "700 000 12 34",
        "(700) 000-12-34", "8–700–000–12–34", "8\u00a0700\u00a0000\u00a012\u00a034", "8 800 080 00 00",
        "+998 90 000 12 34", "+998900001234", "+996 555 000 123", "+1 202 555 0123", "+49 30 12345678",
        "00998900001234", "+ 7 700 000 12 34", "8 495 000-12-34", "8 912 000 12 34",
    ],
)  # fmt: skip
def test_phones_of_many_forms(phone: str) -> None:
    assert mask(SENTENCE.format(phone)) == SENTENCE.format("<phone>")


@pytest.mark.parametrize(
    "harmless",
    [
        "код 123456", "150 000 тг", "1 250 000 000 теңге", "87 011 234 567 тг", "+125 000 000 тг", "+150 000 ₸",
        "+77 000 000 000 тг", "31.12.2024 15:30", "2024-12-31 23:59:59", "8.12.2024-9.12.2024", "заказ 123456789012",
        "заказ 000012345678", "4400 **** **** 1234", "10@5.50", "2019 2020 2021 2022",
        "KZ86125KZT5004100101", "1414", "9999", "12 345 678,90", "8 900 тг", "№ 700-12", "0,000 000 000 01",
        "²²²²²²²²²²²²", "10:00-18:00", "трек RA123456789KZ", "8:00 12 23 34 45 56",
    ],
)  # fmt: skip
def test_sums_dates_and_order_numbers_are_left_alone(harmless: str) -> None:
    assert mask(SENTENCE.format(harmless)) == SENTENCE.format(harmless)


@given(st.integers(0, 10**11), st.sampled_from(["{:,}", "{:,}.00", "{}"]), st.sampled_from([" тг", " ₸", " теңге"]))
def test_no_sum_in_thousands_is_masked(amount: int, shape: str, currency: str) -> None:
    if shape == "{}":
        amount %= 10**9
    written = shape.format(amount).replace(",", " ") + currency
    for sum_ in (written, f"+{written}", f"-{written}"):
        assert mask(sum_) == sum_


@given(st.datetimes(), st.sampled_from(["%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%y", "%d.%m.%Y", "%H:%M %d.%m"]))
def test_no_date_is_masked(when: object, shape: str) -> None:
    written = format(when, shape)
    assert mask(written) == written


@pytest.mark.parametrize(
    ("digits", "at_most"), [(6, 0), (8, 0), (9, 0), (10, 0.03), (11, 0.05), (12, 0.01), (14, 0), (16, 0.07), (20, 0)]
)
def test_few_order_numbers_are_taken_for_personal_data(digits: int, at_most: float) -> None:
    """Shares of random numbers of so many digits; what a checksum cannot tell apart stays."""
    numbers = random.Random(digits)
    drawn = [f"заказ {numbers.randrange(10 ** (digits - 1), 10**digits)} дайын" for _ in range(2000)]
    assert sum(bool(find(text)) for text in drawn) / len(drawn) <= at_most


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u2060", "\u202e", "\ufe0f"])
def test_invisible_characters_hide_no_number(hidden: str) -> None:
    text = f"тел 8700{hidden}00012{hidden}34 хат"
    assert mask(text) == "тел <phone> хат"
    assert [text[f.span.start : f.span.end] for f in find(text)] == [f"8700{hidden}00012{hidden}34"]


@pytest.mark.parametrize("zero", ["\uff10", "\u0660", "\u06f0", "\U0001d7ce"])
def test_digits_of_other_scripts_are_digits(zero: str) -> None:
    def written(number: str) -> str:
        return "".join(chr(ord(zero) + int(c)) for c in number)

    assert mask(f"тел {written('87000001234')}, ЖСН {written(IIN)}") == "тел <phone>, ЖСН <iin>"


def test_blanking_keeps_the_shape() -> None:
    assert (
        blank("тел +7 701 555 12 34, a.b@mail.kz, сумма 150 000") == "тел +0 000 000 00 00, x.x@xxxx.xx, сумма 150 000"
    )


def test_checksums() -> None:
    assert valid_iban("KZ86 125K ZT50 0410 0100")
    assert not valid_iban("KZ87 125K ZT50 0410 0100")
    assert not valid_iban("KZ86125KZT500410010²")
    assert valid_card("4242424242424242")
    assert not valid_card("4242424242424241")
    assert not valid_card("1111111111111117")  # Luhn holds, no such issuer
    assert not valid_iin(IIN[:-1] + str((int(IIN[-1]) + 1) % 10))
    assert valid_iin(with_iin_check("99133100001"))
    assert not plausible_iin(with_iin_check("99133100001"))  # the 31st day of a 33rd month


@pytest.mark.parametrize(
    "written", ["8 (700) 000-12-34", "+7 700 000 1234", "77000001234", "700 000 12 34", "８７０００００１２３４"]
)
def test_one_number_has_one_form(written: str) -> None:
    assert phone_of(written) == "+77000001234"


def test_other_numbers_keep_their_country() -> None:
    assert phone_of("+998 90 000 12 34") == "+998900001234"
    assert phone_of("00998900001234") == "+998900001234"
    assert phone_of("+81 3 0000 0000") == "+81300000000"
    assert iban_of("кz86 125К ZT50 0410 0100") == IBAN


@given(st.text(alphabet="0123456789 +-()@.aбKZ<\u200b/", max_size=80) | st.text(max_size=40))
def test_spans_rise_do_not_overlap_and_lie_in_the_text(text: str) -> None:
    spans = [f.span for f in find(text)]
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(0 <= s.start < s.end <= len(text) for s in spans)


@given(
    st.sampled_from(["87000001234", IIN, IBAN, "4242424242424242", "a.b@mail.kz", "@some_name"]), st.text(max_size=20)
)
def test_what_stands_around_by_a_space_hides_nothing(data: str, around: str) -> None:
    # A digit beside the space would make another number of it.
    quiet = "".join(c for c in around if not c.isdecimal() and c not in "+-–—‐‑‒―−.()*")
    assert data not in mask(f"{quiet} {data} {quiet}")


def test_hostile_text_is_linear_work() -> None:
    for text in (
        "1" * 300_000, "1 " * 150_000, "a@" * 150_000, "+7 " * 100_000, "87000000000 " * 20_000, "(((8" * 70_000,
        "t.me/" * 60_000, "KZ1" * 100_000, "4241424142414241 " * 20_000, "\u200b8" * 100_000, "@a." * 100_000,
    ):  # fmt: skip
        assert len(mask(text)) <= len(text) + 12


FORMS = [
    "900101.300007",
    "900101  300007",
    "900101_300007",
    "900101\n300007",
    "9OO1O13OOOO7",
    "7011234567",
    "8/701/123/45/67",
    "8_701_123_45_67",
    "8    701    1234567",
    "8701\n1234567",
    "0077011234567",
    "8\ufe0f\u20e37\ufe0f\u20e30\ufe0f\u20e31"
    "\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e35\ufe0f\u20e36\ufe0f\u20e37\ufe0f\u20e3",
    "250-12-34",
    "998901234567",
    "87011234567 тг",
    "8-7O1-123-45-67",
    "KZ86  125K  ZT50  0410  0100",
    "KZ86.125K.ZT50.0410.0100",
    "счётKZ86125KZT5004100100",
    "4111.1111.1111.1111",
    "4111  1111  1111  1111",
    "41111111\n11111111",
    "4111 1111 1111 1112",
    "карта 4111111111111112",
    "asan(at)mail.kz",
    "asan собака mail точка kz",
    "asan @ mail.kz",
    "asan@mail[.]kz",
    "@асанчик",
    "instagram.com/asan_user",
    "vk.com/id123456",
    "N12345678",
    "777ABC02",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("frame", ["{}", "пишите {} сегодня", "({}), жазыңыз"])
def test_forms_that_people_use_are_masked(form: str, frame: str) -> None:
    masked = mask(frame.format(form))
    assert "<" in masked
    assert not any(sum(c.isdigit() for c in word) >= 5 for word in masked.split())


@pytest.mark.parametrize(
    "text",
    [
        "@барлығы келіңдер",
        "счёт 5-04-12 бітті",
        "рейс KC 777 2 сағат",
        "код 4455",
        "10 000 000 тг",
        "01.02.2024-05.02.2024",
    ],
)
def test_ordinary_numbers_and_calls_stay(text: str) -> None:
    assert mask(text) == text
