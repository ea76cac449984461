"""Offline triage of Kazakh and Russian messages for human reviewers. A human decides."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cybertriage.errors import BundleError, CybertriageError, InputError, OutputError, PolicyError, TaxonomyError
    from cybertriage.policy import Policy
    from cybertriage.triage import Triage
    from cybertriage.types import Decision, Explanation, Language, LanguageForm, Span, Verdict

__version__ = "0.1.0"
DEFAULT_MODEL = "cascade"

_HOMES = {
    "BundleError": "errors", "CybertriageError": "errors", "InputError": "errors", "OutputError": "errors",
    "PolicyError": "errors", "TaxonomyError": "errors", "Policy": "policy", "Triage": "triage",
    "Decision": "types", "Explanation": "types", "Language": "types", "LanguageForm": "types",
    "Span": "types", "Verdict": "types",
}  # fmt: skip
__all__ = [
    "DEFAULT_MODEL", "BundleError", "CybertriageError", "Decision", "Explanation", "InputError", "Language",
    "LanguageForm", "OutputError", "Policy", "PolicyError", "Span", "TaxonomyError", "Triage", "Verdict", "__version__",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401  (the type is given above, for checkers)
    """Import a public name when it is first asked for, so that `import cybertriage` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'cybertriage' has no attribute {name!r}")
    return getattr(importlib.import_module(f"cybertriage.{_HOMES[name]}"), name)
