"""A model on disk: its layout, its schema, and the check that nothing in it was changed.

In: a folder with `bundle.json` and the files it lists. Out: a `Bundle`, read and verified.
Invariants: every file is hashed and compared before anything of it is used; nothing executes on load;
a listed name is a plain file of the folder itself (no path, no link); unknown files are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cybertriage.calibrate import Calibration
from cybertriage.errors import BundleError, InputError
from cybertriage.models.graph import check_graph
from cybertriage.models.outputs import check_outputs, families_of

SCHEMA = 1
MANIFEST = "bundle.json"
GRAPH = "model.onnx"
POLICY = "policy.toml"
CARD = "MODEL_CARD.md"
# Kinds of model; a cascade has no graph of its own, it names two other bundles.
NGRAMS, ENCODER, CASCADE = "ngram-linear", "encoder", "cascade"
_MAX_BYTES = 512 * 1024 * 1024


_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle. `outputs` names the columns of the logits, `frames` those that are frames.

    `manifest` holds what only one kind of model knows how to read; `files` the verified bytes by name.
    """

    name: str
    version: str
    kind: str
    outputs: tuple[str, ...]
    frames: tuple[str, ...]
    digest: str
    manifest: Mapping[str, Any] = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
    folder: Path

    @property
    def id(self) -> str:
        """`name@version+digest`: what every verdict carries."""
        return f"{self.name}@{self.version}+{self.digest[:12]}"

    @property
    def families(self) -> tuple[str, ...]:
        """The families that it answers for, in the order of the taxonomy; those it lacks are not looked for."""
        return families_of(self.outputs)

    @property
    def policy(self) -> str:
        """The bundle's own policy, as TOML text."""
        return self.files[POLICY].decode("utf-8")

    def calibration(self) -> Calibration:
        """The stored calibration; raises `BundleError` where it is garbled."""
        return self.parsed(lambda manifest: Calibration.from_json(manifest["calibration"]))

    def parsed(self, read: Callable[[Mapping[str, Any]], _Parsed]) -> _Parsed:
        """What `read` makes of the manifest; raises `BundleError` where a field is missing or garbled."""
        try:
            return read(self.manifest)
        except (KeyError, TypeError, ValueError, InputError) as error:
            raise BundleError(f"{MANIFEST} lacks or garbles a field ({error}); rebuild the bundle") from error


def shipped(name: str) -> Path:
    """Folder of a bundle that comes with the library: inside the wheel, or `models/` of a checkout."""
    package = Path(__file__).parents[1]
    for root in (package / "bundles", package.parents[1] / "models"):
        if (root / name / MANIFEST).is_file():
            return root / name
    raise BundleError(f"no shipped model is called {name!r}; name one of {', '.join(shipped_names()) or '(none)'}")


def shipped_names() -> tuple[str, ...]:
    """Names of the bundles that come with the library."""
    package = Path(__file__).parents[1]
    roots = (package / "bundles", package.parents[1] / "models")
    return tuple(sorted({p.parent.name for root in roots for p in root.glob(f"*/{MANIFEST}")}))


def load_bundle(model: str | Path) -> Bundle:
    """Read and verify a bundle.

    Parameters
    ----------
    model
        A shipped name (`fast`), or the path of a folder.

    Returns
    -------
    Bundle
        Every file of it held against its hash.

    Raises
    ------
    BundleError
        For a bundle that is missing, incomplete, changed or of an unknown layout.

    Examples
    --------
    >>> load_bundle("fast").name
    'fast'
    """
    path = Path(model)
    # A folder that happens to be called as a shipped model must not stand in for it.
    folder = path if path.is_dir() and model not in shipped_names() else shipped(str(model))
    manifest = _read_manifest(folder)
    required = (POLICY, CARD) if manifest.get("kind") == CASCADE else (GRAPH, POLICY, CARD)
    content = _verified(folder, manifest["files"], required)
    if GRAPH in content:
        check_graph(content[GRAPH])
    try:
        bundle = Bundle(
            name=str(manifest["name"]), version=str(manifest["version"]), kind=str(manifest["kind"]),
            outputs=tuple(manifest["outputs"]), frames=tuple(manifest["frames"]),
            digest=_digest(manifest), manifest=manifest, files=content, folder=folder,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{MANIFEST} lacks or garbles a field ({error}); rebuild the bundle") from error
    check_outputs(bundle.name, bundle.outputs, bundle.frames)
    return bundle


def _digest(manifest: Mapping[str, Any]) -> str:
    """Hash of all that can change a score; the model card, which reports scores, is left out."""
    files = {name: digest for name, digest in manifest["files"].items() if name != CARD}
    canonical = json.dumps({**manifest, "files": files}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise BundleError(f"{folder.name}: no {MANIFEST}; a bundle is a folder that holds one") from error
    except ValueError as error:
        raise BundleError(f"{folder.name}/{MANIFEST} is not JSON; fetch the bundle again") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise BundleError(f"{folder.name}: bundle schema is not {SCHEMA}; use a matching cybertriage version")
    if not isinstance(manifest.get("files"), dict):
        raise BundleError(f"{folder.name}: {MANIFEST} lists no files; fetch the bundle again")
    return manifest


def _verified(folder: Path, listed: Mapping[str, str], required: Sequence[str]) -> dict[str, bytes]:
    """Content of every listed file, each compared with its sha256; the very bytes that were hashed are used."""
    missing = [name for name in required if name not in listed]
    if missing:
        raise BundleError(f"{folder.name}: {MANIFEST} does not list {', '.join(missing)}")
    strangers = {p.name for p in folder.iterdir()} - set(listed) - {MANIFEST}
    if strangers:
        raise BundleError(f"{folder.name}: files that {MANIFEST} does not list: {', '.join(sorted(strangers))}")
    return {name: _verified_file(folder, name, digest) for name, digest in listed.items()}


def _verified_file(folder: Path, name: str, digest: str) -> bytes:
    path = folder / name
    if Path(name).name != name or path.is_symlink() or not path.is_file():
        raise BundleError(f"{folder.name}: {name!r} is not a plain file of the bundle's own folder")
    if path.stat().st_size > _MAX_BYTES:
        raise BundleError(f"{folder.name}/{name} is larger than {_MAX_BYTES} bytes")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise BundleError(f"{folder.name}/{name}: sha256 differs from {MANIFEST}; the file was changed or damaged")
    return data
