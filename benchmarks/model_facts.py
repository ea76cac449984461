"""Sections of the documents that are about the models as such: speed, training, the cascade's band, the suites."""

from __future__ import annotations

from benchmarks.cells import percent, table
from benchmarks.record import read
from cybertriage.evaluate.covered import COVERED
from cybertriage.models.bundle import load_bundle


def speed() -> str:
    """Messages a second and start-up of every model."""
    result = read("speed")
    sides = {**result["models"], "the encoder in PyTorch fp32": result["pytorch_fp32"]}
    mixes = list(result["median_characters"])
    rows = []
    for name, side in sides.items():
        rates = [side["messages_per_second"][mix] for mix in mixes]
        cells = [f"{r['median']:,} ({r['low']:,}–{r['high']:,})" for r in rates]
        start = f"{side['load_and_first_verdict_seconds']:.2f} s" if "id" in side else "–"
        rows.append([name, *cells, start, f"{side['peak_memory_mib']} MiB" if "id" in side else "–"])
    machine = result["machine"]
    lengths = ", ".join(f"{n} characters ({mix})" for mix, n in result["median_characters"].items())
    return (
        table(["messages a second, median (lowest–highest)", *mixes, "load and first verdict", "peak memory"], rows)
        + f"\n\n{machine['processor']}, {machine['cores']} cores, {result['threads']} threads; "
        f"median message {lengths}. "
        f"`import cybertriage` {result['import_seconds']:.2f} s."
    )


def cascade() -> str:
    """The band of the cascade and what it promises."""
    manifest = load_bundle("cascade").manifest
    promise = manifest["promise"]
    bands = ", ".join(f"{family} {manifest['band'][family]:g}" for family in COVERED)
    lost = ", ".join(f"{family} {promise[f'{family}_recall_lost'] * 100:.1f} points" for family in COVERED)
    return (
        f"Band, fast probability from which a window goes on: {bands}. On {promise['rows']} held-out rows "
        f"{promise['sent'] * 100:.1f} % went on; recall lost against sending everything: {lost}."
    )


def encoder_training() -> str:
    """How the encoder was trained, and what 8 bits cost."""
    manifest = load_bundle("encoder").manifest
    facts, cost = manifest["training"], manifest["quantisation"]
    recipe = facts["recipe"]
    lost = ", ".join(f"{f} {cost[f'{f}_recall_lost'] * 100:+.1f} points" for f in COVERED)
    gained = ", ".join(f"{f} {cost[f'{f}_ece_gained']:+.4f}" for f in COVERED)
    return (
        f"{facts['authored']:,} authored rows and {recipe['public_per_epoch']:,} public ones in each of "
        f"{recipe['epochs']} epochs, batches of {recipe['batch']}, seed {recipe['seed']}: "
        f"{facts['seconds'] / 60:.0f} minutes on {facts['device']}. "
        f"8 bits against float32 on held-out rows: recall at FPR 1 % lost {lost}; expected calibration error {gained}; "
        f"largest difference of a score alone and in a batch {cost['same_score']:.0e}."
    )


def functional() -> str:
    """Share of the functional suites passed, whole and by the default model's worst functions."""
    result = read("functional")["models"]
    scopes = list(next(iter(result.values()))["totals"])
    titles = {scope: scope.replace(", leave", ", left alone").replace(", flag", ", found") for scope in scopes}
    rows = [[model, *(percent(side["totals"][scope]) for scope in scopes)] for model, side in result.items()]
    worst = [
        [f["function"], f["language"], "left alone" if f["expect"] == "leave" else "found", percent(f["passed"])]
        for f in result["cascade"]["functions"][:10]
    ]
    return (
        table(["model", *titles.values()], rows)
        + "\n\nThe default model's ten worst:\n\n"
        + table(["function", "language", "wanted", "passed"], worst)
    )
