"""Are explanations true to the model, do they point at the words that matter, and are they quick?

In: unseen test rows (writers t..) that the model flags; `data/pointing.tsv`, short messages with the asking words
marked by hand. Out: `results/explanations.json`.
Faithfulness (DeYoung et al. 2020, ERASER): comprehensiveness, the probability lost when the top 10, 20 or 50 % of the
words are left out (higher is better), and sufficiency, the probability lost when only those are kept (lower is better),
always asked of the deployed model. Pointing: the strongest word lies in the marked words (Zhang et al. 2018).
Ways of ranking words: the shipped explanation; occlusion of every word by the same model; occlusion by the fine-tuned
encoder in float32 PyTorch, where its weights are; and chance.
Words that the shipped explanation does not ask about stand by its guess between those asked for and those against.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks.quality import estimate
from benchmarks.record import corpora_hash, versions, write
from cybertriage import Triage
from cybertriage.calibrate import sigmoid
from cybertriage.evaluate.covered import COVERED
from cybertriage.explain import MAX_WORDS, FamilyLogOdds, Guess, occlude
from cybertriage.figures.metrics import bootstrap, wilson
from cybertriage.models.bundle import load_bundle
from cybertriage.models.load import load_model
from cybertriage.text.language import detect
from cybertriage.text.normalize import normalize
from cybertriage.text.reading import variants_read
from cybertriage.text.windows import WINDOW
from training.corpus import load

SHARES = (0.1, 0.2, 0.5)
DRAWS = 5  # random rankings of each message
POINTING = Path(__file__).parent / "data" / "pointing.tsv"
TARGET_MS = 50
_MARKED = re.compile(r"\[\[(.+?)\]\]")
_FEWEST_WORDS = 5

Units = Sequence[tuple[int, int]]
Ranker = Callable[[str, str, int], list[NDArray[np.int64]]]


@dataclass(frozen=True, slots=True)
class Pointed:
    """A message with the words that a person marked; `spans` are ranges of `text`."""

    id: str
    language: str
    family: str
    text: str = field(repr=False)
    spans: tuple[tuple[int, int], ...]


def pointed(path: Path = POINTING) -> list[Pointed]:
    """The hand-marked messages; raises `ValueError` naming the row without a mark."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found = []
    for line in lines[1:]:
        key, language, family, marked = line.split("\t")
        spans, text, at = [], "", 0
        for match in _MARKED.finditer(marked):
            text += marked[at : match.start()]
            spans.append((len(text), len(text) + len(match.group(1))))
            text, at = text + match.group(1), match.end()
        if not spans or family not in COVERED:
            raise ValueError(f"{path.name}: row {key} wants a family and [[marked words]]")
        found.append(Pointed(key, language, family, text + marked[at:], tuple(spans)))
    return found


def without(text: str, units: Units, dropped: Sequence[int]) -> str:
    """The text with some units left out, as `explain` leaves them out."""
    pieces, at = [], 0
    for start, end in (units[place] for place in sorted(dropped)):
        pieces += [text[at:start], " "]
        at = end
    return "".join([*pieces, text[at:]])


def variants(text: str, units: Units, order: NDArray[np.int64]) -> list[str]:
    """For each share, the text without its top words, then with these alone."""
    found = []
    for share in SHARES:
        top = max(1, round(share * len(units)))
        found += [without(text, units, order[:top].tolist()), without(text, units, order[top:].tolist())]
    return found


class Asked:
    """A bundle as `explain` asks it: family log-odds of a text and its variants, and the cheap guess of them."""

    def __init__(self, name: str) -> None:
        bundle = load_bundle(name)
        self._model = load_model(bundle)
        self._columns = [bundle.outputs.index(f) for f in COVERED]

    def odds(self, texts: Sequence[str], form: str) -> NDArray[np.float64]:
        return self._model.variant_odds(variants_read(texts, form), form)[:, self._columns]

    def guess(self, texts: Sequence[str], form: str) -> NDArray[np.float64] | None:
        odds = self._model.guessed_odds(variants_read(texts, form), form)
        return None if odds is None else odds[:, self._columns]


