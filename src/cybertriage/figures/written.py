"""Figures of an evaluation's JSON, and how they are written in a report.

In: `{"value", "low", "high", "n"}`, `{"too_few": rows}` or null, as `as_json` makes them. Out: `Estimate`, `TooFew` or
None; and short texts that always give the interval and the rows, or say why there is no figure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isnan, nan
from typing import Any

from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import TooFew

Read = Estimate | TooFew | None


def figure(of: Mapping[str, Any] | None) -> Read:
    """A figure back from JSON; None where it is not defined."""
    if of is None:
        return None
    if "too_few" in of:  # the benchmarks write true and count the positives, the reports write the rows
        rows = of["positives"] if of["too_few"] is True else of["too_few"]
        return TooFew(int(rows), int(of.get("clusters", 0)))
    if of["value"] is None:
        return None
    low, high = (nan if of[bound] is None else float(of[bound]) for bound in ("low", "high"))
    return Estimate(float(of["value"]), low, high, int(of["n"]))


def percent(of: Read) -> str:
    """`1.2 % (0.3 to 4.1, n 90)`."""
    return _text(of, 100, 1, " %")


def points(of: Read) -> str:
    """A difference of shares in percentage points: `−1.2 (−4.1 to 0.3, n 90)`."""
    return _text(of, 100, 1, "")


def number(of: Read) -> str:
    """A figure that is no share: `0.987 (0.980 to 0.991, n 90)`."""
    return _text(of, 1, 3, "")


def spread(of: Read, *, share: bool = False) -> str:
    """A figure with its interval alone, for where the rows stand beside it; `share`: in per cent, to two decimals."""
    return re.sub(r", n [\d,]+\)", ")", _text(of, 100, 2, " %") if share else number(of))


def _text(of: Read, times: int, digits: int, unit: str) -> str:
    if of is None:
        return "not defined"
    if isinstance(of, TooFew):
        return f"too few ({of.n})"
    low, high = ("open" if isnan(x) else _minus(f"{x * times:.{digits}f}") for x in (of.low, of.high))
    return f"{_minus(f'{of.value * times:.{digits}f}')}{unit} ({low} to {high}, n {of.n:,})"


def _minus(text: str) -> str:
    """A true minus sign, and none on what rounds to nothing."""
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", "−")
