from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import Decision, InputError, LanguageForm, Triage
from cybertriage.models import fast as fast_module
from cybertriage.taxonomy import Kind, of_kind
from cybertriage.text.windows import OVERLAP, WINDOW, windows

SCAM = "Бұл банктің қауіпсіздік қызметі. Шотыңыздан күдікті аударым жүріп жатыр, SMS-пен келген кодты тез айтыңыз"
BENIGN = "Апа, кешке нан мен сүт ала кел, балаларға ештеңе керек емес"
TEXTS = [SCAM, BENIGN, "", "👍", "Сәлем", "с р о ч н о назовите к0д", "й" * 5000, "a\u0306" * 40, "ок"]


def test_one_verdict_a_text_in_order(triage: Triage) -> None:
    verdicts = triage.run(TEXTS)
    assert len(verdicts) == len(TEXTS)
    assert [v.language.form for v in verdicts][:2] == [LanguageForm.KK, LanguageForm.KK]
    assert verdicts[0].scores["fraud"] > verdicts[1].scores["fraud"]
    assert triage.run([]) == []


def test_the_contract_of_a_verdict(triage: Triage) -> None:
    verdict = triage.run([SCAM])[0]
    leaves = {x.id for x in of_kind(Kind.LEAF)}
    assert {"fraud", "radical"} | leaves <= set(verdict.scores)
    assert all(0 <= p <= 1 for p in verdict.scores.values())
    assert verdict.decision in set(Decision)
    assert verdict.model == triage.model
    assert verdict.model.startswith("fast@")


@pytest.mark.parametrize("text", ["مرحبا بكم", "你好", "Please call me back when you are home"])
def test_out_of_language_abstains_and_never_flags(triage: Triage, text: str) -> None:
    verdict = triage.run([text])[0]
    assert verdict.decision is Decision.ABSTAIN
    assert verdict.reasons == ("out_of_language",)
    assert verdict.labels == ()


@given(
    texts=st.lists(st.one_of(st.text(max_size=80), st.sampled_from(TEXTS)), min_size=1, max_size=12), rng=st.randoms()
)
def test_same_text_same_score_in_any_company(triage: Triage, texts: list[str], rng: random.Random) -> None:
    order = list(range(len(texts)))
    rng.shuffle(order)
    alone = [triage.run([text])[0] for text in texts]
    together = triage.run([texts[i] for i in order])
    for i, verdict in zip(order, together, strict=True):
        assert verdict == alone[i]


