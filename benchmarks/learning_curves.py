"""What more hand-written rows are worth, and what each part of the training data is worth.

In: the authored corpora, the public rows; with `--encoder` a folder made by `training.encoder_base`. Out:
`results/learning_curves.json`: AUROC, AUPRC, recall at FPR 1 % on the unseen test batches, against all rows and
against hard negatives, for growing numbers of rows and with each part left out; the same on unseen sources: AUROC on
labelled sets by others, and the share of ordinary public text and of genuine codes that is flagged at the threshold
which flags 1 % of the benign test rows. The frozen encoder gives mean-pooled embeddings with a linear head and sees no
augmentation. Every text is read up to one window.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from benchmarks.quality import ELSEWHERE
from benchmarks.record import corpora_hash, write
from cybertriage.evaluate.covered import COVERED
from cybertriage.figures.metrics import auprc, auroc, recall_at_fpr
from cybertriage.finetune.ngrams import weigh
from cybertriage.text.reading import windows_of
from training.corpus import Authored, load, truth_and_hard
from training.prepare import prepared_rows
from training.public import unseen_rows
from training.sources import rows_of
from training.train_fast import Example, examples, fit, inverse_frequency, matrix

SIZES = (500, 1000, 2000, 5000)
PUBLIC_SAMPLE = 400
PARTS = {"look-alikes (HN)": "HN", "protected speech and twins (PX)": "PX", "everyday rows (EV)": "EV"}
Scores = dict[str, np.ndarray]


def figures(test: Sequence[Authored], scores: Scores) -> dict[str, Any]:
    """Both families on the test rows."""
    out: dict[str, Any] = {}
    for family in COVERED:
        truth, hard_negative = truth_and_hard(test, family)
        hard = truth | hard_negative
        for scope, mask in (("all", np.ones(len(test), bool)), ("hard", hard)):
            s, t = scores[family][mask], truth[mask]
            values = {"auroc": auroc(s, t), "auprc": auprc(s, t), "recall_at_fpr_1pct": recall_at_fpr(s, t)}
            out[f"{family}, {scope}"] = {name: round(value, 4) for name, value in values.items()}
    return out


@dataclass(frozen=True, slots=True)
class Outside:
    """Texts of unseen sources, after one another; `labels` are None for ordinary public text."""

    texts: list[str] = field(repr=False)
    sources: np.ndarray
    labels: np.ndarray


def outside() -> Outside:
    """A seeded sample of ordinary public text by source, and the labelled sets by others, whole."""
    by_source: defaultdict[str, list[tuple[str, bool | None]]] = defaultdict(list)
    for source, text in unseen_rows():
        by_source[source].append((text, None))
    found = {s: random.Random(0).sample(rows, min(PUBLIC_SAMPLE, len(rows))) for s, rows in by_source.items()}
    for source, benign in ELSEWHERE.items():
        found[source] = [(row.text, row.label != benign) for row in rows_of(source, evaluation=True)]
    flat = [(source, text, label) for source, rows in found.items() for text, label in rows]
    labels = np.array([label for _, _, label in flat], dtype=object)
    return Outside([window(text) for _, text, _ in flat], np.array([s for s, _, _ in flat]), labels)


def window(text: str) -> str:
    """The first window of a text as the scorer sees it."""
    return windows_of(text)[0]


def outside_figures(test: Sequence[Authored], scores: Scores, away: Outside) -> dict[str, Any]:
    """AUROC of fraud on labelled sets; flagged shares elsewhere, either family, at FPR 1 % on the test rows."""
    n = len(test)
    flagged = np.zeros(n + len(away.texts), bool)
    for family in COVERED:
        benign = np.array([family not in row.families for row in test])
        flagged |= scores[family] > np.quantile(scores[family][:n][benign], 0.99)
    codes = np.array([row.cell == "HN01" for row in test])
    out: dict[str, Any] = {"genuine codes flagged": round(float(flagged[:n][codes].mean()), 4)}
    for source in dict.fromkeys(away.sources.tolist()):
        here = away.sources == source
        if away.labels[here][0] is None:
            out[f"{source} flagged"] = round(float(flagged[n:][here].mean()), 4)
        else:
            out[f"{source} auroc"] = round(auroc(scores["fraud"][n:][here], away.labels[here].astype(bool)), 4)
    return out


def fast_scores(rows: Sequence[Example], texts: Sequence[str]) -> Scores:
    """The `fast` method, families only, trained on these rows."""
    counts, other = matrix([r.text for r in rows]), matrix(texts)
    idf = inverse_frequency(counts)
    values, held = weigh(counts, idf), weigh(other, idf)
    scores = {}
    for family in COVERED:
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
    for family in COVERED:
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
    away = outside()
    texts = [*(window(row.text) for row in test), *away.texts]

    def measured(scores: Scores) -> dict[str, Any]:
        inside = {family: values[: len(test)] for family, values in scores.items()}
        return figures(test, inside) | {"unseen sources": outside_figures(test, scores, away)}

    order = random.Random(args.seed).sample(range(len(authored)), len(authored))
    every = examples(authored, prepared_rows(), args.seed)
    result: dict[str, Any] = {
        "train_sha256": corpora_hash("w*.jsonl"), "test_sha256": corpora_hash("t*.jsonl"), "test_rows": len(test),
        "curve": {}, "left_out": {},
    }  # fmt: skip
    vectors = embed(args.encoder, [*(window(r.text) for r in authored), *texts]) if args.encoder else None
    for size in (*SIZES, len(authored)):
        chosen = set(order[:size])
        rows = [row for row in every if row.origin is None or row.origin in chosen]
        point = {"fast": measured(fast_scores(rows, texts))}
        if vectors is not None:
            part = sorted(chosen)
            frozen = frozen_scores(vectors[part], [authored[i] for i in part], vectors[len(authored) :])
            point["frozen encoder, linear head"] = measured(frozen)
        result["curve"][str(size)] = point
    for name, prefix in PARTS.items():
        rows = [row for row in every if row.origin is None or not authored[row.origin].cell.startswith(prefix)]
        result["left_out"][name] = measured(fast_scores(rows, texts))
    result["left_out"]["public rows"] = measured(fast_scores([r for r in every if r.origin is not None], texts))
    plain = [r for r in every if r.origin is None or r.authored is not None]
    result["left_out"]["augmentation"] = measured(fast_scores(plain, texts))
    print(write("learning_curves", result))


if __name__ == "__main__":
    main()
