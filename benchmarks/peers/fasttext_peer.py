"""fastText supervised (Joulin et al. 2017), one model a family; package `fasttext-numpy2`, which works with NumPy 2.

fastText takes no weights, so every row counts the same. One thread, so that a run can be repeated.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from benchmarks.peers.contract import Floats, NotRun, Scores, Taught, by_window, known
from cybertriage.evaluate.covered import COVERED

EPOCHS = 5
_YES, _NO = "__label__yes", "__label__no"


def _package() -> Any:  # noqa: ANN401  (an untyped module)
    try:
        import fasttext
    except ImportError:
        raise NotRun("package fasttext-numpy2 is not installed: pip install fasttext-numpy2") from None
    fasttext.FastText.eprint = lambda *_: None  # it warns on every load
    return fasttext


def _line(text: str) -> str:
    return " ".join(text.lower().split())


class FastText:
    """Two binary models."""

    key: ClassVar[str] = "fasttext"
    title: ClassVar[str] = "fastText supervised"
    settings: ClassVar[str] = f"dim 50, word pairs, sub-words 2-5, 200,000 buckets, lr 0.25, {EPOCHS} epochs"

    def __init__(self, models: dict[str, Any]) -> None:
        self._models = models

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        package, models = _package(), {}
        with tempfile.TemporaryDirectory() as folder:
            for family in COVERED:
                path = Path(folder) / family
                lines = [f"{_YES if row.truth[family] else _NO} {_line(row.text)}\n" for row in known(rows, family)]
                path.write_text("".join(lines), encoding="utf-8")
                models[family] = package.train_supervised(
                    str(path), dim=50, lr=0.25, epoch=EPOCHS, wordNgrams=2, minn=2, maxn=5, bucket=200_000, thread=1,
                    seed=seed % 2**31, verbose=0,
                )  # fmt: skip
        return cls(models)

    def scores(self, texts: Sequence[str]) -> Scores:
        return by_window(lambda pieces: {f: _odds(model, pieces) for f, model in self._models.items()}, texts)

    def save(self, folder: Path) -> None:
        for family, model in self._models.items():
            model.save_model(str(folder / f"{family}.bin"))

    @classmethod
    def load(cls, folder: Path) -> Self:
        package = _package()
        return cls({f: package.load_model(str(folder / f"{f}.bin")) for f in COVERED})


def _odds(model: Any, texts: Sequence[str]) -> Floats:  # noqa: ANN401
    labels, chances = model.predict([_line(text) for text in texts], k=2)
    said = zip(labels, chances, strict=True)
    yes = np.array([chance[list(names).index(_YES)] if _YES in names else 0.0 for names, chance in said])
    yes = np.clip(yes, 1e-9, 1 - 1e-9)  # so that a certain answer has odds too
    return np.asarray(np.log(yes / (1 - yes)), np.float64)
