"""Tables of us against each peer, from `results/peers.json`: quality, cost as ratios to ours, where a peer wins.

Every function gives Markdown for `benchmarks.render`. Ours is the default, `cascade`.
"""

from __future__ import annotations

from typing import Any

from benchmarks.cells import percent, share, table
from benchmarks.record import read

OURS = "cybertriage_cascade"
FAMILIES = ("fraud", "radical")
_ABSENT = "Not measured yet: python -m benchmarks.peers."
# What would have to be done for ours to win, by what it loses in.
CLOSES = {
    "messages a second": "`fast` is the model for speed; the cascade pays for what it sends to the encoder",
    "size": "`fast` alone, or a smaller encoder: fewer layers, a smaller vocabulary",
    "peak memory": "`fast` alone; most of the cascade's memory is the encoder and its tokenizer",
    "cold start": "`fast` alone; the cascade reads and verifies the encoder before the first verdict",
    "fraud, AUROC against look-alikes": "more hand-written look-alikes and lures of kinds that are missed",
    "radical, AUROC against protected speech": "more hand-written incitement and protected speech of kinds missed",
    "false alarms of fraud at the same threshold rule": "more benign rows of the kinds that are flagged",
    "false alarms of radical content at the same threshold rule": "more protected speech of the kinds flagged",
    "ordinary public text flagged": "more varied ordinary text in training",
    "gap between groups": "more harmless sentences about the groups flagged most",
}


def _peers() -> dict[str, Any]:
    found: dict[str, Any] = read("peers").get("peers", {})
    return found


def quality() -> str:
    """Ranking on unseen rows against hard negatives, what is flagged at the same rule, bias; false alarms first."""
    rows = []
    for side in _peers().values():
        if "quality" not in side:
            continue
        cells = [side["title"]]
        for family in FAMILIES:
            at, rank = side["at_threshold"].get(family), side["quality"].get(family)
            cells += ["–", "–", "–"] if at is None or rank is None else [
                percent(at["false_alarms"]), percent(at["recall"]), share(rank["against_hard_negatives"], "auroc")
            ]  # fmt: skip
        worst, gap = _worst(side["public_flagged"]), side["bias"]["gap"]
        rows.append([*cells, "–" if worst is None else percent(worst), "–" if gap is None else f"{gap * 100:.1f}"])
    head = ["same rows, same threshold rule"]
    head += [f"{f}: {x}" for f in FAMILIES for x in ("false alarms", "recall", "AUROC, hard")]
    head += ["ordinary text flagged, worst source", "gap between groups, points"]
    rule = (
        "Thresholds: the lowest at which at most 1 % of benign rows of the calibration writers are flagged, for all "
        "alike. Hard: against look-alikes for fraud, protected speech for radical content. Gap: between the traits of "
        "people named in harmless sentences, most flagged less least."
    )
    return f"{table(head, rows)}\n\n{rule}"


def elsewhere() -> str:
    """AUROC of fraud on labelled sets by other people."""
    sides = [side for side in _peers().values() if side.get("elsewhere_auroc")]
    names = list(dict.fromkeys(name for side in sides for name in side["elsewhere_auroc"]))
    rows = [[s["title"], *(share(s["elsewhere_auroc"], name) for name in names)] for s in sides]
    return table(["fraud, AUROC on sets by others", *names], rows)


def cost() -> str:
    """Speed, size, memory and cold start, with the ratio to our default in the same run."""
    peers = _peers()
    if OURS not in peers:
        return _ABSENT
    ours = peers[OURS]["costs"]
    rows = []
    for side in peers.values():
        if "costs" in side:
            own = side["costs"]
            speed = own["messages_per_second"]["median"], ours["messages_per_second"]["median"]
            pairs = [(own[k], ours[k]) for k in ("size_mib", "peak_memory_mib", "cold_start_seconds")]
            units = ("MiB", "MiB", "s")
            cells = [f"{a:,g} {unit} ({_ratio(a, b)})" for (a, b), unit in zip(pairs, units, strict=True)]
            rows.append([side["title"], f"{speed[0]:,.0f} ({_ratio(*speed)})", *cells])
    head = ["in brackets: times our default", "messages a second", "size", "peak memory", "cold start"]
    machine = read("peers")["machine"]
    return f"{table(head, rows)}\n\n{machine['processor']}, {machine['cores']} cores, 2 threads, unseen test messages."


def wins() -> str:
    """Where a peer beats our default, plainly, and what would close it."""
    peers = _peers()
    if OURS not in peers:
        return _ABSENT
    ours = _measures(peers[OURS])
    lines = []
    for what, (value, better) in ours.items():
        said = {k: _measures(side).get(what) for k, side in peers.items() if not k.startswith("cybertriage")}
        ahead = {k: m[0] for k, m in said.items() if m is not None and (m[0] > value if better > 0 else m[0] < value)}
        if ahead:
            order = sorted(ahead.items(), key=lambda found: -better * found[1])
            named = ", ".join(f"{peers[key]['title']} ({v:,g}{_found(peers[key], what)})" for key, v in order)
            lines.append(f"- {what}: ours {value:,g}; better: {named}. To close it: {CLOSES[what]}.")
    return "\n".join(lines) or "No peer beats our default in what was measured."


