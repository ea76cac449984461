"""What every benchmark result carries: machine, versions, bundle, data hashes; and how it is written.

Out: `benchmarks/results/<name>.json`, from which README and model card render their tables.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

from cybertriage.evaluate.circumstances import machine, versions

__all__ = ["CORPORA", "RESULTS", "corpora_hash", "machine", "read", "versions", "write"]

RESULTS = Path(__file__).parent / "results"
CORPORA = Path(__file__).parents[1] / "training" / "corpora"


def corpora_hash(pattern: str) -> str:
    """sha256 over the corpus files of a pattern, by name and content."""
    digest = hashlib.sha256()
    for path in sorted(CORPORA.glob(pattern)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def write(name: str, result: dict[str, Any]) -> Path:
    """Write one result with its circumstances; returns the path."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    packages = versions("cybertriage", "numpy", "onnxruntime")
    body = {"benchmark": name, "date": stamp, "machine": machine(), "versions": packages, **result}
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def read(name: str) -> dict[str, Any]:
    """A committed result."""
    result: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return result
