"""What more hand-written rows are worth, and what each part of the training data is worth.

In: the authored corpora, the public rows; with `--encoder` a folder made by `training.encoder_base`. Out:
`results/learning_curves.json`: AUROC, AUPRC, recall at FPR 1 % on the unseen test batches, against all rows and
against hard negatives, for growing numbers of rows and with each part left out. The frozen encoder gives mean-pooled
embeddings with a linear head and sees no augmentation.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from benchmarks.record import corpora_hash, write
from cybertriage.evaluate.metrics import auprc, auroc, recall_at_fpr
from cybertriage.types import FAMILIES
from training.corpus import Authored, load, truth_and_hard
from training.prepare import prepared_rows
from training.train_fast import Example, examples, fit, inverse_frequency, matrix, weigh

SIZES = (500, 1000, 2000, 5000)
PARTS = {"look-alikes (HN)": "HN", "protected speech and twins (PX)": "PX", "everyday rows (EV)": "EV"}
Scores = dict[str, np.ndarray]


def figures(test: Sequence[Authored], scores: Scores) -> dict[str, Any]:
    """Both families on the test rows."""
    out: dict[str, Any] = {}
    for family in FAMILIES:
        truth, hard_negative = truth_and_hard(test, family)
        hard = truth | hard_negative
        for scope, mask in (("all", np.ones(len(test), bool)), ("hard", hard)):
            s, t = scores[family][mask], truth[mask]
            values = {"auroc": auroc(s, t), "auprc": auprc(s, t), "recall_at_fpr_1pct": recall_at_fpr(s, t)}
            out[f"{family}, {scope}"] = {name: round(value, 4) for name, value in values.items()}
    return out


def fast_scores(rows: Sequence[Example], test: Sequence[Authored]) -> Scores:
    """The `fast` method, families only, trained on these rows."""
    counts, other = matrix([r.text for r in rows]), matrix([r.text for r in test])
    idf = inverse_frequency(counts)
    values, held = weigh(counts, idf), weigh(other, idf)
    scores = {}
    for family in FAMILIES:
        weights, bias = fit(values, rows, family)
        scores[family] = np.asarray(held @ weights + bias, np.float64)
    return scores


def embed(folder: Path, texts: Sequence[str]) -> np.ndarray:
    """Mean-pooled embeddings of the frozen encoder, centred by the caller; shape (texts, 384)."""
    import torch
    from tokenizers import Tokenizer
    from transformers import BertModel

    model = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(128)
    ids = [e.ids for e in tokenizer.encode_batch([f"query: {text}" for text in texts])]
    order, out = np.argsort([len(i) for i in ids], kind="stable"), np.zeros((len(ids), 384), np.float32)
    for at in tqdm(range(0, len(order), 32), desc="embedding", disable=None):
        pack = order[at : at + 32]
        longest = len(ids[pack[-1]])
        batch = torch.tensor([ids[i] + [1] * (longest - len(ids[i])) for i in pack])
        mask = torch.tensor([[1] * len(ids[i]) + [0] * (longest - len(ids[i])) for i in pack])
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            states = model(input_ids=batch, attention_mask=mask).last_hidden_state.float()
        out[pack] = ((states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)).numpy()
    return out


def frozen_scores(vectors: np.ndarray, rows: Sequence[Authored], held: np.ndarray) -> Scores:
    """A linear head on frozen embeddings."""
    mean, spread = vectors.mean(0), vectors.std(0) + 1e-6
    scores = {}
    for family in FAMILIES:
        head = LogisticRegression(C=0.1, max_iter=1000).fit(
            (vectors - mean) / spread, [family in r.families for r in rows]
        )
        scores[family] = head.decision_function((held - mean) / spread)
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path)
    parser.add_argument("--seed", type=int, default=20261123)
    args = parser.parse_args()
    authored, test = load("w"), load("t", test=True)
    order = random.Random(args.seed).sample(range(len(authored)), len(authored))
    every = examples(authored, prepared_rows(), args.seed)
    result: dict[str, Any] = {
        "train_sha256": corpora_hash("w*.jsonl"), "test_sha256": corpora_hash("t*.jsonl"), "test_rows": len(test),
        "curve": {}, "left_out": {},
    }  # fmt: skip
    vectors = embed(args.encoder, [r.text for r in [*authored, *test]]) if args.encoder else None
    for size in (*SIZES, len(authored)):
        chosen = set(order[:size])
        rows = [row for row in every if row.origin is None or row.origin in chosen]
        point = {"fast": figures(test, fast_scores(rows, test))}
        if vectors is not None:
            part = sorted(chosen)
            frozen = frozen_scores(vectors[part], [authored[i] for i in part], vectors[len(authored) :])
            point["frozen encoder, linear head"] = figures(test, frozen)
        result["curve"][str(size)] = point
    for name, prefix in PARTS.items():
        rows = [row for row in every if row.origin is None or not authored[row.origin].cell.startswith(prefix)]
        result["left_out"][name] = figures(test, fast_scores(rows, test))
    result["left_out"]["public rows"] = figures(test, fast_scores([r for r in every if r.origin is not None], test))
    plain = [r for r in every if r.origin is None or r.authored is not None]
    result["left_out"]["augmentation"] = figures(test, fast_scores(plain, test))
    print(write("learning_curves", result))


if __name__ == "__main__":
    main()
