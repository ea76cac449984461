"""Near twins between two sets of texts: the leak that makes a test look better than it is.

In: two lists of texts. Out: index pairs whose estimated Jaccard similarity over 5-character shingles is high.
Method: MinHash with banding (Broder 1997), on texts without case, digits and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from datasketch import MinHash, MinHashLSH

THRESHOLD = 0.7
_SHINGLE, _PERMUTATIONS = 5, 128


def near_twins(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """(index in left, index in right) of every pair that is nearly the same text."""
    index = MinHashLSH(threshold=THRESHOLD, num_perm=_PERMUTATIONS)
    for at, sketch in enumerate(_sketches(left)):
        index.insert(at, sketch)
    return sorted((a, b) for b, sketch in enumerate(_sketches(right)) for a in index.query(sketch))


def clusters(texts: Sequence[str]) -> list[int]:
    """Cluster number of each text: near twins, and twins of twins, share one."""
    parent = list(range(len(texts)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = at = parent[parent[at]]
        return at

    for a, b in near_twins(texts, texts):
        parent[root(b)] = root(a)
    return [root(at) for at in range(len(texts))]


def twins_within(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of near twins inside one list, the earlier index first."""
    return [(a, b) for a, b in near_twins(texts, texts) if a < b]


def _sketches(texts: Iterable[str]) -> Iterable[MinHash]:
    shingles = [{s.encode() for s in _shingles(text)} for text in texts]
    return MinHash.generator(shingles, num_perm=_PERMUTATIONS, seed=1)


def _shingles(text: str) -> set[str]:
    plain = " ".join(re.sub(r"[\W\d_]+", " ", text.lower()).split())
    return {plain[i : i + _SHINGLE] for i in range(max(1, len(plain) - _SHINGLE + 1))}
