"""Let the encoder label public text that nobody labelled, for the fast model to learn from (Hinton et al. 2015).

In: `models/encoder`, public rows with `use=train` that are not in the prepared set. Out: `build/prepared/taught.jsonl`.
Each output is taken as true or false with the certainty the encoder's calibrated probability gives it, |2p - 1|; texts
with a near twin in evaluation are left out, as `training.prepare` does.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cybertriage.calibrate import sigmoid
from cybertriage.models.bundle import load_bundle
from cybertriage.models.encoder import EncoderModel
from cybertriage.models.windows import text_odds
from cybertriage.text.grams import grams
from cybertriage.text.language import detect_grams
from cybertriage.text.reading import as_read
from training.prepare import PREPARED, TAUGHT, evaluation_texts, prepared_rows, without_twins, write_rows
from training.public import Known, spare_rows

MOST_PER_SOURCE = 3000
TAUGHT_WEIGHT = 1.0
_CHUNK = 512


def taught(model: EncoderModel, texts: Sequence[tuple[str, str]]) -> list[Known]:
    """What the encoder says of each (source, text)."""
    rows = []
    for start in tqdm(range(0, len(texts), _CHUNK), desc="teaching", disable=None):
        chunk = texts[start : start + _CHUNK]
        plain = as_read([text for _, text in chunk])
        table = grams(plain)
        odds = text_odds(model, plain, [language.form for language in detect_grams(table)], table)
        for (source, text), probabilities in zip(chunk, sigmoid(odds), strict=True):
            named = dict(zip(model.outputs, probabilities.tolist(), strict=True))
            truth = {name: p >= 0.5 for name, p in named.items()}
            certainty = {name: round(abs(2 * p - 1), 3) for name, p in named.items()}
            rows.append(Known(source, text, truth, TAUGHT_WEIGHT, certainty))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=Path, default=Path("models/encoder"))
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--folder", type=Path, default=PREPARED)
    args = parser.parse_args()
    spare = spare_rows(args.seed, {row.text for row in prepared_rows(args.folder)}, most=MOST_PER_SOURCE)
    kept, lost = without_twins([Known(s, t, {}, 1.0) for s, t in spare], evaluation_texts())
    model = EncoderModel(load_bundle(args.bundle), threads=2)
    rows = taught(model, [(row.source, row.text) for row in kept])
    write_rows(args.folder / TAUGHT, rows)
    shares = {name: round(float(np.mean([row.truth[name] for row in rows])), 4) for name in ("fraud", "radical")}
    print({"rows": len(rows), "left_out": dict(lost), "taken as true": shares})


if __name__ == "__main__":
    main()
