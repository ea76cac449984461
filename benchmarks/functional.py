"""FRcheck and VEcheck on every shipped model.

In: the shipped cases. Out: `results/functional.json`: share passed per function and language with Wilson intervals,
ranking of each suite's cases to flag against those to leave alone, and share passed per invariance and directional
test. A case has about ten variants, so slow models get them for a seeded sample of the cases; `variant_cases` says how
many.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.quality import estimate, ranking
from benchmarks.record import write
from cybertriage import Triage
from cybertriage.evaluate.as_json import plain
from cybertriage.evaluate.cases import FAMILY_OF, Case, load_cases
from cybertriage.evaluate.functional import evaluate_functional, run_cases
from cybertriage.figures.metrics import wilson

MODELS = ("fast", "encoder", "cascade")
# Cases of which a model also gets the variants; all for the others.
VARIANT_CASES = {"encoder": 500, "cascade": 1500}


def rankings(triage: Triage, cases: Sequence[Case]) -> dict[str, Any]:
    """How well each suite's cases to flag are told from those to leave alone, whatever the threshold."""
    out = {}
    for suite, family in FAMILY_OF.items():
        of = [case for case in cases if case.function.suite == suite]
        scores = np.array([scored.scores[family] for scored in triage.score([case.text for case in of])])
        out[suite] = ranking(scores, np.array([case.function.expect == "flag" for case in of]))
    return out


def main() -> None:
    cases = load_cases()
    result: dict[str, Any] = {"cases": len(cases), "models": {}}
    for model in MODELS:
        triage = Triage.load(model)
        outcomes = run_cases(triage, cases)
        totals = {}
        for suite in ("FRcheck", "VEcheck"):
            for expect in ("leave", "flag"):
                of = [o for o in outcomes if (o.function.suite, o.function.expect) == (suite, expect)]
                n, passed = sum(o.passed.n for o in of), sum(round(o.passed.value * o.passed.n) for o in of)
                totals[f"{suite}, {expect}"] = estimate(wilson(passed, n))
        sample = random.Random(0).sample(cases, min(VARIANT_CASES.get(model, len(cases)), len(cases)))
        variants = evaluate_functional(triage, sample)
        result["models"][model] = {
            "id": triage.model,
            "totals": totals,
            "ranking": rankings(triage, cases),
            "functions": [
                {"suite": o.function.suite, "function": o.function.name, "expect": o.function.expect,
                 "language": o.language, "passed": estimate(o.passed), "abstained": o.abstained}
                for o in outcomes
            ],
            "variant_cases": len(sample),
            "invariance": plain(variants.invariance),
            "directional": plain(variants.directional),
        }  # fmt: skip
    print(write("functional", result))


if __name__ == "__main__":
    main()
