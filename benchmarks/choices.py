"""Tables of the choices behind the models: encoder depth and data, calibration.

In: `benchmarks/results/{encoder_case,encoder_tuned_layers,encoder_choices,calibration_choices}.json`. Out: Markdown.
"""

from __future__ import annotations

from typing import Any

from benchmarks.cells import table
from benchmarks.record import RESULTS, read
from cybertriage.evaluate.covered import COVERED

_MEASURES = {"auroc": "AUROC", "recall_at_fpr_1pct": "recall at FPR 1 %"}


def encoder_choices() -> str:
    """Short trainings with several seeds each: what lower case, tuned layers, depth and public rows are worth."""
    names = ("encoder_case", "encoder_tuned_layers", "encoder_choices")
    return "\n\n".join(_trials(name) for name in names if (RESULTS / f"{name}.json").is_file())


def _trials(name: str) -> str:
    result = read(name)
    measures = {f"{family}_{key}": f"{family} {title}" for family in COVERED for key, title in _MEASURES.items()}
    if name == "encoder_case":
        measures |= {f"{family}_auroc_in_capitals": f"{family} AUROC in capitals" for family in COVERED}
    # What was shipped when a table was made need not be what is shipped now.
    shipped = " (shipped)" if name == "encoder_case" else ""
    rows = [
        [
            setting.replace(" (shipped)", shipped),
            *(f"{f[m]['mean']:.3f} ({f[m]['low']:.2f}–{f[m]['high']:.2f})" for m in measures),
        ]
        for setting, f in result["settings"].items()
    ]
    recipe, seeds = result["recipe"], min(len(runs) for runs in result["trials"].values())
    told = (
        f"Short trainings of {result['date']} on {result['rows']:,} authored rows, {recipe['epochs']} epochs, {seeds} "
        "seeds: mean (lowest to highest), against hard negatives of held-out writers. Far below the shipped model's "
        "figures, as the training is short; to be read against each other only."
    )
    return table(["setting", *measures.values()], rows) + "\n\n" + told


def calibration_choices(model: str) -> str:
    """Ways to calibrate one model, each fitted on other writers than it is measured on."""
    result = read("calibration_choices")
    if model not in result["models"]:
        return ""
    rows = [
        [family, way, *(_value(f[m]) for m in ("log_loss", "brier", "expected_calibration_error"))]
        for family, ways in result["models"][model].items()
        for way, f in ways.items()
    ]
    told = f"On {result['rows']:,} rows of writers the model was not trained on; bootstrap intervals over rows."
    head = ["family", "calibration", "log loss", "Brier score", "expected calibration error"]
    return table(head, rows) + "\n\n" + told


def _value(estimate: dict[str, Any]) -> str:
    return f"{estimate['value']:.4f} ({estimate['low']:.3f}–{estimate['high']:.3f})"
