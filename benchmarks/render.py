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

from benchmarks import bias_table, mended, peer_table
from benchmarks.cells import percent, sent, share, table
from benchmarks.choices import calibration_choices, encoder_choices
from benchmarks.model_facts import cascade, encoder_training, functional, speed
from benchmarks.record import CORPORA, read
from benchmarks.targets import targets
from benchmarks.use_tables import explanations, scale
from cybertriage.evaluate.covered import COVERED
from cybertriage.taxonomy import label

ROOT = Path(__file__).parents[1]
# Each document and the model its tables are about.
DOCUMENTS = {"README.md": "cascade", "benchmarks/README.md": "cascade"} | {
    f"models/{m}/MODEL_CARD.md": m for m in ("fast", "encoder", "cascade")
}
MODELS = ("fast", "encoder", "cascade")
SOURCE_NAMES = {
    "tg-news-nktkln": "Russian news channels",
    "kaznerd-news": "Kazakh TV news",
    "kazsandra-reviews": "Kazakh and mixed reviews",
    "codeswitch-kk-ru": "Telegram and shop comments, kk/ru/mixed",
    "snlp-sensitive-topics": "Russian talk on sensitive topics",
}


ELSEWHERE_NAMES = {
    "qorgau-scam-calls": "made-up scam and safe calls, kk/ru/mixed",
    "tg-spam-umputun": "Russian Telegram spam, removed against kept",
    "afmhack-seed": "casino, pyramid, referral and urgency posts against everyday ones",
}


def false_alarms(quality: dict[str, Any]) -> str:
    """The first table: what is flagged although it should not be."""
    cells = {f: quality["families"][f]["policy"]["false_alarms_by_cell"] for f in COVERED}
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
        [SOURCE_NAMES.get(name, name), percent(f["flagged"]), percent(f["abstained"]), sent(f["sent_to_encoder"])]
        for name, f in quality.get("public", {}).items()
    ]
    return table(["ordinary public text, not trained on", "flagged", "abstained", "sent to the encoder"], rows)


def ranking() -> str:
    """Ranking quality of every model beside the plain n-gram one."""
    sides = {model: read(f"quality-{model}")["families"] for model in MODELS}
    sides["char n-gram LR"] = read("peers")["char_ngram_lr"]
    rows = []
    for family in COVERED:
        for title, side in sides.items():
            for scope in ("all", "against_hard_negatives"):
                figures = side[family][scope]
                cells = [share(figures, m) for m in ("auroc", "auprc", "recall_at_fpr_1pct")]
                rows.append([family, title, scope.replace("_", " "), *cells])
    return table(["family", "model", "rows", "AUROC", "AUPRC", "recall at FPR 1 %"], rows)


def outside() -> str:
    """What every model does on messages that nobody here planned, false alarms first."""
    rows = []
    for model in MODELS:
        of = read("outside")["models"][model]
        for family, honest in (("fraud", "honest look-alikes"), ("radical", "protected speech")):
            figures = of[family]
            rows.append([
                model, family, honest, percent(figures["flagged_honest"]), percent(figures["abstained_honest"]),
                percent(figures["found"]), share(figures["ranking"], "auprc"),
            ])  # fmt: skip
    head = ["model", "family", "against", "flagged", "abstained on", "found", "AUPRC"]
    return table(head, rows)


def outside_forms(model: str) -> str:
    """What is found of the independent set in each language form."""
    of = read("outside")["models"][model]
    forms = sorted(set(of["fraud"]["found_by_form"]) | set(of["radical"]["found_by_form"]))
    rows = [
        [form, *(percent(of[f]["found_by_form"][form]) if form in of[f]["found_by_form"] else "–" for f in COVERED)]
        for form in forms
    ]
    return table(["independent set, written in", "fraud found", "radical content found"], rows)


REAL_NAMES = {
    "real-sms-ru": "genuine service SMS of banks (none should be flagged)",
    "tg-spam-fso": "job and crypto lures of Telegram (all should be)",
    "tg-spam-umputun": "spam of a Telegram group, a quarter English",
}


def real(model: str) -> str:
    """Real messages that no model was trained on."""
    of = read("outside")["models"][model]["real"]
    rows = [[title, percent(of[k]["flagged"]), percent(of[k]["abstained"])] for k, title in REAL_NAMES.items()]
    short = of["short_russian"]["out_of_language"]
    return table(["real messages", "flagged", "abstained on"], rows) + (
        f"\n\nReal Russian texts of three words or fewer called out of language: {percent(short)}."
    )


