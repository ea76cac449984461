from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cybertriage import BundleError, Triage
from cybertriage.models.bundle import load_bundle, shipped_names
from cybertriage.models.graph import check_graph


def relist(folder: Path) -> None:
    """Write the manifest anew for the files as they are, as an attacker could."""
    manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    manifest["files"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["files"]}
    (folder / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")


def edit(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8")) | changes
    (folder / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")


def graph_with(*nodes: onnx.NodeProto, initializers: tuple[onnx.TensorProto, ...] = (), domain: str = "") -> bytes:
    graph = helper.make_graph(list(nodes), "g", [], [], list(initializers))
    opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=opsets).SerializeToString()


def test_shipped_bundles_verify_and_copies_load(bundle_copy: Path) -> None:
    assert "fast" in shipped_names()
    assert load_bundle(bundle_copy).id == load_bundle("fast").id


@pytest.mark.parametrize("name", ["model.onnx", "policy.toml", "MODEL_CARD.md"])
def test_one_changed_byte_is_refused(bundle_copy: Path, name: str) -> None:
    data = bytearray((bundle_copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle_copy / name).write_bytes(data)
    with pytest.raises(BundleError, match=name):
        Triage.load(bundle_copy)


def test_a_missing_a_strange_and_a_linked_file_are_refused(bundle_copy: Path, tmp_path: Path) -> None:
    (bundle_copy / "extra.bin").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"extra\.bin"):
        load_bundle(bundle_copy)
    (bundle_copy / "extra.bin").unlink()
    outside = tmp_path / "outside.onnx"
    os.replace(bundle_copy / "model.onnx", outside)
    with pytest.raises(BundleError, match=r"model\.onnx"):
        load_bundle(bundle_copy)
    (bundle_copy / "model.onnx").symlink_to(outside)
    with pytest.raises(BundleError, match="plain file"):
        load_bundle(bundle_copy)


@pytest.mark.parametrize("path", ["../outside.onnx", "/etc/passwd", "sub/model.onnx"])
def test_a_listed_path_cannot_leave_the_folder(bundle_copy: Path, path: str) -> None:
    manifest = json.loads((bundle_copy / "bundle.json").read_text(encoding="utf-8"))
    edit(bundle_copy, files=manifest["files"] | {path: "0" * 64})
    with pytest.raises(BundleError, match="plain file"):
        load_bundle(bundle_copy)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": 99},
        {"files": None},
        {"files": {}},
        {"calibration": {"fraud": {}}},
        {"features": {}},
        {"outputs": None},
    ],
)
def test_a_garbled_manifest_is_refused(bundle_copy: Path, changes: dict[str, object]) -> None:
    edit(bundle_copy, **changes)
    with pytest.raises(BundleError):
        Triage.load(bundle_copy)


def test_no_bundle_and_no_json(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="fast"):
        load_bundle("none-such")
    with pytest.raises(BundleError, match=r"bundle\.json"):
        load_bundle(tmp_path)
    (tmp_path / "bundle.json").write_text("{", encoding="utf-8")
    with pytest.raises(BundleError, match="JSON"):
        load_bundle(tmp_path)


def test_a_foreign_operator_domain_is_refused() -> None:
    node = helper.make_node("Evil", [], ["y"], domain="evil.ops")
    with pytest.raises(BundleError, match=r"evil\.ops"):
        check_graph(graph_with(node, domain="evil.ops"))


def test_a_foreign_operator_inside_a_branch_is_refused() -> None:
    inner = helper.make_graph([helper.make_node("Evil", [], ["y"], domain="evil.ops")], "inner", [], [])
    node = helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner)
    with pytest.raises(BundleError, match=r"evil\.ops"):
        check_graph(graph_with(node))


@pytest.mark.parametrize("location", ["../../etc/passwd", "weights.bin"])
def test_weights_in_another_file_are_refused(location: str) -> None:
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    tensor.ClearField("raw_data")
    with pytest.raises(BundleError, match="another file"):
        check_graph(graph_with(initializers=(tensor,)))
    constant = helper.make_node("Constant", [], ["y"], value=tensor)
    with pytest.raises(BundleError, match="another file"):
        check_graph(graph_with(constant))


@pytest.mark.parametrize("data", [b"\xff" * 64, b"\x3a\xff\xff\xff\xff\x0f", b"\x0f", b"\x80" * 20])
def test_what_is_no_model_is_refused_not_crashed_on(data: bytes) -> None:
    with pytest.raises(BundleError):
        check_graph(data)


def test_a_relisted_graph_that_the_runtime_cannot_load_is_a_bundle_error(bundle_copy: Path) -> None:
    node = helper.make_node("NoSuchOperator", [], ["y"])
    (bundle_copy / "model.onnx").write_bytes(graph_with(node))
    relist(bundle_copy)
    with pytest.raises(BundleError, match="onnxruntime"):
        Triage.load(bundle_copy)


def _message(*fields: tuple[int, bytes]) -> bytes:
    """A protocol-buffer message of length-delimited fields, each shorter than 128 bytes."""
    return b"".join(_key(number) + bytes([len(value)]) + value for number, value in fields)


def _key(number: int) -> bytes:
    key = number << 3 | 2
    return bytes([key]) if key < 128 else bytes([key & 0x7F | 0x80, key >> 7])


EXTERNAL = _message((13, _message((1, b"location"), (2, b"secret.bin"))))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (_message((7, _message((15, _message((1, EXTERNAL)))))), "another file"),
        (_message((7, _message((15, _message((2, EXTERNAL)))))), "another file"),
        (_message((7, _message((1, _message((5, _message((22, _message((1, EXTERNAL)))))))))), "another file"),
        (_message((7, _message((1, _message((5, _message((23, _message((2, EXTERNAL)))))))))), "another file"),
        (_message((7, _message((1, _message((5, _message((6, _message((5, EXTERNAL)))))))))), "another file"),
        (_message((7, _message((1, _message((7, b""), (7, b"evil")))))), "stands twice"),
        (_message((7, b""), (7, _message((5, EXTERNAL)))), "stands twice"),
        (_message((7, _message((1, _message((7, b"evil")))))), "domain"),
        (_message((7, _message((77, b"x")))), "does not know"),
        (_message((25, b"x")), "local functions"),
        (_message((20, b"x")), "local functions"),
    ],
)
def test_no_tensor_domain_or_field_is_overlooked(model: bytes, why: str) -> None:
    with pytest.raises(BundleError, match=why):
        check_graph(model)
