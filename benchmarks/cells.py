"""Cells and tables of the rendered documents."""

from __future__ import annotations

from typing import Any


def percent(estimate: dict[str, Any]) -> str:
    """`12.3 % (10.1-14.9, n 640)`."""
    value, low, high = (estimate[k] * 100 for k in ("value", "low", "high"))
    return f"{value:.1f} % ({low:.1f}–{high:.1f}, n {estimate['n']})"


def share(figures: dict[str, Any], measure: str) -> str:
    """A ranking measure with its interval, or why there is none."""
    if figures.get("too_few"):
        return f"too few ({figures['positives']})"
    estimate = figures[measure]
    return f"{estimate['value']:.3f} ({estimate['low']:.2f}–{estimate['high']:.2f})"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)])


def sent(share_: float | None) -> str:
    """Share of messages the cascade passes on."""
    return "–" if share_ is None else f"{share_ * 100:.1f} %"
