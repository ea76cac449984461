"""The encoder as an ONNX graph built by hand: 8-bit weights, and activations with one scale for each token.

In: the fine-tuned state (float32). Out: the bytes of a graph: `ids` and `mask`, shape (rows, tokens), to `logits`,
shape (rows, outputs).
Weights: symmetric int8, a scale for each output channel; word embeddings: int8, a scale for each row.
Activations: uint8 around 128 with a scale for each token, so that no token's numbers depend on another row of the
batch: dynamic quantisation of a whole tensor lets neighbours change a score (measured: up to 0.03), this does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

State = Mapping[str, NDArray[np.float32]]
_HEADS, _EPSILON = 12, 1e-12
_MASKED = 1e9
_MICROSOFT = "com.microsoft"
_DENSE = ("attention.output.dense", "intermediate.dense", "output.dense")


class Builder:
    """Collects nodes and constants; every method returns the name of the value it makes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.made = 0

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """A stored tensor, once for each name."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def node(self, kind: str, inputs: Sequence[str], *, domain: str = "", **attributes: object) -> str:
        """A node with one output."""
        return self.several(kind, inputs, 1, domain=domain, **attributes)[0]

    def several(
        self, kind: str, inputs: Sequence[str], count: int, *, domain: str = "", **attributes: object
    ) -> list[str]:
        """A node with `count` outputs."""
        self.made += 1
        names = [f"{kind}_{self.made}_{at}" for at in range(count)]
        self.nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))  # type: ignore[arg-type]
        return names


def quantised(weight: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric int8 values and their scales, the largest magnitude along `axis` at 127."""
    scale = np.abs(weight).max(axis=axis, keepdims=True) / 127
    scale[scale == 0] = 1
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)


def eight_bits(build: Builder, value: str) -> tuple[str, str]:
    """(uint8 activations, their largest magnitude) with one scale for each token."""
    last = build.constant("last", np.array([-1], np.int64))
    most = build.node("ReduceMax", [build.node("Abs", [value]), last], keepdims=1)
    most = build.node("Max", [most, build.constant("tiny", np.array(1e-6, np.float32))])
    unit = build.node("Div", [value, most])
    step = build.constant("step", np.array(1 / 127, np.float32))
    return build.node("QuantizeLinear", [unit, step, build.constant("middle", np.array(128, np.uint8))]), most


def dense(build: Builder, value: str, weight: NDArray[np.float32], bias: NDArray[np.float32], name: str) -> str:
    """`value @ weight.T + bias` in whole numbers; weight: shape (out, in), as PyTorch stores it."""
    table, scale = quantised(weight.T, 0)
    small, most = eight_bits(build, value)
    product = build.node(
        "MatMulIntegerToFloat",
        [small, build.constant(f"{name}.table", table), "step", build.constant(f"{name}.scale", scale[0]), "middle"],
        domain=_MICROSOFT,
    )
    scaled = build.node("Mul", [product, most])
    return build.node("Add", [scaled, build.constant(f"{name}.bias", bias)])


def layer_norm(build: Builder, state: State, value: str, key: str) -> str:
    """Layer normalisation of the last axis."""
    weight, bias = (build.constant(f"{key}.{end}", state[f"{key}.{end}"]) for end in ("weight", "bias"))
    return build.node("LayerNormalization", [value, weight, bias], axis=-1, epsilon=_EPSILON)


def embedded(build: Builder, state: State) -> str:
    """Word, position and type embeddings of `ids`, normalised."""
    table, scale = quantised(state["embeddings.word_embeddings.weight"], 1)
    words = build.node("Gather", [build.constant("words", table), "ids"])
    words = build.node("Cast", [words], to=TensorProto.FLOAT)
    words = build.node("Mul", [words, build.node("Gather", [build.constant("words.scale", scale), "ids"])])
    places = state["embeddings.position_embeddings.weight"] + state["embeddings.token_type_embeddings.weight"][0]
    ends = [build.constant(f"at{n}", np.array([n], np.int64)) for n in (0, 1, 2)]
    width = build.node("Slice", [build.node("Shape", ["ids"]), ends[1], ends[2]])
    place = build.node("Slice", [build.constant("places", places), ends[0], width, ends[0]])
    return layer_norm(build, state, build.node("Add", [words, place]), "embeddings.LayerNorm")


