"""The figures that the design sets out to reach, each beside what was measured, for `fast` and the default model.

In: `benchmarks/results/*.json`. Out: one Markdown table; a figure that misses its target stands in bold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.bias_table import NATIVE, axes, by_disguise
from benchmarks.cells import table
from benchmarks.gate_measures import shortfall
from benchmarks.record import read
from cybertriage.evaluate.covered import COVERED
from cybertriage.figures.metrics import Estimate, wilson
from cybertriage.figures.written import figure

MODELS = ("fast", "cascade")
Part = Mapping[str, Any]
NOTICES, WARNINGS = ("HN01", "HN02", "HN03", "HN04"), ("HN05", "HN06", "HN12")
DISGUISES = ("homoglyph", "spacing", "zero_width")


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach. `limit` in the unit of the figure; `times`: what it is shown multiplied by."""

    what: str
    limit: float
    at_most: bool
    measured: Callable[[str], Estimate | None]
    times: int = 100
    unit: str = " %"

    def row(self) -> list[str]:
        """What, the figure to reach, and each model's."""
        sign = "≤" if self.at_most else "≥"
        return [self.what, f"{sign} {self.limit * self.times:g}{self.unit}", *(self._cell(model) for model in MODELS)]

    def _cell(self, model: str) -> str:
        found = self.measured(model)
        if found is None:
            return "too few or none"
        digits = 1 if self.times == 100 else 3 if self.limit <= 1 else 0
        middle, low, high = (
            f"{x * self.times:,.{digits}f}".replace("-", "−") for x in (found.value, found.low, found.high)
        )
        shown = f"{middle}{self.unit} ({low} to {high}, n {found.n:,})" if found.n else f"{middle}{self.unit}"
        missed = found.value > self.limit if self.at_most else found.value < self.limit
        return f"**{shown}**" if missed else shown


def targets() -> str:
    """The whole table."""
    head = ["what", "to reach", *MODELS]
    note = "Bold: the figure misses its target; intervals of 95 %. Worst: of all groups, sources, or disguises."
    return table(head, [target.row() for target in _targets()]) + "\n\n" + note


def _targets() -> Iterator[Target]:
    yield from _fraud()
    yield from _radical()
    yield Target("ordinary news, chat, reviews flagged, worst source", 0.005, True, _public)
    yield from _identity()
    yield from _disguised()
    yield from _calibration()
    yield from _machine()


def _fraud() -> Iterator[Target]:
    yield Target("fraud, unseen writers: AUPRC", 0.97, False, lambda m: _rank(m, "fraud", "all", "auprc"), 1, "")
    recall = "recall_at_fpr_1pct"
    yield Target("fraud, unseen writers: recall at FPR 1 %", 0.92, False, lambda m: _rank(m, "fraud", "all", recall))
    yield Target("fraud: recall between Kazakh and Russian, difference", 0.05, True, _language_gap, 100, " points")
    yield Target("genuine one-time codes and notices flagged", 0.005, True, lambda m: _cells(m, NOTICES))
    yield Target("warnings and news about fraud flagged", 0.02, True, lambda m: _cells(m, WARNINGS))


def _radical() -> Iterator[Target]:
    for what, source in (("unseen writers, against protected speech", _hard), ("VEcheck", _suite)):
        yield Target(f"radical, {what}: AUPRC", 0.92, False, lambda m, of=source: of(m, "auprc"), 1, "")
        yield Target(
            f"radical, {what}: recall at FPR 1 %", 0.75, False, lambda m, of=source: of(m, "recall_at_fpr_1pct")
        )


def _identity() -> Iterator[Target]:
    yield Target("identity terms, benign templates flagged", 0.01, True,
                 lambda m: _estimate(read("bias")["models"][m]["overall"]["false_alarms"]))  # fmt: skip
    yield Target("identity terms, gap between traits", 0.01, True,
                 lambda m: _estimate(_axis(m, "trait")["gap"]), 100, " points")  # fmt: skip
    for family in COVERED:
        yield Target(f"worst trait's BPSN AUC below the AUC of all, {family}", 0.02, True,
                     lambda m, f=family: _shortfall(m, f), 1, "")  # fmt: skip


def _disguised() -> Iterator[Target]:
    for form in NATIVE:
        for family in COVERED:
            yield Target(f"{form} against native spelling: {family} recall lost", 0.05, True,
                         lambda m, a=form, f=family: _form_lost(m, a, f), 100, " points")  # fmt: skip
    for disguise in DISGUISES:
        for family in COVERED:
            yield Target(f"{disguise.replace('_', '-')}: {family} recall lost", 0.05, True,
                         lambda m, d=disguise, f=family: _disguise(m, d, f, "recall_lost"), 100, " points")  # fmt: skip


