"""Speed of the shipped models on this machine, beside the same encoder in PyTorch float32.

In: the authored corpora (a hard mix: half of it fraud or its look-alikes), and ordinary public text where it is; texts
numbered so that no two are equal. Out: `results/speed.json`: messages a second, cold start, peak memory.
Rates are the median of several timed passes after a warm-up; import and load are whole fresh processes.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import versions, write
from cybertriage import Triage
from cybertriage.text.windows import WINDOW
from training.corpus import load
from training.public import unseen_rows
from training.sources import data_root

ROWS = {"fast": 32_768, "cascade": 2_048, "encoder": 256, "pytorch": 256}
PASSES = {"fast": 5, "cascade": 3, "encoder": 3, "pytorch": 3}
THREADS = 2
# Not getrusage's peak, which after a fork starts from the parent's.
_PEAK = (
    "import sys;from cybertriage import Triage;t=Triage.load({model!r},threads=2);"
    "texts=open(sys.argv[1],encoding='utf-8').read().split('\\x1e');t.run(texts);"
    "print(next(x.split()[1] for x in open('/proc/self/status') if x.startswith('VmHWM')))"
)


def rate(work: Callable[[Sequence[str]], object], texts: Sequence[str], passes: int) -> dict[str, float]:
    """Messages a second: median, lowest and highest of the passes."""
    work(texts[: len(texts) // 4])
    rates = []
    for _ in range(passes):
        start = time.perf_counter()
        work(texts)
        rates.append(len(texts) / (time.perf_counter() - start))
    return {"median": round(statistics.median(rates)), "low": round(min(rates)), "high": round(max(rates))}


def seconds(code: str) -> float:
    """Median wall time of a fresh interpreter that runs `code`, less that of one that runs nothing."""

    def once(what: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", what], check=True)
        return time.perf_counter() - start

    return round(statistics.median(once(code) for _ in range(5)) - statistics.median(once("pass") for _ in range(5)), 3)


def peak_mib(model: str, texts: Sequence[str]) -> int:
    """Peak resident memory of a fresh process that scores the texts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.txt"
        path.write_text("\x1e".join(texts), encoding="utf-8")
        code = [sys.executable, "-c", _PEAK.format(model=model), str(path)]
        return round(int(subprocess.run(code, check=True, capture_output=True, text=True).stdout) / 1024)


def mixes() -> dict[str, list[str]]:
    """Texts by mix, more than any model is timed on, no two equal."""
    base = [row.text for split in ("w", "d") for row in load(split) if row.channel != "call_transcript"]
    found = {"authored, half fraud or look-alikes": base}
    if data_root() is not None:
        found["ordinary public text"] = [text for _, text in unseen_rows()]
    most = max(ROWS.values())
    mixed = {}
    for name, texts in found.items():
        random.Random(0).shuffle(texts)
        mixed[name] = [f"{texts[at % len(texts)]} {at}" for at in range(most)]
    return mixed


def pytorch(base: Path, build: Path) -> Callable[[Sequence[str]], object]:
    """The fine-tuned encoder in float32 as `transformers` runs it, sorted by length, one window of each."""
    import torch

    from training.export_encoder import float_logits, trained

    torch.set_num_threads(THREADS)
    network, _ = trained(base, build)
    network.body.config._attn_implementation = "sdpa"  # as transformers runs it by default
    return lambda texts: float_logits(network, base, [text[:WINDOW] for text in texts])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=Path("build/e5"))
    parser.add_argument("--build", type=Path, default=Path("build/encoder"))
    args = parser.parse_args()
    texts = mixes()
    result: dict[str, Any] = {"import_seconds": seconds("import cybertriage"), "threads": THREADS, "models": {}}
    for model in ("fast", "cascade", "encoder"):
        triage = Triage.load(model, threads=THREADS)
        result["models"][model] = {
            "id": triage.model,
            "load_and_first_verdict_seconds": seconds(
                f"from cybertriage import Triage; Triage.load({model!r}).run(['сәлем, код айтыңыз деген хат келді'])"
            ),
            "peak_memory_mib": peak_mib(model, next(iter(texts.values()))[: ROWS[model]]),
            "messages_per_second": {
                mix: rate(triage.run, rows[: ROWS[model]], PASSES[model]) for mix, rows in texts.items()
            },
        }
    slow = pytorch(args.base, args.build)
    result["pytorch_fp32"] = {
        "messages_per_second": {
            mix: rate(slow, rows[: ROWS["pytorch"]], PASSES["pytorch"]) for mix, rows in texts.items()
        },
        "versions": versions("torch", "transformers"),
    }  # fmt: skip
    result["median_characters"] = {mix: sorted(map(len, rows))[len(rows) // 2] for mix, rows in texts.items()}
    print(write("speed", result))


if __name__ == "__main__":
    main()