def test_threads_and_chunks_change_nothing(triage: Triage, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [f"{text} {i}" for i in range(40) for text in TEXTS]
    expected = triage.run(many)
    monkeypatch.setattr("cybertriage.triage._CHUNK", 7)
    monkeypatch.setattr(fast_module, "_CELLS", 500)
    assert Triage.load("fast", threads=3).run(many) == expected


def test_a_long_harmless_rest_does_not_hide_a_full_window(triage: Triage) -> None:
    """Within one window harmless words do dilute; what lies outside it must not."""
    between = ["Иә, код айтыңыз, әйтпесе шотыңыз бұғатталады", "Кодты тез айтыңыз, уақыт жоқ"]
    calls = "\n".join([SCAM, between[0], SCAM, between[1], SCAM])
    assert len(calls) > WINDOW - OVERLAP
    alone, padded = triage.run([calls, f"{calls}\n" + f"{BENIGN}. " * 400])
    assert alone.scores["fraud"] > 0.9
    assert padded.scores["fraud"] > 0.9


def test_windows_cover_a_long_text_and_overlap() -> None:
    text = "".join(chr(0x430 + i % 32) for i in range(5000))
    parts = windows(text)
    assert all(len(part) <= WINDOW for part in parts)
    assert parts[0] + "".join(part[OVERLAP:] for part in parts[1:]) == text


def test_disguise_does_not_lower_a_fraud_score(triage: Triage) -> None:
    plain, hidden = triage.run([SCAM, SCAM.replace("кодты", "к\u200bо\u200bд\u200bты").replace("банктің", "бaнктiң")])
    assert hidden.scores["fraud"] >= plain.scores["fraud"] - 0.02


def test_letters_spaced_apart_count_as_the_message_itself(triage: Triage) -> None:
    """Prayer frames too, so that a spaced prayer is left alone as the prayer is."""
    plain = "Раббым, барша ауырғандарға шипа бер, айналайын"
    spaced = "Раббым, б а р ш а ауырғандарға шипа бер, а й н а л а й ы н"
    one, two = triage.score([plain, spaced])
    assert all(two.scores[name] >= value for name, value in one.scores.items())


def test_a_digit_that_stands_for_a_letter_never_raises_radical_content(triage: Triage) -> None:
    """A guessed letter may make another word, so such a view can only ask for a person."""
    plain, swapped = "Бұл адамдарды жою керек", "Бұл адамдарды ж0ю керек"
    one, two = triage.score([plain, swapped])
    assert two.facts.folded["radical"] == pytest.approx(one.scores["radical"], abs=1e-5)
    assert two.scores["radical"] <= one.scores["radical"]


@pytest.mark.parametrize("swapped", ["Бұл aдaмдapды жoю кeрeк", "Бұл αдамдарды жοю керек"])
def test_a_look_alike_letter_is_read_as_what_it_looks_like(triage: Triage, swapped: str) -> None:
    one, two = triage.score(["Бұл адамдарды жою керек", swapped])
    assert two.scores == one.scores
    assert two.language.form == one.language.form


def test_the_language_is_told_from_what_a_text_looks_like(triage: Triage) -> None:
    verdict = triage.run(["Нaбop в кoмaндy, пoдpaбoткa в тeлeгpaмe, пишитe в личкy"])[0]
    assert verdict.language.form == "ru"


@pytest.mark.parametrize("text", ["👍", "12:30", "+", "ok", "5000", "KASPI GOLD *1234"])
def test_a_text_without_a_word_does_not_ask_for_another_language(triage: Triage, text: str) -> None:
    assert "out_of_language" not in triage.run([text])[0].reasons


@pytest.mark.parametrize(("texts", "named"), [(["ок", None], r"texts\[1\]"), ("ок", "sequence"), ([b"x"], "bytes")])
def test_what_is_no_text_is_named_by_position(triage: Triage, texts: object, named: str) -> None:
    with pytest.raises(InputError, match=named):
        triage.run(texts)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=named):
        triage.explain(texts)  # type: ignore[arg-type]


def test_bad_arguments_of_load() -> None:
    with pytest.raises(InputError, match="threads"):
        Triage.load("fast", threads=0)


def test_evidence_points_into_the_original_text(triage: Triage) -> None:
    text = f"\u200b{SCAM}\r\n  пapoль"
    explanation = triage.explain([text])[0]
    assert {e.target for e in explanation.evidence} <= set(triage.families)
    assert explanation.evidence
    for item in explanation.evidence:
        assert text[item.span.start : item.span.end].strip()
    assert any(signal.kind == "homoglyph" for signal in explanation.signals)


def test_evidence_is_what_the_graph_loses_without_the_words(triage: Triage) -> None:
    item = next(e for e in triage.explain([SCAM])[0].evidence if e.target == "fraud")
    without = SCAM[: item.span.start] + " " + SCAM[item.span.end :]
    with_it, rest = (v.scores["fraud"] for v in triage.run([SCAM, without]))
    log_odds = np.log(with_it / (1 - with_it)) - np.log(rest / (1 - rest))
    assert np.sign(log_odds) == np.sign(item.weight)
    assert triage.explain([""])[0].evidence == ()


@given(st.text())
def test_any_text_is_scored_and_explained(triage: Triage, text: str) -> None:
    assert triage.run([text])[0].error is None
    for item in triage.explain([text])[0].evidence:
        assert 0 <= item.span.start < item.span.end <= len(text)