def _calibration() -> Iterator[Target]:
    for family in COVERED:
        yield Target(f"expected calibration error, {family}, worst language form", 0.03, True,
                     lambda m, f=family: _worst_calibration(m, f), 1, "")  # fmt: skip


def _machine() -> Iterator[Target]:
    lingua = read("language_forms")["lingua_many"]["macro_f1"]["value"]
    yield Target("language form: macro-F1, above lingua's", lingua, False,
                 lambda m: _estimate(read("language_forms")["cybertriage"]["macro_f1"]), 1, "")  # fmt: skip
    yield Target("fast: messages a second on two cores, slower mix", 20000, False, _fast_speed, 1, "")
    yield Target("cascade: times the fp32 PyTorch encoder, slower mix", 10, False, _times_pytorch, 1, " times")
    yield Target("import, seconds", 0.4, True, lambda m: _plain(read("speed")["import_seconds"]), 1, " s")
    yield Target("memory, 10 million rows", 1500, True, _memory, 1, " MiB")
    yield Target("outputs byte-identical after kill -9", 1.0, False, _killed)


def _rank(model: str, family: str, scope: str, measure: str) -> Estimate | None:
    return _estimate(read(f"quality-{model}")["families"][family][scope].get(measure))


def _hard(model: str, measure: str) -> Estimate | None:
    return _rank(model, "radical", "against_hard_negatives", measure)


def _suite(model: str, measure: str) -> Estimate | None:
    return _estimate(read("functional")["models"][model]["ranking"]["VEcheck"].get(measure))


def _language_gap(model: str) -> Estimate | None:
    """Recall at the shipped threshold, Kazakh with its letters against Russian; the intervals' ends as bounds."""
    found = read(f"quality-{model}")["families"]["fraud"]["policy"]["recall_by_form"]
    one, two = (_estimate(found[form]) for form in ("kk", "ru"))
    if one is None or two is None:
        return None
    high = max(one.high - two.low, two.high - one.low)
    return Estimate(abs(one.value - two.value), 0.0, high, one.n + two.n)


def _cells(model: str, cells: tuple[str, ...]) -> Estimate | None:
    alarms = read(f"quality-{model}")["families"]["fraud"]["policy"]["false_alarms_by_cell"]
    found = [alarms[cell] for cell in cells]
    return wilson(sum(round(f["value"] * f["n"]) for f in found), sum(f["n"] for f in found))


def _public(model: str) -> Estimate | None:
    flagged = [_estimate(f["flagged"]) for f in read(f"quality-{model}").get("public", {}).values()]
    return max((f for f in flagged if f), key=lambda f: f.value, default=None)


def _axis(model: str, name: str) -> Part:
    return axes(read("bias")["models"][model])[name]


def _shortfall(model: str, family: str) -> Estimate | None:
    found = shortfall(read("bias")["models"][model]["overall"], _axis(model, "trait"), family)
    return found if isinstance(found, Estimate) else None


def _form_lost(model: str, form: str, family: str) -> Estimate | None:
    """Recall on the same templates; the intervals' ends as bounds."""
    groups = {group["group"]: group for group in _axis(model, "form")["groups"]}
    native, other = (_estimate(groups[name]["recall"][family]) for name in (NATIVE[form], form))
    if native is None or other is None:
        return None
    return Estimate(native.value - other.value, native.low - other.high, native.high - other.low, other.n)


def _disguise(model: str, name: str, family: str, measure: str) -> Estimate | None:
    return _estimate(by_disguise(read("robustness")["models"][model]["unseen test"])[name, family][measure])


def _worst_calibration(model: str, family: str) -> Estimate | None:
    errors = [_estimate(g["calibration_error"][family]) for g in _axis(model, "form")["groups"]]
    return max((e for e in errors if e), key=lambda e: e.value, default=None)


def _fast_speed(model: str) -> Estimate | None:
    return _plain(min(r["median"] for r in _rates(read("speed")["models"]["fast"]))) if model == "fast" else None


def _times_pytorch(model: str) -> Estimate | None:
    if model != "cascade":
        return None
    ours, theirs = _rates(read("speed")["models"]["cascade"]), _rates(read("speed")["pytorch_fp32"])
    return _plain(min(a["median"] / b["median"] for a, b in zip(ours, theirs, strict=True)))


def _memory(model: str) -> Estimate | None:
    part = read("scale")["repeated"]
    return _plain(part["peak_memory_mib"]) if part["model"] == model else None


def _killed(model: str) -> Estimate | None:
    found = read("scale")["kill_9"]
    return wilson(found["identical_outputs"], found["outputs"]) if model == "fast" else None


def _rates(side: Part) -> list[Part]:
    return list(side["messages_per_second"].values())


def _plain(value: float) -> Estimate:
    """A figure of one machine, without an interval."""
    return Estimate(float(value), float(value), float(value), 0)


def _estimate(of: Part | None) -> Estimate | None:
    found = figure(of)
    return found if isinstance(found, Estimate) else None
