"""The evaluation report of each shipped model as one HTML file, from the committed results.

In: `results/{quality-<model>,bias,functional,robustness}.json`. Out: `results/report-<model>.html`. Nothing is measured
here; `cybertriage evaluate --report` measures and makes the same report without the unseen test messages.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.quality_part import QUALITY
from benchmarks.record import RESULTS, read
from benchmarks.render import ELSEWHERE_NAMES, SOURCE_NAMES
from cybertriage.errors import CybertriageError
from cybertriage.evaluate.cases import functions
from cybertriage.evaluate.report import render
from cybertriage.records.writers import write_text

MODELS = ("fast", "encoder", "cascade")
Document = dict[str, Any]


def quality(result: Document) -> Document:
    """The quality result with names for its public sources."""
    public = {SOURCE_NAMES.get(name, name): of for name, of in result.get("public", {}).items()}
    elsewhere = {ELSEWHERE_NAMES.get(name, name): of for name, of in result.get("elsewhere", {}).items()}
    return {**result, "report": "quality", "public": public, "elsewhere": elsewhere}


def functional(result: Document, model: str) -> Document:
    """One model's side of the functional benchmark as the evaluation writes it."""
    side, known = result["models"][model], functions()
    outcomes = [
        {"function": {**about(of), "what": known[of["function"]].what if of["function"] in known else ""},
         "language": of["language"], "passed": of["passed"], "abstained": of["abstained"]}
        for of in side["functions"]
    ]  # fmt: skip
    return {
        "report": "functional", "model": side["id"], "date": result["date"], "cases": result["cases"],
        "functions": outcomes, "invariance": side["invariance"], "directional": side["directional"],
    }  # fmt: skip


def about(outcome: Mapping[str, Any]) -> Document:
    """The function of an outcome."""
    return {"suite": outcome["suite"], "name": outcome["function"], "expect": outcome["expect"]}


def robustness(result: Document, model: str) -> list[Document]:
    """One model's robustness on each set of messages."""
    return [
        {**of, "of": f"messages of the {name}", "date": result["date"]} for name, of in result["models"][model].items()
    ]


def documents(model: str) -> list[Document]:
    """Every committed result of one model."""
    bias, disguised = read("bias"), read("robustness")
    return [
        quality(read(f"quality-{model}")),
        {**bias["models"][model], "date": bias["date"]},
        functional(read("functional"), model),
        *robustness(disguised, model),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=MODELS, action="append", help="one model only; may be given again")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, help="folder of the reports")
    args = parser.parse_args()
    for model in args.model or MODELS:
        path = args.output / f"report-{model}.html"
        try:
            write_text(path, render(documents(model), also=QUALITY))
        except (CybertriageError, OSError) as error:
            sys.exit(f"report of {model}: {error}")
        print(path)


if __name__ == "__main__":
    main()
