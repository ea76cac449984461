"""Make the public part of the training set ready: checked, masked, stripped, without near twins; then write it once.

In: the authored corpora, the public sets. Out: `build/prepared/public.jsonl` and `report.json`.
Everything is checked before anything is written: hashes, columns, labels (training.sources), ids and empty texts
(training.corpus). Near twins (MinHash; training.near_twins) are clustered; a cluster that touches evaluation, public or
our own, is left out of training whole, and of any other cluster one row stays.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import independent
from cybertriage.evaluate.cases import load_cases
from training.corpus import load
from training.near_twins import clusters
from training.public import Known, sampled_rows, unseen_rows
from training.sources import registry, rows_of

PREPARED = Path("build/prepared")
ROWS, TAUGHT, REPORT = "public.jsonl", "taught.jsonl", "report.json"


def without_twins(rows: Sequence[Known], evaluation: Iterable[str]) -> tuple[list[Known], Counter[str]]:
    """Training rows no evaluation text has a near twin of, one from each cluster; and how many were left out, why."""
    away = list(evaluation)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for at, cluster in enumerate(clusters([row.text for row in rows] + away)):
        members[cluster].append(at)
    kept, lost = [], Counter[str]()
    for group in members.values():
        own = [at for at in group if at < len(rows)]
        if len(own) < len(group):
            lost["near twin of evaluation"] += len(own)
            continue
        # The row that says most stays: two readers' label weighs more than a source's.
        kept.append(max(own, key=lambda at: (rows[at].weight, -at)))
        lost["near twin within training"] += len(own) - 1
    return [rows[at] for at in sorted(kept)], lost


def evaluation_texts() -> list[str]:
    """Every text, our own or public, that figures are measured or thresholds set on: suites and looked-at sets too."""
    own = [row.text for split in ("d", "t") for row in load(split, test=True)]
    own += [row.text for family in independent.FAMILIES for row in independent.load_rows(family)]
    looked_at = sorted({file.dataset for file in registry() if file.use != "train"})
    elsewhere = [row.text for name in looked_at for row in rows_of(name, evaluation=True)]
    # The ordinary speech that flag rates are measured on; most of it is of sets that may be trained on.
    ordinary = [text for _, text in unseen_rows()]
    return list(dict.fromkeys([*own, *(case.text for case in load_cases()), *elsewhere, *ordinary]))


def prepare(seed: int, folder: Path = PREPARED) -> dict[str, Any]:
    """Check and read everything, then write; returns the report."""
    authored = {split: load(split, test=True) for split in ("w", "d", "t")}
    evaluation = evaluation_texts()
    kept, lost = without_twins(sampled_rows(seed), evaluation)
    report = {
        "seed": seed, "rows": dict(Counter(row.source for row in kept)), "left_out": dict(lost),
        "authored": {split: len(rows) for split, rows in authored.items()}, "evaluation_texts": len(evaluation),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / ROWS, kept)
    _write(folder / REPORT, json.dumps(report, indent=1) + "\n")
    return report


def prepared_rows(folder: Path = PREPARED) -> list[Known]:
    """The rows `prepare` wrote."""
    path = folder / ROWS
    if not path.is_file():
        raise SystemExit(f"{path} is missing; run python -m training.prepare first")
    return [Known(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def taught_rows(folder: Path = PREPARED) -> list[Known]:
    """The rows `training.teach` wrote; none before the encoder was there to teach."""
    path = folder / TAUGHT
    return (
        [Known(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []
    )


def write_rows(path: Path, rows: Iterable[Known]) -> None:
    """Write rows so that the file is whole or not there."""
    _write(path, "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows))


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--folder", type=Path, default=PREPARED)
    args = parser.parse_args()
    print(json.dumps(prepare(args.seed, args.folder), indent=1))


if __name__ == "__main__":
    main()
