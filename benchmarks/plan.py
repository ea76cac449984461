"""Every benchmark: its command, what it needs, what it reads, what it writes; and a hash of all that it reads.

A requirement that is not met gives a reason with the way to mend it, and the benchmark is not run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.record import CORPORA, machine
from cybertriage.models.bundle import shipped
from training.sources import data_root, registry

ROOT = Path(__file__).parents[1]
MODELS = ("fast", "encoder", "cascade")
ORDINARY = ("tg-news-nktkln", "kaznerd-news", "kazsandra-reviews", "codeswitch-kk-ru", "snlp-sensitive-topics")
LABELLED = ("qorgau-scam-calls", "afmhack-seed", "tg-spam-umputun")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One piece of a run.

    `module` and `arguments`: what is run. `results`: names of the files it writes. `sets`: public sets it reads.
    `files`: other files or folders it reads, under the checkout. `packages`: modules it imports that may be missing.
    `timed`: its figures are of this machine, so that another machine measures again. `quick`: arguments of a run in
    a few minutes, None where there is none. `without_sets`: it runs without the public sets and leaves their part out.
    """

    name: str
    module: str
    results: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    timed: bool = False
    quick: tuple[str, ...] | None = None
    without_sets: bool = False


_PREPARED = "build/prepared/public.jsonl"
BENCHMARKS = (
    Benchmark("outside", "benchmarks.outside", ("outside",), sets=("real-sms-ru", "tg-spam-fso", "tg-spam-umputun",
              "rudetox-10k"), files=("benchmarks/independent",), without_sets=True, quick=("--models", "fast")),
    Benchmark("fooling", "benchmarks.fooling", ("fooling",), files=("training/authoring/tries.jsonl",)),
    Benchmark("quality-fast", "benchmarks.quality", ("quality-fast",), ("--model", "fast"), (*ORDINARY, *LABELLED),
              quick=("--model", "fast"), without_sets=True),
    Benchmark("quality-encoder", "benchmarks.quality", ("quality-encoder",), ("--model", "encoder"),
              (*ORDINARY, *LABELLED), without_sets=True),
    Benchmark("quality-cascade", "benchmarks.quality", ("quality-cascade",), ("--model", "cascade"),
              (*ORDINARY, *LABELLED), without_sets=True),
    Benchmark("functional", "benchmarks.functional", ("functional",)),
    Benchmark("bias", "benchmarks.bias", ("bias",), quick=("--per-trait", "1")),
    Benchmark("robustness", "benchmarks.robustness", ("robustness",), quick=("--messages", "100")),
    Benchmark("language", "benchmarks.language_forms", ("language_forms",), sets=("codeswitch-kk-ru",),
              packages=("lingua", "sklearn"), quick=()),
    Benchmark("corpora", "benchmarks.corpora", ("corpora",), packages=("sklearn", "datasketch")),
    Benchmark("speed", "benchmarks.speed", ("speed",), sets=ORDINARY, files=("build/e5", "build/encoder"),
              packages=("torch", "transformers"), timed=True, without_sets=True),
    Benchmark("scale", "benchmarks.scale", ("scale",), files=("build/e5", "build/encoder"),
              packages=("torch", "transformers"), timed=True),
    Benchmark("peers", "benchmarks.peers", ("peers",),
              sets=(*ORDINARY, *LABELLED, "tg-spam-tizh", "kazakh-hate-speech-10k"), files=(_PREPARED, "build/e5"),
              packages=("sklearn", "torch", "transformers"), timed=True, without_sets=True,
              quick=("--trial", "--only", "cybertriage_fast,keywords,tg_spam,personal_data")),
    Benchmark("explanations", "benchmarks.explanations", ("explanations",), files=("benchmarks/data",), timed=True,
              quick=("--models", "fast", "--most", "20")),
    Benchmark("fast-choices", "benchmarks.fast_choices", ("fast_choices",), files=(_PREPARED,), packages=("sklearn",)),
    Benchmark("encoder-choices", "benchmarks.encoder_choices", ("encoder_choices",), files=(_PREPARED, "build/e5"),
              packages=("torch", "transformers")),
    Benchmark("encoder-tuned-layers", "benchmarks.encoder_choices", ("encoder_tuned_layers",),
              ("--name", "encoder_tuned_layers", "--only", "12 layers, all tuned (shipped)",
               "12 layers, upper 6 tuned"),
              files=(_PREPARED, "build/e5"), packages=("torch", "transformers")),
    Benchmark("encoder-case", "benchmarks.encoder_choices", ("encoder_case",),
              ("--name", "encoder_case", "--only", "12 layers, all tuned (shipped)", "with capitals"),
              files=(_PREPARED, "build/e5"), packages=("torch", "transformers")),
    Benchmark("calibration-choices", "benchmarks.calibration_choices", ("calibration_choices",),
              files=("build/fast", "build/encoder"), packages=("sklearn", "torch")),
    Benchmark("learning-curves", "benchmarks.learning_curves", ("learning_curves",), ("--encoder", "build/e5"),
              (*ORDINARY, *LABELLED), (_PREPARED, "build/e5"), ("sklearn", "torch", "transformers")),
)  # fmt: skip
# Named in groups too, so that `--only quality` runs all three.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "quality": tuple(b.name for b in BENCHMARKS if b.name.startswith("quality-")),
    "choices": tuple(b.name for b in BENCHMARKS if b.name.endswith("-choices")),
}
_MADE_BY = {
    "build/e5": "python -m training.encoder_base (make train)",
    "build/encoder": "python -m training.train_encoder (make train)",
    "build/fast": "python -m training.train_fast (make train)",
    _PREPARED: "python -m training.prepare (make train)",
}


