"""The account of a run, beside its output: what went in, what came out, and with what it was made.

In: a finished run. Out: `<output>.manifest.json`.
Invariants: no message text; everything but `timestamps` is the same for the same input, model, policy and software.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cybertriage.models.bundle import Bundle
from cybertriage.readers.columns import told_column
from cybertriage.readers.source import Source
from cybertriage.records.writers import write_text
from cybertriage.runs.batch import Summary
from cybertriage.runs.checkpoint import LeftOut
from cybertriage.taxonomy import notice

SCHEMA = 1
_PACKAGES = ("cybertriage", "numpy", "onnxruntime", "tokenizers", "pyarrow")


def manifest_of(output: Path) -> Path:
    """Where the manifest of an output is."""
    return output.with_name(output.name + ".manifest.json")


def software() -> dict[str, str]:
    """Versions of what may move a score or the bytes of a file."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished run. `rows_in` were read; `skipped` is what of the input gave no row."""

    source: Source
    input_sha256: str
    input_bytes: int
    limit: int | None
    rows_in: int
    bundle: Bundle
    policy_name: str
    policy_sha256: str
    output: Path
    output_format: str
    output_sha256: str
    summary: Summary
    skipped: LeftOut
    timestamps: Mapping[str, str | Sequence[str]]

    def to_json(self) -> dict[str, Any]:
        """The manifest as plain values."""
        source, counts = self.source, self.summary.to_json()
        return {
            "schema": SCHEMA,
            "notice": {language: notice(language) for language in ("kk", "ru", "en")},
            "input": {
                "name": source.path.name, "bytes": self.input_bytes, "sha256": self.input_sha256,
                "format": source.format, "encoding": source.encoding,
                "text_column": told_column(source.text_column), "id_column": told_column(source.id_column),
                "limit": self.limit,
            },
            "model": {
                "id": self.bundle.id, "sha256": self.bundle.digest, "members": self.bundle.manifest.get("members", {}),
            },
            "policy": {"name": self.policy_name, "sha256": self.policy_sha256},
            "rows": {
                "in": self.rows_in, "out": self.summary.rows, "errors": self.summary.errors,
                "errors_by_reason": counts["problems"], "skipped": sum(self.skipped.by_reason.values()),
                "skipped_by_reason": dict(sorted(self.skipped.by_reason.items())),
                "skipped_listed": [{"position": where, "reason": why} for where, why in self.skipped.listed],
                "read_as": dict(sorted(self.skipped.read_as.items())),
            },
            "decisions": counts["decisions"], "labels": counts["labels"], "languages": counts["forms"],
            "output": {
                "name": self.output.name, "format": self.output_format, "bytes": self.output.stat().st_size,
                "sha256": self.output_sha256,
            },
            "software": software(),
            "timestamps": dict(self.timestamps),
        }  # fmt: skip


def write_manifest(made: Made) -> Path:
    """Write the manifest beside its output; returns its path."""
    path = manifest_of(made.output)
    write_text(path, json.dumps(made.to_json(), ensure_ascii=False, indent=1) + "\n")
    return path
