from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import Decision, Language, LanguageForm, Policy, PolicyError
from cybertriage.policy import Reason, Scored
from cybertriage.types import Facts
from tests.policies import RULES

TEXT = f"""
name = "test"
[fraud]
clear = 0.2
review = 0.8
[radical]
clear = 0.2
review = 0.8
{RULES}"""
POLICY = Policy.parse(TEXT)
NOTHING = Facts()


def scored(facts: Facts = NOTHING, form: LanguageForm = LanguageForm.KK, **scores: float) -> Scored:
    return Scored({"fraud": 0.0, "radical": 0.0, **scores}, Language(form, 1.0, 0.0), facts)


def test_low_scores_are_clear_without_reasons() -> None:
    verdict = POLICY.decide(scored(), model="m")
    assert (verdict.decision, verdict.priority, verdict.reasons, verdict.labels) == (Decision.CLEAR, 0, (), ())


def test_a_flag_names_family_and_leaves_strongest_first() -> None:
    verdict = POLICY.decide(scored(fraud=0.9, phishing_link=0.6, code_theft_pretext=0.7, extortion=0.1), model="m")
    assert verdict.decision is Decision.REVIEW
    assert verdict.labels == ("fraud", "code_theft_pretext", "phishing_link")
    assert verdict.reasons == ("fraud_over_threshold",)
    assert verdict.priority == 2


def test_a_very_sure_flag_comes_first_in_the_queue() -> None:
    assert POLICY.decide(scored(fraud=0.96), model="m").priority == 3
    assert POLICY.decide(scored(radical=0.96, incitement_violence=0.9), model="m").priority == 4


def test_between_the_thresholds_it_abstains() -> None:
    verdict = POLICY.decide(scored(radical=0.5), model="m")
    assert (verdict.decision, verdict.reasons, verdict.priority) == (Decision.ABSTAIN, (Reason.LOW_CONFIDENCE,), 1)


def test_a_protective_frame_turns_a_radical_flag_into_an_abstention() -> None:
    verdict = POLICY.decide(scored(radical=0.9, news=0.85), model="m")
    assert (verdict.decision, verdict.reasons) == (Decision.ABSTAIN, (Reason.FRAME_CONFLICT,))
    assert verdict.frames == ("news",)
    assert "radical" not in verdict.labels


def test_a_frame_does_not_hide_a_clear_call_nor_fraud() -> None:
    assert POLICY.decide(scored(radical=0.9, news=0.9, incitement_violence=0.95), model="m").decision is Decision.REVIEW
    verdict = POLICY.decide(scored(radical=0.9, fraud=0.9, news=0.9), model="m")
    assert verdict.labels == ("fraud",)
    assert verdict.reasons == ("fraud_over_threshold", Reason.FRAME_CONFLICT)


def test_out_of_language_never_flags() -> None:
    verdict = POLICY.decide(scored(fraud=1.0, radical=1.0, form=LanguageForm.OTHER), model="m")
    assert (verdict.decision, verdict.reasons) == (Decision.ABSTAIN, (Reason.OUT_OF_LANGUAGE,))


def test_short_texts_abstain_only_when_something_was_seen() -> None:
    assert POLICY.decide(scored(Facts(too_short=True), fraud=0.9), model="m").reasons == (Reason.TOO_SHORT,)
    assert POLICY.decide(scored(Facts(too_short=True)), model="m").decision is Decision.CLEAR


def test_a_text_without_a_word_is_clear_unless_something_was_seen() -> None:
    wordless = Facts(too_short=True, wordless=True)
    assert POLICY.decide(scored(wordless, form=LanguageForm.OTHER), model="m").decision is Decision.CLEAR
    assert POLICY.decide(scored(wordless, LanguageForm.OTHER, fraud=0.5), model="m").reasons == (Reason.TOO_SHORT,)


def test_what_only_the_folded_view_shows_is_an_abstention() -> None:
    assert POLICY.decide(scored(Facts(folded={"radical": 0.9})), model="m").reasons == (Reason.OBFUSCATED,)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("clear = 0.2\nreview = 0.8\n[radical]", "clear = 0.9\nreview = 0.8\n[radical]", "fraud.clear"),
        ("named = 0.5", "named = 1.5", "labels.named"),
        ("named = 0.5", "", "labels.named"),
        ("urgent = 0.95", 'urgent = "high"', "priority.urgent"),
        ("urgent = 0.95", "urgent = true", "priority.urgent"),
        ("[labels]", "[lables]", "lables"),
        ("[labels]", "[labels", "TOML"),
    ],
)
def test_a_bad_policy_names_the_key_to_mend(old: str, new: str, named: str) -> None:
    with pytest.raises(PolicyError, match=named):
        Policy.parse(TEXT.replace(old, new, 1))


def test_a_missing_policy_file_is_named(tmp_path) -> None:
    with pytest.raises(PolicyError, match=r"none\.toml"):
        Policy.load(tmp_path / "none.toml")


probability = st.floats(0, 1)


@given(probability, probability, probability, st.sampled_from(list(LanguageForm)))
def test_every_verdict_but_clear_has_a_reason(fraud: float, radical: float, frame: float, form: LanguageForm) -> None:
    verdict = POLICY.decide(scored(fraud=fraud, radical=radical, testimony=frame, form=form), model="m")
    assert (verdict.decision is Decision.CLEAR) == (not verdict.reasons)
    assert (verdict.decision is Decision.REVIEW) == bool(verdict.labels)
    assert 0 <= verdict.priority <= 4
