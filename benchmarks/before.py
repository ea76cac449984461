"""Keep the figures of an earlier commit, so that what a change did can be shown beside it.

In: a commit of this repository with its `results/*.json`. Out: `results/before.json`: the functional suites, the gaps
between groups and the unseen test figures of the default model there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from typing import Any

from benchmarks.plan import ROOT
from benchmarks.record import write
from cybertriage.evaluate.covered import COVERED

MODEL = "cascade"


def at(commit: str, name: str) -> dict[str, Any]:
    """One committed result as it was at a commit."""
    shown = subprocess.run(
        ["git", "show", f"{commit}:benchmarks/results/{name}.json"], cwd=ROOT, capture_output=True, check=True
    )
    result: dict[str, Any] = json.loads(shown.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="commit whose figures are kept")
    commit = parser.parse_args().commit
    functional, bias = (at(commit, name)["models"][MODEL] for name in ("functional", "bias"))
    quality = at(commit, f"quality-{MODEL}")
    policies = {f: quality["families"][f]["policy"] for f in COVERED}
    print(write("before", {
        "commit": commit, "model": functional["id"],
        "functions": functional["functions"], "totals": functional["totals"],
        "gaps": {axis["axis"]: axis["gap"] for axis in bias["axes"]},
        "worst": {axis["axis"]: axis["groups"][0]["false_alarms"] | {"group": axis["groups"][0]["group"]}
                  for axis in bias["axes"]},
        "benign_templates": bias["overall"]["false_alarms"],
        "families": {f: {k: p[k] for k in ("false_alarms", "recall")} for f, p in policies.items()},
        "disguises": [
            {k: figures[k] for k in ("perturbation", "family", "newly_flagged", "recall_lost")}
            for figures in at(commit, "robustness")["models"][MODEL]["unseen test"]["figures"]
            if figures["language"] == "all"
        ],
    }))  # fmt: skip


if __name__ == "__main__":
    main()