def operating_before() -> str:
    """The same figures of the models before this training."""
    old, now = (read(name)["models"]["cascade"] for name in ("outside_before", "outside"))
    rows = []
    for family in COVERED:
        for key, title in (
            ("flagged_honest", "flagged on honest"),
            ("abstained_honest", "abstained on honest"),
            ("found", "found"),
        ):
            rows.append([f"{family}, {title}", percent(old[family][key]), percent(now[family][key])])
        rows.append([f"{family}, AUPRC", *(share(x[family]["ranking"], "auprc") for x in (old, now))])
    for name, title in REAL_NAMES.items():
        rows.append([f"{title}: flagged", *(percent(x["real"][name]["flagged"]) for x in (old, now))])
        rows.append([f"{title}: abstained on", *(percent(x["real"][name]["abstained"]) for x in (old, now))])
    return table(["default model", "before", "now"], rows)


def policies() -> str:
    """What each model's shipped thresholds do, on all test rows and on those of new situations alone."""
    rows = []
    for model in MODELS:
        result = read(f"quality-{model}")
        for title, part in (("all", result), ("new situations", result["new_situations"])):
            for family in COVERED:
                figures = part["families"][family]["policy"]
                rows.append([model, title, family, percent(figures["false_alarms"]), percent(figures["recall"])])
    return table(["model", "test rows", "family", "false alarms", "recall"], rows)


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
    for family in COVERED:
        for form, figures in quality["families"][family]["by_form"].items():
            rows.append(
                [family, form, str(figures["n"]), share(figures, "auprc"), share(figures, "recall_at_fpr_1pct")]
            )
    return table(["family", "language form", "n", "AUPRC", "recall at FPR 1 %"], rows)


def policy(quality: dict[str, Any]) -> str:
    """What the shipped thresholds do."""
    rows = []
    for family in COVERED:
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
    auc, kappas = made["surface_auroc"], [read_twice[f"kappa_{family}"] for family in COVERED]
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
    """What more hand-written rows, and each part of the training data, are worth; on test rows and unseen sources."""
    result = read("learning_curves")
    points = [(size, model, f) for size, point in result["curve"].items() for model, f in point.items()]
    points += [(f"all, without {part}", "fast", f) for part, f in result["left_out"].items()]
    rows = []
    for size, model, figures in points:
        cells = [f"{figures[scope]['auroc']:.3f}" for scope in ("fraud, hard", "radical, hard")]
        cells += [f"{figures[scope]['recall_at_fpr_1pct']:.2f}" for scope in ("fraud, all", "radical, all")]
        rows.append([size, model, *cells])
    head = ["training rows", "model", "fraud AUROC, hard", "radical AUROC, hard", "fraud recall", "radical recall"]
    names = list(points[0][2]["unseen sources"])
    away = [[size, model, *(f"{f['unseen sources'][n]:.3f}" for n in names)] for size, model, f in points]
    scope = f"On {result['test_rows']} unseen test rows, {result['date']}; recall at FPR 1 % over all of them."
    beyond = (
        "On unseen sources. Flagged: share at the threshold that flags 1 % of benign test rows, either family; "
        "AUROC: fraud."
    )
    return "\n\n".join([table(head, rows), scope, beyond, table(["training rows", "model", *names], away)])


def sections(model: str) -> dict[str, str]:
    """Every rendered section by its marker name, for a document about one model."""
    quality = read(f"quality-{model}")
    made = {
        "false-alarms": false_alarms(quality),
        "public": public(quality),
        "ranking": ranking(),
        "outside": outside(),
        "outside-forms": outside_forms(model),
        "real": real(model),
        "outside-before": operating_before(),
        "policies": policies(),
        "by-form": by_form(quality),
        "elsewhere": elsewhere(quality),
        "policy": policy(quality),
        "language": language(),
        "curve": curve(),
        "corpora": corpora(),
        "speed": speed(),
        "cascade": cascade(),
        "functional": functional(),
        "encoder-training": encoder_training(),
        "encoder-choices": encoder_choices(),
        "calibration": calibration_choices(model),
        "identity-traits": bias_table.identity_traits(model),
        "group-gaps": bias_table.group_gaps(),
        "form-recall": bias_table.language_forms(model),
        "disguises": bias_table.disguises(model),
        "peers-quality": peer_table.quality(),
        "peers-cost": peer_table.cost(),
        "peers-elsewhere": peer_table.elsewhere(),
        "peers-wins": peer_table.wins(),
        "peers-not-run": peer_table.not_run(),
        "kazakh-hate": peer_table.kazakh_hate(),
        "spam": peer_table.spam(),
        "personal-data": peer_table.personal_data(),
        "explanations": explanations(),
        "scale": scale(),
        "targets": targets(),
        "mended-functions": mended.functions(),
        "mended-groups": mended.groups(),
        "mended-disguises": mended.disguises(),
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
    stale = []
    for name, model in DOCUMENTS.items():
        path = ROOT / name
        old = path.read_text(encoding="utf-8")
        new = rendered(old, sections(model))
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
