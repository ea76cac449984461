"""Which functions of the suites fail, worst first, before and after the last retraining, and what was done for each.

In: `results/{before,functional}.json`, `mended.toml` (what was done, by function). Out: Markdown.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from benchmarks.bias_table import AXES, axes, by_disguise, difference, share
from benchmarks.cells import percent, table
from benchmarks.record import read
from cybertriage.evaluate.covered import COVERED

DONE = Path(__file__).with_name("mended.toml")
MODEL = "cascade"
# Below these a function counts as failing.
_ENOUGH = {"leave": 0.98, "flag": 0.90}
_NEW = "nothing yet: it passed before"


def functions() -> str:
    """Every function that fails or failed, harmless messages first, then the worst before."""
    old = {_key(f): f for f in read("before")["functions"]}
    new = {_key(f): f for f in read("functional")["models"][MODEL]["functions"]}
    done = tomllib.loads(DONE.read_text(encoding="utf-8"))["functions"]
    failing = [key for key in old if any(x[key]["passed"]["value"] < _ENOUGH[old[key]["expect"]] for x in (old, new))]
    failing.sort(key=lambda key: (old[key]["expect"] == "flag", old[key]["passed"]["value"]))
    rows = [
        [name.replace("_", " "), language, "left alone" if old[key]["expect"] == "leave" else "found",
         percent(old[key]["passed"]), percent(new[key]["passed"]), str(new[key]["abstained"]), done.get(name, _NEW)]
        for key in failing for name, language in [key]
    ]  # fmt: skip
    return table(["function", "language", "wanted", "passed before", "now", "abstained now", "what was done"], rows)


def groups() -> str:
    """False alarms, group gaps and recall before and after."""
    old, quality = read("before"), read(f"quality-{MODEL}")
    bias = read("bias")["models"][MODEL]
    found = axes(bias)
    rows = [["benign identity templates flagged", share(old["benign_templates"]),
             share(bias["overall"]["false_alarms"])]]  # fmt: skip
    for name, title in AXES.items():
        worst, now = old["worst"][name], found[name]["groups"][0]
        rows.append([f"gap between {title}, points", difference(old["gaps"][name]), difference(found[name]["gap"])])
        rows.append([f"worst of {title}", f"{worst['group']} {share(worst)}",
                     f"{now['group']} {share(now['false_alarms'])}"])  # fmt: skip
    for family in COVERED:
        policy = quality["families"][family]["policy"]
        for key, title in (("false_alarms", "false alarms"), ("recall", "recall")):
            rows.append(
                [f"unseen test, {family}: {title}", percent(old["families"][family][key]), percent(policy[key])]
            )
    return table(["", "before", "now"], rows) + f"\n\nBefore: `{old['model']}`; now: `{quality['model']}`."


def disguises() -> str:
    """Recall lost to each disguise on the unseen test, before and after."""
    now = by_disguise(read("robustness")["models"][MODEL]["unseen test"])
    old = {(f["perturbation"], f["family"]): f for f in read("before")["disguises"]}
    names = sorted({name for name, _ in old}, key=lambda n: -_lost(old, n))
    rows = [
        [name.replace("_", " "), *(difference(of[name, f]["recall_lost"]) for f in COVERED for of in (old, now))]
        for name in names
    ]
    return table(["recall lost, points", *(f"{f}, {when}" for f in COVERED for when in ("before", "now"))], rows)


def _lost(figures: dict[tuple[str, str], Any], name: str) -> float:
    return float(max(figures[name, f]["recall_lost"].get("value", 0.0) for f in COVERED))


def _key(outcome: dict[str, Any]) -> tuple[str, str]:
    return outcome["function"], outcome["language"]
