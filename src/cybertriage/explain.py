"""Which words led to a score, and which spoke against it, by asking the deployed graph again without them.

In: one original text and a function from texts to calibrated family log-odds. Out: an `Explanation`.
Invariants: spans point into the ORIGINAL text; the weight of a word is the log-odds lost when it is left out, so
positive means "for" and negative "against"; at most `MAX_WORDS` units are tried, longer texts in larger units.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from cybertriage.models.windows import OVERLAP, WINDOW
from cybertriage.text.fold import fold
from cybertriage.text.language import detect
from cybertriage.text.normalize import normalize
from cybertriage.types import FAMILIES, Evidence, Explanation

MAX_WORDS = 64
_SHOWN = 6
_LEAST = 0.05
_UNIT = re.compile(r"\S+")

FamilyLogOdds = Callable[[Sequence[str], str], NDArray[np.float64]]


def explain_text(original: str, log_odds: FamilyLogOdds) -> Explanation:
    """Evidence for and against both families in one text, strongest first.

    In a text of several windows each family is explained in the window that gave it its score.
    """
    view = normalize(original)
    folded = fold(view, original)
    shown = folded.view
    if not shown.text.strip():
        return Explanation((), folded.signals)
    form = detect([view.text])[0].form
    starts = range(0, max(1, len(shown.text) - OVERLAP), WINDOW - OVERLAP) if len(shown.text) > WINDOW else (0,)
    whole = [log_odds([shown.text[at : at + WINDOW]], form)[0] for at in starts]
    evidence: list[Evidence] = []
    for column, family in enumerate(FAMILIES):
        at = starts[int(np.argmax([odds[column] for odds in whole]))]
        found = _occluded(shown.text[at : at + WINDOW], log_odds, form)[column]
        evidence += [Evidence(family, shown.original(at + a, at + b), weight) for (a, b), weight in found]
    return Explanation(tuple(evidence), folded.signals)


def _occluded(text: str, log_odds: FamilyLogOdds, form: str) -> list[list[tuple[tuple[int, int], float]]]:
    """For each family the strongest units of one window with their weights."""
    units = _units(text)
    odds = log_odds([text, *(text[:a] + " " + text[b:] for a, b in units)], form)
    weights = odds[0] - odds[1:]
    return [
        [(units[at], round(float(weights[at, column]), 4)) for at in _strongest(weights[:, column])]
        for column in range(len(FAMILIES))
    ]


def _units(text: str) -> list[tuple[int, int]]:
    """Words, or runs of words in a long text, as ranges of `text`."""
    words = [m.span() for m in _UNIT.finditer(text)]
    size = -(-len(words) // MAX_WORDS) or 1
    return [(words[at][0], words[min(at + size, len(words)) - 1][1]) for at in range(0, len(words), size)]


def _strongest(weights: NDArray[np.float64]) -> list[int]:
    order = np.argsort(-np.abs(weights), kind="stable")[:_SHOWN]
    return [int(at) for at in order if abs(weights[at]) >= _LEAST]