def attention(build: Builder, state: State, value: str, hidden: str, prefix: str) -> str:
    """Self-attention of one layer, before its output projection; query, key and value in one product."""
    part = f"{prefix}.attention.self"
    width = state[f"{part}.query.weight"].shape[0]
    size = width // _HEADS
    shrink = np.float32(size**-0.5)
    weights = [state[f"{part}.{n}.weight"] * (shrink if n == "query" else 1) for n in ("query", "key", "value")]
    biases = [state[f"{part}.{n}.bias"] * (shrink if n == "query" else 1) for n in ("query", "key", "value")]
    joined = dense(build, value, np.concatenate(weights), np.concatenate(biases), f"{part}.qkv")
    thirds = build.constant("thirds", np.array([width] * 3, np.int64))
    split = build.constant("split", np.array([0, 0, _HEADS, size], np.int64))
    parts = build.several("Split", [joined, thirds], 3, axis=-1)
    turned = zip(parts, ((0, 2, 1, 3), (0, 2, 3, 1), (0, 2, 1, 3)), strict=True)
    query, key, content = (build.node("Transpose", [build.node("Reshape", [p, split])], perm=to) for p, to in turned)
    scores = build.node("Add", [build.node("MatMul", [query, key]), hidden])
    mixed = build.node("MatMul", [build.node("Softmax", [scores], axis=-1), content])
    whole = build.constant("whole", np.array([0, 0, width], np.int64))
    return build.node("Reshape", [build.node("Transpose", [mixed], perm=[0, 2, 1, 3]), whole])


def layer(build: Builder, state: State, value: str, hidden: str, prefix: str) -> str:
    """One transformer layer (post-norm, as BERT)."""

    def project(source: str, name: str) -> str:
        key = f"{prefix}.{name}"
        return dense(build, source, state[f"{key}.weight"], state[f"{key}.bias"], key)

    mixed = project(attention(build, state, value, hidden, prefix), _DENSE[0])
    value = layer_norm(build, state, build.node("Add", [mixed, value]), f"{prefix}.attention.output.LayerNorm")
    inner = build.node("Gelu", [project(value, _DENSE[1])])
    return layer_norm(build, state, build.node("Add", [project(inner, _DENSE[2]), value]), f"{prefix}.output.LayerNorm")


def encoder_graph(state: State, heads: NDArray[np.float32], bias: NDArray[np.float32], *, layers: int) -> bytes:
    """The ONNX model of a body and its linear heads; heads: shape (outputs, width), bias: (outputs,)."""
    build = Builder()
    real = build.node("Cast", ["mask"], to=TensorProto.FLOAT)
    inner = build.constant("inner", np.array([1, 2], np.int64))
    one = build.constant("one", np.array(1, np.float32))
    away = build.node("Sub", [build.node("Unsqueeze", [real, inner]), one])
    hidden = build.node("Mul", [away, build.constant("masked", np.array(_MASKED, np.float32))])
    value = embedded(build, state)
    for at in range(layers):
        value = layer(build, state, value, hidden, f"encoder.layer.{at}")
    head = [build.constant("heads", heads), build.constant("heads.bias", bias)]
    build.nodes.append(helper.make_node("Gemm", [pooled(build, value, real), *head], ["logits"], transB=1))
    return assembled(build, len(bias))


def pooled(build: Builder, value: str, real: str) -> str:
    """Mean and maximum over the real tokens of each row, side by side."""
    last, middle = build.constant("last", np.array([-1], np.int64)), build.constant("axis1", np.array([1], np.int64))
    weight = build.node("Unsqueeze", [real, last])
    total = build.node("ReduceSum", [build.node("Mul", [value, weight]), middle], keepdims=0)
    mean = build.node("Div", [total, build.node("ReduceSum", [weight, middle], keepdims=0)])
    there = build.node("Cast", [weight], to=TensorProto.BOOL)
    lowest = build.constant("lowest", np.array(-1e4, np.float32))
    most = build.node("ReduceMax", [build.node("Where", [there, value, lowest]), middle], keepdims=0)
    return build.node("Concat", [mean, most], axis=1)


def assembled(build: Builder, outputs: int) -> bytes:
    """The checked model."""
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["rows", "tokens"]) for n in ("ids", "mask")]
    result = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", outputs])]
    graph = helper.make_graph(build.nodes, "encoder", inputs, result, list(build.constants.values()))
    imports = [helper.make_opsetid("", 20), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=10, producer_name="cybertriage")
    return bytes(model.SerializeToString())
