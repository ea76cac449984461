"""Robustness of every shipped model: what disguises, typos, truncation and padding cost at the shipped thresholds.

In: the functional suites and the unseen test corpus (writers t..). Out: `results/robustness.json`: for each model and
set one robustness report. Slow models get a seeded sample of each set; the report's `messages` say how many.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from typing import Any

from benchmarks.record import corpora_hash, write
from cybertriage import Triage
from cybertriage.evaluate.as_json import document
from cybertriage.evaluate.cases import load_cases
from cybertriage.evaluate.robustness import Message, evaluate_robustness, messages_of
from training.corpus import load

# Messages of each set that a model gets; None: all. A message is scored about ten times.
MESSAGES: dict[str, int | None] = {"fast": None, "encoder": 400, "cascade": 1500}


def sets() -> dict[str, list[Message]]:
    """Labelled messages by set."""
    unseen = [Message(row.id, row.form.value, row.families, row.text) for row in load("t", test=True)]
    return {"functional suites": messages_of(load_cases()), "unseen test": unseen}


def sample(messages: Sequence[Message], size: int | None) -> Sequence[Message]:
    """A seeded sample, half of it benign where there are enough of both: harmful rows are what recall needs."""
    if size is None or size >= len(messages):
        return messages
    rng, out = random.Random(0), []
    for kind in ([m for m in messages if m.families], [m for m in messages if not m.families]):
        out += rng.sample(kind, min(size // 2, len(kind)))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, help="messages of each set, at most, for every model: a trial")
    args = parser.parse_args()
    models: dict[str, Any] = {}
    for model, size in MESSAGES.items():
        triage = Triage.load(model)
        models[model] = {
            name: document(evaluate_robustness(triage, sample(messages, args.messages or size)))
            for name, messages in sets().items()
        }
    print(write("robustness", {"test_sha256": corpora_hash("t*.jsonl"), "models": models}))


if __name__ == "__main__":
    main()
