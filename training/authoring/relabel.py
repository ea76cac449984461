"""Two blind readings of rows of a public set, joined into a published label map.

In: a folder of sheets (`z01.key.json`: sheet number to the `sha256` of a row) with the answers of two readers
(`z01.a.tsv`, `z01.b.tsv`: number, code). Out: `training/relabels/<set>.tsv`: row hash, label (empty where the two
differ), both readings; and the agreement on standard output. The rows' texts stay where they are.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.authoring.reading import kappa

RELABELS = Path(__file__).parents[1] / "relabels"
SETS = {"tg-spam-tizh": "z", "kazakh-hate-speech-10k": "h"}


def readings(folder: Path, prefix: str, reader: str) -> dict[str, str]:
    """Code by row hash, over all sheets of a set that this reader answered."""
    found = {}
    for path in sorted(folder.glob(f"{prefix}[0-9]*.{reader}.tsv")):
        key = json.loads(path.with_name(path.name.replace(f".{reader}.tsv", ".key.json")).read_text(encoding="utf-8"))
        for line in path.read_text(encoding="utf-8").splitlines():
            number, _, code = line.partition("\t")
            if number in key and code.strip():
                found[key[number]] = code.strip()
    return found


def join(one: dict[str, str], two: dict[str, str]) -> list[tuple[str, str, str, str]]:
    """(hash, label or nothing, first reading, second reading) of every row read twice, in order of hash."""
    both = sorted(one.keys() & two.keys())
    return [(row, one[row] if one[row] == two[row] else "", one[row], two[row]) for row in both]


def family(code: str) -> str:
    """The leaf's family, or the code itself where it names no leaf."""
    return {"FR": "fraud", "VE": "radical"}.get(code[:2], code)


def agreement(rows: list[tuple[str, str, str, str]]) -> dict[str, float | int]:
    """Rows, share of equal codes, and kappa on "a leaf or not"."""
    leaf = [(family(a) in ("fraud", "radical"), family(b) in ("fraud", "radical")) for _, _, a, b in rows]
    same = sum(bool(label) for _, label, _, _ in rows)
    return {"rows": len(rows), "same_code": round(same / len(rows), 4), "kappa_leaf_or_not": round(kappa(leaf), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    RELABELS.mkdir(exist_ok=True)
    report = {}
    for name, prefix in SETS.items():
        rows = join(readings(args.folder, prefix, "a"), readings(args.folder, prefix, "b"))
        if not rows:
            continue
        report[name] = agreement(rows)
        text = "sha256\tlabel\treading_a\treading_b\n" + "".join("\t".join(row) + "\n" for row in rows)
        (RELABELS / f"{name}.tsv").write_text(text, encoding="utf-8")
    (RELABELS / "agreement.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
