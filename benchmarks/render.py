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

from benchmarks.record import CORPORA, read
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


ELSEWHERE_NAMES = {
    "qorgau-scam-calls": "made-up scam and safe calls, kk/ru/mixed",
    "afmhack-seed": "casino, pyramid, referral and urgency posts against everyday ones",
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


def elsewhere(quality: dict[str, Any]) -> str:
    """Fraud figures on sets by other people."""
    rows = [
        [ELSEWHERE_NAMES[name], percent(f["false_alarms"]), percent(f["recall"]), share(f, "auroc"), share(f, "auprc")]
        for name, f in quality.get("elsewhere", {}).items()
    ]
    return table(["sets by others, fraud", "false alarms", "recall", "AUROC", "AUPRC"], rows)


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


def corpora() -> str:
    """Size and honesty of the authored corpora."""
    made, read_twice = read("corpora"), json.loads((CORPORA / "agreement.json").read_text(encoding="utf-8"))
    rows = ", ".join(f"{n:,} {name}" for name, n in made["rows"].items())
    auc, kappas = made["surface_auroc"], [read_twice[f"kappa_{family}"] for family in ("fraud", "radical")]
    return (
        f"{sum(made['rows'].values()):,} hand-written messages ({rows}) in six language forms, "
        f"{made['contrast_pairs']:,} of them contrast twins. A model that sees only length, links, phones, emoji, "
        f"money, code words, hurry and brands tells fraud from genuine look-alikes with AUROC {auc['value']:.3f} "
        f"({auc['low']:.2f}–{auc['high']:.2f}); no evaluation row has a near twin in training. A blind second reading "
        f"of {read_twice['rows']:,} rows agrees with the writers: Cohen's kappa {kappas[0]:.3f} for fraud, "
        f"{kappas[1]:.3f} for radical content. Writers and readers were machines of one family, so this says that the "
        "texts are clear to it, not that they are true to life."
    )


def curve() -> str:
    """What more hand-written rows are worth."""
    result = read("learning_curves")
    rows = []
    for size, point in result["curve"].items():
        for model, figures in point.items():
            cells = [f"{figures[scope]['auroc']:.3f}" for scope in ("fraud, hard", "radical, hard")]
            cells += [f"{figures[scope]['recall_at_fpr_1pct']:.2f}" for scope in ("fraud, all", "radical, all")]
            rows.append([size, model, *cells])
    for part, figures in result["left_out"].items():
        cells = [f"{figures[scope]['auroc']:.3f}" for scope in ("fraud, hard", "radical, hard")]
        cells += [f"{figures[scope]['recall_at_fpr_1pct']:.2f}" for scope in ("fraud, all", "radical, all")]
        rows.append([f"all, without {part}", "fast", *cells])
    head = ["training rows", "model", "fraud AUROC, hard", "radical AUROC, hard", "fraud recall", "radical recall"]
    return table(head, rows) + f"\n\nOn {result['test_rows']} unseen test rows; recall at FPR 1 % over all of them."


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
        "false-alarms": false_alarms(quality),
        "public": public(quality),
        "ranking": ranking(quality),
        "by-form": by_form(quality),
        "elsewhere": elsewhere(quality),
        "policy": policy(quality),
        "language": language(),
        "curve": curve(),
        "corpora": corpora(),
        "speed": speed(),
    }
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
