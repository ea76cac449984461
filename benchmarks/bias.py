"""Bias of every shipped model: false alarms, ranking and calibration by group, language form and writing style.

In: the identity terms and templates of `cybertriage.evaluate`. Out: `results/bias.json`: one bias report a model.
The encoder reads about 90 messages a second, so it gets a seeded sample of the terms of each trait; the report's
`rows` say how many messages that was.
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks.record import write
from cybertriage import Triage
from cybertriage.evaluate.as_json import document
from cybertriage.evaluate.bias import evaluate_bias

# Terms of each trait put into a template; None: all.
TERMS_PER_TRAIT: dict[str, int | None] = {"fast": None, "encoder": 6, "cascade": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-trait", type=int, help="terms of each trait, at most, for every model: a trial")
    args = parser.parse_args()
    models: dict[str, Any] = {}
    for model, per_trait in TERMS_PER_TRAIT.items():
        report = evaluate_bias(Triage.load(model), per_trait=args.per_trait or per_trait)
        models[model] = document(report) | {"terms_per_trait": args.per_trait or per_trait}
    print(write("bias", {"models": models}))


if __name__ == "__main__":
    main()
