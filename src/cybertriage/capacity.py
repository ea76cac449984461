"""A policy for the number of messages that people can read: "200 a day" in place of a probability.

In: a policy and the saved scores of a usual period. Out: the policy with its review thresholds moved, together, so that
at most the stated number of that period's messages is put up for review.
Both families move by the same log-odds, so neither is served at the other's cost. Thresholds are lowered to fill the
capacity, never below `clear`: what the model calls clear is nobody's queue.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from cybertriage.errors import InputError
from cybertriage.policy import Band, Policy, Scored
from cybertriage.types import Decision

_STEPS = 40
_REACH = 12.0  # log-odds; farther than any threshold need move
_EDGE = 1e-6


def for_capacity(policy: Policy, scored: Sequence[Scored], *, reviews: int) -> Policy:
    """The policy under which at most `reviews` of these messages are put up for review, as many as that allows.

    Raises `InputError` when there are no scores or `reviews` is negative.
    """
    if not scored:
        raise InputError("no scores to set a capacity by; score the messages of a usual day first")
    if reviews < 0:
        raise InputError(f"reviews must be 0 or more, got {reviews}")
    low, high = -_REACH, _REACH
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _reviewed(_moved(policy, middle), scored) > reviews:
            low = middle
        else:
            high = middle
    chosen = _moved(policy, high)
    if _reviewed(chosen, scored) > reviews:  # even the strictest threshold that a score can reach lets too many through
        chosen = replace(chosen, bands={f: Band(band.clear, 1.0) for f, band in chosen.bands.items()})
    return replace(chosen, name=f"{policy.name}-{reviews}")


def _moved(policy: Policy, by: float) -> Policy:
    """Review thresholds moved by `by` log-odds, kept between `clear` and 1."""
    return replace(policy, bands={f: _moved_band(band, by) for f, band in policy.bands.items()})


def _moved_band(band: Band, by: float) -> Band:
    start = min(max(band.review, _EDGE), 1 - _EDGE)
    odds = math.log(start / (1 - start)) + by
    return Band(band.clear, max(band.clear, 1 / (1 + math.exp(-odds))))


def _reviewed(policy: Policy, scored: Sequence[Scored]) -> int:
    return sum(policy.decide(one, model="").decision is Decision.REVIEW for one in scored)
