"""The figures that are gated, read from the committed results, and whether these are of the bundles in `models/`.

In: `results/*.json` and the id of each bundle. Out: `Measure`s of every result that is of its bundle, and a line for
each that is missing or stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.gate_rules import Key, Measure, Side
from benchmarks.quality_part import pooled
from cybertriage.errors import InputError
from cybertriage.evaluate.covered import COVERED
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import Figure, TooFew
from cybertriage.figures.written import figure

Result = Mapping[str, Any]
# Cells of the test corpus: genuine look-alikes of fraud, protected speech.
_POOLS = {"HN": "genuine look-alikes", "PX": "protected speech"}
# Section 7 of the design: figures that are reached, so that chance inside them forbids nothing.
_GOALS = {"gap between": 0.01, "calibration error": 0.03}
_NONE = TooFew(0, 0)
_AXES = {"trait": "traits", "form": "language forms", "style": "writing styles"}


def measures(results: Path, bundles: Mapping[str, str]) -> tuple[list[Measure], list[str]]:
    """Gated figures of every model whose results are fresh, and what is missing or stale; `bundles`: id by name."""
    found: list[Measure] = []
    problems: list[str] = []
    for model, bundle in bundles.items():
        for benchmark in ("outside", f"quality-{model}", "functional", "bias", "robustness"):
            try:
                found += _fresh(results / f"{benchmark}.json", model, bundle)
            except _NotFresh as error:
                problems.append(f"{model}: {error}")
    return found, problems


class _NotFresh(Exception):
    """A result is not there, or of another bundle."""


def _fresh(path: Path, model: str, bundle: str) -> list[Measure]:
    """Gated figures of one model in one result; raises `_NotFresh`, or `InputError` where the file is garbled."""
    if not path.is_file():
        raise _NotFresh(f"{path.name} is not there; run the benchmark")
    try:
        benchmark = path.stem
        of = _of_model(benchmark, json.loads(path.read_text(encoding="utf-8")), model)
        measured = _ids(benchmark, of)
        if measured != {bundle}:
            said = ", ".join(sorted(measured)) or "nothing"
            raise _NotFresh(f"{path.name} is of {said}, the bundle is {bundle}; run the benchmark again")
        read = _READERS[benchmark.split("-")[0]](of)
        return [Measure(Key(model, side, name), x or _NONE, _goal(name)) for side, name, x in read]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path.name} lacks or garbles a field ({error}); run the benchmark again") from error


def _goal(name: str) -> float | None:
    """What the design sets as enough, by how a figure's name begins."""
    return next((goal for start, goal in _GOALS.items() if name.startswith(start)), None)


def _of_model(benchmark: str, result: Result, model: str) -> Result:
    """The part of a result that is about one model; empty where it has none."""
    if benchmark.startswith("quality-"):
        return result
    part: Result = result["models"].get(model, {})
    return part


def _ids(benchmark: str, of: Result) -> set[str]:
    """Ids of the bundles that a part was measured on."""
    if benchmark == "robustness":
        return {str(part["model"]) for part in of.values()}
    return {str(of[name]) for name in ("model", "id") if name in of}


def _quality(of: Result) -> Iterator[tuple[Side, str, Figure | None]]:
    for family in COVERED:
        policy = of["families"][family]["policy"]
        cells = policy["false_alarms_by_cell"]
        flagged = f"flagged as {family}"
        yield Side.AT_MOST, f"{flagged}, all rows not of it", figure(policy["false_alarms"])
        for start, title in _POOLS.items():
            yield Side.AT_MOST, f"{flagged}, {title}", pooled(cells, start)
        for code in cells:
            if code.startswith("PX"):
                yield Side.AT_MOST, f"{flagged}, {code}", figure(cells[code])
        yield Side.AT_LEAST, f"recall, {family}", figure(policy["recall"])
        yield Side.AT_MOST, f"calibration error, {family}", figure(policy["expected_calibration_error"])
    for source, figures in of.get("public", {}).items():
        yield Side.AT_MOST, f"flagged, public set {source}", figure(figures["flagged"])


def _functional(of: Result) -> Iterator[tuple[Side, str, Figure | None]]:
    for scope, share in of["totals"].items():
        yield Side.AT_LEAST, f"passed, {scope}", figure(share)


def _bias(of: Result) -> Iterator[tuple[Side, str, Figure | None]]:
    yield Side.AT_MOST, "flagged, benign templates", figure(of["overall"]["false_alarms"])
    for axis in of["axes"]:
        if axis["axis"] not in _AXES:
            continue
        title, alarms = _AXES[axis["axis"]], [figure(g["false_alarms"]) for g in axis["groups"]]
        yield Side.AT_MOST, f"gap between {title}", _wide(figure(axis["gap"]), alarms)
        yield Side.AT_MOST, f"worst of {title}", max(_shown(alarms), key=lambda x: x.value, default=None)
        if axis["axis"] == "trait":
            for family in COVERED:
                yield Side.AT_MOST, f"BPSN AUC shortfall, {family}", shortfall(of["overall"], axis, family)


def _wide(gap: Figure | None, alarms: list[Figure | None]) -> Figure | None:
    """A gap where no false alarm was seen has an interval of no width: it gets the highest bound of its groups."""
    if isinstance(gap, Estimate) and gap.high <= gap.value:
        high = max((x.high for x in _shown(alarms)), default=gap.high)
        return Estimate(gap.value, gap.low, max(gap.high, high), gap.n)
    return gap


def shortfall(overall: Result, axis: Result, family: str) -> Figure | None:
    """How far the BPSN AUC of the worst trait is below the AUC of all rows."""
    whole = figure(overall["auc"][family]["subgroup"])
    worst = min(_shown([figure(g["auc"][family]["bpsn"]) for g in axis["groups"]]), key=lambda x: x.value, default=None)
    if not isinstance(whole, Estimate) or worst is None:
        return _NONE
    return Estimate(whole.value - worst.value, whole.value - worst.high, whole.value - worst.low, worst.n)


def _shown(figures: list[Figure | None]) -> list[Estimate]:
    return [x for x in figures if isinstance(x, Estimate)]


def _outside(of: Result) -> Iterator[tuple[Side, str, Figure | None]]:
    for family in COVERED:
        figures = of[family]
        yield Side.AT_MOST, f"independent set, honest flagged as {family}", figure(figures["flagged_honest"])
        yield Side.AT_MOST, f"independent set, honest abstained on, {family} file", figure(figures["abstained_honest"])
        yield Side.AT_LEAST, f"independent set, found, {family}", figure(figures["found"])
        yield Side.AT_LEAST, f"independent set, AUPRC, {family}", figure(figures["ranking"]["auprc"])
    for name, part in of.get("real", {}).items():
        if name == "real-sms-ru":
            yield Side.AT_MOST, "real service SMS flagged", figure(part["flagged"])
            yield Side.AT_MOST, "real service SMS abstained on", figure(part["abstained"])
        elif "flagged" in part:
            yield Side.AT_LEAST, f"real lures flagged, {name}", figure(part["flagged"])
        else:
            yield Side.AT_MOST, "short Russian texts out of language", figure(part["out_of_language"])


def _robustness(of: Result) -> Iterator[tuple[Side, str, Figure | None]]:
    """No gate of its own; its results must be of the bundle."""
    yield from ()


_READERS = {
    "outside": _outside, "quality": _quality, "functional": _functional, "bias": _bias, "robustness": _robustness,
}  # fmt: skip
