"""FRcheck and VEcheck on every shipped model.

In: the shipped cases. Out: `results/functional.json`: share passed per function and language with Wilson intervals, and
per invariance and directional test. A case has about ten variants, so slow models get them for a seeded sample of the
cases; `variant_cases` says how many.
"""

from __future__ import annotations

import random
from typing import Any

from benchmarks.quality import estimate
from benchmarks.record import write
from cybertriage import Triage
from cybertriage.evaluate.as_json import plain
from cybertriage.evaluate.functional import evaluate_functional, load_cases, run_cases
from cybertriage.evaluate.metrics import wilson

MODELS = ("fast", "encoder", "cascade")
# Cases of which a model also gets the variants; all for the others.
VARIANT_CASES = {"encoder": 500, "cascade": 1500}


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
