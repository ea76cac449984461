"""Millions of rows through the command line on this machine, and what a kill -9 at any moment leaves of them.

In: the authored training corpora, repeated under new ids to `--rows` rows, as exports repeat what was sent to many; and
as many texts as `--distinct` no two of which are equal. Out: `results/scale.json`: rows a second, peak memory of the
whole process tree, the same sample of rows scored one by one and by PyTorch; and `--kills` runs killed at random
moments and given again, compared byte by byte with a run that was not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import corpora_hash, versions, write
from cybertriage import Triage
from cybertriage.runs.part import sha256_of
from cybertriage.text.windows import WINDOW
from training.corpus import load

ENDINGS = ("jsonl", "csv", "tsv", "parquet")
NAIVE_BATCH = 32
_PAGE = os.sysconf("SC_PAGE_SIZE")


def texts() -> list[str]:
    """The corpora's messages, mixed."""
    found = [row.text for row in load("w") if row.channel != "call_transcript"]
    random.Random(0).shuffle(found)
    return found


def make(path: Path, base: Sequence[str], numbers: Iterable[int], *, numbered: bool) -> None:
    """A JSONL file of a row for each number; texts that are `numbered` are equal where their numbers are."""
    with path.open("w", encoding="utf-8") as stream:
        for at, number in enumerate(numbers):
            text = base[number % len(base)]
            row = {"id": f"m{at}", "text": f"{text} {number}" if numbered else text}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def with_copies(rows: int) -> Iterator[int]:
    """Numbers of which half have been before, near or far."""
    pick = random.Random(0)
    return (at if at % 2 else pick.randrange(at + 1) for at in range(rows))


def command(table: Path, output: Path, model: str, *more: str) -> list[str]:
    """The command line as a person gives it."""
    return [sys.executable, "-m", "cybertriage", "score", str(table), "-o", str(output), "--model", model, *more]


class Peak:
    """Highest memory of a process group, in MiB, seen five times a second: resident pages, shared ones counted once
    for each process."""

    def __init__(self, group: int) -> None:
        self.mib, self.first = 0.0, 0.0
        self._group, self._stop = group, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        started = time.monotonic()
        while not self._stop.wait(0.2):
            self.mib = max(self.mib, sum(_resident(self._group)) / 2**20)
            if time.monotonic() - started < 30:  # to show that it does not grow with the file
                self.first = self.mib


def _resident(group: int) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(state[2]) == group:
                    yield int((folder / "statm").read_text().split()[1]) * _PAGE
            except OSError:
                continue


def through(table: Path, output: Path, model: str, rows: int) -> dict[str, Any]:
    """One run of the command: its rate, start and end included, and its peak memory."""
    start = time.perf_counter()
    with subprocess.Popen(command(table, output, model), stderr=subprocess.DEVNULL, start_new_session=True) as process:
        peak = Peak(process.pid)
        code = process.wait()
    seconds = time.perf_counter() - start
    peak.stop()
    if code:
        raise SystemExit(f"the run ended with {code}")
    with output.open("rb") as stream:
        written = sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
    return {
        "model": model, "rows": rows, "records": written, "seconds": round(seconds, 1),
        "rows_per_second": round(rows / seconds), "peak_memory_mib": round(peak.mib),
        "peak_memory_mib_of_first_30_seconds": round(peak.first), "input_bytes": table.stat().st_size,
        "output_bytes": output.stat().st_size,
    }  # fmt: skip


