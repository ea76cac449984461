"""Join the plan's slots with the writers' texts into corpus files, one JSONL a writer.

In: plans (`<writer>.json`), batch files (`<batch>.tsv`). Out: `training/corpora/<writer>.jsonl`, rows in slot order.
Rows that the checker refuses for their form, phone or address are left out and counted; texts are never printed.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from cybertriage.taxonomy import label
from training.authoring.check_batch import text_problems

# Speech that stands for a protective frame although its cell is a look-alike of fraud.
FRAME_OF_CELL = {"HN05": "PX2", "HN06": "PX1", "HN07": "PX7", "HN12": "PX3", "PX9": "PX9"}
LONGEST_HARMFUL = 45  # words: specimens stay short
SOFT = re.compile(r"\d+ words")


def row_of(slot: dict[str, Any], ask: str, severity: str, text: str) -> dict[str, Any]:
    cell = str(slot["cell"])
    if cell == "TW":
        frame = re.search(r"\((PX\d)\)", str(slot["hint"]))
        cell = frame.group(1) if frame else "PX2"
    leaf = "FR01" if cell == "PX9" else cell
    is_leaf = leaf[:2] in ("FR", "VE")
    frame_code = cell if cell.startswith("PX") else FRAME_OF_CELL.get(cell, "PX0")
    return {
        "id": slot["id"],
        "text": unicodedata.normalize("NFC", text.replace(" ⏎ ", "\n").replace("⏎", "\n").strip()),
        "form": slot["form"],
        "families": [label(leaf).family] if is_leaf else [],
        "leaves": [label(leaf).id] if is_leaf else [],
        "cell": cell,
        "frame": label(frame_code).id,
        "ask": ask,
        "channel": slot["channel"],
        "severity": int(severity) if is_leaf else 0,
        "batch": str(slot["id"]).rsplit("-", 1)[0],
        "contrast_of": slot.get("twin_of") if slot["cell"] == "TW" or cell.startswith("HN") else None,
        "group": slot.get("group"),
    }


def assemble(plan: Path, out: Path) -> tuple[list[dict[str, Any]], Counter[str]]:
    slots = {str(s["id"]): s for s in json.loads(plan.read_text(encoding="utf-8"))}
    rows, dropped = [], Counter[str]()
    for path in sorted(out.glob(f"{plan.stem}b*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            fields = line.split("\t")
            if len(fields) != 4 or fields[0] not in slots:
                dropped["unreadable line"] += bool(line.strip())
                continue
            slot = slots.pop(fields[0])
            hard = [p for p in text_problems(slot, fields[3]) if not SOFT.match(p)]
            if str(slot["cell"]).startswith("VE") and len(fields[3].split()) > LONGEST_HARMFUL:
                hard.append("harmful item too long")
            if hard:
                dropped[hard[0]] += 1
                continue
            rows.append(row_of(slot, *fields[1:]))
    return rows, dropped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the writers' batch files")
    parser.add_argument("--corpora", type=Path, default=Path("training/corpora"))
    args = parser.parse_args()
    total, lost = 0, Counter[str]()
    for plan in sorted(args.plans.glob("[wdt]*.json")):
        rows, dropped = assemble(plan, args.out)
        total, lost = total + len(rows), lost + dropped
        if rows:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (args.corpora / f"{plan.stem}.jsonl").write_text(text, encoding="utf-8")
    print(f"{total} rows; left out: {dict(lost)}")


if __name__ == "__main__":
    main()
