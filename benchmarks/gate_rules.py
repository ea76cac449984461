"""Gates: bounds that a model's figures must keep, and that only tighten.

In: figures as `Measure`s, and a TOML file with a table `at_most` and one `at_least` for each model. Out: what is
broken, or the file's next text. A bound lies between the figure it was set by and the worse end of that figure's 95 %
interval, `margin` of the way, so that chance alone seldom breaks it; a later figure moves it only to tighten it. A
figure that keeps its goal is not broken by a tighter bound: inside the goal two messages in a thousand would decide.
Invariant: a figure without a gate, and a gate without a figure, are broken too, so that none is lost in silence.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, floor, isfinite
from pathlib import Path
from typing import Any, TypeGuard

from cybertriage.errors import InputError
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import Figure

MARGIN = 0.5
_DIGITS, _SCALE, _TINY = 4, 10_000, 1e-9
_HEAD = """# Bounds that every committed bundle's figures must keep: `python -m benchmarks.gates --check`.
# `--tighten` moves them towards the committed figures, `margin` of the way from a figure to the worse end of its 95 %
# interval, and never the other way. A bound is not loosened by hand either.
# Set anew once, on 2026-12-01: the bounds before were measured on test rows that share a guide with the training rows,
# at thresholds that flagged 3.3 % of the independent honest messages. The thresholds are now chosen on the independent
# set and the suites (training/operating_point.py): recall on the old test rows is lower, and so are their false alarms.
"""


class Side(StrEnum):
    """On which side of its bound a figure must stay."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What is gated: a model, the side of the bound, the figure's name."""

    model: str
    side: Side
    name: str

    def __str__(self) -> str:
        return f"{self.model}: {self.name}"


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured figure under its key; `goal`: what it is to reach, None where only its bound holds."""

    key: Key
    figure: Figure
    goal: float | None = None


@dataclass(frozen=True, slots=True)
class Gates:
    """All bounds; `margin`: how far from a figure towards the worse end of its interval a new bound is put, 0 to 1."""

    bounds: Mapping[Key, float]
    margin: float = MARGIN


def read_gates(path: Path) -> Gates:
    """The gates of a file; raises `InputError` where it cannot be read or an entry is unsound."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror}; make it with --tighten") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is not TOML: {error}") from None
    margin = data.pop("margin", None)
    if not _is_number(margin) or not 0 <= margin <= 1:
        raise InputError(f"{path.name}: margin must be a number from 0 to 1")
    bounds: dict[Key, float] = {}
    for model, sides in data.items():
        bounds |= _bounds(path.name, model, sides)
    return Gates(bounds, float(margin))


def _bounds(where: str, model: str, sides: object) -> dict[Key, float]:
    known = [side.value for side in Side]
    tables: dict[str, Any] = sides if isinstance(sides, dict) else {"": None}
    if not all(side in known and isinstance(table, dict) for side, table in tables.items()):
        raise InputError(f"{where}: [{model}] may hold the tables {' and '.join(known)} only")
    found = {Key(model, Side(side), name): bound for side, table in tables.items() for name, bound in table.items()}
    for key, bound in found.items():
        if not _is_number(bound) or not isfinite(bound):
            raise InputError(f"{where}: the bound of {str(key)!r} must be a number")
    return {key: float(bound) for key, bound in found.items()}


def _is_number(value: Any) -> bool:  # noqa: ANN401  (whatever TOML holds)
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_toml(gates: Gates) -> str:
    """The text of a gate file, in a fixed order."""
    out = [_HEAD, f"margin = {gates.margin:g}\n"]
    shown = None
    for key in sorted(gates.bounds):
        if (key.model, key.side) != shown:
            shown = (key.model, key.side)
            out.append(f"\n[{_name(key.model)}.{key.side}]\n")
        out.append(f"{json.dumps(key.name, ensure_ascii=False)} = {gates.bounds[key]:.{_DIGITS}f}\n")
    return "".join(out)


def _name(model: str) -> str:
    """A model's name as a TOML key, in quotes only where it needs them."""
    return model if re.fullmatch(r"[A-Za-z0-9_-]+", model) else json.dumps(model, ensure_ascii=False)


def broken(gates: Gates, measures: Sequence[Measure]) -> list[str]:
    """Why the figures do not pass, one line each; empty where they do."""
    figures = {measure.key: measure.figure for measure in measures}
    goals = {measure.key: measure.goal for measure in measures if measure.goal is not None}
    out = []
    for key, bound in gates.bounds.items():
        figure = figures.get(key)
        if not _measured(figure):
            out.append(f"{key}: has a gate and no figure")
        elif _worse(key, figure.value, bound) and _worse(key, figure.value, goals.get(key, bound)):
            out.append(f"{key}: {figure.value:.4f} is not {key.side.replace('_', ' ')} {bound:.4f}")
    out += [f"{k}: has no gate; run --tighten" for k, f in figures.items() if _measured(f) and k not in gates.bounds]
    return out


def tightened(gates: Gates, measures: Iterable[Measure]) -> Gates:
    """Gates moved towards the figures, and new ones for figures that had none; no bound gets looser."""
    bounds = dict(gates.bounds)
    for measure in measures:
        if _measured(measure.figure):
            new = _bound(measure.key, measure.figure, gates.margin)
            old = bounds.get(measure.key)
            bounds[measure.key] = new if old is None or _worse(measure.key, old, new) else old
    return replace(gates, bounds=bounds)


def loosened(before: Gates, after: Gates) -> list[str]:
    """Bounds that are looser after than before, one line each; one that is gone is as loose as can be."""
    return [
        f"{key}: the bound was {bound:.4f} and " + (f"is {now:.4f}" if now is not None else "is gone")
        for key, bound in before.bounds.items()
        if (now := after.bounds.get(key)) is None or _worse(key, now, bound)
    ]


def _measured(figure: Figure | None) -> TypeGuard[Estimate]:
    return isinstance(figure, Estimate) and isfinite(figure.value)


def _worse(key: Key, value: float, than: float) -> bool:
    return value > than + _TINY if key.side is Side.AT_MOST else value < than - _TINY


def _bound(key: Key, figure: Estimate, margin: float) -> float:
    """The bound that a figure sets, rounded outwards so that the figure itself always keeps it."""
    end = figure.high if key.side is Side.AT_MOST else figure.low
    bound = figure.value + margin * ((end if isfinite(end) else figure.value) - figure.value)
    steps = bound * _SCALE
    return (ceil(steps - _TINY) if key.side is Side.AT_MOST else floor(steps + _TINY)) / _SCALE