def rate(work: Callable[[Sequence[str]], object], rows: Sequence[str]) -> float:
    """Rows a second, after a warm-up."""
    work(rows[: max(1, len(rows) // 10)])
    start = time.perf_counter()
    work(rows)
    return round(len(rows) / (time.perf_counter() - start), 1)


def one_by_one(model: str) -> Callable[[Sequence[str]], object]:
    """A loop that scores a row at a time."""
    triage = Triage.load(model, threads=2)
    return lambda rows: [triage.run([row]) for row in rows]


def pytorch(base: Path, build: Path, batch: int) -> Callable[[Sequence[str]], object]:
    """The fine-tuned encoder in float32 in batches in the order of the file, padded, one window of each row."""
    import torch

    from training.encoder_vocabulary import load_tokenizer
    from training.export_encoder import MAX_TOKENS, trained
    from training.train_encoder import padded

    torch.set_num_threads(2)
    network, _ = trained(base, build)
    network.body.config._attn_implementation = "sdpa"  # as transformers runs it by default
    tokenizer = load_tokenizer(base)
    tokenizer.enable_truncation(MAX_TOKENS)

    def work(rows: Sequence[str]) -> None:
        with torch.inference_mode():
            for at in range(0, len(rows), batch):
                encodings = tokenizer.encode_batch([row[:WINDOW] for row in rows[at : at + batch]])
                network(*padded([encoding.ids for encoding in encodings], torch.device("cpu")))

    return work


def compared(sample: Sequence[str], base: Path, build: Path) -> dict[str, Any]:
    """Rows a second of other ways to score the same rows."""
    found: dict[str, Any] = {
        "rows": len(sample), "distinct": len(set(sample)),
        "cascade_in_one_call": rate(Triage.load("cascade", threads=2).run, sample),
        "cascade_one_by_one": rate(one_by_one("cascade"), sample), "fast_one_by_one": rate(one_by_one("fast"), sample),
    }  # fmt: skip
    if not (build / "weights.safetensors").is_file():
        print(f"no {build}/weights.safetensors: PyTorch is left out", file=sys.stderr)
        return found
    for name, batch in (("pytorch_fp32_one_by_one", 1), (f"pytorch_fp32_batches_of_{NAIVE_BATCH}", NAIVE_BATCH)):
        found[name] = rate(pytorch(base, build, batch), sample)
    return found | {"pytorch_versions": versions("torch", "transformers")}


def attempt(arguments: list[str], seconds: float | None) -> tuple[bool, bool]:
    """Run the command, and kill it after so many seconds where it is still at work; was it killed, did it resume?"""
    with tempfile.TemporaryFile("w+") as told:
        with subprocess.Popen(arguments, stderr=told, start_new_session=True) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            code = process.wait()
        told.seek(0)
        if code not in (0, -signal.SIGKILL):
            raise SystemExit(f"the run ended with {code}: {told.read()}")
        return code == -signal.SIGKILL, "going on after" in told.read()


def kills(table: Path, folder: Path, wanted: int) -> dict[str, Any]:
    """Kill runs at random moments until so many were killed; every output has to be that of a run left alone."""
    pick = random.Random(0)
    wholes = {ending: whole(table, folder / f"whole.{ending}") for ending in ENDINGS}
    killed, resumed, outputs, identical = Counter[str](), 0, 0, 0
    while killed.total() < wanted:
        ending = ENDINGS[outputs % len(ENDINGS)]
        output, (expected, seconds) = folder / f"killed.{ending}", wholes[ending]
        workers = str(1 + outputs // len(ENDINGS) % 2)
        arguments = command(table, output, "fast", "--checkpoint-seconds", "0.2", "--workers", workers)
        at_work = True
        while at_work:
            limit = pick.uniform(0, seconds) if killed.total() < wanted else None
            at_work, went_on = attempt(arguments, limit)
            killed[ending] += at_work
            resumed += went_on
        outputs += 1
        identical += sha256_of(output) == expected
        output.unlink()
    return {
        "kills": killed.total(), "by_format": dict(killed), "went_on_from_a_checkpoint": resumed, "outputs": outputs,
        "identical_outputs": identical,
    }  # fmt: skip


def whole(table: Path, output: Path) -> tuple[str, float]:
    """sha256 of the output of a run left alone, and its seconds."""
    start = time.perf_counter()
    subprocess.run(command(table, output, "fast"), stderr=subprocess.DEVNULL, check=True)
    return sha256_of(output), time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--distinct", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--kill-rows", type=int, default=60_000)
    parser.add_argument("--base", type=Path, default=Path("build/e5"))
    parser.add_argument("--build", type=Path, default=Path("build/encoder"))
    parser.add_argument("--folder", type=Path, help="where the tables go, 25 GB for the full size")
    args = parser.parse_args()
    base = texts()
    result: dict[str, Any] = {"sha256": corpora_hash("w*.jsonl"), "texts": len(base)}
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        make(folder / "in.jsonl", base, range(args.rows), numbered=False)
        result["repeated"] = through(folder / "in.jsonl", folder / "o.jsonl", "cascade", args.rows)
        make(folder / "in.jsonl", base, range(args.distinct), numbered=True)
        result["distinct"] = through(folder / "in.jsonl", folder / "o.jsonl", "fast", args.distinct)
        sample = [base[at % len(base)] for at in range(args.sample)]
        result["same_rows"] = compared(sample, args.base, args.build)
        make(folder / "in.jsonl", base, with_copies(args.kill_rows), numbered=True)
        result["kill_9"] = {"rows": args.kill_rows} | kills(folder / "in.jsonl", folder, args.kills)
    print(write("scale", result))


if __name__ == "__main__":
    main()
