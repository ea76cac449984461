"""Sections of the documents that are about use: explanations and millions of rows.

In: `results/{explanations,scale}.json`. Out: Markdown.
"""

from __future__ import annotations

from typing import Any

from benchmarks.cells import percent, table
from benchmarks.record import read


def explanations() -> str:
    """Faithfulness of `explain` beside every word asked and chance, pointing accuracy, time."""
    rows, times = [], []
    for model, side in read("explanations")["models"].items():
        for way, measures in side["faithfulness"].items():
            cells = [_by_share(measures[name]) for name in ("comprehensiveness", "sufficiency")]
            pointed = side["pointing"].get(way)
            rows.append([model, way, *cells, percent(pointed["all"]) if pointed else "–"])
        clock = side["time"]
        times.append(
            f"{model} {clock['median_ms']:g} ms at the median of {clock['median_characters']:g} characters, "
            f"95 % under {clock['p95_ms']:g} ms"
        )
    head = ["model", "ranked by", "comprehensiveness, top 10 / 20 / 50 %", "sufficiency, top 10 / 20 / 50 %"]
    told = (
        "Comprehensiveness: probability lost without the top words, higher is better; sufficiency: lost with these "
        "words alone, lower is better (DeYoung et al. 2020). Strongest word marked: on hand-marked messages. One "
        f"message at a time, one thread: {'; '.join(times)}."
    )
    return f"{table([*head, 'strongest word marked'], rows)}\n\n{told}"


def _by_share(measure: dict[str, Any]) -> str:
    return " / ".join(f"{figure['value']:.2f}" for figure in measure.values())


def scale() -> str:
    """One run of millions of rows, ways to score the same sample, and killed runs."""
    result = read("scale")
    rows = [
        [title, side["model"], f"{side['rows']:,}", f"{side['rows_per_second']:,}", f"{side['peak_memory_mib']:,} MiB"]
        for title, side in (("repeated messages", result["repeated"]), ("all different", result["distinct"]))
    ]
    names = {key: key.replace("_", " ") for key in result["same_rows"] if key not in ("rows", "distinct")}
    rates = [
        [title, f"{result['same_rows'][key]:,}"]
        for key, title in names.items()
        if isinstance(result["same_rows"][key], int | float)
    ]
    killed = result["kill_9"]
    return "\n\n".join([
        table(["through the command line", "model", "rows", "rows a second", "peak memory, all processes"], rows),
        table([f"the same {result['same_rows']['rows']:,} rows", "rows a second"], rates),
        f"{killed['kills']} runs of {killed['rows']:,} rows were killed by `kill -9` at random moments, then given "
        f"again: {killed['identical_outputs']} of {killed['outputs']} outputs equal those of a run left alone.",
    ])  # fmt: skip
