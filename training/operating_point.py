"""Choose the shipped thresholds for the person who reads the queue, and write them into a bundle.

In: a bundle without its final policy; the independent development set, the functional suites, the calibration
writers without a plan. Out: the bundle with its policy, `build/operating_point-<name>.json` with what it was chosen on.
Rule, for each family: the lowest threshold at which at most `MOST_FLAGGED` of each of these is flagged: the independent
honest (or protected) messages, the suites' cases to leave alone (1 % of those of the family's own suite), the honest
rows of the calibration writers without a plan; of a set of fewer than 200 one message may be. It is clear below the
lowest probability at which at most `MOST_ABSTAINED` of the honest messages lie between.
These sets are looked at for this choice and for nothing else; the blind test and the real messages are not.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.independent import FAMILIES as INDEPENDENT
from benchmarks.independent import load_rows
from cybertriage import Triage
from cybertriage.evaluate.cases import FAMILY_OF, load_cases
from cybertriage.models.bundle import MANIFEST, POLICY
from cybertriage.models.writing import write_bundle
from cybertriage.taxonomy import families
from training.corpus import load
from training.thresholds import policy_text

# A false alarm on protected speech is the worst defect; of 270 protected rows half a per cent is one row.
MOST_FLAGGED = {"fraud": 0.01, "radical": 0.005, "abuse": 0.005, "illicit": 0.005}
OWN_SUITE_FLAGGED = 0.01
MOST_ABSTAINED = 0.04  # over all families together
# These sets are hard but small. Of ordinary comments, of which a desk reads a thousand for one harmful message, 1.2 %
# were flagged as radical at 0.7 and 0.9 % at 0.8 (looked at on the use=dev sets). A false alarm counts as six misses: a
# threshold of 6 / (6 + 1), rounded (Elkan 2001).
LOWEST_REVIEW, HIGHEST_CLEAR = 0.85, 0.5
_SMALL = 200

Scores = NDArray[np.float64]


def lowest_threshold(honest: Scores, most: float) -> float:
    """The lowest threshold that at most a share of `most` reaches."""
    falling = np.sort(honest)[::-1]
    allowed = int(np.floor(most * len(falling)))
    if len(falling) < _SMALL:
        allowed = max(1, allowed)
    return float(np.nextafter(falling[min(allowed, len(falling) - 1)], np.inf))


def band_of(sets: Mapping[str, Scores], most: Mapping[str, float]) -> tuple[float, float]:
    """(clear, review) of one family from the scores of its honest messages, by set, and what of each may be flagged."""
    review = max(LOWEST_REVIEW, *(lowest_threshold(scores, most[name]) for name, scores in sets.items()))
    review = min(1.0, float(np.ceil(review * 1e4) / 1e4))
    every = np.concatenate(list(sets.values()))
    unsure = np.sort(every[every < review])[::-1]
    allowed = int(np.floor(MOST_ABSTAINED / len(families()) * len(every)))
    clear = float(unsure[min(allowed, len(unsure) - 1)]) if len(unsure) else review
    return min(float(np.ceil(clear * 1e3) / 1e3), HIGHEST_CLEAR, review), review


def honest_texts() -> dict[str, dict[str, list[str]]]:
    """Texts that are not of a family, by family and set."""
    cases = load_cases()
    own = [row for row in load("d") if row.unplanned]
    out: dict[str, dict[str, list[str]]] = {}
    for family in families():
        suites = {s for s, of in FAMILY_OF.items() if of == family} or set(FAMILY_OF)
        files = [family] if family in INDEPENDENT else list(INDEPENDENT)
        out[family] = {
            "independent": [row.text for f in files for row in load_rows(f) if not row.harmful],
            "suites": [c.text for c in cases if c.function.suite in suites and c.function.expect == "leave"],
            "calibration": [row.text for row in own if not row.families],
        }
    return out


def choose(triage: Triage) -> tuple[dict[str, tuple[float, float]], dict[str, dict[str, int]]]:
    """The bands of a model, and how many messages of each set they were chosen on."""
    bands, sizes = {}, {}
    for family, sets in honest_texts().items():
        scores = {name: np.array([s.scores[family] for s in triage.score(texts)]) for name, texts in sets.items()}
        most = dict.fromkeys(scores, MOST_FLAGGED[family])
        if family in FAMILY_OF.values():
            most["suites"] = OWN_SUITE_FLAGGED
        bands[family] = band_of(scores, most)
        sizes[family] = {name: len(texts) for name, texts in sets.items()}
    return bands, sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path, help="folder, such as models/cascade")
    parser.add_argument("--build", type=Path, default=Path("build"))
    args = parser.parse_args()
    bands, sizes = choose(Triage.load(args.bundle))
    manifest = json.loads((args.bundle / MANIFEST).read_text(encoding="utf-8"))
    contents = {name: (args.bundle / name).read_bytes() for name in manifest.pop("files")}
    write_bundle(args.bundle, {**contents, POLICY: policy_text(bands).encode()}, manifest)
    said = {"bands": bands, "chosen_on": sizes, "most_flagged": MOST_FLAGGED, "most_abstained": MOST_ABSTAINED}
    (args.build / f"operating_point-{args.bundle.name}.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
    print(json.dumps(bands))


if __name__ == "__main__":
    main()
