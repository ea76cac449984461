"""Write a bundle: every file, and last the manifest with their hashes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from cybertriage.models.bundle import MANIFEST


def replace_bundle(part: Path, place: Path) -> None:
    """Move a bundle that passed its gates to its place."""
    if place.is_dir():
        shutil.rmtree(place)
    part.rename(place)


def write_bundle(folder: Path, contents: Mapping[str, bytes], manifest: dict[str, object]) -> None:
    """Write every file and, last, the manifest with their hashes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    text = json.dumps({**manifest, "files": hashes}, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
