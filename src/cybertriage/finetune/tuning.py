"""Fine-tune a shipped model on a labelled table of one's own, a few minutes on a CPU.

In: a table with a text and a label column; a shipped bundle, `encoder` or `fast`. Out: a bundle folder that
`Triage.load`, `cybertriage score --model` and `cybertriage bench --model` take like a shipped one.
Method: logistic regression on what the heads of the shipped model see, around the shipped answer (its logit is one of
the inputs and hardly regularised), so that few rows change little and what the model knew is kept. Strength,
calibration (Platt 1999) and thresholds (conformal risk control, as `thresholds`) come from cross-fitting:
each row's score is of a head that saw neither it nor another row with the same text. Only the family's own output
changes; leaves, frames and the other family stay.
The functional suites are run before and after and never fitted on: they show what the change costs protected speech.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cybertriage.calibrate import Calibration
from cybertriage.errors import BundleError, InputError
from cybertriage.evaluate.as_json import plain
from cybertriage.evaluate.cases import load_cases
from cybertriage.evaluate.functional import run_cases
from cybertriage.figures.metrics import auroc, recall_at_fpr, wilson
from cybertriage.finetune.fit import chosen, fit, fit_line, probabilities, task
from cybertriage.finetune.heads import Floats, head_of
from cybertriage.finetune.thresholds import (
    MAX_CLEAR_PROBABILITY,
    MAX_CLEARED,
    MAX_FALSE_ALARMS,
    MIN_REVIEW_PROBABILITY,
    controlled,
)
from cybertriage.models.bundle import CARD, GRAPH, MANIFEST, POLICY, Bundle, load_bundle
from cybertriage.models.writing import replace_bundle, write_bundle
from cybertriage.policy import Band, Policy
from cybertriage.readers.labelled import Labelled
from cybertriage.taxonomy import notice
from cybertriage.triage import Triage

PARITY = 0.03  # of a probability, between the fitted head and the bundle: 8 bits of the fast model's table


def policy_of(shipped: Policy, family: str, probability: Floats, truth: NDArray[np.bool_]) -> Policy:
    """The shipped policy with this family's thresholds set on the cross-fitted probabilities."""
    # Own rows that are told apart easily would set it near nothing, and then most of the world would be flagged.
    allowed = max(controlled(probability[~truth], MAX_FALSE_ALARMS), MIN_REVIEW_PROBABILITY)
    review = min(1.0, float(np.ceil(allowed * 1e4) / 1e4))
    clear = min(-controlled(-probability[truth], MAX_CLEARED), review, MAX_CLEAR_PROBABILITY)
    band = Band(clear=max(0.0, float(np.floor(clear * 1e3) / 1e3)), review=review)
    return replace(
        shipped, name=f"{shipped.name}, fine-tuned", bands={**shipped.bands, family: band},
        urgent=max(shipped.urgent, review),
    )  # fmt: skip


def figures(scores: Floats, truth: NDArray[np.bool_], threshold: float) -> dict[str, Any]:
    """False alarms and recall at a threshold, with Wilson intervals; ranking figures."""
    flagged = scores >= threshold
    return {
        "false_alarms": plain(wilson(int(flagged[~truth].sum()), int((~truth).sum()))),
        "found": plain(wilson(int(flagged[truth].sum()), int(truth.sum()))),
        "recall_at_fpr_1pct": round(recall_at_fpr(scores, truth), 4),
        "auroc": round(auroc(scores, truth), 4),
    }


def suite(triage: Triage, family: str) -> dict[str, Any]:
    """Passes of the family's functional suite, what must be left alone first."""
    outcomes = run_cases(triage, [case for case in load_cases() if case.function.family == family])
    totals = {}
    for expect, title in (("leave", "left_alone"), ("flag", "found")):
        of = [o.passed for o in outcomes if o.function.expect == expect]
        totals[title] = plain(wilson(sum(round(p.value * p.n) for p in of), sum(p.n for p in of)))
    return totals


