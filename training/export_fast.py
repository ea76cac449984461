"""Turn the trained table into the shipped bundle: quantise, build the graph, calibrate, set thresholds, check parity.

In: `build/fast/model.npz`, the authored rows. Out: `models/fast/`.
Graph: gather rows of an int8 table, pool by summing in whole numbers, divide by the text's length, scale and shift.
Calibration and thresholds come from writers that neither this model nor its teacher saw (training.selection).
The bundle is written beside its place, loaded and compared with the training model (`PARITY`), then moved there.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from cybertriage import __version__
from cybertriage.calibrate import sigmoid
from cybertriage.models.bundle import CARD, GRAPH, NGRAMS, POLICY, SCHEMA, load_bundle
from cybertriage.models.fast import FastModel
from cybertriage.models.writing import replace_bundle, write_bundle
from cybertriage.taxonomy import outputs, predicted_frames
from cybertriage.text.grams import grams
from cybertriage.text.normalize import normalize
from cybertriage.text.windows import WINDOW
from training.bundling import calibrate, held_out_odds
from training.selection import fast_logits, selection_rows
from training.thresholds import choose_policy
from training.train_fast import SPEC, matrix

PARITY = 1e-5
# The card without its figures: `benchmarks.render` fills them in from the measured results.
# Stricter than the other models' share: it tells look-alikes less well, and nothing looks at a message again after it.
MAX_HARD_FALSE_ALARMS = 0.011
CARD_SOURCE = Path(__file__).with_name("fast_card.md")


def quantise(weights: NDArray[np.float32], idf: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """int8 table of weight times idf, its last column idf squared, and the scale of each weight column."""
    values = weights * idf[:, None]
    scale = np.abs(values).max(axis=0) / 127
    table = np.zeros((len(idf), weights.shape[1] + 1), np.int8)
    table[:, :-1] = np.round(values / scale)
    table[:, -1] = np.round(idf**2)
    table[0] = 0
    return table, scale.astype(np.float32)


def reference_logits(
    texts: list[str], table: NDArray[np.int8], scale: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float64]:
    """What the bundle must answer, computed without it in double precision."""
    sums = matrix(texts) @ table.astype(np.float64)
    return np.asarray(sums[:, :-1] * scale / np.sqrt(np.maximum(sums[:, -1:], 1)) + bias)


def graph(table: NDArray[np.int8], scale: NDArray[np.float32], bias: NDArray[np.float32]) -> bytes:
    """The ONNX model: `ids` (rows, features) int32, 0 is padding, to `logits` (rows, outputs)."""
    columns = len(scale)
    constants = {
        "table": table, "axis": np.array([1], np.int64), "zero": np.array(0, np.int32),
        "one": np.array(1.0, np.float32), "scale": scale, "bias": bias,
        "parts": np.array([columns, 1], np.int64),
    }  # fmt: skip
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"], axis=0),
        # Summing is a product with a row of ones: whole-number arithmetic, exact in any order, and quicker than a sum.
        helper.make_node("GreaterOrEqual", ["ids", "zero"], ["there"]),
        helper.make_node("Cast", ["there"], ["ones"], to=TensorProto.UINT8),
        helper.make_node("Unsqueeze", ["ones", "axis"], ["row_of_ones"]),
        helper.make_node("MatMulInteger", ["row_of_ones", "rows"], ["whole3"]),
        helper.make_node("Squeeze", ["whole3", "axis"], ["whole"]),
        helper.make_node("Cast", ["whole"], ["pooled"], to=TensorProto.FLOAT),
        helper.make_node("Split", ["pooled", "parts"], ["sums", "square"], axis=1),
        helper.make_node("Max", ["square", "one"], ["square1"]),
        helper.make_node("Sqrt", ["square1"], ["length"]),
        helper.make_node("Div", ["sums", "length"], ["unit"]),
        helper.make_node("Mul", ["unit", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "bias"], ["logits"]),
    ]
    built = helper.make_graph(
        nodes, "fast",
        [helper.make_tensor_value_info("ids", TensorProto.INT32, ["rows", "features"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", columns])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(
        built, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="cybertriage"
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def check_parity(folder: Path, texts: list[str], expected: NDArray[np.float64]) -> float:
    """Largest difference between the bundle's logits and the training model's; raises above `PARITY`."""
    worst = float(np.abs(FastModel(load_bundle(folder)).logits(grams(texts)) - expected).max())
    if worst > PARITY:
        raise SystemExit(f"parity: the bundle differs from the training model by {worst:.2e}, more than {PARITY}")
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build/fast"))
    parser.add_argument("--bundle", type=Path, default=Path("models/fast"))
    args = parser.parse_args()
    with np.load(args.build / "model.npz", allow_pickle=False) as saved:
        weights, bias, idf = (saved[k] for k in ("weights", "bias", "idf"))
    sizes = json.loads((args.build / "training.json").read_text(encoding="utf-8"))
    rows = selection_rows()
    logits = fast_logits(rows, args.build)
    table, scale = quantise(weights, idf)
    calibration = calibrate(logits, rows)
    policy = choose_policy(sigmoid(held_out_odds(logits, rows)), rows, max_hard=MAX_HARD_FALSE_ALARMS)
    contents = {GRAPH: graph(table, scale, bias), POLICY: policy.encode(), CARD: CARD_SOURCE.read_bytes()}
    part = args.bundle.with_name(args.bundle.name + ".part")
    write_bundle(part, contents, {
        "schema": SCHEMA, "name": "fast", "version": __version__, "kind": NGRAMS, "outputs": outputs(),
        "frames": predicted_frames(), "languages": ["kk", "ru"], "calibration": calibration.to_json(),
        "features": {"buckets": SPEC.buckets, "char_sizes": SPEC.char_sizes, "pair_skips": SPEC.pair_skips},
        "training": sizes,
    })  # fmt: skip
    texts = [normalize(row.text).text for row in rows if len(row.text) <= WINDOW]
    worst = check_parity(part, texts, reference_logits(texts, table, scale, bias))
    replace_bundle(part, args.bundle)
    print(f"parity {worst:.1e}")


if __name__ == "__main__":
    main()
