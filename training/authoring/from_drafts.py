"""Make corpus files of the drafts of writers who work without a plan.

In: folders of drafts (`w70/b01.tsv`, ...; training/authoring/drafts.py). Out: `training/corpora/<writer>.jsonl`.
A benign row of an item is the contrast twin of the item's last harmful row in the same form. What the writers were not
asked (frame, what the message asks for) stays null: unknown, not "none".
Rows that the checks refuse, and rows that a folder's `dropped.txt` names, are left out and counted.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cybertriage.taxonomy import label
from training.authoring.drafts import FAMILY_OF_PREFIX, Draft, problems, read_drafts


def rows_of(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """Corpus rows of one writer's drafts, twins joined."""
    harmful: dict[tuple[str, str, str], str] = {}
    rows = []
    for draft in drafts:
        place = (draft.batch, draft.item, draft.form)
        twin_of = None if draft.families else harmful.get(place)
        if draft.families:
            harmful[place] = draft.row
        rows.append(_row(draft, twin_of))
    return rows


def _row(draft: Draft, twin_of: str | None) -> dict[str, Any]:
    leaves = [label(code) for code in draft.codes if code[:2] in FAMILY_OF_PREFIX]
    return {
        "id": draft.row,
        "text": draft.text,
        "form": draft.form,
        "families": list(draft.families),
        "leaves": [leaf.id for leaf in leaves],
        "cell": draft.codes[0],
        "frame": None,
        "ask": None,
        "channel": "chat",
        # Writers were not asked: the lowest priority that the leaf may have in the queue.
        "severity": leaves[0].severity[0] if leaves else 0,
        "batch": draft.batch,
        "contrast_of": twin_of,
        "group": None,
    }


def drafts_of(folder: Path) -> tuple[list[Draft], Counter[str]]:
    """The sound drafts of a writer, and how many were left out for which reason."""
    named = folder / "dropped.txt"
    dropped = set(named.read_text(encoding="utf-8").split()) if named.is_file() else set()
    kept, lost = [], Counter[str]()
    seen: set[str] = set()
    for path in sorted(folder.glob("b[0-9]*.tsv")):
        drafts, broken = read_drafts(path)
        lost["unreadable line"] += len(broken)
        for draft in drafts:
            wrong = next(problems(draft), None)
            reason = (
                "refused by a check" if wrong else "disputed" if draft.row in dropped
                else "the same text again" if draft.text in seen else None
            )  # fmt: skip
            if reason:
                lost[reason] += 1
                continue
            seen.add(draft.text)
            kept.append(draft)
    return kept, lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="one a writer; its name is the writer's")
    parser.add_argument("--corpora", type=Path, default=Path("training/corpora"))
    args = parser.parse_args()
    for folder in args.folders:
        drafts, lost = drafts_of(folder)
        if not drafts:
            continue
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of(drafts))
        (args.corpora / f"{folder.name}.jsonl").write_text(text, encoding="utf-8")
        print(f"{folder.name}: {len(drafts)} rows; left out: {dict(+lost)}")


if __name__ == "__main__":
    main()
