"""Draw the writing plan of the authored corpora: who writes what, in which form, with which surface marks.

In: `scenarios.toml`, a seed. Out: one plan file per writer, batches of about 40 slots each.
Invariant: surface marks (length, link, phone, emoji, money, code word, urgency, brand) are drawn
with the same rates for fraud cells and for genuine look-alikes, so that they cannot tell them apart.
The plan holds no message text: the writer supplies every word.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent

FRAUD = [f"FR{i:02d}" for i in range(1, 15)]
LOOKALIKE = [f"HN{i:02d}" for i in range(1, 13)]
PROTECTED = [f"PX{i}" for i in range(1, 10)]
VIOLENT = ["VE1", "VE2", "VE4", "VE5", "VE6"]

ROWS_PER_CELL = (
    dict.fromkeys(FRAUD, 202)
    | dict.fromkeys(LOOKALIKE, 234)
    | dict.fromkeys(PROTECTED, 264)
    | dict.fromkeys(VIOLENT, 128)
    | {"EV": 1270}
)
FORMS = {"kk": 35, "ru": 30, "mixed": 15, "kk-plain": 12, "kk-latn": 4, "ru-latn": 4}
CHANNELS = {
    "sms": 22, "whatsapp": 24, "telegram": 16, "email": 9,
    "marketplace": 9, "call_transcript": 6, "social": 14,
}  # fmt: skip
STYLES = {
    "plain": 22, "polite": 12, "lazy, few words": 10, "clumsy": 6, "chatty": 12, "official": 9,
    "typos": 7, "no punctuation": 6, "ALL CAPS in part": 4, "voice-to-text": 4, "elderly": 5,
    "warm": 5, "nervous": 4, "young slang": 5, "Russian stems with Kazakh suffixes": 5,
    "one homoglyph-swapped word": 1, "one s p a c e d word": 1,
}  # fmt: skip
# Share of rows that must carry a mark; cells that carry it by nature are drawn from what is left.
MARKS = {
    "link": 0.26,
    "phone": 0.13,
    "emoji": 0.16,
    "money": 0.42,
    "code": 0.22,
    "urgent": 0.16,
    "brand": 0.38,
}
FORCED = {"FR02": ("code",), "HN01": ("code",), "FR03": ("link",)}
# Which fraud leaf a genuine look-alike can mirror, so that a pair differs in the deed and not in the topic.
MIRRORS = {
    "HN01": {"FR02"}, "HN02": {"FR01", "FR03", "FR11"}, "HN03": {"FR02", "FR03", "FR10"},
    "HN04": {"FR11", "FR03", "FR02"}, "HN05": set(FRAUD), "HN06": set(FRAUD), "HN07": set(FRAUD),
    "HN08": set(FRAUD), "HN09": {"FR10", "FR07", "FR08", "FR04"},
    "HN10": {"FR05", "FR13", "FR09", "FR12", "FR08", "FR06"}, "HN11": {"FR14", "FR12", "FR01"},
    "HN12": {"FR03", "FR04", "FR06"},
}  # fmt: skip
TWIN_KINDS = ["changes the speaker: quoted and condemned (PX2)", "changes negation: refuses or forbids it (PX2)",
              "reported as news (PX1)", "figurative, sport or game (PX6)", "told by its victim or witness (PX7)",
              "lawful target: criticism without violence (PX5)", "taught or studied (PX3)"]  # fmt: skip

# Cells that speak of a group: every identity term stands in far more benign rows than violent ones.
NAMES_GROUP = {"PX8", "PX2", "PX7", "VE5", "VE1"}
PROTECTED_TRAITS = {"religion", "ethnicity", "gender", "lgbt", "migration", "disability", "tribe", "language"}

REGIONS = ["Almaty", "Astana", "Shymkent", "Aqtobe", "Atyrau", "Oral", "Qostanay", "Petropavl", "Pavlodar", "Semey",
           "Oskemen", "Taldyqorgan", "Taraz", "Turkistan", "Qyzylorda", "Aqtau", "Zhezqazgan", "Qaraghandy",
           "Kokshetau", "Qonaev", "a village in the south", "an aul in the west", "a mining town"]  # fmt: skip
PEOPLE = ["woman of 68, retired teacher", "man of 71, village", "student, 19, dormitory", "schoolboy, 16",
          "schoolgirl, 15",
          "nurse, 34", "taxi driver, 45", "bookkeeper, 52", "shop owner, 39", "builder, 28", "young mother, 27",
          "programmer, 31", "civil servant, 48", "farmer, 57", "hairdresser, 25", "courier, 22", "imam's assistant, 36",
          "police press officer, 33", "journalist, 41", "university lecturer, 50", "security guard, 60",
          "oil worker, 37",
          "call-centre clerk, 24", "marketing manager, 29", "railway worker, 54", "doctor, 46", "football coach, 38",
          "seamstress, 63", "lawyer, 44", "returned migrant (qandas), 35"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wave:
    """What a wave of writers is asked for; the usual one unless waves.toml names another."""

    rows: dict[str, int] = field(default_factory=lambda: ROWS_PER_CELL)
    forms: dict[str, int] = field(default_factory=lambda: FORMS)
    words: dict[str, float] | None = None
    channels: dict[str, int] = field(default_factory=lambda: CHANNELS)
    names_group: frozenset[str] = frozenset(NAMES_GROUP)
    hints: dict[str, list[str]] = field(default_factory=dict)


def named_wave(name: str) -> Wave:
    """A wave of waves.toml; its rows are counted by cell or by the two letters that cells begin with."""
    facts = tomllib.loads((HERE / "waves.toml").read_text(encoding="utf-8"))[name]
    rows = {cell: facts["rows"].get(cell, facts["rows"].get(cell[:2], 0)) for cell in ROWS_PER_CELL}
    hints = {cell: found for cell in rows if (found := facts["hints"].get(cell, facts["hints"].get(cell[:2])))}
    named = frozenset(facts.get("names_group", NAMES_GROUP))
    return Wave(rows, facts.get("forms", FORMS), facts["words"], facts.get("channels", CHANNELS), named, hints)


def weighted(rng: random.Random, table: dict[str, int]) -> str:
    return rng.choices(list(table), weights=list(table.values()))[0]


def target_words(rng: random.Random, cell: str, channel: str, law: dict[str, float] | None = None) -> int:
    """Log-normal word count; the same law for fraud and look-alikes."""
    if law is not None:
        drawn = round(math.exp(rng.gauss(math.log(law["median"]), law["spread"])))
        return rng.randint(30, 70) if channel == "call_transcript" else int(max(law["least"], min(law["most"], drawn)))
    if channel == "call_transcript":
        return rng.randint(45, 170)
    median, low = (8, 1) if cell == "EV" else (14, 6) if cell[:2] in ("VE", "PX") else (19, 5)
    return max(low, min(200, round(math.exp(rng.gauss(math.log(median), 0.72)))))


def marks(rng: random.Random, cell: str) -> list[str]:
    """Marks a row must carry; every mark not named must be absent where the sense allows it."""
    forced = FORCED.get(cell, ())
    if cell in VIOLENT:
        return ["emoji"] if rng.random() < 0.1 else []
    scale = 1.0 if cell[:2] in ("FR", "HN") else 0.35
    family = FRAUD if cell in FRAUD else LOOKALIKE
    out = []
    for mark, share in MARKS.items():
        natural = sum(mark in FORCED.get(c, ()) for c in family) / len(family)
        if mark in forced or (mark not in forced and rng.random() < scale * (share - natural) / (1 - natural)):
            out.append(mark)
    return out


def draw_channel(rng: random.Random, cell: str, channels: dict[str, int]) -> str:
    """Calls only where several turns make sense; violent content mostly stands in posts and chats."""
    channel = weighted(rng, channels)
    spoken = cell[:2] in ("FR", "HN") or cell == "PX9" or rng.random() < 0.2
    return channel if spoken or channel != "call_transcript" else "social"


def with_shapes(rng: random.Random, scenarios: dict[str, list[str]], wave: Wave) -> dict[str, list[str]]:
    """Give each situation one of the shapes the wave asks for in its cell; violent cells have the shape alone."""
    shaped = dict(scenarios)
    for cell, shapes in wave.hints.items():
        if cell in VIOLENT:
            shaped[cell] = shapes
        else:
            shaped[cell] = [f"{rng.choice(shapes)} | {setting}" for setting in scenarios[cell] for _ in shapes]
    return shaped


def with_themes(scenarios: dict[str, list[str]], themes: list[str]) -> dict[str, list[str]]:
    """Put fields of life in place of situations; harmful shapes stay as listed, they need no setting."""
    own = [f"{theme}: a situation of your own that scenarios.toml does not list" for theme in themes]
    return {cell: hints if cell in VIOLENT else own for cell, hints in scenarios.items()}


def draw_slots(
    rng: random.Random, scenarios: dict[str, list[str]], groups: list[str], scale: float, wave: Wave
) -> list[dict[str, object]]:
    slots: list[dict[str, object]] = []
    queues: dict[bool, list[str]] = {False: [], True: []}
    for cell, count in wave.rows.items():
        hints: list[str] = []
        for _ in range(round(count * scale)):
            if not hints:
                hints = rng.sample(scenarios[cell], len(scenarios[cell]))
            channel = draw_channel(rng, cell, wave.channels)
            slot: dict[str, object] = {
                "cell": cell, "form": weighted(rng, wave.forms), "channel": channel,
                "words": target_words(rng, cell, channel, wave.words), "style": weighted(rng, STYLES),
                "marks": marks(rng, cell), "hint": hints.pop(),
            }  # fmt: skip
            if cell in wave.names_group:
                harsh = cell in VIOLENT
                pool = [g for g in groups if not harsh or g.split("/")[0] in PROTECTED_TRAITS]
                queues[harsh] = queues[harsh] or rng.sample(pool, len(pool))
                slot["group"] = queues[harsh].pop()
            slots.append(slot)
    rng.shuffle(slots)
    return slots


def number_batch(rng: random.Random, batch: str, slots: list[dict[str, object]]) -> list[dict[str, object]]:
    """Give ids; pair look-alikes with a fraud row of the batch; add a benign twin after each violent row."""
    order = sorted(slots, key=lambda s: 0 if str(s["cell"]) in FRAUD else 1)
    out: list[dict[str, object]] = []
    for slot in order:
        slot["id"] = f"{batch}-{len(out) + 1:02d}"
        cell = str(slot["cell"])
        sources = [s for s in out if s["cell"] in MIRRORS.get(cell, ())]
        if sources and rng.random() < 0.5:
            source = rng.choice(sources)
            slot |= {
                "twin_of": source["id"],
                "form": source["form"],
                "hint": f"{slot['hint']} | OR mirror topic of {source['id']}",
            }
        out.append(slot)
        if cell[:2] == "VE":
            twin = dict(slot) | {"id": f"{batch}-{len(out) + 1:02d}", "cell": "TW", "twin_of": slot["id"],
                                 "hint": rng.choice(TWIN_KINDS), "marks": []}  # fmt: skip
            out.append(twin)
    return out


def render(writer: str, person: str, region: str, batch: list[dict[str, object]]) -> str:
    lines = [f"# batch {str(batch[0]['id']).rsplit('-', 1)[0]}: this batch is lived in by: {person}; {region}"]
    for slot in batch:
        extra = "".join(f" {key}={slot[key]}" for key in ("group", "twin_of") if key in slot)
        lines.append(
            f"{slot['id']} {slot['cell']} {slot['form']} {slot['channel']} ~{slot['words']}w "
            f"[{slot['style']}] marks={'+'.join(slot['marks']) or 'none'}{extra} :: {slot['hint']}"
        )  # type: ignore[arg-type]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--identity", type=Path, required=True, help="identity_terms.tsv of the domain folder")
    parser.add_argument("--writers", type=int, default=30)
    parser.add_argument("--batches", type=int, default=9, help="batches per writer")
    parser.add_argument(
        "--prefix", default="w", help="writer name prefix: w (training), d (calibration), t (unseen test)"
    )
    parser.add_argument("--first", type=int, default=1, help="number of the first writer")
    parser.add_argument("--themes", help="list of themes.toml to invent situations from, in place of scenarios.toml")
    parser.add_argument("--wave", help="wave of waves.toml to plan in place of the usual one")
    parser.add_argument("--scale", type=float, default=1.0, help="share of ROWS_PER_CELL to draw")
    parser.add_argument("--seed", type=int, default=20261123)
    args = parser.parse_args()
    rng, wave = random.Random(args.seed), named_wave(args.wave) if args.wave else Wave()
    scenarios = tomllib.loads((HERE / "scenarios.toml").read_text(encoding="utf-8"))["cells"]
    if args.themes:
        themes = tomllib.loads((HERE / "themes.toml").read_text(encoding="utf-8"))["themes"]
        scenarios = with_themes(scenarios, themes[args.themes])
    scenarios = with_shapes(rng, scenarios, wave)
    lines = [line for line in args.identity.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    slots = draw_slots(rng, scenarios, ["/".join(line.split("\t")[:2]) for line in lines[1:]], args.scale, wave)
    total = args.writers * args.batches
    args.out.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    for w in range(args.writers):
        writer, texts, rows = f"{args.prefix}{args.first + w:02d}", [], []
        for b in range(args.batches):
            share = slots[w * args.batches + b :: total]
            batch = number_batch(rng, f"{writer}b{b + 1}", share)
            texts.append(render(writer, rng.choice(PEOPLE), rng.choice(REGIONS), batch))
            rows += batch
        counts.update(str(r["cell"]) for r in rows)
        (args.out / f"{writer}.txt").write_text("\n\n".join(texts) + "\n", encoding="utf-8")
        (args.out / f"{writer}.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    print(dict(sorted(counts.items())), sum(counts.values()))


if __name__ == "__main__":
    main()