def no_guess(texts: Sequence[str], form: str) -> None:
    """Asks about every word."""


def by_occlusion(odds: FamilyLogOdds, guess: Guess) -> Ranker:
    """Words by what leaving them out costs."""

    def rank(text: str, form: str, family: int) -> list[NDArray[np.int64]]:
        found = occlude(text, odds, guess, form, decides=[family])
        asked = found.weights[:, family]
        tiny = found.guessed[:, family] / (1 + np.abs(found.guessed).max()) * 1e-9
        return [np.argsort(-np.where(np.isnan(asked), tiny, asked), kind="stable")]

    return rank


def by_chance(text: str, form: str, family: int) -> list[NDArray[np.int64]]:
    """Several random orders, the same for the same text."""
    rng = random.Random(text)
    places = range(len(text.split()))
    return [np.array(rng.sample(places, len(places))) for _ in range(DRAWS)]


def pytorch(base: Path, build: Path) -> FamilyLogOdds | None:
    """Family logits of the fine-tuned float32 encoder, or None where its weights are not."""
    if not (base / "tokenizer.json").is_file() or not (build / "weights.safetensors").is_file():
        return None
    from cybertriage.taxonomy import outputs
    from training.export_encoder import float_logits, trained

    network, _ = trained(base, build)
    columns = [outputs().index(f) for f in COVERED]
    return lambda texts, form: float_logits(network, base, variants_read(texts, form))[:, columns].astype(np.float64)


def flagged(triage: Triage, split: str, most: int) -> list[tuple[str, str, int]]:
    """(text, form, family) of rows that are of a family and flagged for it, at most `most` of each family."""
    rows = [row for row in load(split, test=split == "t") if row.channel != "call_transcript"]
    random.Random(0).shuffle(rows)
    found: list[tuple[str, str, int]] = []
    for column, family in enumerate(COVERED):
        texts = [normalize(row.text).text for row in rows if family in row.families]
        fit = [text for text in texts if len(text) <= WINDOW and _FEWEST_WORDS <= len(text.split()) <= MAX_WORDS]
        seen = [text for text, verdict in zip(fit, triage.run(fit), strict=True) if family in verdict.labels]
        found += [(text, detect([text])[0].form, column) for text in seen[:most]]
    return found


def faithfulness(
    asked: Asked, rankers: dict[str, Ranker], rows: Sequence[tuple[str, str, int]]
) -> dict[str, dict[str, Any]]:
    """Comprehensiveness and sufficiency of each way of ranking, by share, means over messages."""
    lost: dict[str, list[NDArray[np.float64]]] = {name: [] for name in rankers}
    for text, form, family in tqdm(rows, desc="faithfulness", unit="message"):
        units = [m.span() for m in re.finditer(r"\S+", text)]
        for name, rank in rankers.items():
            orders = rank(text, form, family)
            asking = [text, *(v for order in orders for v in variants(text, units, order))]
            p = sigmoid(asked.odds(asking, form)[:, family])
            lost[name].append((p[0] - p[1:]).reshape(len(orders), len(SHARES), 2).mean(axis=0))
    return {name: _by_share(np.array(values)) for name, values in lost.items() if values}


def _by_share(lost: NDArray[np.float64]) -> dict[str, Any]:
    everything = np.ones(len(lost), bool)
    return {
        measure: {
            str(share): estimate(bootstrap(lambda s, _: float(s.mean()), lost[:, at, column], everything))
            for at, share in enumerate(SHARES)
        }
        for column, measure in enumerate(("comprehensiveness", "sufficiency"))
    }


