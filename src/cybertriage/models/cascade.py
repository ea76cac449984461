"""The fast model on everything, the encoder on what the fast model cannot clear safely.

In: normalised texts no longer than a window. Out: calibrated log-odds, shape (texts, outputs).
A window is sent to the encoder when the fast model gives any family its threshold (`band`) or more; its log-odds are
then a weighted sum of both models' (stacking; Wolpert 1992), the weights fitted on writers that neither model was
trained on.
Invariant: whether a window is sent depends on that window alone, so a text's score never depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cybertriage.calibrate import sigmoid
from cybertriage.errors import BundleError
from cybertriage.models.bundle import Bundle
from cybertriage.models.encoder import EncoderModel
from cybertriage.models.fast import FastModel
from cybertriage.text.grams import Grams, grams


@dataclass(frozen=True, slots=True)
class Blend:
    """`fast * log-odds + encoder * log-odds + shift`, numbers of shape (outputs,)."""

    fast: NDArray[np.float64]
    encoder: NDArray[np.float64]
    shift: NDArray[np.float64]

    @classmethod
    def from_json(cls, data: Mapping[str, Sequence[float]], outputs: Sequence[str]) -> Blend:
        """Read `{output: [fast, encoder, shift]}`; weights must not be negative."""
        table = np.array([data[name] for name in outputs], np.float64)
        if table.shape != (len(outputs), 3) or not np.isfinite(table).all() or (table[:, :2] < 0).any():
            raise ValueError("blend wants two weights >= 0 and a shift for each output")
        return cls(table[:, 0], table[:, 1], table[:, 2])

    def __call__(self, fast: NDArray[np.float64], encoder: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.fast * fast + self.encoder * encoder + self.shift


class CascadeModel:
    """Two loaded bundles and when to ask the second."""

    def __init__(self, bundle: Bundle, fast: FastModel, encoder: EncoderModel) -> None:
        if fast.outputs != bundle.outputs or encoder.outputs != bundle.outputs:
            raise BundleError(f"{bundle.name}: its members answer with other outputs; rebuild the bundle")
        self._fast, self._encoder = fast, encoder
        self._blend = bundle.parsed(lambda m: Blend.from_json(m["blend"], bundle.outputs))
        self._band = bundle.parsed(lambda m: np.array([_probability(m["band"][f]) for f in bundle.families]))
        self._families = [bundle.outputs.index(f) for f in bundle.families]
        self.outputs = bundle.outputs

    def sent(self, quick: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which windows the encoder must see, by the fast model's log-odds."""
        return np.asarray((sigmoid(quick[:, self._families]) >= self._band).any(axis=1))

    def quick_odds(self, pieces: Sequence[str], forms: Sequence[str], table: Grams) -> NDArray[np.float64]:
        """What the fast model alone says, shape (pieces, outputs)."""
        return self._fast.piece_odds(pieces, forms, table)

    def piece_odds(self, pieces: Sequence[str], forms: Sequence[str], table: Grams) -> NDArray[np.float64]:
        """Calibrated log-odds, shape (pieces, outputs)."""
        odds = self.quick_odds(pieces, forms, table)
        return self._with_encoder(odds, pieces, forms, np.flatnonzero(self.sent(odds)))

    def variant_odds(self, variants: Sequence[str], form: str) -> NDArray[np.float64]:
        """Log-odds of a text and its variants, all through the encoder when the first goes there."""
        odds = self._fast.piece_odds(variants, [form] * len(variants), grams(variants))
        chosen = np.arange(len(variants)) if self.sent(odds[:1]).any() else np.array([], np.int64)
        return self._with_encoder(odds, variants, [form] * len(variants), chosen)

    def guessed_odds(self, variants: Sequence[str], form: str) -> NDArray[np.float64] | None:
        """What the fast model alone says, where the first of the variants goes to the encoder."""
        odds = self._fast.variant_odds(variants, form)
        return odds if self.sent(odds[:1]).any() else None

    def _with_encoder(
        self, odds: NDArray[np.float64], pieces: Sequence[str], forms: Sequence[str], chosen: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        if len(chosen):
            slow = self._encoder.calibrated([pieces[at] for at in chosen], [forms[at] for at in chosen])
            odds[chosen] = self._blend(odds[chosen], slow)
        return odds


def _probability(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("band wants probabilities from 0 to 1")
    return float(value)
