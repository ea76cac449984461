from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import Decision, InputError, Language, LanguageForm, Policy, Triage
from cybertriage.capacity import for_capacity
from cybertriage.models.bundle import load_bundle
from cybertriage.policy import Scored

POLICY = Policy.parse(load_bundle("fast").policy)


def day(seed: int, n: int = 400) -> list[Scored]:
    rng = random.Random(seed)
    kazakh = Language(LanguageForm.KK, 1.0, 0.0)
    rare = {"abuse": 0.01, "illicit": 0.01}
    return [Scored({"fraud": rng.random() ** 2, "radical": rng.random() ** 4, **rare}, kazakh) for _ in range(n)]


def reviewed(policy: Policy, messages: list[Scored]) -> int:
    return sum(policy.decide(one, model="m").decision is Decision.REVIEW for one in messages)


@given(st.integers(0, 120), st.integers(0, 10))
def test_never_more_than_people_can_read(reviews: int, seed: int) -> None:
    messages = day(seed)
    chosen = for_capacity(POLICY, messages, reviews=reviews)
    assert reviewed(chosen, messages) <= reviews


def test_the_capacity_is_used_where_scores_allow() -> None:
    messages = day(1)
    assert reviewed(for_capacity(POLICY, messages, reviews=40), messages) >= 38


def test_what_is_clear_stays_out_of_the_queue() -> None:
    messages = day(2)
    chosen = for_capacity(POLICY, messages, reviews=400)
    for family, band in chosen.bands.items():
        assert band.review >= POLICY.bands[family].clear
    assert reviewed(chosen, messages) < 400


def test_no_capacity_means_no_reviews_however_sure_the_model_is(triage: Triage) -> None:
    scam = "Это служба безопасности банка, назовите код из SMS, переведите деньги на безопасный счёт"
    messages = triage.score([scam] * 3)
    assert reviewed(POLICY, messages) == 3
    assert reviewed(for_capacity(POLICY, messages, reviews=0), messages) == 0


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="usual day"):
        for_capacity(POLICY, [], reviews=5)
    with pytest.raises(InputError, match="reviews"):
        for_capacity(POLICY, day(3), reviews=-1)


def test_a_policy_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(POLICY.to_toml(), encoding="utf-8")
    assert Policy.load(path) == POLICY
