"""Train and measure every peer in one run, write `results/peers.json`; progress on standard error.

In: the training rows of the `fast` model, the unseen test, public sets where they are, `build/e5`, `build/encoder`.
A run that was cut off goes on: each finished peer lies in `build/peers/` under a hash of what it was measured with.
`--only` runs some and keeps the rest as committed; `--trial` is a few rows of everything, to see that it runs.
`char_ngram_lr` also stands at the top of the result, where the ranking table reads it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.peers import measure
from benchmarks.peers.contract import NotRun, Taught, training_rows
from benchmarks.peers.probe import SECONDS, costs
from benchmarks.peers.registry import COSTS_ONLY, PEERS, UNTAUGHT, peer_named
from benchmarks.record import RESULTS, corpora_hash, read, versions, write
from cybertriage import Triage
from cybertriage.models.bundle import load_bundle

BUILD = Path("build/peers")
SECTIONS = ("kazakh_hate", "spam", "personal_data")
_PACKAGES = ("scikit-learn", "torch", "transformers", "fasttext-numpy2", "model2vec", "airlock-pii")
TRIAL_ROWS, TRIAL_TEXTS = 600, 20


def said(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


class Run:
    """What all peers share: rows to train on, texts to be judged on; made when first asked for."""

    def __init__(self, seed: int, *, trial: bool) -> None:
        self.seed, self.trial = seed, trial
        self._rows: list[Taught] | None = None
        self._exam: measure.Exam | None = None

    @property
    def rows(self) -> list[Taught]:
        if self._rows is None:
            self._rows = training_rows(self.seed, most=TRIAL_ROWS if self.trial else None)
        return self._rows

    @property
    def exam(self) -> measure.Exam:
        if self._exam is None:
            self._exam = measure.exam(most=TRIAL_TEXTS if self.trial else None)
        return self._exam

    def peer(self, key: str) -> dict[str, Any]:
        """Everything about one peer, or why it was not run."""
        kind = peer_named(key)
        about: dict[str, Any] = {"title": kind.title, "settings": kind.settings}
        rows = [] if key in UNTAUGHT else self.rows
        start = time.perf_counter()
        try:
            peer = kind.fit(rows, self.seed)
        except (NotRun, ImportError) as error:
            return about | {"not_run": str(error)}
        about["fit_seconds"] = round(time.perf_counter() - start, 1)
        if key not in COSTS_ONLY:
            about |= measure.figures(peer.scores(self.exam.texts), self.exam, by_form=key == "char_ngram_lr")
        if hasattr(peer, "id"):
            about["id"] = peer.id
        folder = BUILD / "saved" / key
        _emptied(folder)
        peer.save(folder)
        del peer  # so that its memory is not in the way of the timing
        texts = [row.text for row in self.exam.test]
        return about | {"costs": costs(kind, folder, texts, seconds=0.2 if self.trial else SECONDS)}

    def section(self, name: str) -> dict[str, Any]:
        """One of the comparisons that are about a task of their own."""
        from benchmarks.peers import hate, personal, spam_set

        makers: dict[str, Callable[[], dict[str, Any]]] = {
            "kazakh_hate": lambda: hate.measured(self.exam, self.seed, Triage.load()),
            "spam": lambda: spam_set.measured(self.exam, self.seed, Triage.load()),
            "personal_data": lambda: personal.measured(self.seed),
        }
        try:
            return makers[name]()
        except NotRun as error:
            return {"not_run": str(error)}


def _emptied(folder: Path) -> None:
    """An empty folder; links in it go, what they lead to stays."""
    if folder.is_dir():
        for path in sorted(folder.rglob("*"), key=lambda p: -len(p.parts)):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()
    folder.mkdir(parents=True, exist_ok=True)


def inputs_hash(seed: int, *, trial: bool) -> str:
    """Hash of all that a peer's figures depend on but the machine: rows, models, this code, versions."""
    digest = hashlib.sha256(f"{seed}/{trial}/{_versions()}".encode())
    for path in sorted([*Path(__file__).parent.glob("*.py"), *Path("build/prepared").glob("*.jsonl")]):
        digest.update(path.name.encode() + path.read_bytes())
    for model in ("fast", "encoder", "cascade"):
        digest.update(load_bundle(model).digest.encode())
    weights = Path("build/encoder/weights.safetensors")
    digest.update(str(weights.stat().st_size if weights.is_file() else 0).encode())
    digest.update((corpora_hash("t*.jsonl") + corpora_hash("w*.jsonl") + corpora_hash("d*.jsonl")).encode())
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found |= versions(package)
        except ImportError:
            continue
    return found


def kept(name: str, stamp: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A part that was finished before with the same inputs, or made now and kept."""
    path = BUILD / f"{name}.json"
    if path.is_file():
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if stored["stamp"] == stamp:
            said(f"{name}: unchanged, taken from {path}")
            return dict(stored["part"])
    said(f"{name} ...")
    start = time.perf_counter()
    part = make()
    said(f"{name}: {part.get('not_run') or f'{time.perf_counter() - start:.0f} s'}")
    if "not_run" not in part:
        BUILD.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"stamp": stamp, "part": part}), encoding="utf-8")
    return part


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--only", help=f"some of {', '.join([*PEERS, *SECTIONS])}, with commas between")
    parser.add_argument("--trial", action="store_true", help="few rows of everything; writes nothing but build/peers")
    args = parser.parse_args()
    wanted = args.only.split(",") if args.only else [*PEERS, *SECTIONS]
    if strange := [name for name in wanted if name not in (*PEERS, *SECTIONS)]:
        parser.error(f"--only knows no {', '.join(strange)}")
    run, stamp = Run(args.seed, trial=args.trial), inputs_hash(args.seed, trial=args.trial)
    old = read("peers") if args.only and (RESULTS / "peers.json").is_file() else {}
    peers: dict[str, Any] = dict(old.get("peers", {}))
    parts: dict[str, Any] = {name: old[name] for name in SECTIONS if name in old}
    for name in wanted:
        made = kept(name, stamp, (lambda n=name: run.peer(n)) if name in PEERS else (lambda n=name: run.section(n)))
        (peers if name in PEERS else parts)[name] = made
    result = {
        "test_sha256": corpora_hash("t*.jsonl"), "train_sha256": corpora_hash("w*.jsonl"),
        "test_rows": len(run.exam.test), "seed": args.seed, "peer_versions": _versions(),
        "char_ngram_lr": peers.get("char_ngram_lr", {}).get("quality", old.get("char_ngram_lr", {})),
        "peers": {key: peers[key] for key in PEERS if key in peers}, **parts,
    }  # fmt: skip
    if args.trial:
        (BUILD / "trial.json").write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
        print(BUILD / "trial.json")
    else:
        print(write("peers", result))


if __name__ == "__main__":
    main()
