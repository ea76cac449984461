"""The files that a run leaves beside its output."""

from __future__ import annotations

from pathlib import Path

from cybertriage.records.writers import part_of
from cybertriage.runs.checkpoint import checkpoint_of
from cybertriage.runs.manifest import manifest_of


def lock_of(output: Path) -> Path:
    """Where the lock is that keeps other runs from an output."""
    return output.with_name(output.name + ".lock")


def beside(output: Path) -> tuple[Path, ...]:
    """Manifest, checkpoint, the unfinished files of each and of the output, and the lock, whether or not they exist."""
    manifest, checkpoint, part = manifest_of(output), checkpoint_of(output), part_of(output)
    unfinished = (part, part.with_name(part.name + ".parquet"), part_of(checkpoint), part_of(manifest))
    return (manifest, checkpoint, *unfinished, lock_of(output))
