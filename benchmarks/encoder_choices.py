"""The choices behind the encoder, each with three seeds on a short recipe, never on test rows.

In: the base encoder, a seeded part of the training writers' rows, public rows. Out: `results/encoder_choices.json`:
AUROC and recall at FPR 1 % against hard negatives on writers held out, as they wrote and in capitals, and seconds of
training. The recipe is far shorter than the shipped one, so the figures compare settings and say nothing of the shipped
model's level.
Goes on where it was stopped: a setting and seed already in the result is not run again.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from benchmarks.record import RESULTS, corpora_hash, read, versions, write
from cybertriage.evaluate.covered import COVERED
from cybertriage.figures.metrics import auroc, recall_at_fpr
from cybertriage.text.normalize import normalize
from training.corpus import Authored, load, truth_and_hard
from training.encoder_rows import heads
from training.prepare import prepared_rows
from training.train_encoder import Recipe, Run, predict, training_split

NAME = "encoder_choices"
SEEDS = (1, 2, 3)
ROWS = 1500
SHORT = Recipe(epochs=2, public_per_epoch=500)
SETTINGS: dict[str, Mapping[str, Any]] = {
    "12 layers, all tuned (shipped)": {},
    "12 layers, upper 6 tuned": {"frozen": 6},
    "12 layers, upper 3 tuned": {"frozen": 9},
    "12 layers, all frozen, heads only": {"frozen": 12},
    "6 of the layers, all tuned": {"layers": 6},
    "4 of the layers, all tuned": {"layers": 4},
    "without public rows": {"public_per_epoch": 0},
    "with capitals": {"capitals": True},
}


def figures(rows: list[Authored], logits: np.ndarray) -> dict[str, float]:
    """Ranking against hard negatives, for each family."""
    result = {}
    for family in COVERED:
        truth, hard = truth_and_hard(rows, family)
        use = truth | hard
        scores = logits[use, heads().index(family)]
        result[f"{family}_auroc"] = round(auroc(scores, truth[use]), 4)
        result[f"{family}_recall_at_fpr_1pct"] = round(recall_at_fpr(scores, truth[use]), 4)
    return result


def trial(base: Path, setting: Mapping[str, Any], seed: int) -> dict[str, float]:
    """One short training and its figures on the held-out writers."""
    changes = dict(setting)
    capitals = changes.pop("capitals", False)
    recipe = replace(SHORT, seed=seed, **changes)
    rows, held = training_split(load("w"))
    rows = random.Random(seed).sample(rows, ROWS)
    started = time.monotonic()
    run = Run(base, recipe, rows, prepared_rows() if recipe.public_per_epoch else [])
    if capitals:
        run.tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    for _ in range(recipe.epochs):
        run.epoch()
    seconds = round(time.monotonic() - started)
    plain, shouted = (
        figures(held, predict(run.network, [normalize(spell(r.text)).text for r in held], run.tokenizer))
        for spell in (str, str.upper)
    )
    return plain | {f"{name}_in_capitals": value for name, value in shouted.items()} | {"seconds": seconds}


def summary(trials: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Mean, lowest and highest of the seeds for each figure."""
    names = next(iter(trials.values()))
    columns = {name: [trial[name] for trial in trials.values()] for name in names}
    return {name: {"mean": round(statistics.mean(v), 4), "low": min(v), "high": max(v)} for name, v in columns.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=Path("build/e5"))
    parser.add_argument("--only", nargs="+", choices=list(SETTINGS), default=list(SETTINGS), metavar="SETTING")
    parser.add_argument("--name", default=NAME, help="of the result file")
    args = parser.parse_args()
    torch.set_num_threads(2)
    facts = {"train_sha256": corpora_hash("w*.jsonl"), "rows": ROWS, "recipe": asdict(SHORT)}
    old = read(args.name) if (RESULTS / f"{args.name}.json").is_file() else {}
    trials: dict[str, dict[str, Any]] = (
        old.get("trials", {}) if old.get("train_sha256") == facts["train_sha256"] else {}
    )
    for seed in SEEDS:
        for name in args.only:
            if str(seed) in trials.setdefault(name, {}):
                continue
            trials[name][str(seed)] = trial(args.base, SETTINGS[name], seed)
            made = {key: summary(found) for key, found in trials.items() if found}
            write(
                args.name, {**facts, "packages": versions("torch", "transformers"), "settings": made, "trials": trials}
            )
            print(name, seed, trials[name][str(seed)], flush=True)


if __name__ == "__main__":
    main()
