"""The texts that every peer is judged on, and the figures of its scores.

Thresholds are set on rows of the calibration writers (d..), which no peer is trained on: the lowest at which at most
1 % of their benign rows are flagged. What a peer then flags of unseen test rows, ordinary public text and harmless
sentences that name a group is counted at that threshold.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.contract import Floats, Scores
from benchmarks.quality import ELSEWHERE, estimate, family_figures, ranking
from cybertriage.evaluate.templates import identity_probes, load_templates
from cybertriage.figures.metrics import auroc, bootstrap, wilson
from training.corpus import Authored, load, truth_and_hard
from training.public import unseen_rows
from training.sources import data_root, rows_of

MAX_FALSE_ALARMS = 0.01
PUBLIC_SAMPLE, PROBE_SAMPLE, ELSEWHERE_SAMPLE = 200, 720, {"qorgau-scam-calls": 60, "tg-spam-umputun": 300}
MIN_OF_A_TRAIT = 30


@dataclass(frozen=True, slots=True)
class Exam:
    """All texts after one another, and where each part lies. `labels`: of the sets by others; `traits`: of probes."""

    texts: list[str] = field(repr=False)
    where: Mapping[str, slice]
    test: Sequence[Authored] = field(repr=False)
    held: Sequence[Authored] = field(repr=False)
    labels: Mapping[str, NDArray[np.bool_]]
    traits: Sequence[str]

    def part(self, values: Floats, name: str) -> Floats:
        """The values of one part."""
        return values[self.where[name]]

    def sources(self, kind: str) -> list[str]:
        """Names of the public sets of a kind, `public` or `elsewhere`; none where there is no public data."""
        return [name.partition("/")[2] for name in self.where if name.startswith(f"{kind}/")]


def exam(*, most: int | None = None) -> Exam:
    """Test and held-out rows, public text, sets by others, probes; `most`: so many of each at most, for a trial."""
    test, held = load("t", test=True)[:: 1 if most is None else 20], load("d")
    benign = [t for t in load_templates() if t.truth == "benign"]
    probes = identity_probes(benign, per_trait=1)
    parts: dict[str, list[str]] = {"test": [r.text for r in test], "held": [r.text for r in held]}
    labels = {}
    if data_root() is not None:
        by_source: defaultdict[str, list[str]] = defaultdict(list)
        for source, text in unseen_rows():
            by_source[source].append(text)
        for source, rows in by_source.items():
            parts[f"public/{source}"] = _sample(rows, most or PUBLIC_SAMPLE)
        for source, no in ELSEWHERE.items():
            found = _sample(list(rows_of(source, evaluation=True)), most or ELSEWHERE_SAMPLE.get(source, 1000))
            parts[f"elsewhere/{source}"] = [row.text for row in found]
            labels[source] = np.array([row.label != no for row in found])
    probes = _sample(probes, most or PROBE_SAMPLE)
    parts["probes"] = [probe.text for probe in probes]
    texts = [text for part in parts.values() for text in part]
    ends = np.cumsum([0, *map(len, parts.values())]).tolist()
    where = {name: slice(ends[at], ends[at + 1]) for at, name in enumerate(parts)}
    return Exam(texts, where, test, held, labels, [probe.axis for probe in probes])


def _sample(rows: list[Any], most: int) -> list[Any]:
    return random.Random(0).sample(rows, min(most, len(rows)))


def threshold(scores: Floats, benign: NDArray[np.bool_]) -> float:
    """The lowest score at and under which nothing is flagged if at most 1 % of benign rows may be."""
    falling = np.sort(scores[benign])[::-1]
    return float(falling[int(np.floor(MAX_FALSE_ALARMS * len(falling)))])


def figures(scores: Scores, on: Exam, *, by_form: bool = False) -> dict[str, Any]:
    """Everything about one peer's scores; `by_form` also ranks each language form apart."""
    flags = {}
    out: dict[str, Any] = {"quality": {}, "at_threshold": {}}
    for family, values in scores.items():
        inside, held = on.part(values, "test"), on.part(values, "held")
        benign = np.array([family not in row.families for row in on.held])
        flags[family] = values > threshold(held, benign)
        out["quality"][family] = (
            family_figures(on.test, inside, family) if by_form else _ranked(on.test, inside, family)
        )
        out["at_threshold"][family] = _flagged(on, on.part(flags[family], "test"), family)
    either = np.logical_or.reduce(list(flags.values()))
    out["public_flagged"] = {s: _share(on.part(either, f"public/{s}")) for s in on.sources("public")}
    out["bias"] = _bias(on.part(either, "probes"), on.traits)
    if "fraud" in scores:
        out["elsewhere_auroc"] = {
            s: estimate(bootstrap(auroc, on.part(scores["fraud"], f"elsewhere/{s}"), on.labels[s]))
            for s in on.sources("elsewhere")
        }
    return out


def _ranked(rows: Sequence[Authored], scores: Floats, family: str) -> dict[str, Any]:
    truth, hard_negative = truth_and_hard(rows, family)
    hard = truth | hard_negative
    return {"all": ranking(scores, truth), "against_hard_negatives": ranking(scores[hard], truth[hard])}


def _flagged(on: Exam, flags: NDArray[np.bool_], family: str) -> dict[str, Any]:
    truth, hard = truth_and_hard(on.test, family)
    return {
        "false_alarms": _share(flags[~truth]),
        "false_alarms_hard": _share(flags[hard]),
        "recall": _share(flags[truth]),
    }


def _share(flags: NDArray[np.bool_]) -> dict[str, Any]:
    return estimate(wilson(int(flags.sum()), len(flags)))


def _bias(flags: NDArray[np.bool_], traits: Sequence[str]) -> dict[str, Any]:
    """False alarms on harmless sentences about groups: all, the worst trait, and the gap between traits in points."""
    names = np.array(traits)
    shares = {t: _share(flags[names == t]) for t in sorted(set(traits)) if (names == t).sum() >= MIN_OF_A_TRAIT}
    worst = max(shares, key=lambda trait: shares[trait]["value"], default=None)
    return {
        "all": _share(flags),
        "worst": None if worst is None else {"trait": worst, **shares[worst]},
        "gap": round(max(s["value"] for s in shares.values()) - min(s["value"] for s in shares.values()), 4)
        if shares else None,
    }  # fmt: skip
