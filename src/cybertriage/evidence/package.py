"""What goes into a sealed package of a case, and what is said about it.

In: records, manifests, inputs, the audit log. Out: the payload by its path in the package, its hashes, its facts.
Invariant: a manifest goes in only with the records that it is of.
"""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from pathlib import Path

from cybertriage import __version__
from cybertriage.errors import InputError
from cybertriage.evidence.indicators import notices
from cybertriage.runs.manifest import manifest_of
from cybertriage.runs.part import sha256_of

_MOST = 60  # hashes in one entry of the audit log


@dataclass(frozen=True, slots=True)
class Package:
    """The files of a package; without `manifests`, those beside the records are taken."""

    records: tuple[Path, ...]
    manifests: tuple[Path, ...] = ()
    inputs: tuple[Path, ...] = ()
    audit: Path | None = None


def payload_of(package: Package) -> tuple[dict[str, Path], dict[str, str]]:
    """Files by their path in the package, and the sha256 of each but the log, which is still written to.

    Raises `InputError` for a file that is not there, a name that two have, a manifest of other records.
    """
    manifests = package.manifests or tuple(p for p in map(manifest_of, package.records) if p.is_file())
    folders = {"records": package.records, "manifests": manifests, "input": package.inputs}
    payload: dict[str, Path] = {}
    for folder, paths in folders.items():
        for path in paths:
            _add(payload, f"{folder}/{path.name}", path)
    if len(payload) > _MOST:
        raise InputError(f"a package has at most {_MOST} files; make several")
    hashes = {name: sha256_of(path) for name, path in payload.items()}
    records = {digest for name, digest in hashes.items() if name.startswith("records/")}
    for path in manifests:
        if _output_of(path) not in records:
            raise InputError(f"{path} is not the manifest of these records, or they were changed since")
    if package.audit is not None:
        payload[f"audit/{package.audit.name}"] = package.audit
    slugs = {f"{name.partition('/')[0]}_{at}": digest for at, (name, digest) in enumerate(hashes.items(), 1)}
    return payload, slugs


def package_info(case: str, producer: str) -> dict[str, str]:
    """What bag-info.txt says, the notice in kk, ru and en with it."""
    for value in (case, producer):
        if not value.isprintable():
            raise InputError("the case and the producer must be one line each")
    info = {
        "Bagging-Date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "Bag-Software-Agent": f"cybertriage {__version__}",
        "External-Identifier": case,
        "External-Description": notices(),
    }
    return info | ({"Source-Organization": producer} if producer else {})


def _add(payload: dict[str, Path], name: str, path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if name in payload:
        raise InputError(f"two files are named {path.name}; rename one, since both go into one folder")
    payload[name] = path


def _output_of(manifest: Path) -> str:
    try:
        return str(json.loads(manifest.read_text(encoding="utf-8"))["output"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{manifest} is no manifest of `cybertriage score`") from None
