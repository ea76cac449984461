"""Look into an ONNX file without running it: which operator domains it uses, and that it points at no other file.

In: the bytes of a model. Out: nothing, or `BundleError`. A minimal reader of the protocol-buffer wire format
(https://protobuf.dev/programming-guides/encoding), so that the runtime needs no `onnx` package.
"""

from __future__ import annotations

from collections.abc import Iterator

from cybertriage.errors import BundleError

ALLOWED_DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
# Field numbers of onnx.proto: ModelProto, GraphProto, NodeProto, TensorProto, AttributeProto.
_MODEL_GRAPH, _MODEL_OPSETS, _MODEL_FUNCTIONS, _MODEL_TRAINING = 7, 8, 25, 20
_GRAPH_NODE, _GRAPH_INITIALIZER = 1, 5
_NODE_ATTRIBUTE, _NODE_DOMAIN = 5, 7
_ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS = 5, 6, 10, 11
_TENSOR_EXTERNAL, _TENSOR_LOCATION = 13, 14
_OPSET_DOMAIN = 1
_MAX_DEPTH = 16


def check_graph(data: bytes) -> None:
    """Refuse foreign operator domains, local functions, training graphs and external data."""
    try:
        view = memoryview(data)
        for field, value in _fields(view):
            if field in (_MODEL_FUNCTIONS, _MODEL_TRAINING):
                raise BundleError("model.onnx holds local functions or a training graph; only plain graphs are loaded")
            if field == _MODEL_OPSETS:
                _check_domain(_text(value, _OPSET_DOMAIN))
            if field == _MODEL_GRAPH:
                _check_nodes(value, 0)
    except (IndexError, ValueError) as error:
        raise BundleError("model.onnx is not a readable ONNX model") from error


def _check_nodes(graph: memoryview, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise BundleError("model.onnx nests graphs too deeply")
    for field, value in _fields(graph):
        if field == _GRAPH_INITIALIZER:
            _check_tensor(value)
        if field == _GRAPH_NODE:
            _check_domain(_text(value, _NODE_DOMAIN))
            for inner, attribute in _fields(value):
                if inner == _NODE_ATTRIBUTE:
                    _check_attribute(attribute, depth)


def _check_attribute(attribute: memoryview, depth: int) -> None:
    for field, value in _fields(attribute):
        if field in (_ATTRIBUTE_TENSOR, _ATTRIBUTE_TENSORS):
            _check_tensor(value)
        if field in (_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS):
            _check_nodes(value, depth + 1)


def _check_tensor(tensor: memoryview) -> None:
    if any(field in (_TENSOR_EXTERNAL, _TENSOR_LOCATION) for field, _ in _fields(tensor)):
        raise BundleError("model.onnx keeps weights in another file; a bundle's graph must hold its own")


def _check_domain(domain: str) -> None:
    if domain not in ALLOWED_DOMAINS:
        raise BundleError(f"model.onnx uses operators of domain {domain!r}, which is not allowed")


def _text(message: memoryview, wanted: int) -> str:
    for field, value in _fields(message):
        if field == wanted:
            return bytes(value).decode("utf-8")
    return ""


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """(field number, bytes) of a message; numbers come as empty bytes."""
    at, size = 0, len(message)
    while at < size:
        key, at = _varint(message, at)
        field, wire = key >> 3, key & 7
        if wire == 0:
            _, at = _varint(message, at)
            yield field, message[0:0]
        elif wire == 2:
            length, at = _varint(message, at)
            if at + length > size:
                raise ValueError("a field runs past the end")
            yield field, message[at : at + length]
            at += length
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
            yield field, message[0:0]
        else:
            raise ValueError(f"wire type {wire}")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
