"""What a peer costs: cold start, peak memory and messages a second, each in a fresh process on the same cores.

In: a folder that the peer saved, texts. As a script: load it, score, say in JSON what it took.
Cold start: wall time of a whole process that loads the peer and scores one text, less that of one that does nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.contract import Peer
from benchmarks.peers.registry import PEERS, peer_named

THREADS, PASSES, SECONDS, MOST, TRIAL = 2, 3, 2.0, 16_384, 64
STARTS = 3
_FIRST = "сәлем, код айтыңыз деген хат келді"
_BREAK = "\x1e"


def size_bytes(folder: Path) -> int:
    """Bytes of what would be shipped: links to folders count, links to single files are only needed here."""
    total = 0
    for path in folder.rglob("*"):
        if path.is_symlink():
            total += sum(p.stat().st_size for p in path.rglob("*") if p.is_file()) if path.is_dir() else 0
        elif path.is_file():
            total += path.stat().st_size
    return total


def costs(peer: type[Peer], folder: Path, texts: Sequence[str], *, seconds: float = SECONDS) -> dict[str, Any]:
    """Speed, memory, cold start and size of a saved peer; `seconds`: about how long a timed pass takes."""
    path = folder.parent / f"{peer.key}.texts"
    path.write_text(_BREAK.join(texts), encoding="utf-8")
    bare = statistics.median(_wall(["-c", "pass"]) for _ in range(STARTS))
    start = statistics.median(_wall(_script(peer, folder, "first")) for _ in range(STARTS)) - bare
    said = _run([*_script(peer, folder, "rate"), "--texts", str(path), "--seconds", str(seconds)])
    return {
        **json.loads(said.splitlines()[-1]), "cold_start_seconds": round(start, 2),
        "size_mib": round(size_bytes(folder) / 2**20, 2),
    }  # fmt: skip


def _script(peer: type[Peer], folder: Path, what: str) -> list[str]:
    return ["-m", "benchmarks.peers.probe", peer.key, str(folder), what]


def _run(arguments: Sequence[str]) -> str:
    quiet = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    threads = {"OMP_NUM_THREADS": str(THREADS), "MKL_NUM_THREADS": str(THREADS), "TOKENIZERS_PARALLELISM": "true"}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env={**os.environ, **threads, **quiet}
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments[:3])} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def _wall(arguments: Sequence[str]) -> float:
    start = time.perf_counter()
    _run(arguments)
    return time.perf_counter() - start


def rates(peer: Peer, texts: Sequence[str], seconds: float) -> dict[str, Any]:
    """Messages a second over texts no two of which are equal: median, lowest and highest pass."""

    def numbered(count: int, series: int) -> list[str]:
        return [f"{texts[at % len(texts)]} {series}-{at}" for at in range(count)]

    peer.scores(numbered(TRIAL, 0))
    start = time.perf_counter()
    peer.scores(numbered(TRIAL, 1))
    count = max(TRIAL, min(MOST, int(TRIAL * seconds / (time.perf_counter() - start))))
    found = []
    for at in range(PASSES):
        rows = numbered(count, 2 + at)
        start = time.perf_counter()
        peer.scores(rows)
        found.append(count / (time.perf_counter() - start))
    low, middle, high = min(found), statistics.median(found), max(found)
    return {"messages_per_second": {"median": round(middle, 1), "low": round(low, 1), "high": round(high, 1)},
            "messages_a_pass": count}  # fmt: skip


def peak_mib() -> int:
    """Peak resident memory of this process. Not getrusage's, which after a fork starts from the parent's."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.is_file() else []
    peaks = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return round((peaks[0] if peaks else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("key", choices=PEERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("what", choices=["first", "rate"])
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    args = parser.parse_args()
    peer = peer_named(args.key).load(args.folder)
    if args.what == "first":
        peer.scores([_FIRST])
        return
    texts = args.texts.read_text(encoding="utf-8").split(_BREAK)
    measured = rates(peer, texts, args.seconds)
    print(json.dumps(measured | {"peak_memory_mib": peak_mib()}))


if __name__ == "__main__":
    main()
