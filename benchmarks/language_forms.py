"""Language form against lingua restricted to Kazakh, Russian and English, on the labelled code-switching set.

In: `codeswitch-kk-ru/gold_v1.csv` (use=dev). Out: `results/language_forms.json`: macro-F1 over kk, ru, mixed.
lingua names one language, so it is also run in its many-languages mode, where kk and ru together count as mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from lingua import Language, LanguageDetector, LanguageDetectorBuilder
from sklearn.metrics import confusion_matrix, f1_score

from benchmarks.record import versions, write
from cybertriage.text.language import detect
from cybertriage.text.normalize import normalize
from training.sources import rows_of

CLASSES = ("kk", "ru", "mixed")
_OURS = {"kk": "kk", "kk-plain": "kk", "kk-latn": "kk", "ru": "ru", "ru-latn": "ru", "mixed": "mixed", "other": "other"}
_LINGUA = {"KAZAKH": "kk", "RUSSIAN": "ru"}


def figures(truth: Sequence[str], answers: Sequence[str]) -> dict[str, Any]:
    """Macro-F1 with a bootstrap interval, and the confusion matrix (rows are truth)."""
    true, said = np.array(truth), np.array(answers)
    rng = np.random.default_rng(0)
    draws = [_f1(true[pick], said[pick]) for pick in rng.integers(0, len(true), (200, len(true)))]
    low, high = np.percentile(draws, [2.5, 97.5])
    return {
        "macro_f1": {"value": round(_f1(true, said), 4), "low": round(low, 4), "high": round(high, 4), "n": len(true)},
        "confusion": confusion_matrix(true, said, labels=[*CLASSES, "other"]).tolist(),
    }


def _f1(true: np.ndarray, said: np.ndarray) -> float:
    return float(f1_score(true, said, average="macro", labels=CLASSES))


def lingua_single(detector: LanguageDetector, text: str) -> str:
    found = detector.detect_language_of(text)
    return _LINGUA.get(found.name, "other") if found else "other"


def lingua_many(detector: LanguageDetector, text: str) -> str:
    found = {_LINGUA.get(part.language.name, "other") for part in detector.detect_multiple_languages_of(text)}
    return "mixed" if {"kk", "ru"} <= found else next((name for name in ("kk", "ru") if name in found), "other")


def main() -> None:
    rows = [r for r in rows_of("codeswitch-kk-ru", evaluation=True) if "gold_v1" in r.group]
    truth = [{"kz": "kk"}.get(r.label, r.label) for r in rows]
    detector = LanguageDetectorBuilder.from_languages(Language.KAZAKH, Language.RUSSIAN, Language.ENGLISH).build()
    ways: dict[str, Callable[[LanguageDetector, str], str]] = {"single": lingua_single, "many": lingua_many}
    result = {
        "classes": [*CLASSES, "other"],
        "cybertriage": figures(truth, [_OURS[x.form] for x in detect([normalize(r.text).text for r in rows])]),
        "lingua_version": versions("lingua-language-detector"),
        **{f"lingua_{name}": figures(truth, [way(detector, r.text) for r in rows]) for name, way in ways.items()},
    }
    print(write("language_forms", result))


if __name__ == "__main__":
    main()
