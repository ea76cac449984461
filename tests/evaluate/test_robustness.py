"""Perturbations do what they say; the robustness evaluation counts what they cost."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import Decision, InputError, Language, LanguageForm, Triage, Verdict
from cybertriage.evaluate.as_json import document
from cybertriage.evaluate.cases import load_cases
from cybertriage.evaluate.robustness import Message, PerturbationFigures, evaluate_robustness, messages_of
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import TooFew
from cybertriage.variation.perturb import PERTURBATIONS, perturbed

TEXT = "Сәлеметсіз бе, банктен хабарласып тұрмын, телефонға келген кодты айтыңызшы"


def changed(name: str, text: str = TEXT, form: str = "kk") -> str:
    out = perturbed(name, text, form, key="a")
    assert out is not None
    assert out != text
    return out


@given(st.text(), st.sampled_from(sorted(PERTURBATIONS)), st.sampled_from(["kk", "ru", "mixed", "kk-latn"]))
def test_any_text_is_changed_in_the_same_way_twice_or_left_out(text: str, name: str, form: str) -> None:
    out = perturbed(name, text, form, key="k")
    assert out == perturbed(name, text, form, key="k")
    assert out != text


def test_the_change_hangs_on_id_and_seed() -> None:
    outs = {perturbed("typos", TEXT, "kk", key=key, seed=seed) for key in "abc" for seed in range(3)}
    assert len(outs) > 3


def test_perturbations_do_what_they_say() -> None:
    assert changed("zero_width").translate({0x200B: None, 0x200C: None, 0xAD: None}) == TEXT
    assert len(changed("homoglyph")) == len(TEXT)
    assert any("LATIN" in unicodedata.name(c) for c in changed("homoglyph") if c.isalpha())
    assert "".join(c for c in changed("spacing") if c.isalpha()) == "".join(c for c in TEXT if c.isalpha())
    assert any(c.isdigit() or c == "@" for c in changed("leet"))
    assert any(a == b == c for a, b, c in zip(*(changed("repeats")[i:] for i in range(3)), strict=False))
    assert changed("case").lower() == TEXT.lower()
    assert changed("no_kazakh_letters") == TEXT.translate(str.maketrans("әғқңөұүһі", "агкноуухи"))
    assert not any("а" <= c <= "я" for c in changed("transliteration").lower())
    assert TEXT.startswith(changed("truncation"))
    assert len(changed("truncation").split()) == len(TEXT.split()) * 2 // 3
    assert TEXT in changed("padding")
    assert len(changed("padding")) > 2 * len(TEXT) - 20


def test_what_does_not_apply_is_left_out() -> None:
    assert perturbed("no_kazakh_letters", "Привет, как дела", "ru", key="a") is None
    assert perturbed("transliteration", "уже latin", "kk-latn", key="a") is None
    assert perturbed("truncation", "Сегодня приду", "ru", key="a") is None
    assert perturbed("typos", "ок да", "ru", key="a") is None


class Fragile:
    """Finds fraud by the word `код` as it is written; takes a `@` for fraud; abstains on what has a digit."""

    model = "fragile@1"
    policy = SimpleNamespace(name="plain")

    def run(self, texts: Sequence[str]) -> list[Verdict]:
        return [self.verdict(text) for text in texts]

    def verdict(self, text: str) -> Verdict:
        fraud = 0.9 if "кодты" in text or "@" in text else 0.1
        labels = ("fraud",) if fraud > 0.5 else ()
        unsure = Decision.ABSTAIN if any(c.isdigit() for c in text) else Decision.CLEAR
        return Verdict(Decision.REVIEW if labels else unsure, 0, labels, {"fraud": fraud, "radical": 0.0}, (),
                       Language(LanguageForm.KK, 1, 0), (), self.model)  # fmt: skip


MESSAGES = [
    Message(f"{truth}{at}", "kk", ("fraud",) if truth == "f" else (), f"{text} нөмір {at} туралы жазған едім")
    for truth, text in (("f", "Маған кодты айтыңыз"), ("b", "Баланың кітабы қайда"))
    for at in range(60)
]


def figures(perturbation: str) -> PerturbationFigures:
    report = evaluate_robustness(Fragile(), MESSAGES, perturbations=[perturbation], draws=50)  # type: ignore[arg-type]
    return next(f for f in report.figures if f.family == "fraud" and f.language == "all")


def test_case_loses_what_the_model_matches_by_case() -> None:
    found = figures("case")
    assert value(found.recall_before) == 1
    lost = value(found.recall_lost)
    assert 0 < lost < 1  # about half the texts become capitals, the others keep the word as it was
    assert value(found.recall_after) == pytest.approx(1 - lost)
    assert value(found.score_change) == pytest.approx(-0.8 * lost)
    assert value(found.newly_flagged) == 0
    seen = found.still_seen
    assert seen.n == round(lost * 60)
    assert isinstance(seen, TooFew) or seen.value == 1  # every message has a digit, so what is lost is abstained on


def test_leet_raises_false_alarms_on_benign_text() -> None:
    found = figures("leet")
    assert value(found.false_alarms_before) == 0
    assert value(found.newly_flagged) > 0.5
    assert value(found.false_alarms_gained) == value(found.newly_flagged)


def test_a_family_without_rows_says_so() -> None:
    report = evaluate_robustness(Fragile(), MESSAGES, perturbations=["case"], draws=20)  # type: ignore[arg-type]
    radical = next(f for f in report.figures if f.family == "radical" and f.language == "kk")
    assert isinstance(radical.recall_lost, TooFew)
    assert isinstance(radical.false_alarms_gained, Estimate)
    none = evaluate_robustness(Fragile(), [], draws=20)  # type: ignore[arg-type]
    assert all(isinstance(f.recall_lost, TooFew) for f in none.figures)


def test_an_unknown_perturbation_is_refused() -> None:
    with pytest.raises(InputError, match="perturbations: no 'rot13'; there are homoglyph"):
        evaluate_robustness(Fragile(), MESSAGES, perturbations=["rot13"])  # type: ignore[arg-type]


def test_cases_become_messages_of_their_family() -> None:
    cases = load_cases()
    messages = messages_of(cases)
    assert {m.families for m in messages} == {(), ("fraud",), ("radical",)}
    assert sum(bool(m.families) for m in messages) == sum(c.function.expect == "flag" for c in cases)
    assert messages[0].text not in repr(messages[0])


def test_the_shipped_model_reads_through_case_and_hidden_characters(triage: Triage) -> None:
    messages = messages_of(load_cases())[::4]
    report = evaluate_robustness(triage, messages, perturbations=["zero_width", "case"], draws=50)
    again = evaluate_robustness(triage, messages, perturbations=["zero_width", "case"], draws=50)
    assert report == again
    data = document(report)
    assert data["report"] == "robustness"
    assert not any(m.text in json.dumps(data, ensure_ascii=False) for m in messages)
    for found in report.figures:
        if found.language == "all":
            assert abs(value(found.recall_lost)) < 0.1
            assert value(found.newly_flagged) < 0.05


def value(figure: object) -> float:
    assert isinstance(figure, Estimate), figure
    return figure.value
