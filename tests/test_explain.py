"""Explanations: which words are asked about, and that a weight is always what the deployed model says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.explanations import pointed, variants, without
from cybertriage.evaluate.covered import COVERED
from cybertriage.explain import ASKED_CHARACTERS, FEWEST, MOST, explain_text, occlude
from cybertriage.text.windows import OVERLAP, WINDOW

WEIGHTS = {"код": (4.0, 0.0), "банк": (2.0, 0.0), "наных": (-1.0, 0.0), "оқ": (0.0, 3.0)}


class Stub:
    """Log-odds as a sum over words; remembers how many texts it was asked about."""

    def __init__(self, scale: float = 1.0) -> None:
        self.asked = 0
        self._scale = scale

    def __call__(self, texts: Sequence[str], form: str) -> NDArray[np.float64]:
        self.asked += len(texts)
        rows = [np.sum([WEIGHTS.get(word, (0.0, 0.0)) for word in text.split()] or [(0, 0)], axis=0) for text in texts]
        return np.array(rows, np.float64) * self._scale


def no_guess(texts: Sequence[str], form: str) -> None:
    return None


def test_without_a_guess_every_word_is_asked_about_once() -> None:
    deployed = Stub()
    found = explain_text("банк код наных сөз сөз", COVERED, deployed, no_guess)
    assert deployed.asked == 1 + 5
    assert [(e.target, e.weight) for e in found.evidence] == [("fraud", 4.0), ("fraud", 2.0), ("fraud", -1.0)]


@pytest.mark.parametrize("words", [10, 40, 60])
def test_with_a_guess_few_words_are_asked_about(words: int) -> None:
    text = " ".join(["банк", "код", "наных", *(["сөз"] * (words - 3))])
    deployed, guess = Stub(), Stub(scale=0.1)
    found = occlude(text, deployed, guess, "kk", decides=[0, 1])
    asked = min(words, MOST, max(FEWEST, ASKED_CHARACTERS // len(text)))
    assert deployed.asked == 1 + asked
    assert np.isfinite(found.weights).all(axis=1).sum() == asked
    # The weights are the deployed model's, not the guess.
    np.testing.assert_allclose(found.weights[:3, 0], [2.0, 4.0, -1.0])


def test_a_word_that_was_not_asked_about_is_never_shown() -> None:
    text = " ".join(["код"] * 60)
    deployed = Stub()
    shown = explain_text(text, COVERED, deployed, Stub(scale=0.1)).evidence
    assert deployed.asked <= 1 + MOST
    assert {e.weight for e in shown} == {4.0}


def test_the_guess_is_read_for_the_family_that_the_window_decides() -> None:
    text = " ".join(["код", "банк", *(["сөз"] * 57), "оқ"])
    radical = occlude(text, Stub(), Stub(scale=0.1), "kk", decides=[1])
    assert radical.weights[-1, 1] == 3.0


def test_each_family_is_explained_in_its_own_window() -> None:
    filler = "сөздерсөздер " * ((WINDOW - OVERLAP) // 13)  # few words, so that each is a unit of its own
    text = "код банк " + filler + filler + "оқ"
    shown = explain_text(text, COVERED, Stub(), Stub(scale=0.1)).evidence
    assert {(text[e.span.start : e.span.end], e.target) for e in shown} == {
        ("код", "fraud"), ("банк", "fraud"), ("оқ", "radical"),
    }  # fmt: skip


def test_words_are_left_out_for_the_benchmark_as_for_an_explanation() -> None:
    text, units = "а бб ввв", [(0, 1), (2, 4), (5, 8)]
    assert without(text, units, [1]) == "а   ввв"
    assert without(text, units, []) == text
    comprehensive, sufficient = variants(text, units, np.array([2, 0, 1]))[:2]
    assert comprehensive.split() == ["а", "бб"]
    assert sufficient.split() == ["ввв"]


def test_the_hand_marked_messages_are_sound() -> None:
    rows = pointed()
    assert len(rows) == len({row.id for row in rows}) == 40
    assert {row.language for row in rows} == {"kk", "ru"}
    for row in rows:
        assert "[[" not in row.text
        assert all(row.text[a:b].strip() == row.text[a:b] != "" for a, b in row.spans)
