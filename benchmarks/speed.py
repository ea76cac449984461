"""Speed of the shipped model on this machine: messages a second, import and load time, peak memory.

In: the authored corpora, numbered so that no two texts are equal. Out: `results/speed.json`.
Rates are the median of several timed passes after a warm-up; import and load are whole fresh processes.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.record import write
from cybertriage import Triage
from training.corpus import load

ROWS = 32_768
PASSES = 7


def rate(work: Callable[[], object], rows: int) -> dict[str, float]:
    """Rows a second: median, lowest and highest of the passes."""
    work()
    rates = []
    for _ in range(PASSES):
        start = time.perf_counter()
        work()
        rates.append(rows / (time.perf_counter() - start))
    return {"median": round(statistics.median(rates)), "low": round(min(rates)), "high": round(max(rates))}


def seconds(code: str) -> float:
    """Median wall time of a fresh interpreter that runs `code`, less that of one that runs nothing."""

    def once(what: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", what], check=True)
        return time.perf_counter() - start

    return statistics.median(once(code) for _ in range(7)) - statistics.median(once("pass") for _ in range(7))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="fast")
    args = parser.parse_args()
    base = [row.text for split in ("w", "d") for row in load(split) if row.channel != "call_transcript"]
    texts = [f"{base[i % len(base)]} {i}" for i in range(ROWS)]
    words = sorted(len(text.split()) for text in texts)
    result: dict[str, Any] = {
        "model": Triage.load(args.model).model, "rows": ROWS,
        "median_words": words[ROWS // 2], "median_characters": sorted(map(len, texts))[ROWS // 2],
        "messages_per_second": {}, "import_seconds": round(seconds("import cybertriage"), 3),
        "load_and_first_verdict_seconds": round(
            seconds("from cybertriage import Triage; Triage.load().run(['сәлем, қалайсың'])"), 3
        ),
    }  # fmt: skip
    for threads in (1, 2):
        triage = Triage.load(args.model, threads=threads)
        result["messages_per_second"][f"run, {threads} thread(s)"] = rate(lambda t=triage: t.run(texts), ROWS)
        result["messages_per_second"][f"score, {threads} thread(s)"] = rate(lambda t=triage: t.score(texts), ROWS)
    result["peak_memory_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(write("speed", result))


if __name__ == "__main__":
    main()
