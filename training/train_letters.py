"""Train the table of letter pairs by which `cybertriage.text.plausible` tells text from bytes read in a wrong encoding.

In: the `use=train` public texts in Kazakh and Russian, but the rows kept for the flag-rate checks.
Out: `src/cybertriage/data/letter_pairs.npy`, int8, log-probability of a letter after another in steps of 0.1, the
better of the two languages; shape (43, 43): the boundary of a word, then the letters of both alphabets.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cybertriage.text.plausible import ALPHABET, STEP, places
from training.public import open_texts

SOURCES = {"kk": ("kaznerd-news", "kazsandra-reviews"), "ru": ("tg-news-nktkln", "koziev-dialogues")}
MOST_TEXTS = 6000
SMOOTHING = 0.5


def pair_logs(texts: list[str]) -> NDArray[np.float64]:
    """Log-probability of each letter after each other one, shape (letters + 1, letters + 1)."""
    size = len(ALPHABET) + 1
    counts = np.full((size, size), SMOOTHING)
    for text in texts:
        at = places(text)
        known = (at[:-1] >= 0) & (at[1:] >= 0)
        np.add.at(counts, (at[:-1][known], at[1:][known]), 1)
    counts[0, 0] = counts[0, 1:].sum()  # two boundaries say nothing
    return np.asarray(np.log(counts / counts.sum(axis=1, keepdims=True)), np.float64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("src/cybertriage/data"))
    args = parser.parse_args()
    tables = []
    for sources in SOURCES.values():
        texts = [text for source in sources for text in list(open_texts(source))[:MOST_TEXTS]]
        tables.append(pair_logs(texts))
    best = np.clip(np.round(np.maximum(*tables) / STEP), -127, 0).astype(np.int8)
    np.save(args.out / "letter_pairs.npy", best, allow_pickle=False)


if __name__ == "__main__":
    main()
