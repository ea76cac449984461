"""The last layer of a shipped bundle, opened for fine-tuning: what its heads see, and the graph with one head changed.

In: a verified bundle of kind `ngram-linear` or `encoder`. Out: `Head`: features of texts, the shipped weights of an
output over those features, and the bytes of a graph in which that output has other weights.
Both heads are linear in their features, so a fine-tuned head is a bundle like any other: no new code at run time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from cybertriage.errors import BundleError
from cybertriage.finetune.ngrams import counted, weigh
from cybertriage.models.bundle import ENCODER, GRAPH, NGRAMS, Bundle
from cybertriage.models.encoder import EncoderModel
from cybertriage.text.features import FeatureSpec

Floats = NDArray[np.float64]
Features = Any  # a sparse matrix (scipy has no types) or `Floats`


class Head(Protocol):
    """What every kind of head can do."""

    def features(self, texts: Sequence[str]) -> Features:
        """What the heads see of texts no longer than a window, shape (texts, features)."""

    def shipped(self, output: int) -> tuple[Floats, float]:
        """Weights, shape (features,), and bias of an output as it is in the bundle."""

    def graph(self, output: int, weights: Floats, bias: float) -> bytes:
        """The bundle's graph with other weights and bias for one output."""


def head_of(bundle: Bundle) -> Head:
    """The head of a bundle; raises `BundleError` for a kind that has none of its own."""
    if bundle.kind == NGRAMS:
        return NgramHead(bundle)
    if bundle.kind == ENCODER:
        return EncoderHead(bundle)
    raise BundleError(f"{bundle.name} is a {bundle.kind}: fine-tune one of its members, fast or encoder")


def _constants(graph: onnx.GraphProto) -> dict[str, NDArray[np.generic]]:
    return {value.name: numpy_helper.to_array(value) for value in graph.initializer}


def _with(data: bytes, changed: Mapping[str, NDArray[Any]]) -> bytes:
    """A graph with some constants changed, the others as they were."""
    model = onnx.load_from_string(data)
    for value in model.graph.initializer:
        if value.name in changed:
            value.CopyFrom(numpy_helper.from_array(changed[value.name], value.name))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


class NgramHead:
    """Heads over tf-idf of hashed n-grams; the changed column is stored in 8 bits as the others are."""

    def __init__(self, bundle: Bundle) -> None:
        self._graph = bundle.files[GRAPH]
        constants = _constants(onnx.load_from_string(self._graph).graph)
        self._table = constants["table"]
        self._scale = constants["scale"].astype(np.float32)
        self._bias = constants["bias"].astype(np.float32)
        self._idf = np.sqrt(self._table[:, -1].astype(np.float64))
        stored = bundle.manifest["features"]
        self._spec = FeatureSpec(
            int(stored["buckets"]), tuple(stored["char_sizes"]), tuple(stored["pair_skips"])
        )  # fmt: skip

    def features(self, texts: Sequence[str]) -> Features:
        return weigh(counted(texts, self._spec), self._idf)

    def shipped(self, output: int) -> tuple[Floats, float]:
        values = self._table[:, output].astype(np.float64) * float(self._scale[output])
        weights = np.divide(values, self._idf, out=np.zeros_like(values), where=self._idf > 0)
        return weights, float(self._bias[output])

    def graph(self, output: int, weights: Floats, bias: float) -> bytes:
        values = weights * self._idf
        step = float(np.abs(values).max()) / 127 or 1.0
        table, scale, biases = self._table.copy(), self._scale.copy(), self._bias.copy()
        table[:, output] = np.rint(values / step)
        scale[output], biases[output] = step, bias
        return _with(self._graph, {"table": table, "scale": scale, "bias": biases})


class EncoderHead:
    """Heads over the mean and the maximum of the last layer's states, in float32."""

    def __init__(self, bundle: Bundle) -> None:
        self._graph = bundle.files[GRAPH]
        constants = _constants(onnx.load_from_string(self._graph).graph)
        self._heads = constants["heads"].astype(np.float32)
        self._bias = constants["heads.bias"].astype(np.float32)
        width = self._heads.shape[1]
        # With the unit matrix for heads the graph answers with what the heads see.
        eye = {"heads": np.eye(width, dtype=np.float32), "heads.bias": np.zeros(width, np.float32)}
        bare = onnx.load_from_string(_with(self._graph, eye))
        bare.graph.output[0].type.tensor_type.shape.dim[1].dim_value = width
        files = {**bundle.files, GRAPH: bytes(bare.SerializeToString())}
        self._body = EncoderModel(replace(bundle, files=files, outputs=tuple(map(str, range(width)))), threads=2)

    def features(self, texts: Sequence[str]) -> Features:
        return self._body.logits(texts).astype(np.float64)

    def shipped(self, output: int) -> tuple[Floats, float]:
        return self._heads[output].astype(np.float64), float(self._bias[output])

    def graph(self, output: int, weights: Floats, bias: float) -> bytes:
        heads, biases = self._heads.copy(), self._bias.copy()
        heads[output], biases[output] = weights, bias
        return _with(self._graph, {"heads": heads, "heads.bias": biases})
