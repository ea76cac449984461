"""Compare a fresh training run with the committed figures: is each within the committed one's 95 % interval?

In: committed `results/quality-<model>.json`; fresh ones in a folder (`--fresh`), made by
`python -m benchmarks.quality --model <model>` after `make train` in another checkout or after a retraining.
Out: what differs, false alarms first; exit code 1 where a figure left its interval for the worse, 2 where the two were
not measured on the same rows. `--measure` runs the quality benchmark on the bundles as they are, without touching the
committed results.
A figure is reproduced when the fresh value lies within the committed interval, or the committed value within the
fresh one; a fresh figure better than its interval is told, and is no failure.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS

MODELS = ("fast", "encoder", "cascade")
SAME_ROWS, SAME_TRAINING = ("test_sha256", "test_rows"), ("train_sha256", "versions")
# Figures of which less is better; of all others more is.
_LESS = ("false_alarms", "flagged", "abstained", "expected_calibration_error")
# What is no quality of the model: how much the cascade passes on, and the rows of one cell, whose intervals are wide.
_LEFT_OUT = ("false_alarms_by_cell",)


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure, committed and fresh. `state`: `same`, `better` or `worse` than the interval."""

    name: str
    committed: Mapping[str, float]
    fresh: Mapping[str, float]
    state: str


def figures(value: Any, name: str = "") -> Iterator[tuple[str, Mapping[str, float]]]:  # noqa: ANN401  (plain JSON)
    """Every estimate of a result by its path."""
    if isinstance(value, Mapping):
        if {"value", "low", "high"} <= set(value):
            if value["value"] is not None:
                yield name, value
            return
        for key, inner in value.items():
            if key not in _LEFT_OUT:
                yield from figures(inner, f"{name}/{key}" if name else str(key))


def compared(committed: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[Difference]:
    """Every figure that both have, false alarms first, then by name."""
    other = dict(figures(fresh))
    found = [Difference(name, old, other[name], _state(name, old, other[name])) for name, old in figures(committed)
             if name in other]  # fmt: skip
    return sorted(found, key=lambda d: (not d.name.endswith(("false_alarms", "flagged")), d.name))


def _state(name: str, old: Mapping[str, float], new: Mapping[str, float]) -> str:
    def inside(value: float, of: Mapping[str, float]) -> bool:
        return None not in (of["low"], of["high"]) and of["low"] <= value <= of["high"]

    if inside(new["value"], old) or inside(old["value"], new):
        return "same"
    less_is_better = any(part in name.split("/") for part in _LESS)
    return "better" if (new["value"] < old["value"]) == less_is_better else "worse"


def missing(committed: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[str]:
    """Figures that only the committed result has."""
    there = dict(figures(fresh))
    return [name for name, _ in figures(committed) if name not in there]


def other_rows(committed: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[str]:
    """Keys that say that the two were not measured on the same rows."""
    return [key for key in SAME_ROWS if committed.get(key) != fresh.get(key)]


def measure(folder: Path, models: tuple[str, ...]) -> None:
    """Run the quality benchmark with its results in `folder`."""
    code = (
        "import sys, pathlib, benchmarks.record as r; r.RESULTS = pathlib.Path(sys.argv.pop(1));"
        "import benchmarks.quality as q; q.main()"
    )
    for model in models:
        print(f"measuring {model} ...", file=sys.stderr, flush=True)
        subprocess.run(
            [sys.executable, "-c", code, str(folder), "--model", model], check=True, stdout=subprocess.DEVNULL
        )


def told(model: str, committed: Mapping[str, Any], fresh: Mapping[str, Any], *, every: bool) -> tuple[list[str], int]:
    """Lines about one model, and the exit code they stand for."""
    lines = [f"{model}: committed {committed.get('model')}, fresh {fresh.get('model')}"]
    if keys := other_rows(committed, fresh):
        lines.append(f"  not comparable: {', '.join(keys)} differ; measure both on the same test rows")
        return lines, 2
    lines += [f"  note: {key} differs" for key in SAME_TRAINING if committed.get(key) != fresh.get(key)]
    found = compared(committed, fresh)
    if lost := missing(committed, fresh):
        lines.append(f"  not measured afresh (is CYBERTRIAGE_DATA set?): {len(lost)} figures, such as {lost[0]}")
    counts = {state: sum(d.state == state for d in found) for state in ("same", "better", "worse")}
    lines.append(f"  {counts['same']} of {len(found)} figures within their interval; {counts['better']} better, "
                 f"{counts['worse']} worse")  # fmt: skip
    for d in found:
        if every or d.state != "same":
            value, low, high = (d.committed[key] for key in ("value", "low", "high"))
            lines.append(f"  {d.state:<6} {d.name}: {value:.4f} ({low:.4f}-{high:.4f}) -> {d.fresh['value']:.4f}")
    return lines, int(counts["worse"] > 0)


def _read(folder: Path, model: str) -> dict[str, Any] | None:
    path = folder / f"quality-{model}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--fresh", type=Path, help="folder with the fresh quality-*.json")
    where.add_argument("--measure", action="store_true", help="measure the bundles of this checkout now")
    parser.add_argument("--committed", type=Path, default=RESULTS)
    parser.add_argument("--models", default=",".join(MODELS), help="with commas between")
    parser.add_argument("--all", action="store_true", help="also tell the figures that are the same")
    args = parser.parse_args()
    models, worst = tuple(args.models.split(",")), 0
    with tempfile.TemporaryDirectory() as name:
        fresh = args.fresh or Path(name)
        if args.measure:
            measure(fresh, models)
        for model in models:
            old, new = _read(args.committed, model), _read(fresh, model)
            if old is None or new is None:
                print(f"{model}: no quality-{model}.json in {args.committed if old is None else fresh}")
                worst = max(worst, 2)
                continue
            lines, code = told(model, old, new, every=args.all)
            print("\n".join(lines))
            worst = max(worst, code)
    sys.exit(worst)


if __name__ == "__main__":
    main()