def finetune(
    model: str | Path, rows: Labelled, folder: Path, *, family: str, seed: int, data_sha256: str
) -> dict[str, Any]:
    """Fit the head of a shipped model to one's own rows and write it as a bundle.

    Parameters
    ----------
    model
        `"encoder"`, `"fast"`, or the folder of a bundle of such a kind.
    rows
        Labelled messages, as `cybertriage.readers.labelled.read_labelled` gives them; 20 different ones of each kind.
    folder
        Of the new bundle. It is written over only where it was made by fine-tuning.
    family
        What the harmful rows are: `"fraud"` or `"radical"`.
    seed
        Of the folds.
    data_sha256
        Hash of the table, for the bundle's manifest.

    Returns
    -------
    dict
        Figures on the rows (cross-fitted) and of the functional suites, before and after.

    Raises
    ------
    InputError
        For too few rows, or a folder that holds something else.
    BundleError
        For a model that has no head of its own, or a bundle that does not answer as it was fitted.
    """
    _refuse_to_replace(folder)
    bundle = load_bundle(model)
    head, output = head_of(bundle), bundle.outputs.index(family)
    job = task(head, output, rows)
    strength, logits = chosen(job, seed)
    tuned = fit(job, np.ones(len(job.truth), np.bool_), strength)
    line = fit_line(logits.astype(np.float32), job.truth)
    probability = probabilities(logits, line)
    before = Triage.load(model)
    policy = policy_of(before.policy, family, probability, job.truth)
    shipped = np.array([scored.scores[family] for scored in before.score(rows.texts)])
    report: dict[str, Any] = {
        "base": bundle.id, "family": family, "rows": len(rows.texts), "harmful": int(job.truth.sum()),
        "data_sha256": data_sha256, "seed": seed, "strength": strength, "slope": round(tuned.slope, 4),
        "own_rows": {
            "shipped": figures(shipped, job.truth, before.policy.bands[family].review),
            "fine_tuned_cross_fitted": figures(probability, job.truth, policy.bands[family].review),
        },
    }  # fmt: skip
    stored = bundle.calibration()
    calibration = Calibration({**stored.lines, family: {"default": line}})
    part = folder.with_name(folder.name + ".part")
    weights, bias = head.shipped(output)
    graph = head.graph(output, tuned.slope * weights + job.whole(tuned.change), tuned.slope * bias + tuned.shift)
    _write(part, bundle, folder.name, graph, policy, calibration, report)
    after = Triage.load(part)
    expected = probabilities(job.highest(tuned.logits(job.features, job.shipped)), line)
    report["parity"] = _parity(after, rows.texts, family, expected)
    report["functional"] = {"shipped": suite(before, family), "fine_tuned": suite(after, family)}
    _write(part, bundle, folder.name, graph, policy, calibration, report)
    replace_bundle(part, folder)
    return report


def _refuse_to_replace(folder: Path) -> None:
    """Only a bundle that was made here before may be written over."""
    made = folder / MANIFEST
    if not folder.exists():
        return
    if not made.is_file() or "finetuned" not in json.loads(made.read_text(encoding="utf-8")):
        raise InputError(f"{folder} is there and is no fine-tuned bundle; name another output folder")


def _parity(triage: Triage, texts: Sequence[str], family: str, expected: Floats) -> float:
    """Mean difference between the bundle's probabilities and the fitted head's; raises above `PARITY`.

    A folded view may raise a text's score in use, so only texts without one could differ by nothing at all.
    """
    said = np.array([scored.scores[family] for scored in triage.score(texts)])
    mean = float(np.abs(said - expected).mean())
    if mean > PARITY:
        raise BundleError(f"the bundle's probabilities differ from the fitted head's by {mean:.3f} on average; stopped")
    return round(mean, 5)


def _write(
    part: Path, base: Bundle, name: str, graph: bytes, policy: Policy, calibration: Calibration, report: dict[str, Any]
) -> None:
    kept = {n: data for n, data in base.files.items() if n not in (GRAPH, POLICY, CARD)}
    contents = {**kept, GRAPH: graph, POLICY: policy.to_toml().encode(), CARD: _card(name, report).encode()}
    manifest = {key: value for key, value in base.manifest.items() if key not in ("files", "quantisation")}
    write_bundle(part, contents, {
        **manifest, "name": name, "calibration": calibration.to_json(), "calibrated_on": report["rows"],
        "finetuned": report,
    })  # fmt: skip


def _card(name: str, report: dict[str, Any]) -> str:
    return f"""# {name}

{report["base"]}, its `{report["family"]}` output fine-tuned on {report["rows"]} rows ({report["harmful"]} harmful) of a
table with sha256 `{report["data_sha256"]}`, seed {report["seed"]}. Leaves, frames and the other family are as shipped.

{notice("en")}

Its figures on those rows are cross-fitted; on other people's messages nothing is known yet. Measure them with
`cybertriage bench` on rows that it has not seen.

```json
{json.dumps({key: report[key] for key in ("own_rows", "functional") if key in report}, indent=1)}
```
"""


def told(report: dict[str, Any]) -> str:
    """The report in lines: false alarms first, and a warning where the suites say that they rose."""
    lines = [f"{report['base']}, {report['family']}: {report['rows']} rows, {report['harmful']} harmful"]
    for place, sides in (("own rows", report["own_rows"]), ("functional suite", report["functional"])):
        for side, values in sides.items():
            shares = [(key, values[key]) for key in ("false_alarms", "left_alone", "found") if key in values]
            cells = "; ".join(f"{key.replace('_', ' ')} {v['value'] * 100:.1f} % (n {v['n']})" for key, v in shares)
            lines.append(f"  {place}, {side.replace('_', ' ')}: {cells}")
    left = [report["functional"][side]["left_alone"] for side in ("shipped", "fine_tuned")]
    if left[1]["value"] < left[0]["low"]:
        lines.append(
            "  WARNING: more false alarms on the functional suite than before. Add benign look-alikes (notices, news, "
            "warnings, prayer, politics) to your table, or keep the shipped model."
        )
    return "\n".join([*lines, notice("en")])