def _found(side: dict[str, Any], what: str) -> str:
    """What a side finds at the threshold at which it has so few false alarms: flagging nothing is no art."""
    if not what.startswith("false alarms of "):
        return ""
    family = what.split()[3]
    return f", recall {side['at_threshold'][family]['recall']['value'] * 100:.0f} %"


def not_run() -> str:
    """Peers and comparisons that were not run, with the reason."""
    result = read("peers")
    sides = {side["title"]: side for side in result.get("peers", {}).values()}
    sides |= {name: result[name] for name in ("kazakh_hate", "spam") if name in result}
    sides |= {name: side for name, side in result.get("personal_data", {}).items() if isinstance(side, dict)}
    lines = [f"- {name.replace('_', ' ')}: {side['not_run']}." for name, side in sides.items() if "not_run" in side]
    return "\n".join(lines) or "All were run."


def kazakh_hate() -> str:
    """The published settings in their domain and on unseen speech, beside ours."""
    result = read("peers").get("kazakh_hate", {})
    if "methods" not in result:
        return f"Not run: {result.get('not_run', 'no result')}."
    rows = []
    for side in result["methods"].values():
        inside, flags = side["in_domain"], side["flagged"]
        rows.append([
            side["settings"], f"{inside['macro_f1']:.3f}" if "macro_f1" in inside else "–",
            share(inside, "auroc_hateful"),
            share(side["unseen_radical"]["against_hard_negatives"], "auroc"),
            percent(flags["protected speech, unseen test"]),
            *(percent(flags[s]) for s in ("kaznerd-news", "kazsandra-reviews")),
        ])  # fmt: skip
    head = ["method", "in its domain: F1, five classes", "in its domain: AUROC, neutral or not",
            "unseen radical: AUROC against protected speech", "protected speech flagged", "Kazakh TV news flagged",
            "Kazakh reviews flagged"]  # fmt: skip
    return table(head, rows) + (
        f"\n\nIn its domain: {result['test_rows']:,} rows of the Kazakh hate set that none was trained on, in classes "
        "by topic; ours looks for calls to violence and was never taught those classes."
    )


def spam() -> str:
    """tg-spam's method where it is at home, and ours beside it."""
    result = read("peers").get("spam", {})
    if "sets" not in result:
        return f"Not run: {result.get('not_run', 'no result')}."
    rows = []
    for name, sides in result["sets"].items():
        for key, title in (("tg_spam", "tg-spam's method"), ("cybertriage", "cybertriage")):
            side = sides[key]
            rows.append([name, title, percent(side["false_alarms"]), percent(side["recall"]), share(side, "auroc")])
    for key, title in (("tg_spam", "tg-spam's method"), ("cybertriage", "cybertriage")):
        rows.append(["ordinary public text", title, percent(result["public_flagged"][key]), "–", "–"])
    return table(["set", "method", "false alarms", "recall", "AUROC"], rows)


def personal_data() -> str:
    """Personal data found by ours and by airlock-pii."""
    result = read("peers").get("personal_data", {})
    rows = [
        [title, percent(side["clean_rows_touched"]), percent(side["recall"]), percent(side["precision"]),
         f"{side['messages_per_second']:,}"]
        for key, title in (("cybertriage", "cybertriage"), ("airlock_pii", "airlock-pii"))
        if "recall" in (side := result.get(key, {}))
    ]  # fmt: skip
    head = ["finder", "messages without personal data touched", "found", "precision", "messages a second"]
    return (
        table(head, rows) + f"\n\n{result.get('rows', 0):,} made-up messages, every second one without personal data."
    )


def _worst(shares: dict[str, Any]) -> dict[str, Any] | None:
    return max(shares.values(), key=lambda figure: figure["value"], default=None)


def _ratio(value: float, ours: float) -> str:
    return f"×{value / ours:,.2g}" if ours and value / ours < 100 else f"×{value / ours:,.0f}" if ours else "–"


def _measures(side: dict[str, Any]) -> dict[str, tuple[float, int]]:
    """What can be compared of one side: value, and 1 where more is better, -1 where less is."""
    out: dict[str, tuple[float, int]] = {}
    hard = {"fraud": "fraud, AUROC against look-alikes", "radical": "radical, AUROC against protected speech"}
    names = {"fraud": "fraud", "radical": "radical content"}
    for family in side.get("quality", {}):
        figures = side["quality"][family]["against_hard_negatives"]
        if "auroc" in figures:
            out[hard[family]] = figures["auroc"]["value"], 1
        alarms = side["at_threshold"][family]["false_alarms"]["value"]
        out[f"false alarms of {names[family]} at the same threshold rule"] = alarms, -1
    if worst := _worst(side.get("public_flagged", {})):
        out["ordinary public text flagged"] = worst["value"], -1
    if side.get("bias", {}).get("gap") is not None:
        out["gap between groups"] = side["bias"]["gap"], -1
    if "costs" in side:
        own = side["costs"]
        out["messages a second"] = own["messages_per_second"]["median"], 1
        out |= {n: (own[k], -1) for n, k in (("size", "size_mib"), ("peak memory", "peak_memory_mib"),
                                             ("cold start", "cold_start_seconds"))}  # fmt: skip
    return out
