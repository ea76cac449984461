"""Run all benchmarks in pieces, resume, show progress: `python -m benchmarks.run [--quick] [--only quality,bias]`.

A piece whose inputs have not changed since it was finished here is passed over; `--again` runs it anyway. A piece that
lacks a data set, a package or what training leaves says which and how to get it, is marked as not run, and the others
run. `--quick` takes a few minutes, uses small samples and writes to `build/quick/`, never over the committed results.
The state of all pieces stands in `build/benchmarks.json`: done, not run (why), failed.
Exit code: 0 all done, 3 some not run, 1 some failed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.plan import ROOT, Benchmark, chosen, inputs_hash, lacks, missing_sets
from benchmarks.record import RESULTS

STATE, QUICK = ROOT / "build" / "benchmarks.json", ROOT / "build" / "quick"
DONE, NOT_RUN, FAILED = "done", "not run", "failed"
NOT_RUN_CODE = 3
# Runs a module with its results elsewhere, so that no benchmark has to know of a quick run.
_ELSEWHERE = (
    "import sys, pathlib, runpy, benchmarks.record as record; record.RESULTS = pathlib.Path(sys.argv[1]); "
    "module = sys.argv[2]; sys.argv = sys.argv[2:]; runpy.run_module(module, run_name='__main__', alter_sys=True)"
)


def command(benchmark: Benchmark, *, quick: bool) -> list[str]:
    """What is run for a piece."""
    if quick:
        return [sys.executable, "-c", _ELSEWHERE, str(QUICK), benchmark.module, *(benchmark.quick or ())]
    return [sys.executable, "-m", benchmark.module, *benchmark.arguments]


def finished(benchmark: Benchmark, state: dict[str, Any], stamp: str, *, quick: bool) -> bool:
    """Whether a piece was finished with these very inputs and its results still lie there."""
    was = state.get(benchmark.name, {})
    folder = QUICK if quick else RESULTS
    there = all((folder / f"{name}.json").is_file() for name in benchmark.results)
    # A trial of the peers writes no result of that name.
    return was.get("state") == DONE and was.get("inputs") == stamp and (there or (quick and benchmark.name == "peers"))


def run_one(benchmark: Benchmark, state: dict[str, Any], *, quick: bool, again: bool, log: Path) -> dict[str, Any]:
    """Run a piece, or say why not; returns its entry of the state."""
    if missing := lacks(benchmark):
        return {"state": NOT_RUN, "reason": "; ".join(missing)}
    stamp = inputs_hash(benchmark, quick=quick)
    if not again and finished(benchmark, state, stamp, quick=quick):
        return state[benchmark.name] | {"unchanged": True}
    start = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        done = subprocess.run(
            command(benchmark, quick=quick), stdout=stream, stderr=subprocess.STDOUT, cwd=ROOT, env=dict(os.environ)
        )
    seconds = round(time.monotonic() - start, 1)
    if done.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return {"state": FAILED, "reason": lines[-1][:300] if lines else f"ended with {done.returncode}",
                "seconds": seconds, "log": str(log.relative_to(ROOT))}  # fmt: skip
    entry: dict[str, Any] = {"state": DONE, "inputs": stamp, "seconds": seconds}
    if left_out := missing_sets(benchmark):
        entry["left_out"] = "; ".join(left_out)
    return entry


def told(at: int, of: int, benchmark: Benchmark, entry: dict[str, Any]) -> str:
    """One line of progress."""
    text = entry["state"]
    if entry.get("unchanged"):
        text = "unchanged, passed over"
    elif "seconds" in entry:
        text += f" in {entry['seconds']:.0f} s"
    for key in ("reason", "left_out"):
        if key in entry:
            text += f": {'without its public part, ' if key == 'left_out' else ''}{entry[key]}"
    return f"[{at}/{of}] {benchmark.name}: {text}"


def read_state(path: Path) -> dict[str, Any]:
    """The state that the last run left; empty where there is none, or none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_state(path: Path, state: dict[str, Any]) -> None:
    """Whole or not there, so that a run that is killed can go on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(state, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(part, path)


def run(pieces: Sequence[Benchmark], *, quick: bool, again: bool, state_path: Path) -> dict[str, dict[str, Any]]:
    """Run pieces one after another, noting each as soon as it ends; returns their entries."""
    state = read_state(state_path)
    entries = {}
    for at, benchmark in enumerate(pieces, 1):
        print(f"[{at}/{len(pieces)}] {benchmark.name} ...", file=sys.stderr, flush=True)
        log = state_path.parent / "benchmark-logs" / f"{benchmark.name}.txt"
        entry = run_one(benchmark, state, quick=quick, again=again, log=log)
        entries[benchmark.name] = entry
        print(told(at, len(pieces), benchmark, entry), flush=True)
        state[benchmark.name] = {key: value for key, value in entry.items() if key != "unchanged"}
        write_state(state_path, state)
    return entries


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small samples, a few minutes, into build/quick/")
    parser.add_argument("--only", help="pieces or groups with commas between: quality, bias, speed, peers, ...")
    parser.add_argument("--again", action="store_true", help="run also what has not changed")
    args = parser.parse_args()
    try:
        pieces = chosen(args.only)
    except ValueError as error:
        parser.error(str(error))
    if args.quick:
        if slow := [b.name for b in pieces if b.quick is None and args.only]:
            parser.error(f"no quick way to run {', '.join(slow)}; leave out --quick")
        pieces = tuple(b for b in pieces if b.quick is not None)
    state_path = QUICK / "benchmarks.json" if args.quick else STATE
    entries = run(pieces, quick=args.quick, again=args.again, state_path=state_path)
    states = [entry["state"] for entry in entries.values()]
    if not args.quick and DONE in states:
        print("now render: python -m benchmarks.render")
    sys.exit(1 if FAILED in states else NOT_RUN_CODE if NOT_RUN in states else 0)


if __name__ == "__main__":
    main()