def pointing(rankers: dict[str, Ranker], rows: Sequence[Pointed]) -> dict[str, Any]:
    """Share of messages whose strongest word is a marked one; for chance the share of words that are marked."""
    result: dict[str, Any] = {}
    for name, rank in rankers.items():
        hits: dict[str, list[bool]] = {}
        for row in rows:
            units = [m.span() for m in re.finditer(r"\S+", row.text)]
            marked = [any(a < end and start < b for a, b in row.spans) for start, end in units]
            orders = rank(row.text, detect([row.text])[0].form, COVERED.index(row.family))
            for key in ("all", row.language, row.family):
                hits.setdefault(key, []).append(marked[int(orders[0][0])])
        result[name] = {key: estimate(wilson(sum(values), len(values))) for key, values in hits.items()}
    words = [
        [any(a < m.end() and m.start() < b for a, b in row.spans) for m in re.finditer(r"\S+", row.text)]
        for row in rows
    ]
    result["share of words marked"] = round(statistics.fmean(statistics.fmean(each) for each in words), 4)
    return result


def timing(name: str, texts: Sequence[str]) -> dict[str, Any]:
    """Milliseconds of `Triage.explain` for one message at a time, and a message in a batch on two threads."""
    one, two = Triage.load(name, threads=1), Triage.load(name, threads=2)
    one.explain(texts[:3])
    each, processor = [], []
    for text in texts:
        start, spent = time.perf_counter(), time.process_time()
        one.explain([text])
        each.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() - spent) * 1000)
    start = time.perf_counter()
    two.explain(texts)
    batch = (time.perf_counter() - start) * 1000 / len(texts)
    return {
        "messages": len(each), "median_characters": statistics.median(map(len, texts)), "target_ms": TARGET_MS,
        "median_ms": round(statistics.median(each), 1), "mean_ms": round(statistics.fmean(each), 1),
        "median_processor_ms": round(statistics.median(processor), 1),
        "p95_ms": round(float(np.percentile(each, 95)), 1), "two_threads_ms_a_message": round(batch, 1),
        "within_target": estimate(wilson(sum(ms <= TARGET_MS for ms in each), len(each))),
    }  # fmt: skip


def judged(name: str, reference: FamilyLogOdds | None, split: str, most: int) -> dict[str, Any]:
    """All figures of one model."""
    triage, asked = Triage.load(name, threads=2), Asked(name)
    rankers: dict[str, Ranker] = {"explanation": by_occlusion(asked.odds, asked.guess)}
    if name == "cascade":
        rankers["every word asked"] = by_occlusion(asked.odds, no_guess)
    if reference is not None:
        rankers["pytorch occlusion"] = by_occlusion(reference, no_guess)
    rows = flagged(triage, split, most)
    points = pointed()
    return {
        "id": triage.model,
        "rows": {family: sum(f == at for _, _, f in rows) for at, family in enumerate(COVERED)},
        "faithfulness": faithfulness(asked, {**rankers, "chance": by_chance}, rows),
        "pointing": pointing(rankers, points),
        "time": timing(name, [text for text, _, _ in rows]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["cascade", "fast", "encoder"])
    parser.add_argument("--most", type=int, default=150, help="flagged messages of each family")
    parser.add_argument("--split", default="t", choices=["t", "d"])
    parser.add_argument("--base", type=Path, default=Path("build/e5"))
    parser.add_argument("--build", type=Path, default=Path("build/encoder"))
    parser.add_argument("--name", default="explanations", help="of the result file")
    args = parser.parse_args()
    reference = pytorch(args.base, args.build)
    result: dict[str, Any] = {
        "split": args.split, "corpora": corpora_hash(f"{args.split}[0-9]*.jsonl"),
        "pytorch": versions("torch") if reference else "not run: build/encoder/weights.safetensors is not here",
        "models": {name: judged(name, reference, args.split, args.most) for name in args.models},
    }  # fmt: skip
    print(write(args.name, result))


if __name__ == "__main__":
    main()
