"""Train the word table of the language-form detector.

In: the `use=train` public texts of each language, but the rows kept for the flag-rate checks; `neighbours.txt`;
`formulaic.txt`, the Latin words of machine-written texts.
Out: `language_words.npy` and `language_pieces.npy` in `src/cybertriage/data/`, int8 logits, shape (buckets, 3) for
Kazakh, Russian, other.
Method: log frequencies of common words; multinomial logistic regression over hashed 2- to 4-grams for the rest.
Kazakh words are also shown without their own letters and in Latin spellings, Russian words in Latin ones.
Nothing here reads `codeswitch-kk-ru`, which is kept for evaluation.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import SGDClassifier

from cybertriage.text.grams import grams
from cybertriage.text.language import (
    KAZAKH_LETTERS,
    LOGIT_SCALE,
    PIECE_BUCKETS,
    WORD_BUCKETS,
    piece_features,
    word_slots,
)
from cybertriage.variation.transliterate import KK_LATIN, RU_LATIN, plain_kazakh, to_latin
from training.public import open_texts

KAZAKH_SOURCES = ("kaznerd-news", "sib200-kk", "kazakh-hate-speech-10k")
RUSSIAN_SOURCES = ("tg-news-nktkln", "tg-spam-tizh", "denny-religious", "rudetox-10k", "koziev-dialogues")
OTHER_SOURCES = ("threatgram101",)
NEIGHBOURS = Path(__file__).with_name("neighbours.txt")
FORMULAIC, FORMULAIC_PER_MILLION = Path(__file__).with_name("formulaic.txt"), 500.0
NEIGHBOUR_PER_MILLION, NEIGHBOUR_SHARED = 1000.0, 30.0
CYRILLIC_WORD = re.compile("[а-яёәғқңөұүһі]+", re.I)
LATIN_WORD = re.compile("[a-z]+", re.I)
PLAIN_SHARE = 0.3  # of Kazakh words are taken to be typed without Kazakh letters
MIN_PER_MILLION = 3.0
SMOOTHING = 1.0
NEARLY_AS_COMMON = 0.1
_LATIN = (KK_LATIN, RU_LATIN)


def count_words(sources: tuple[str, ...], pattern: re.Pattern[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for source in sources:
        for text in open_texts(source):
            counts.update(pattern.findall(text.lower()))
    return counts


def neighbours() -> Counter[str]:
    """Common words of neighbouring languages, in how many of them each stands."""
    lines = NEIGHBOURS.read_text(encoding="utf-8").splitlines()
    return Counter(word for line in lines if line and line[0] != "#" for word in set(line.split()[1:]))


def formulaic() -> dict[str, int]:
    """Latin words of bank, operator and state texts, by the column of their language; a word of both is left out."""
    lines = FORMULAIC.read_text(encoding="utf-8").splitlines()
    words = {line.split()[0]: set(line.split()[1:]) for line in lines if line and line[0] != "#"}
    shared = words["kk"] & words["ru"]
    return {word: ("kk", "ru").index(code) for code, of in words.items() for word in of - shared}


def frequencies(seed: int) -> dict[str, np.ndarray]:
    """Occurrences a million words of each written form in Kazakh, Russian and other texts."""
    rng = random.Random(seed)
    kazakh, russian = count_words(KAZAKH_SOURCES, CYRILLIC_WORD), count_words(RUSSIAN_SOURCES, CYRILLIC_WORD)
    for text in open_texts("kazsandra-reviews"):
        kazakh.update(w for w in CYRILLIC_WORD.findall(text.lower()) if KAZAKH_LETTERS.search(w))
    russian = Counter({w: n for w, n in russian.items() if not KAZAKH_LETTERS.search(w)})
    table: defaultdict[str, np.ndarray] = defaultdict(lambda: np.zeros(3))
    for label, counts in enumerate((kazakh, russian, count_words(OTHER_SOURCES, LATIN_WORD))):
        size = sum(counts.values()) / 1e6
        for word, n in counts.items():
            table[word][label] += n / size
            if label == 0 and plain_kazakh(word) != word:
                table[plain_kazakh(word)][0] += PLAIN_SHARE * n / size
            for latin in {to_latin(word, rng.choice(_LATIN[label])) for _ in range(2)} if label < 2 else ():
                table[latin][label] += n / size
    for word, label in formulaic().items():
        table[word][label] += FORMULAIC_PER_MILLION
    for word in neighbours():
        # A word Kazakh or Russian also has says nothing.
        if table[word][:2].sum() < NEIGHBOUR_SHARED:
            table[word][2] += NEIGHBOUR_PER_MILLION
    return table


def word_logits(words: list[str], counts: np.ndarray) -> np.ndarray:
    """Centred log frequency of the words seen often enough.

    A slot that words share keeps the commonest one; where a word of another language is nearly as common it stays
    empty, so that the n-grams of either word decide.
    """
    table = np.zeros((WORD_BUCKETS, 3))
    often = np.flatnonzero(counts.sum(axis=1) >= MIN_PER_MILLION)
    often = often[np.argsort(counts[often].sum(axis=1))]
    slots = word_slots(grams([words[i] for i in often]))
    logs = np.log(counts[often] + SMOOTHING)
    table[slots] = logs - logs.mean(axis=1, keepdims=True)
    kept = dict(zip(slots.tolist(), often.tolist(), strict=True))
    for slot, word in zip(slots.tolist(), often.tolist(), strict=True):
        winner = kept[slot]
        rival = counts[word].argmax() != counts[winner].argmax()
        if rival and counts[word].sum() >= NEARLY_AS_COMMON * counts[winner].sum():
            table[slot] = 0
    return table


def piece_logits(words: list[str], counts: np.ndarray, seed: int) -> np.ndarray:
    """Multinomial logistic regression from a word's n-grams to the share of each language in its occurrences."""
    share = (counts + 0.1) / (counts + 0.1).sum(axis=1, keepdims=True)
    token, ids = piece_features(grams(words))
    matrix = sp.csr_matrix((np.ones(len(ids), np.float32), (token, ids)), shape=(len(words), PIECE_BUCKETS))
    matrix.data /= np.sqrt(np.repeat(np.diff(matrix.indptr), np.diff(matrix.indptr)))
    weights = (np.log1p(counts.sum(axis=1))[:, None] * share).T.ravel()
    model = SGDClassifier(loss="log_loss", alpha=1e-7, max_iter=10, tol=None, random_state=seed, n_jobs=2)
    model.fit(
        sp.vstack([matrix] * 3, format="csr"),
        np.repeat(np.arange(3), len(words)),
        sample_weight=weights / weights.mean(),
    )
    return np.asarray(model.coef_.T)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("src/cybertriage/data"))
    parser.add_argument("--seed", type=int, default=20261123)
    args = parser.parse_args()
    table = frequencies(args.seed)
    # `İ` and the like fall apart when lower-cased: a form of two tokens is no word.
    words = [word for word in sorted(table) if word.isalpha() and len(grams([word]).word) == 1]
    counts = np.stack([table[w] for w in words])
    for name, logits in (
        ("words", word_logits(words, counts)),
        ("pieces", piece_logits(words, counts, args.seed)),
    ):
        small = np.clip(np.round(logits / LOGIT_SCALE), -127, 127).astype(np.int8)
        np.save(args.out / f"language_{name}.npy", small, allow_pickle=False)
    print(f"{len(words)} word forms")


if __name__ == "__main__":
    main()
