from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage.text.redact import blank, find, mask, valid_card, valid_iban, valid_iin


def with_iin_check(first: str) -> str:
    return next(first + str(d) for d in range(10) if valid_iin(first + str(d)))


IIN = with_iin_check("99133100001")  # the 31st day of a 33rd month: nobody's number


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"ЖСН {IIN} деп жазыңыз", "ЖСН <iin> деп жазыңыз"),
        ("қоңырау шалыңыз +7 700 000 12 34 немесе 8(700)0001234", "қоңырау шалыңыз <phone> немесе <phone>"),
        ("карта 4242 4242 4242 4242 на имя", "карта <card> на имя"),
        ("пишите на someone@mail.example или @some_name", "пишите на <email> или <username>"),
        ("код 123456, сумма 150 000 тг, заказ 123456789012", "код 123456, сумма 150 000 тг, заказ 123456789012"),
        ("карта 4400 **** **** 1234", "карта 4400 **** **** 1234"),
    ],
)
def test_personal_data_is_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_blanking_keeps_the_shape() -> None:
    assert (
        blank("тел +7 701 555 12 34, a.b@mail.kz, сумма 150 000") == "тел +0 000 000 00 00, x.x@xxxx.xx, сумма 150 000"
    )


def test_checksums() -> None:
    assert valid_iban("KZ86 125K ZT50 0410 0100")  # the example of the national bank's IBAN rules
    assert not valid_iban("KZ87 125K ZT50 0410 0100")
    assert valid_card("4242424242424242")
    assert not valid_card("4242424242424241")
    assert not valid_iin(IIN[:-1] + str((int(IIN[-1]) + 1) % 10))


@given(st.text(alphabet="0123456789 +-()@.aбKZ<", max_size=80))
def test_spans_rise_do_not_overlap_and_masking_leaves_nothing_to_find(text: str) -> None:
    spans = [f.span for f in find(text)]
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(0 <= s.start < s.end <= len(text) for s in spans)


def test_hostile_digits_are_linear_work() -> None:
    for text in ("1" * 300_000, "1 " * 150_000, "a@" * 150_000, "+7 " * 100_000, "87000000000 " * 20_000):
        assert len(mask(text)) <= len(text) + 12
