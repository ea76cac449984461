"""Which words led to a score, and which spoke against it, by asking the deployed graph again without them.

In: one original text, a function from texts to calibrated family log-odds, and one that guesses them cheaply. Out: an
`Explanation`.
Where there is a cheap guess, only the words that it says matter most are asked about, as many as `ASKED_CHARACTERS`
pay for; measured in `benchmarks/explanations.py` against asking about all.
Invariants: spans point into the ORIGINAL text; the weight of a word is the log-odds lost when it is left out, never
the guess, so positive means "for" and negative "against"; at most `MAX_WORDS` units are tried, longer texts in larger
units.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cybertriage.text.reading import read_closely
from cybertriage.text.windows import OVERLAP, WINDOW
from cybertriage.types import Evidence, Explanation

MAX_WORDS = 64
ASKED_CHARACTERS = 700  # of all variants of one window together: about 50 ms of the encoder on one core
FEWEST, MOST = 4, 12  # variants asked about, whatever their length
_SHOWN = 6
_LEAST = 0.05
_UNIT = re.compile(r"\S+")

FamilyLogOdds = Callable[[Sequence[str], str], NDArray[np.float64]]
Guess = Callable[[Sequence[str], str], NDArray[np.float64] | None]


@dataclass(frozen=True, slots=True)
class Occlusion:
    """What leaving out each unit of one window costs.

    `units`: ranges of the window. `weights`: log-odds lost, shape (units, families), NaN where not asked. `guessed`:
    the cheap guess of the same, equal to `weights` where there is none. `odds`: of the whole, shape (families,).
    """

    units: list[tuple[int, int]]
    weights: NDArray[np.float64] = field(repr=False)
    guessed: NDArray[np.float64] = field(repr=False)
    odds: NDArray[np.float64] = field(repr=False)


def explain_text(original: str, families: Sequence[str], log_odds: FamilyLogOdds, guess: Guess) -> Explanation:
    """Evidence for and against each family in one text, strongest first.

    `families`: what the columns of the log-odds stand for. `guess` gives the log-odds by a cheaper model, or None where
    `log_odds` is the cheapest there is. In a text of several
    windows each family is explained in the window that gave it its score.
    """
    reading = read_closely(original)
    folded, form = reading.folded, reading.form
    shown = folded.view
    if not shown.text.strip():
        return Explanation((), folded.signals)
    starts = _deciding(shown.text, len(families), log_odds, form)
    found = {
        at: occlude(
            shown.text[at : at + WINDOW], log_odds, guess, form, decides=[c for c, s in enumerate(starts) if s == at]
        )
        for at in set(starts)
    }
    evidence: list[Evidence] = []
    for column, (family, at) in enumerate(zip(families, starts, strict=True)):
        units, weights = found[at].units, found[at].weights[:, column]
        for place in _strongest(weights):
            a, b = units[place]
            evidence.append(Evidence(family, shown.original(at + a, at + b), round(float(weights[place]), 4)))
    return Explanation(tuple(evidence), folded.signals)


def _deciding(text: str, families: int, log_odds: FamilyLogOdds, form: str) -> list[int]:
    """Where the window starts that gives each family its score."""
    if len(text) <= WINDOW:
        return [0] * families
    starts = range(0, len(text) - OVERLAP, WINDOW - OVERLAP)
    odds = np.vstack([log_odds([text[at : at + WINDOW]], form) for at in starts])
    return [starts[int(at)] for at in odds.argmax(axis=0)]


def occlude(text: str, log_odds: FamilyLogOdds, guess: Guess, form: str, *, decides: Sequence[int]) -> Occlusion:
    """Leave out the units of one window in turn; with a guess, those that it holds to matter most.

    `decides`: columns of the families that this window decides; the guess is read for the likelier one.
    """
    units = _units(text)
    variants = [text, *(text[:a] + " " + text[b:] for a, b in units)]
    guessed = guess(variants, form)
    if guessed is None:
        odds = log_odds(variants, form)
        return Occlusion(units, odds[0] - odds[1:], odds[0] - odds[1:], odds[0])
    hints = guessed[0] - guessed[1:]
    most = min(MOST, max(FEWEST, ASKED_CHARACTERS // len(text)))
    family = max(decides, key=guessed[0].__getitem__)
    asked = np.argsort(-np.abs(hints[:, family]), kind="stable")[:most]
    odds = log_odds([text, *(variants[1 + at] for at in asked)], form)
    weights = np.full_like(hints, np.nan)
    weights[asked] = odds[0] - odds[1:]
    return Occlusion(units, weights, hints, odds[0])


def _units(text: str) -> list[tuple[int, int]]:
    """Words, or runs of words in a long text, as ranges of `text`."""
    words = [m.span() for m in _UNIT.finditer(text)]
    size = -(-len(words) // MAX_WORDS) or 1
    return [(words[at][0], words[min(at + size, len(words)) - 1][1]) for at in range(0, len(words), size)]


def _strongest(weights: NDArray[np.float64]) -> list[int]:
    """The units asked about with the largest weights, either way."""
    sizes = np.nan_to_num(np.abs(weights))
    order = np.argsort(-sizes, kind="stable")[:_SHOWN]
    return [int(at) for at in order if sizes[at] >= _LEAST]