def chosen(names: str | None) -> tuple[Benchmark, ...]:
    """The benchmarks of a list of names and groups with commas between, in their order; all where it is None."""
    if names is None:
        return BENCHMARKS
    known = {b.name: (b.name,) for b in BENCHMARKS} | dict(GROUPS)
    wanted: set[str] = set()
    for name in names.split(","):
        if name not in known:
            raise ValueError(f"no benchmark is called {name!r}; name some of {', '.join(sorted(known))}")
        wanted |= set(known[name])
    return tuple(b for b in BENCHMARKS if b.name in wanted)


def lacks(benchmark: Benchmark, root: Path = ROOT) -> list[str]:
    """What is missing for a benchmark, each with the way to get it; empty where it can run."""
    found = [f"package {p} is not installed: pip install -e '.[dev,train]'" for p in benchmark.packages
             if importlib.util.find_spec(p) is None]  # fmt: skip
    found += [
        f"{f} is not there: {_MADE_BY.get(f, 'it belongs to the checkout')}"
        for f in benchmark.files
        if not (root / f).exists()
    ]
    return found if benchmark.without_sets else found + missing_sets(benchmark)


def missing_sets(benchmark: Benchmark) -> list[str]:
    """Which of a benchmark's public sets are not there, and how to get them."""
    if not benchmark.sets:
        return []
    data = data_root()
    how = "python -m training.fetch SOURCES.TSV FOLDER, then set CYBERTRIAGE_DATA to FOLDER"
    if data is None:
        return [f"public sets {', '.join(benchmark.sets)} are not there: {how}"]
    files = {dataset: [f.path for f in registry() if f.dataset == dataset] for dataset in benchmark.sets}
    lost = [name for name, paths in files.items() if not paths or not all((data / path).is_file() for path in paths)]
    return [f"public set {name} is not in {data.name}: {how}" for name in lost]


def inputs_hash(benchmark: Benchmark, *, quick: bool) -> str:
    """Hash of all that its figures depend on: code, models, corpora, public files, what training left; the machine
    where it is timed."""
    digest = hashlib.sha256(repr(benchmark).encode() + bytes(quick))
    if benchmark.timed:
        digest.update(json.dumps(machine(), sort_keys=True).encode())
    for path in _read_by(benchmark):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    for name in benchmark.sets:
        # The registry pins the files' own hashes, and nothing is read that does not have them.
        digest.update(f"{name}/{_pinned(name)}".encode())
    return digest.hexdigest()


def _pinned(dataset: str) -> str:
    data = data_root()
    if data is None:
        return "not there"
    return " ".join(f.sha256 if (data / f.path).is_file() else "not there" for f in registry() if f.dataset == dataset)


def _read_by(benchmark: Benchmark) -> list[Path]:
    """Files whose content counts: the package, the benchmark's own code, the bundles, the corpora, what it names."""
    own = ROOT.joinpath(*benchmark.module.split("."))
    code = [*own.rglob("*.py")] if own.is_dir() else [own.with_suffix(".py")]
    shared = [ROOT / "benchmarks" / name for name in ("quality.py", "record.py")]
    package = [p for p in (ROOT / "src" / "cybertriage").rglob("*") if p.suffix in (".py", ".tsv", ".toml", ".json")]
    manifests = [shipped(model) / "bundle.json" for model in MODELS]  # they hold the hashes of the other files
    named = [ROOT / f for f in benchmark.files]
    inside = [p for f in named for p in (f.rglob("*") if f.is_dir() else [f])]
    return sorted({p for p in (*code, *shared, *package, *manifests, *CORPORA.glob("*.jsonl"), *inside) if p.is_file()})
