"""What a bundle answers for, held against the taxonomy.

In: the outputs of a bundle. Out: its families, or a `BundleError` naming the output and the way to mend it.
A bundle may know fewer families than the taxonomy: one trained before a family was there goes on with those it has.
"""

from __future__ import annotations

from collections.abc import Sequence

from cybertriage.errors import BundleError
from cybertriage.taxonomy import Kind, current, families


def families_of(outputs: Sequence[str]) -> tuple[str, ...]:
    """The families among the outputs, in the order of the taxonomy."""
    return tuple(f for f in families() if f in outputs)


def check_outputs(name: str, outputs: Sequence[str], frames: Sequence[str]) -> None:
    """Raise `BundleError` where outputs are unknown, stand twice, or a leaf stands without its family."""
    labels = current().index
    for output in outputs:
        found = labels.get(output)
        if found is None or output != found.id or found.kind is Kind.LOOK_ALIKE or found.route_only:
            raise BundleError(
                f"{name}: output {output!r} is none of the taxonomy; use the taxonomy that the bundle was trained on, "
                "or rebuild the bundle"
            )
        if found.kind is Kind.LEAF and found.family not in outputs:
            raise BundleError(
                f"{name}: output {output!r} stands without its family {found.family!r}; add the family's output or "
                "take its leaves out, and rebuild the bundle"
            )
    if len(set(outputs)) < len(outputs):
        raise BundleError(f"{name}: an output stands twice; rebuild the bundle")
    if not families_of(outputs):
        raise BundleError(f"{name}: no output is a family; name one or more of {', '.join(families())}")
    if strange := [x for x in frames if x not in outputs or labels[x].kind is not Kind.FRAME]:
        raise BundleError(f"{name}: {', '.join(strange)} stands among the frames and is none; rebuild the bundle")
