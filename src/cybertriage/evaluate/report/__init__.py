"""The evaluation report: one self-contained HTML file of everything that was measured, false alarms first.

In: documents as `as_json.document` makes them, fresh or read from a file. Out: HTML text
with plots as inline SVG, light and dark, for a wide screen, a telephone and paper.
Invariant: figures and ids only, never a message; the same documents give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cybertriage.errors import InputError
from cybertriage.evaluate.report import bias_part, functional_part, own_part, robustness_part
from cybertriage.evaluate.report.page import page
from cybertriage.evaluate.report.sections import Section, in_order

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What the report makes of one kind of document: its sections, and how many messages were measured."""

    sections: Callable[[Document], list[Section]]
    rows: Callable[[Document], int]


_PARTS: Mapping[str, Part] = {
    "bias": Part(bias_part.sections, lambda of: of["rows"]),
    "functional": Part(functional_part.sections, lambda of: of["cases"]),
    "robustness": Part(robustness_part.sections, lambda of: of["messages"]),
    "owndata": Part(own_part.sections, lambda of: of["overall"]["rows"]),
}


def render(documents: Sequence[Document], *, also: Mapping[str, Part] | None = None) -> str:
    """The report on one model as HTML.

    `documents`: evaluations in any order; one made of several (`as_json.several`) counts for its parts. `also`: parts
    for kinds of documents that this package does not make. Raises `InputError` where there is none, one is of no known
    kind or lacks something, or they are of different models.
    """
    parts = {**(also or {}), **_PARTS}
    flat = list(_flat(documents, parts))
    if not flat:
        raise InputError("documents is empty; give at least one evaluation")
    models = list(dict.fromkeys(str(of["model"]) for of in flat))
    if len(models) > 1:
        raise InputError(f"evaluations of different models: {', '.join(models)}; make one report for each")
    found = [section for at, of in enumerate(flat, 1) for section in _sections(of, at, parts)]
    return page(models[0], [_facts(of, parts) for of in flat], in_order(found))


def _flat(documents: Sequence[Document], parts: Mapping[str, Part]) -> Iterator[Document]:
    for at, of in enumerate(documents, 1):
        if not isinstance(of, Mapping):
            raise InputError(f"evaluation {at} is not a JSON object; give what `cybertriage evaluate -o` wrote")
        if of.get("report") == "several":
            yield from _flat(of.get("reports", ()), parts)
        elif of.get("report") not in parts:
            raise InputError(f"evaluation {at}: 'report' is {of.get('report')!r}, not one of {', '.join(parts)}")
        elif not of.get("model"):
            raise InputError(f"evaluation {at} ({of['report']}) does not say its 'model'")
        else:
            yield of


def _sections(of: Document, at: int, parts: Mapping[str, Part]) -> list[Section]:
    try:
        return parts[of["report"]].sections(of)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        kind = type(error).__name__
        raise InputError(
            f"evaluation {at} ({of['report']}) lacks or garbles a field ({kind}: {error}); measure again"
        ) from error


def _facts(of: Document, parts: Mapping[str, Part]) -> list[str]:
    """What was measured on what, for the table at the end."""
    kind = str(of["report"])
    rows = parts[kind].rows(of)
    hashes = [of.get("test_sha256"), (of.get("data") or {}).get("sha256")]
    digest = next((f"sha256 {x[:12]}" for x in hashes if x), str(of.get("of", "shipped with the library")))
    name = f"{kind}: {of['of']}" if "of" in of else kind
    return [name, f"{rows:,}", str(of.get("policy", "the bundle's own")), str(of.get("date", "–")), digest]
