"""Look into an ONNX file without running it: which operator domains it uses, and that it points at no other file.

In: the bytes of a model. Out: nothing, or `BundleError`. A minimal reader of the protocol-buffer wire format
(https://protobuf.dev/programming-guides/encoding), so that the runtime needs no `onnx` package.
Invariants: every message that can hold a tensor, a graph or a domain is visited; a field that onnx.proto does not have,
and a singular field that stands twice (of which two readers may take different ones), is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cybertriage.errors import BundleError

ALLOWED_DOMAINS = frozenset({"", "ai.onnx", "com.microsoft"})
_MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class _Form:
    """A message of onnx.proto: its singular and repeated fields by number, those that are messages to look into by
    name, those that hold a domain, and those that no bundle may have, each with the reason."""

    singular: frozenset[int]
    repeated: frozenset[int]
    inner: Mapping[int, str] = field(default_factory=dict)
    domains: frozenset[int] = frozenset()
    refused: Mapping[int, str] = field(default_factory=dict)


_FUNCTIONS = "holds local functions or a training graph; only plain graphs are loaded"
_EXTERNAL = "keeps weights in another file; a bundle's graph must hold its own"
_FORMS: Mapping[str, _Form] = {
    "model": _Form(
        frozenset({1, 2, 3, 4, 5, 6, 7}), frozenset({8, 14, 20, 25, 26}), {7: "graph", 8: "opset"},
        refused={20: _FUNCTIONS, 25: _FUNCTIONS, 26: _FUNCTIONS},
    ),
    "opset": _Form(frozenset({1, 2}), frozenset(), domains=frozenset({1})),
    "graph": _Form(
        frozenset({2, 10}), frozenset({1, 5, 11, 12, 13, 14, 15, 16}), {1: "node", 5: "tensor", 15: "sparse"}
    ),
    "node": _Form(frozenset({3, 4, 6, 7, 8}), frozenset({1, 2, 5, 9, 10}), {5: "attribute"}, frozenset({7})),
    "attribute": _Form(
        frozenset({1, 2, 3, 4, 5, 6, 13, 14, 20, 21, 22}), frozenset({7, 8, 9, 10, 11, 15, 23}),
        {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    ),
    "tensor": _Form(
        frozenset({2, 3, 8, 9, 12, 14}), frozenset({1, 4, 5, 6, 7, 10, 11, 13, 16}),
        refused={13: _EXTERNAL, 14: _EXTERNAL},
    ),
    "sparse": _Form(frozenset({1, 2}), frozenset({3}), {1: "tensor", 2: "tensor"}),
}  # fmt: skip


def check_graph(data: bytes) -> None:
    """Refuse foreign operator domains, local functions, training graphs, external data and malformed messages."""
    try:
        _check(memoryview(data), "model", 0)
    except (IndexError, ValueError) as error:
        raise BundleError("model.onnx is not a readable ONNX model") from error


def _check(message: memoryview, name: str, depth: int) -> None:
    if depth > _MAX_DEPTH * 3:  # a graph inside a graph is three messages further down
        raise BundleError("model.onnx nests graphs too deeply")
    form, seen = _FORMS[name], set[int]()
    for number, value in _fields(message):
        if number in form.refused:
            raise BundleError(f"model.onnx {form.refused[number]}")
        if number in form.singular:
            if number in seen:
                raise BundleError(f"model.onnx is malformed: a field of a {name} that may stand once stands twice")
            seen.add(number)
        elif number not in form.repeated:
            raise BundleError(f"model.onnx is malformed: a {name} has a field {number} that ONNX does not know")
        if number in form.domains:
            _check_domain(bytes(value).decode("utf-8"))
        if number in form.inner:
            _check(value, form.inner[number], depth + 1)


def _check_domain(domain: str) -> None:
    if domain not in ALLOWED_DOMAINS:
        raise BundleError(f"model.onnx uses operators of domain {domain!r}, which is not allowed")


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
