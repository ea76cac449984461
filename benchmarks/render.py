"""Write the committed figures into README.md and the model card, between markers; nothing is typed in by hand.

In: `benchmarks/results/*.json`. Out: the text between `<!-- figures:NAME -->` and `<!-- end -->` in each document.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from benchmarks.record import read
from cybertriage.taxonomy import label

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "models/fast/MODEL_CARD.md")
SOURCE_NAMES = {
    "tg-news-nktkln": "Russian news channels",
    "kaznerd-news": "Kazakh TV news",
    "kazsandra-reviews": "Kazakh and mixed reviews",
    "codeswitch-kk-ru": "Telegram and shop comments, kk/ru/mixed",
    "snlp-sensitive-topics": "Russian talk on sensitive topics",
}


def percent(estimate: dict[str, Any]) -> str:
    """`12.3 % (10.1-14.9, n 640)`."""
    value, low, high = (estimate[k] * 100 for k in ("value", "low", "high"))
    return f"{value:.1f} % ({low:.1f}–{high:.1f}, n {estimate['n']})"


def share(figures: dict[str, Any], measure: str) -> str:
    """A ranking measure with its interval, or why there is none."""
    if figures.get("too_few"):
        return f"too few ({figures['positives']})"
    estimate = figures[measure]
    return f"{estimate['value']:.3f} ({estimate['low']:.2f}–{estimate['high']:.2f})"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)])


def false_alarms(quality: dict[str, Any]) -> str:
    """The first table: what is flagged although it should not be."""
    cells = {f: quality["families"][f]["policy"]["false_alarms_by_cell"] for f in ("fraud", "radical")}
    rows = [
        [f"{label(cell).name['en']} ({cell})", *(percent(cells[f][cell]) if cell in cells[f] else "–" for f in cells)]
        for cell in sorted(set(cells["fraud"]) | set(cells["radical"]))
        if cell[:2] in ("HN", "PX")
    ]
    every = ["**all rows that are not of the family**"]
    every += [percent(quality["families"][f]["policy"]["false_alarms"]) for f in cells]
    return table(["unseen hand-written messages", "flagged as fraud", "flagged as radical"], [*rows, every])


def public(quality: dict[str, Any]) -> str:
    """Flag rates on ordinary public text."""
    rows = [
        [SOURCE_NAMES.get(name, name), percent(f["flagged"]), percent(f["abstained"])]
        for name, f in quality.get("public", {}).items()
    ]
    return table(["ordinary public text, not trained on", "flagged", "abstained"], rows)


def ranking(quality: dict[str, Any]) -> str:
    """Ranking quality beside the plain n-gram model."""
    rows = []
    for family in ("fraud", "radical"):
        for title, side in (("fast", quality["families"]), ("char n-gram LR", quality.get("peer_char_ngram_lr", {}))):
            if family in side:
                figures = side[family]
                for scope in ("all", "against_hard_negatives"):
                    cells = [share(figures[scope], m) for m in ("auroc", "auprc", "recall_at_fpr_1pct")]
                    rows.append([family, title, scope.replace("_", " "), *cells])
    return table(["family", "model", "rows", "AUROC", "AUPRC", "recall at FPR 1 %"], rows)


def by_form(quality: dict[str, Any]) -> str:
    """Ranking quality by language form."""
    rows = []
    for family in ("fraud", "radical"):
        for form, figures in quality["families"][family]["by_form"].items():
            rows.append(
                [family, form, str(figures["n"]), share(figures, "auprc"), share(figures, "recall_at_fpr_1pct")]
            )
    return table(["family", "language form", "n", "AUPRC", "recall at FPR 1 %"], rows)


def policy(quality: dict[str, Any]) -> str:
    """What the shipped thresholds do."""
    rows = []
    for family in ("fraud", "radical"):
        p = quality["families"][family]["policy"]
        error = p["expected_calibration_error"]
        shown = f"{error['value']:.3f} ({error['low']:.3f}–{error['high']:.3f})"
        rows.append([family, percent(p["false_alarms"]), percent(p["recall"]), shown])
    head = ["family", "false alarms", "recall", "expected calibration error"]
    return table(head, rows) + f"\n\nAbstained, of all test rows: {percent(quality['abstained'])}."


def language() -> str:
    """Language form against lingua."""
    result = read("language_forms")
    names = {
        "cybertriage": "cybertriage",
        "lingua_single": "lingua, one language",
        "lingua_many": "lingua, many languages",
    }
    rows = []
    for key, title in names.items():
        f1 = result[key]["macro_f1"]
        rows.append([title, f"{f1['value']:.3f} ({f1['low']:.3f}–{f1['high']:.3f})", str(f1["n"])])
    return table(["kk / ru / mixed, real comments", "macro-F1", "n"], rows)


def speed() -> str:
    """Messages a second and start-up."""
    result = read("speed")
    rows = [
        [name, f"{r['median']:,} ({r['low']:,}–{r['high']:,})"] for name, r in result["messages_per_second"].items()
    ]
    machine = result["machine"]
    return (
        table(["messages a second", "median (lowest–highest pass)"], rows)
        + f"\n\n{machine['processor']}, {machine['cores']} cores; median message {result['median_words']} words, "
        f"{result['median_characters']} characters. `import cybertriage` {result['import_seconds']:.2f} s; "
        f"load and first verdict {result['load_and_first_verdict_seconds']:.2f} s; peak memory of the benchmark "
        f"{result['peak_memory_mib']} MiB."
    )


def sections() -> dict[str, str]:
    """Every rendered section by its marker name."""
    quality = read("quality")
    made = {
        "false-alarms": false_alarms(quality), "public": public(quality), "ranking": ranking(quality),
        "by-form": by_form(quality), "policy": policy(quality), "language": language(), "speed": speed(),
    }  # fmt: skip
    return made | {"model": f"Model `{quality['model']}`, {quality['test_rows']} unseen test rows, {quality['date']}."}


def rendered(text: str, made: dict[str, str]) -> str:
    """A document with every marked section filled in."""

    def fill(match: re.Match[str]) -> str:
        return f"{match.group(1)}\n{made[match.group(2)]}\n{match.group(3)}"

    return re.sub(r"(<!-- figures:([a-z-]+) -->).*?(<!-- end -->)", fill, text, flags=re.S)


def relist_card(path: Path) -> None:
    """Bring the bundle's manifest in line with its new card."""
    manifest_path = path.parent / "bundle.json"
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    manifest["files"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest_path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a document is stale")
    check = parser.parse_args().check
    made, stale = sections(), []
    for name in DOCUMENTS:
        path = ROOT / name
        old = path.read_text(encoding="utf-8")
        new = rendered(old, made)
        if new == old:
            continue
        stale.append(name)
        if not check:
            path.write_text(new, encoding="utf-8")
            if path.name == "MODEL_CARD.md":
                relist_card(path)
    print("stale: " + ", ".join(stale) if check and stale else f"rendered: {', '.join(stale) or 'nothing to change'}")
    sys.exit(bool(check and stale))


if __name__ == "__main__":
    main()
