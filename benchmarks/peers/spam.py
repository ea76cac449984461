"""tg-spam's method (github.com/umputun/tg-spam, lib/tgspam): naive Bayes over tokens, and likeness to known spam.

Tokens: what stands between spaces, without `.,!?-:;()#` at its ends, in lower case, three characters or more; each
counts once. A message is spam when naive Bayes with add-one smoothing says so, or when the cosine of its token counts
with those of one known spam message reaches 0.5, the bot's default. Its checks of senders, links and emoji are no
part of the text and left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import scipy.sparse as sp

from benchmarks.peers.contract import Floats, Scores, Taught, known
from cybertriage.evaluate.covered import COVERED

SIMILAR = 0.5
_SURE = 1e3  # added where a known message is like it, so that those rank above all others
_ENDS = ".,!?-:;()#"


def tokens(text: str) -> list[str]:
    """Tokens as the bot cuts them."""
    return [t for t in (token.strip(_ENDS).lower() for token in text.split()) if len(t) >= 3]


class Detector:
    """Trained on messages of two kinds."""

    def __init__(self, vocabulary: Mapping[str, int], bayes: Floats, prior: float, spam: sp.csr_matrix) -> None:
        self.vocabulary, self.bayes, self.prior, self.spam = dict(vocabulary), bayes, prior, spam

    @classmethod
    def fit(cls, texts: Sequence[str], spam: Sequence[bool]) -> Self:
        """Count tokens of each kind; keep the spam to compare with."""
        vocabulary: dict[str, int] = {}
        for text in texts:
            for token in tokens(text):
                vocabulary.setdefault(token, len(vocabulary))
        counts = _counts(texts, vocabulary)
        truth, there = np.array(spam, np.bool_), (counts > 0).astype(np.float64)
        logs = []
        for kind in (truth, ~truth):
            found = np.asarray(there[kind].sum(axis=0)).ravel()
            # The last number is that of a token never seen.
            logs.append(np.log(np.append(found, 0) + 1) - np.log(found.sum() + len(vocabulary)))
        prior = float(np.log(truth.sum() / max((~truth).sum(), 1)))
        return cls(vocabulary, logs[0] - logs[1], prior, _unit(counts[truth]))

    def scores(self, texts: Sequence[str]) -> Floats:
        """Log-odds of naive Bayes; raised above all others where a known message is like it."""
        odds = np.full(len(texts), self.prior)
        for at, text in enumerate(texts):
            ids = [self.vocabulary.get(token, len(self.vocabulary)) for token in set(tokens(text))]
            odds[at] += self.bayes[ids].sum()
        return odds + np.where(self.likeness(texts) >= SIMILAR, _SURE, 0.0)

    def likeness(self, texts: Sequence[str]) -> Floats:
        """Cosine with the most similar known spam, 0 to 1; tokens never seen lengthen the vector."""
        counts, most = _counts(texts, self.vocabulary), np.zeros(len(texts))
        lengths = np.array([_length(text) for text in texts])
        for at in range(0, len(texts), 512):
            near = (counts[at : at + 512] @ self.spam.T).max(axis=1)
            most[at : at + 512] = np.asarray(near.todense()).ravel()
        return np.asarray(np.divide(most, lengths, out=np.zeros_like(most), where=lengths > 0))

    def flags(self, texts: Sequence[str]) -> np.ndarray:
        """What the bot would call spam at its defaults."""
        return self.scores(texts) > 0

    def save(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        words = json.dumps(list(self.vocabulary), ensure_ascii=False)
        (path / "vocabulary.json").write_text(words, encoding="utf-8")
        np.save(path / "bayes.npy", np.append(self.bayes, self.prior))
        sp.save_npz(path / "spam.npz", self.spam)

    @classmethod
    def load(cls, path: Path) -> Self:
        words = json.loads((path / "vocabulary.json").read_text(encoding="utf-8"))
        numbers = np.load(path / "bayes.npy", allow_pickle=False)
        spam = sp.load_npz(path / "spam.npz").tocsr()
        return cls({w: at for at, w in enumerate(words)}, numbers[:-1], float(numbers[-1]), spam)


def _counts(texts: Sequence[str], vocabulary: Mapping[str, int]) -> sp.csr_matrix:
    ids, starts = [], [0]
    for text in texts:
        ids += [vocabulary[token] for token in tokens(text) if token in vocabulary]
        starts.append(len(ids))
    counts = sp.csr_matrix((np.ones(len(ids)), ids, starts), shape=(len(texts), max(len(vocabulary), 1)))
    counts.sum_duplicates()
    return counts


def _unit(counts: sp.csr_matrix) -> sp.csr_matrix:
    lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    return (sp.diags(1 / np.maximum(lengths, 1e-9)) @ counts).tocsr()


def _length(text: str) -> float:
    _, counts = np.unique(tokens(text) or [""], return_counts=True)
    return float(np.sqrt((counts**2).sum())) if tokens(text) else 0.0


class TgSpam:
    """The method on our rows, one detector a family."""

    key: ClassVar[str] = "tg_spam"
    title: ClassVar[str] = "tg-spam's method: token naive Bayes, likeness to known messages"
    settings: ClassVar[str] = f"as the bot's defaults, likeness from {SIMILAR}; whole texts"

    def __init__(self, detectors: Mapping[str, Detector]) -> None:
        self._detectors = dict(detectors)

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        # Respelt copies would only fill its list of known messages.
        plain = [row for row in rows if not row.respelt]
        of = {family: known(plain, family) for family in COVERED}
        return cls({f: Detector.fit([r.text for r in rs], [r.truth[f] for r in rs]) for f, rs in of.items()})

    def scores(self, texts: Sequence[str]) -> Scores:
        return {family: detector.scores(texts) for family, detector in self._detectors.items()}

    def save(self, folder: Path) -> None:
        for family, detector in self._detectors.items():
            detector.save(folder / family)

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls({family: Detector.load(folder / family) for family in COVERED})
