"""Peers that run PyTorch in float32: a frozen encoder with a linear head, our encoder as trained, XLM-R base by size.

SetFit (Tunstall et al. 2022) also tunes the encoder on pairs; with thousands of rows on a CPU that takes hours, so the
frozen half is what is measured: mean-pooled vectors of the base encoder, logistic regression.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from benchmarks.peers.contract import Floats, NotRun, Scores, Taught, by_window
from benchmarks.peers.heads import Heads
from benchmarks.peers.static import base_folder

THREADS, BATCH, MAX_TOKENS = 2, 32, 128
FEW = 1500  # rows a frozen encoder is shown, three in four of them authored
_BUILD = Path("build/encoder")
_PAD = 1


def _states(model: Any, ids: Sequence[Sequence[int]]) -> Floats:  # noqa: ANN401
    """Mean over tokens of the last states, rows of like length together; shape (rows, width)."""
    import torch

    order = np.argsort([len(row) for row in ids], kind="stable")
    out = np.zeros((len(ids), model.config.hidden_size), np.float32)
    for at in range(0, len(order), BATCH):
        pack = order[at : at + BATCH]
        longest = len(ids[pack[-1]])
        rows = torch.tensor([[*ids[i], *([_PAD] * (longest - len(ids[i])))] for i in pack])
        mask = torch.arange(longest)[None, :] < torch.tensor([len(ids[i]) for i in pack])[:, None]
        with torch.inference_mode():
            states = model(input_ids=rows, attention_mask=mask.long()).last_hidden_state
        out[pack] = ((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)).numpy()
    return out.astype(np.float64)


class FrozenEncoder:
    """multilingual-e5-small as it is, and two linear heads."""

    key: ClassVar[str] = "frozen_lr"
    title: ClassVar[str] = "frozen encoder (SetFit style), logistic regression"
    settings: ClassVar[str] = f"multilingual-e5-small, mean pooling, fp32 PyTorch; LR C 0.1 on {FEW} rows"

    def __init__(self, folder: Path, heads: Heads) -> None:
        import torch
        from tokenizers import Tokenizer
        from transformers import BertModel

        torch.set_num_threads(THREADS)
        self._folder, self._heads = folder, heads
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._model = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        from sklearn.linear_model import LogisticRegression

        rng = random.Random(seed)
        own, other = [r for r in rows if r.own], [r for r in rows if not r.own]
        few = rng.sample(own, min(len(own), FEW * 3 // 4)) + rng.sample(other, min(len(other), FEW // 4))
        peer = cls(base_folder(), Heads({}, {}))
        vectors = peer._vectors([row.text for row in few])
        mean, spread = vectors.mean(0), vectors.std(0) + 1e-6
        heads = Heads.fit((vectors - mean) / spread, few, LogisticRegression(C=0.1, max_iter=1000))
        # The scaling goes into the heads, so that vectors need none.
        weights = {f: w / spread for f, w in heads.weights.items()}
        peer._heads = Heads(weights, {f: b - float(weights[f] @ mean) for f, b in heads.bias.items()})
        return peer

    def _vectors(self, pieces: Sequence[str]) -> Floats:
        return _states(self._model, [e.ids for e in self._tokenizer.encode_batch([f"query: {p}" for p in pieces])])

    def scores(self, texts: Sequence[str]) -> Scores:
        return by_window(lambda pieces: self._heads.scores(self._vectors(pieces)), texts)

    def save(self, folder: Path) -> None:
        for name in ("model.safetensors", "config.json", "tokenizer.json"):
            shutil.copyfile(self._folder / name, folder / name)
        self._heads.save(folder / "heads.npz")

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(folder, Heads.load(folder / "heads.npz"))


class TunedPytorch:
    """Our own encoder before it was made into an 8-bit graph, as `transformers` runs it. Measured for speed only."""

    key: ClassVar[str] = "pytorch_fp32"
    title: ClassVar[str] = "our fine-tuned encoder, transformers, PyTorch fp32"
    settings: ClassVar[str] = "batches of 64 by length, scaled-dot-product attention; one window of each text"

    def __init__(self, base: Path, build: Path) -> None:
        import torch

        from training.export_encoder import trained

        torch.set_num_threads(THREADS)
        self._base, self._build = base, build
        self._network, _ = trained(base, build)
        self._network.body.config._attn_implementation = "sdpa"

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        if not (_BUILD / "weights.safetensors").is_file():
            raise NotRun(f"{_BUILD} is not there; python -m training.train_encoder makes it (make train)")
        return cls(base_folder(), _BUILD)

    def scores(self, texts: Sequence[str]) -> Scores:
        from cybertriage.evaluate.covered import COVERED
        from cybertriage.taxonomy import outputs
        from cybertriage.text.windows import WINDOW
        from training.export_encoder import float_logits

        logits = float_logits(self._network, self._base, [text[:WINDOW] for text in texts])
        return {f: logits[:, outputs().index(f)].astype(np.float64) for f in COVERED}

    def save(self, folder: Path) -> None:
        for name in ("config.json", "tokenizer.json"):
            shutil.copyfile(self._base / name, folder / name)
        for name in ("weights.safetensors", "training.json"):
            shutil.copyfile(self._build / name, folder / name)
        # The body is built from the base and then given the tuned weights, so the base has to be there to load it.
        (folder / "model.safetensors").symlink_to((self._base / "model.safetensors").resolve())

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(folder, folder)


class XlmrBase:
    """A model of XLM-R base's shape with random weights: what a common multilingual encoder costs, not what it says."""

    key: ClassVar[str] = "xlmr_base"
    title: ClassVar[str] = "XLM-R base size, random weights, PyTorch fp32"
    settings: ClassVar[str] = "12 layers, width 768, 250,002 tokens; our tokenizer; speed, size and memory only"

    def __init__(self, model: Any, tokenizer: Path) -> None:  # noqa: ANN401
        import torch
        from tokenizers import Tokenizer

        torch.set_num_threads(THREADS)
        self._model, self._path = model.eval(), tokenizer
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MAX_TOKENS)

    @classmethod
    def fit(cls, rows: Sequence[Taught], seed: int) -> Self:
        import torch
        from transformers import XLMRobertaConfig, XLMRobertaModel

        torch.manual_seed(seed % 2**31)
        shape = XLMRobertaConfig(vocab_size=250_002, max_position_embeddings=514, type_vocab_size=1)
        return cls(XLMRobertaModel(shape, add_pooling_layer=False), base_folder() / "tokenizer.json")

    def scores(self, texts: Sequence[str]) -> Scores:
        states = _states(self._model, [e.ids for e in self._tokenizer.encode_batch([t[:400] for t in texts])])
        return {"fraud": states[:, 0]}

    def save(self, folder: Path) -> None:
        self._model.save_pretrained(folder)
        shutil.copyfile(self._path, folder / "tokenizer.json")

    @classmethod
    def load(cls, folder: Path) -> Self:
        from transformers import XLMRobertaModel

        return cls(XLMRobertaModel.from_pretrained(folder, add_pooling_layer=False), folder / "tokenizer.json")
