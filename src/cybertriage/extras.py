"""Packages that only an extra brings: imported when they are asked for, named with their command where they lack."""

from __future__ import annotations

import importlib
from types import ModuleType

from cybertriage.errors import CybertriageError


class MissingPackageError(CybertriageError, ImportError):
    """A package that only an extra brings is not installed."""

    code = "missing_package"


def need(module: str, extra: str) -> ModuleType:
    """Import an optional module; raises `MissingPackageError` naming the extra that brings it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingPackageError(
            f"this needs the package {module.partition('.')[0]!r}: pip install 'cybertriage[{extra}]'"
        ) from error
