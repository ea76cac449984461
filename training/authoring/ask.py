"""Score a writer's drafts with the current model, say which ones it got wrong, and log every try.

In: one draft file, `ITEM<TAB>CODE<TAB>FORM<TAB>TEXT` a line (training/authoring/BRIEF.md). Out: one line a row on the
terminal, and a line a row in the log, which holds hashes and outcomes but no text.
A try fools the model where it is harmful and not flagged for its family, or honest and flagged or abstained on.
Families that the model does not know are not counted. A file of a development or test set is refused: writing
against one would turn it into a training set.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cybertriage import Triage
from cybertriage.types import Verdict
from training.authoring.drafts import Draft, problems, read_drafts

_FORBIDDEN = ("devset", "independent", "suites", "shared")


@dataclass(frozen=True, slots=True)
class Try:
    """One draft as the model answered it; `fooled` is None where the model does not know the family."""

    writer: str
    row: str
    sha256: str
    codes: str
    form: str
    decision: str
    fooled: bool | None
    model: str


def refuse_evaluation(path: Path) -> None:
    """Raise `PermissionError` where the path is, or lies in, a set that figures are measured on."""
    parts = {part.lower() for part in path.resolve().parts}
    if parts & set(_FORBIDDEN) or path.suffix == ".jsonl":
        raise PermissionError(
            f"{path.name} is of a development or test set, or a finished corpus: not for writing against"
        )


def asked(drafts: Sequence[Draft], triage: Triage) -> list[Try]:
    """What the model says of each draft, in order."""
    known = set(triage.policy.bands)
    return [
        Try(d.writer, d.row, hashlib.sha256(d.text.encode()).hexdigest(), "+".join(d.codes), d.form,
            verdict.decision.value, _fooled(d, verdict, known), triage.model)
        for d, verdict in zip(drafts, triage.run([d.text for d in drafts]), strict=True)
    ]  # fmt: skip


def _fooled(draft: Draft, verdict: Verdict, known: set[str]) -> bool | None:
    if not draft.families:
        return verdict.decision.value != "clear"
    asked_for = [family for family in draft.families if family in known]
    return not any(family in verdict.labels for family in asked_for) if asked_for else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("draft", type=Path)
    parser.add_argument("--model", default="cascade", help="a shipped model's name or a bundle folder")
    parser.add_argument("--log", type=Path, help="default: tries.jsonl beside the draft")
    args = parser.parse_args()
    refuse_evaluation(args.draft)
    drafts, broken = read_drafts(args.draft)
    for problem in [*broken, *(p for d in drafts for p in problems(d))]:
        print(f"mend  {problem}")
    tries = asked(drafts, Triage.load(args.model))
    for one in tries:
        mark = {True: "FOOLED", False: "right", None: "unknown family"}[one.fooled]
        print(f"{one.row}\t{one.codes}\t{one.form}\t{one.decision}\t{mark}")
    with (args.log or args.draft.with_name("tries.jsonl")).open("a", encoding="utf-8") as log:
        log.writelines(json.dumps(asdict(one)) + "\n" for one in tries)
    counts = Counter(one.fooled for one in tries)
    print(f"{counts[True]} of {counts[True] + counts[False]} tries fooled the model")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
