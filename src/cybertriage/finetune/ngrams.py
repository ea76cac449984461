"""Tf-idf of hashed n-grams as sparse rows: what the heads of the `fast` model are fitted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from cybertriage.text.features import FeatureSpec, features
from cybertriage.text.grams import grams


def counted(texts: Sequence[str], spec: FeatureSpec) -> sp.csr_matrix:
    """Feature counts, shape (texts, buckets)."""
    ragged = features(grams(texts), spec)
    ones = np.ones(len(ragged.ids), np.float32)
    counts = sp.csr_matrix((ones, ragged.ids, ragged.starts), shape=(len(texts), spec.buckets))
    counts.sum_duplicates()
    return counts


def weigh(counts: sp.csr_matrix, idf: NDArray[np.float64]) -> sp.csr_matrix:
    """Rows of tf-idf values, divided by the root of the summed squared idf of all occurrences."""
    length = np.sqrt(np.maximum(counts @ idf**2, 1e-9))
    return (sp.diags(1 / length) @ counts @ sp.diags(idf)).tocsr()
