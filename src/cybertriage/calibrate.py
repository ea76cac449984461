"""Turn logits into probabilities by stored numbers; scikit-learn is needed to fit them, never to use them.

In: logits of shape (texts, outputs) and each text's language form. Out: probabilities of the same shape, 0 to 1.
Method: Platt scaling (Platt 1999), `sigmoid(slope * logit + intercept)`, a line for each output and, where enough
held-out rows were there to fit one, a line for an output in one language form.
Invariant: monotone in the logit, so ranking within a form never changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cybertriage.errors import InputError

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Line:
    """`sigmoid(slope * logit + intercept)`; the slope is positive."""

    slope: float
    intercept: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Lines by output id, then by language form; the form `default` is always there."""

    lines: Mapping[str, Mapping[str, Line]]

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, Sequence[float]]]) -> Calibration:
        """Read `{output: {form: [slope, intercept]}}`; raises `InputError` on a missing default or a slope <= 0."""
        lines = {out: {form: Line(float(a), float(b)) for form, (a, b) in forms.items()} for out, forms in data.items()}
        for out, forms in lines.items():
            if DEFAULT not in forms:
                raise InputError(f"calibration of {out!r} has no {DEFAULT!r} line")
            if any(line.slope <= 0 for line in forms.values()):
                raise InputError(f"calibration of {out!r} has a slope that is not positive")
        return cls(lines)

    def to_json(self) -> dict[str, dict[str, list[float]]]:
        """The form `from_json` reads."""
        return {o: {f: [x.slope, x.intercept] for f, x in forms.items()} for o, forms in self.lines.items()}

    def log_odds(
        self, logits: NDArray[np.float32], outputs: Sequence[str], forms: Sequence[str]
    ) -> NDArray[np.float64]:
        """Calibrated log-odds, shape (texts, outputs)."""
        result = np.empty(logits.shape, np.float64)
        for column, output in enumerate(outputs):
            by_form = self.lines[output]
            fallback = by_form[DEFAULT]
            if len(by_form) == 1:
                result[:, column] = fallback.slope * logits[:, column] + fallback.intercept
                continue
            chosen = [by_form.get(form, fallback) for form in forms]
            slopes = np.fromiter((line.slope for line in chosen), np.float64, len(chosen))
            intercepts = np.fromiter((line.intercept for line in chosen), np.float64, len(chosen))
            result[:, column] = slopes * logits[:, column] + intercepts
        return result

    def probabilities(
        self, logits: NDArray[np.float32], outputs: Sequence[str], forms: Sequence[str]
    ) -> NDArray[np.float64]:
        """Calibrated probabilities, shape (texts, outputs)."""
        return sigmoid(self.log_odds(logits, outputs, forms))


def sigmoid(values: NDArray[Any]) -> NDArray[np.float64]:
    """The logistic function, without overflow."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -60, 60))), np.float64)
