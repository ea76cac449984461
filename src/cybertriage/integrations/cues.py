"""Cue words of fraud as public warnings name them: hints for a reader, never a score and never a verdict.

In: `data/fraud_cues.tsv` (its first line says what `basis` means). Out: (leaf id, kind, cue), in the file's order.
"""

from __future__ import annotations

import csv
from importlib.resources import files

from cybertriage.taxonomy import label

LOOK_ALIKE = "look_alike"  # in place of a leaf: words of genuine messages that resemble fraud


def cues() -> list[tuple[str, str, str]]:
    """Every cue. `kind` is what the words do: pretext, pressure, promise, ask, payload or hard_negative."""
    text = files("cybertriage").joinpath("data/fraud_cues.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [(LOOK_ALIKE if r["leaf"] == "HN" else label(r["leaf"]).id, r["kind"], r["cue"]) for r in rows]
