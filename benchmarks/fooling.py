"""How often writers without a plan fooled the model of the day, by writer, family and language.

In: `training/authoring/tries.jsonl`, the log of `training.authoring.ask` (hashes and outcomes, no text). Out:
`results/fooling.json`: shares with Wilson intervals. Rows of families that the model did not know are not counted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.quality import estimate
from benchmarks.record import write
from cybertriage.figures.metrics import wilson
from training.authoring.drafts import FAMILY_OF_PREFIX

TRIES = Path(__file__).parents[1] / "training" / "authoring" / "tries.jsonl"


def main() -> None:
    counts: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    models: defaultdict[str, set[str]] = defaultdict(set)
    for line in TRIES.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["fooled"] is None:
            continue
        family = FAMILY_OF_PREFIX.get(one["codes"][:2], "honest")
        language = "ru" if one["form"].startswith("ru") else "kk and mixed"
        models[one["writer"]].add(one["model"])
        for key in ((one["writer"], "all", "all"), (one["writer"], family, language)):
            counts[key][0] += one["fooled"]
            counts[key][1] += 1
    result: dict[str, Any] = {"writers": {w: {"model": sorted(m), "fooled": {}} for w, m in sorted(models.items())}}
    for (writer, family, language), (fooled, tries) in sorted(counts.items()):
        result["writers"][writer]["fooled"][f"{family}, {language}"] = estimate(wilson(fooled, tries))
    print(write("fooling", result))


if __name__ == "__main__":
    main()
