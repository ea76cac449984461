"""Refuse a bundle whose committed figures are worse than `gates.toml` says, or are of another bundle.

In: `results/*.json`, `models/`, `gates.toml`. `--check` exits 1 with a line for each broken gate, each stale or missing
result, and each bound that is looser than in a file given by `--before`. `--tighten` moves the bounds towards the
figures of fresh results and never loosens one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.gate_measures import measures
from benchmarks.gate_rules import Gates, as_toml, broken, loosened, read_gates, tightened
from benchmarks.record import RESULTS
from cybertriage.errors import CybertriageError
from cybertriage.models.bundle import load_bundle, shipped_names
from cybertriage.records.writers import write_text

GATES = Path(__file__).with_name("gates.toml")


def bundle_ids() -> dict[str, str]:
    """Id of every shipped bundle by its name."""
    return {name: load_bundle(name).id for name in shipped_names()}


def check(path: Path, results: Path, bundles: Mapping[str, str], before: Sequence[Path] = ()) -> list[str]:
    """Everything that forbids the bundles to be committed, one line each."""
    gates = read_gates(path)
    found, problems = measures(results, bundles)
    # A stale or missing result is one line, not one for each gate that it leaves without a figure.
    measured = {measure.key for measure in found}
    if problems:
        gates_ = Gates({k: bound for k, bound in gates.bounds.items() if k in measured}, gates.margin)
        problems += broken(gates_, found)
    else:
        problems = broken(gates, found)
    for earlier in before:
        problems += loosened(read_gates(earlier), gates)
    return problems


def tighten(path: Path, results: Path, bundles: Mapping[str, str]) -> list[str]:
    """Write the tightened gates; what was done, one line each."""
    old = read_gates(path) if path.is_file() else Gates({})
    found, problems = measures(results, bundles)
    new = tightened(old, found)
    write_text(path, as_toml(new))
    added = len(new.bounds) - len(old.bounds)
    moved = sum(new.bounds[key] != bound for key, bound in old.bounds.items())
    done = f"{len(new.bounds)} gates: {added} new, {moved} tightened, {len(old.bounds) - moved} as they were"
    return [done, *(f"left out: {line}" for line in problems)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="change nothing; exit 1 where something is worse")
    what.add_argument("--tighten", action="store_true", help="move the bounds towards the figures")
    parser.add_argument(
        "--before", type=Path, action="append", default=[], help="an earlier gate file; no bound may be looser"
    )
    parser.add_argument("--gates", type=Path, default=GATES)
    parser.add_argument("--results", type=Path, default=RESULTS)
    args = parser.parse_args()
    try:
        if args.tighten:
            print("\n".join(tighten(args.gates, args.results, bundle_ids())))
            return
        problems = check(args.gates, args.results, bundle_ids(), args.before)
    except CybertriageError as error:
        sys.exit(f"gates: {error}")
    print("\n".join(problems) or "all gates hold")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
