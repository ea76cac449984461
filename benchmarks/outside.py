"""What the shipped models do outside our own corpora: the figures that come first in the README.

In: the independent development set; where the public sets are there, real service SMS, real lures, real short Russian
texts. Out: `results/outside.json`: false alarms on honest and protected messages first, abstention, then what is
found, by language form and kind, and the ranking. Nothing here is trained or calibrated on.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from benchmarks.independent import FAMILIES, IndependentRow, load_rows
from benchmarks.quality import estimate, ranking
from benchmarks.record import write
from cybertriage import Decision, Triage, Verdict
from cybertriage.figures.metrics import wilson
from training.public import held_out
from training.sources import data_root, rows_of

MODELS = ("fast", "encoder", "cascade")
# Lists of real Telegram lures; the second one's label 1 is what moderators removed.
LURES = {"tg-spam-fso": "spam", "tg-spam-umputun": "1"}
_SHORT_WORDS = 3
_CYRILLIC_ONLY = re.compile(r"[А-Яа-яЁё\s\d.,!?:;()«»\"'\-–—]+")


def share(flags: Iterable[bool]) -> dict[str, Any]:
    """A share with its Wilson interval."""
    answers = list(flags)
    return estimate(wilson(sum(answers), len(answers)))


def independent_figures(triage: Triage, rows: Sequence[IndependentRow]) -> dict[str, Any]:
    """Figures of one family's file under the shipped policy, and the ranking whatever the policy."""
    family = rows[0].family
    verdicts = triage.run([row.text for row in rows])
    flagged = [family in v.labels for v in verdicts]
    scores = np.array([v.scores[family] for v in verdicts])
    truth = np.array([row.harmful for row in rows])

    def part(harmful: bool, key: str) -> dict[str, Any]:
        groups: defaultdict[str, list[bool]] = defaultdict(list)
        for row, flag in zip(rows, flagged, strict=True):
            if row.harmful is harmful:
                groups[getattr(row, key)].append(flag)
        return {name: share(flags) for name, flags in sorted(groups.items())}

    honest = [v for v, row in zip(verdicts, rows, strict=True) if not row.harmful]
    return {
        "flagged_honest": share(f for f, row in zip(flagged, rows, strict=True) if not row.harmful),
        "reviewed_honest": share(v.decision is Decision.REVIEW for v in honest),
        "abstained_honest": share(v.decision is Decision.ABSTAIN for v in honest),
        "flagged_honest_by_kind": part(False, "kind"),
        "found": share(f for f, row in zip(flagged, rows, strict=True) if row.harmful),
        "found_by_form": part(True, "form"),
        "found_by_kind": part(True, "kind"),
        "ranking": ranking(scores, truth),
    }


def decisions(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Shares flagged, by family, and abstained, with the reasons of the abstentions."""
    reasons: defaultdict[str, int] = defaultdict(int)
    families: defaultdict[str, int] = defaultdict(int)
    for verdict in verdicts:
        for reason in verdict.reasons if verdict.decision is Decision.ABSTAIN else ():
            reasons[str(reason)] += 1
        for label in set(verdict.labels) & set(verdict.scores) & _family_names(verdict):
            families[label] += 1
    return {
        "flagged": share(v.decision is Decision.REVIEW for v in verdicts),
        "abstained": share(v.decision is Decision.ABSTAIN for v in verdicts),
        "abstained_for": dict(sorted(reasons.items())),
        "flagged_as": dict(sorted(families.items())),
    }


def _family_names(verdict: Verdict) -> set[str]:
    return {str(reason).removesuffix("_over_threshold") for reason in verdict.reasons}


def short_russian() -> list[str]:
    """Real Russian texts of at most three words, all letters Cyrillic, from the rows kept out of training."""
    texts = (row.text for row in rows_of("rudetox-10k") if held_out(row))
    return [t for t in texts if len(t.split()) <= _SHORT_WORDS and _CYRILLIC_ONLY.fullmatch(t)]


def real_figures(triage: Triage) -> dict[str, Any]:
    """Real genuine SMS, real lures, real short texts."""
    sms = [row.text for row in rows_of("real-sms-ru", evaluation=True)]
    out: dict[str, Any] = {"real-sms-ru": decisions(triage.run(sms))}
    for source, label in LURES.items():
        lures = [row.text for row in rows_of(source, evaluation=True) if row.label == label]
        out[source] = decisions(triage.run(lures))
    short = triage.run(short_russian())
    out["short_russian"] = {
        "out_of_language": share("out_of_language" in v.reasons for v in short),
        "read_as_other": share(v.language.form == "other" for v in short),
    }
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="*", default=MODELS)
    parser.add_argument("--name", default="outside", help="of the result file")
    args = parser.parse_args()
    result: dict[str, Any] = {"models": {}}
    for model in args.models:
        triage = Triage.load(model)
        figures = {"id": triage.model, **{f: independent_figures(triage, load_rows(f)) for f in FAMILIES}}
        if data_root() is not None:
            figures["real"] = real_figures(triage)
        result["models"][model] = figures
    print(write(args.name, result))


if __name__ == "__main__":
    main()
