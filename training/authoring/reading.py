"""Blind second readings: sheets out, answers in, agreement and what to settle.

`sheet` writes shuffled rows under ids that tell nothing, in sheets of a few hundred, with a key kept apart.
`agree` reads the answers, reports Cohen's kappa (Cohen 1960) for each family and lists the rows to settle.
`settle` gives a third reader's majority: rows it decides against are dropped from `training/corpora`; every dropped,
open or settled row is noted in `training/corpora/readings.tsv`.
Answers: `id<TAB>F|R|N<TAB>code`, F fraud, R radicalising content, N neither; the code is the leaf read, or `-`.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.corpus import CORPORA, Authored, load

SHEET_ROWS = 450
_LETTER = {"fraud": "F", "radical": "R"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One reader's answer for one row."""

    row: str
    family: str
    code: str


def family_letter(row: Authored) -> str:
    """The writer's own label as a reader would give it."""
    return _LETTER[row.families[0]] if row.families else "N"


def write_sheets(rows: Sequence[Authored], folder: Path, seed: int, prefix: str) -> int:
    """Write `<prefix>NN.txt` sheets and their `.key.json`; returns the number of sheets."""
    order = list(rows)
    random.Random(seed).shuffle(order)
    folder.mkdir(parents=True, exist_ok=True)
    sheets = [order[at : at + SHEET_ROWS] for at in range(0, len(order), SHEET_ROWS)]
    for number, sheet in enumerate(sheets, 1):
        name = f"{prefix}{number:02d}"
        lines = [f"{at:04d}\t" + row.text.replace("\n", " ⏎ ").replace("\t", " ") for at, row in enumerate(sheet, 1)]
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        key = {f"{at:04d}": row.id for at, row in enumerate(sheet, 1)}
        (folder / f"{name}.key.json").write_text(json.dumps(key), encoding="utf-8")
    return len(sheets)


def read_answers(folder: Path, prefix: str) -> dict[str, Reading]:
    """Answers of every sheet that has any, by corpus id; a line that is not of the form is left out."""
    found = {}
    for key_path in sorted(folder.glob(f"{prefix}[0-9]*.key.json")):
        key = json.loads(key_path.read_text(encoding="utf-8"))
        answers = key_path.with_name(key_path.name.replace(".key.json", ".answers.tsv"))
        for line in answers.read_text(encoding="utf-8").splitlines() if answers.is_file() else ():
            fields = line.split("\t")
            if len(fields) == 3 and fields[0] in key and fields[1] in ("F", "R", "N"):
                found[key[fields[0]]] = Reading(key[fields[0]], fields[1], fields[2].strip())
    return found


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Cohen's kappa of two readers' yes/no answers, -1 to 1."""
    n = len(pairs)
    same = sum(a == b for a, b in pairs) / n
    yes = sum(a for a, _ in pairs) / n * (sum(b for _, b in pairs) / n)
    chance = yes + (1 - sum(a for a, _ in pairs) / n) * (1 - sum(b for _, b in pairs) / n)
    return (same - chance) / (1 - chance)


def dropped_pairs(folder: Path = CORPORA) -> list[tuple[str, str]]:
    """(writer, second reader) of the rows that were dropped since: leaving them out would flatter the agreement."""
    path = folder / "readings.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()[1:] if path.is_file() else []
    notes = [note.split() for _, outcome, note in (line.split("\t", 2) for line in lines) if outcome == "dropped"]
    return [(words[1].rstrip(","), words[4].rstrip(",")) for words in notes]


def agreement(
    rows: Sequence[Authored], second: Mapping[str, Reading], dropped: Sequence[tuple[str, str]] = ()
) -> dict[str, float | int]:
    """Kappa for each family, writer against second reader, and how many rows were read twice."""
    pairs = [(family_letter(row), second[row.id].family) for row in rows if row.id in second] + list(dropped)
    result: dict[str, float | int] = {"rows": len(pairs)}
    for family, letter in _LETTER.items():
        result[f"kappa_{family}"] = round(kappa([(a == letter, b == letter) for a, b in pairs]), 4)
    return result


def settle(
    rows: Sequence[Authored], second: Mapping[str, Reading], third: Mapping[str, Reading]
) -> dict[str, tuple[str, str]]:
    """For each row the two differ on: (`kept`, `dropped` or, before a third reading, `open`; note)."""
    outcome = {}
    for row in rows:
        own = family_letter(row)
        if row.id not in second or second[row.id].family == own:
            continue
        other = third.get(row.id)
        note = f"writer {own}, second reader {second[row.id].family}, third reader {other.family if other else 'none'}"
        outcome[row.id] = ("open" if other is None else "kept" if other.family == own else "dropped", note)
    return outcome


def apply(outcome: Mapping[str, tuple[str, str]], folder: Path = CORPORA) -> None:
    """Drop rows from the corpus files and add every outcome to `readings.tsv`, which keeps those of earlier rounds."""
    noted = folder / "readings.tsv"
    earlier = [x.split("\t", 2) for x in noted.read_text(encoding="utf-8").splitlines()[1:]] if noted.is_file() else []
    every = {row: (what, note) for row, what, note in earlier} | dict(outcome)
    dropped = {row for row, (what, _) in outcome.items() if what == "dropped"}
    for path in sorted(folder.glob("[wdt][0-9]*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(x for x in lines if json.loads(x)["id"] not in dropped), encoding="utf-8")
    text = "id\toutcome\tnote\n" + "".join(f"{row}\t{what}\t{note}\n" for row, (what, note) in sorted(every.items()))
    noted.write_text(text, encoding="utf-8")


def every_row() -> list[Authored]:
    """All rows of all splits: readers read them all, nothing is trained here."""
    return [*load("w"), *load("d"), *load("t", test=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["sheet", "agree", "third", "settle"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prefix", default="s", help="of second-reading sheets; third-reading sheets begin with x")
    parser.add_argument("--skip", nargs="*", default=(), help="prefixes of sheets whose rows are not to be read again")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    rows = every_row()
    second = {k: v for p in (args.prefix, *args.skip) for k, v in read_answers(args.folder, p).items()}
    if args.step == "sheet":
        keys = [k for p in args.skip for k in args.folder.glob(f"{p}[0-9]*.key.json")]
        done = {row for key in keys for row in json.loads(key.read_text(encoding="utf-8")).values()}
        print(write_sheets([r for r in rows if r.id not in done], args.folder, args.seed, args.prefix), "sheets")
    elif args.step == "third":
        print(
            write_sheets([r for r in rows if r.id in settle(rows, second, {})], args.folder, args.seed, "x"), "sheets"
        )
    else:
        outcome = settle(rows, second, read_answers(args.folder, "x"))
        print(
            agreement(rows, second, dropped_pairs()),
            {w: sum(x == w for x, _ in outcome.values()) for w in ("kept", "dropped", "open")},
        )
        if args.step == "settle":
            apply(outcome)
            still = {row.id for row in rows} - {row for row, (what, _) in outcome.items() if what == "dropped"}
            result = agreement([row for row in rows if row.id in still], second, dropped_pairs())
            (CORPORA / "agreement.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
