"""Errors that a caller can tell apart by type or by code.

Invariant: no error ever carries message text; it names the argument, the row and the way to mend it.
"""

from __future__ import annotations


class CybertriageError(Exception):
    """Base of every error this library raises on purpose; `code` is stable for programs to match."""

    code = "error"


class InputError(CybertriageError, ValueError):
    """An argument, file or column that cannot be used."""

    code = "input"


class BundleError(CybertriageError):
    """A model bundle that is missing, incomplete, changed or of an unknown layout."""

    code = "bundle"


class PolicyError(CybertriageError, ValueError):
    """A policy file whose keys or values are not of the stated form."""

    code = "policy"


class OutputError(CybertriageError, OSError):
    """An output path that cannot be written."""

    code = "output"


class TaxonomyError(InputError):
    """A taxonomy file that is not of the stated form, or a label that it does not have."""

    code = "taxonomy"
