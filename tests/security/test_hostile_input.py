"""Linear work on hostile strings: every megabyte text must come back, whole and sane."""

from __future__ import annotations

import pytest

from cybertriage import Triage
from cybertriage.text.fold import fold
from cybertriage.text.normalize import normalize
from cybertriage.text.urls import address_spans

SIZE = 1_000_000
HOSTILE = {
    "homoglyphs": "пapoль" * (SIZE // 6),
    "dotted": "a." * (SIZE // 2),
    "almost addresses": "a.b" * (SIZE // 3),
    "brackets": "[" * SIZE,
    "marks": "а" + "\u0301\u0323" * (SIZE // 2),
    "bidi": "\u202e" * SIZE,
    "surrogates": "\ud800" * SIZE,
    "nul": "\x00" * SIZE,
    "spaced": "а " * (SIZE // 2),
    "repeats": "ж" * SIZE,
    "one word": "қазақстан" * (SIZE // 9),
    "at signs": "a@" * (SIZE // 2),
    "slashes": "http://" * (SIZE // 7),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_trouble_gets_a_verdict(triage: Triage, name: str) -> None:
    verdict = triage.run([HOSTILE[name]])[0]
    assert 0 <= verdict.scores["fraud"] <= 1
    assert verdict.error is None


@pytest.mark.parametrize("name", HOSTILE)
def test_views_keep_their_offsets_at_that_size(name: str) -> None:
    text = HOSTILE[name]
    view = fold(normalize(text), text).view
    if view.text:
        last = view.original(len(view.text) - 1, len(view.text))
        assert 0 <= last.start < last.end <= len(text)
    assert all(a < b <= len(view.text) for a, b in address_spans(view.text))
