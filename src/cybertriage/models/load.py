"""From a bundle's name or folder to a model that answers: the one place that knows every kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cybertriage.errors import BundleError
from cybertriage.models.bundle import CASCADE, ENCODER, NGRAMS, Bundle, load_bundle
from cybertriage.models.cascade import CascadeModel
from cybertriage.models.encoder import EncoderModel
from cybertriage.models.fast import FastModel
from cybertriage.models.windows import Model


def load_model(bundle: Bundle) -> Model:
    """The model of a verified bundle; a cascade's members must lie beside it and be the very ones it was built with."""
    if bundle.kind == NGRAMS:
        return FastModel(bundle)
    if bundle.kind == ENCODER:
        return EncoderModel(bundle)
    if bundle.kind == CASCADE:
        return CascadeModel(bundle, FastModel(_member(bundle, "fast")), EncoderModel(_member(bundle, "encoder")))
    raise BundleError(f"{bundle.name}: kind {bundle.kind!r} is unknown; use a matching cybertriage version")


def _member(cascade: Bundle, role: str) -> Bundle:
    def read(manifest: Mapping[str, Any]) -> tuple[str, str]:
        return str(manifest["members"][role]["name"]), str(manifest["members"][role]["digest"])

    name, digest = cascade.parsed(read)
    if Path(name).name != name:
        raise BundleError(f"{cascade.name}: member {role} is not a bundle beside it")
    member = load_bundle(cascade.folder.parent / name)
    if member.digest != digest:
        raise BundleError(f"{cascade.name}: its member {name!r} is another build than it was made with; rebuild it")
    return member
