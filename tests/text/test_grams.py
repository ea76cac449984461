from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cybertriage.text.features import FeatureSpec, features
from cybertriage.text.grams import ADDRESS, grams, replace_addresses
from cybertriage.text.urls import address_spans, host_labels

SPEC = FeatureSpec(buckets=1 << 12, char_sizes=(3, 4), pair_skips=(1,))


def ids(texts: list[str]) -> list[list[int]]:
    ragged = features(grams(texts), SPEC)
    return [ragged.ids[a:b].tolist() for a, b in zip(ragged.starts, ragged.starts[1:], strict=False)]


@given(st.lists(st.text(max_size=60), max_size=6))
def test_features_of_a_text_do_not_depend_on_the_batch(texts: list[str]) -> None:
    assert ids(texts) == [ids([text])[0] for text in texts]


@given(st.text(max_size=80))
def test_features_are_real_buckets_never_padding(text: str) -> None:
    assert all(0 < i < SPEC.buckets for i in ids([text])[0])


def test_case_and_digits_make_no_difference_letters_do() -> None:
    assert ids(["Код 1234"]) == ids(["код 9876"])
    assert ids(["өл"]) != ids(["ол"])


def test_pairs_know_their_order() -> None:
    table = grams(["не сообщайте код", "код сообщайте не"])
    rows, hashes = table.pairs()
    assert rows.tolist() == [0, 0, 1, 1]
    assert set(hashes[:2].tolist()).isdisjoint(hashes[2:].tolist())


def test_ngrams_stay_inside_words() -> None:
    token, _ = grams(["abcd ef"]).chars(3)
    assert token.tolist() == [0, 0]


def test_an_address_becomes_its_host_words() -> None:
    text = "кіріңіз: https://my-bank.example/login?x=1 тез"
    assert replace_addresses(text) == f"кіріңіз: {ADDRESS}my{ADDRESS}bank тез"
    assert host_labels("www.shop.kaspi.kz/a.b") == ["shop", "kaspi"]


def test_a_missing_space_after_a_full_stop_is_no_address() -> None:
    assert address_spans("Привет.Как дела? Бар.Жоқ т.е. 12.05.2026 а.б") == []
    assert [slice(*s) for s in address_spans("см. kaspi.kz/pay или mail@bank.kz")] == [slice(4, 16), slice(21, 33)]


def test_hashing_is_stable_across_versions() -> None:
    """A changed hash would silently ruin every shipped table."""
    assert ids(["Код айтпа"]) == [[1839, 373, 1873, 3339, 3207, 844, 3709, 3553, 3053]]
