"""Public rows for training and for the flag-rate checks: how many of each, what they are known to be, what is held out.

A label of a public set rarely is a label of ours, so each row says only what is certain: `True`, `False`, or
unknown (left out) for each output. Splits keep groups whole: Telegram channels, the news file's tail, files of reviews.
"""

from __future__ import annotations

import random
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field

from cybertriage.taxonomy import Kind, families, of_kind
from training.authoring.relabel import RELABELS
from training.sources import Row, rows_of

HELD_OUT_CHANNELS = ("1001003921752", "1001117628569", "1001326203371", "1001699803165")
MAX_CHARS = 1200


@dataclass(frozen=True, slots=True)
class Known:
    """A public text and what is known about it; `weight` is its say in training.

    `certainty`, 0 to 1 by output, where a model and no person said so (training.teach); 1 for an output not named.
    """

    source: str
    text: str = field(repr=False)
    truth: Mapping[str, bool]
    weight: float
    certainty: Mapping[str, float] = field(default_factory=dict)


_BENIGN = dict.fromkeys(families(), False)
# Sets whose own label speaks of the first two families alone.
_NEITHER = {"fraud": False, "radical": False}
_NEWS = _BENIGN | {"news": True}
# Rows taken for training, at most, and the weight of each. Left out although the registry allows them: `quran-ru` (its
# translation's owner allows no redistribution) and `saitov-abusive` (no licence found at the pinned commit).
_TAKEN = {
    "tg-news-nktkln": (4500, 0.5),
    "kaznerd-news": (4500, 0.5),
    "kazsandra-reviews": (4000, 0.5),
    "sib200-kk": (600, 0.5),
    "denny-religious": (500, 0.5),
    "tg-spam-tizh": (5000, 0.5),
    "kazakh-hate-speech-10k": (3000, 0.4),
    "koziev-dialogues": (3000, 0.4),
}


# A row that two readers agreed on weighs more than one known by its source alone.
_RELABELLED_WEIGHT = 2.0


def sampled_rows(seed: int, *, relabelled: bool = True) -> list[Known]:
    """A seeded sample of each source, as `training.prepare` takes it before near twins are removed.

    With `relabelled` every row that two blind readers agreed on carries their label and a greater weight.
    """
    rng = random.Random(seed)
    chosen: list[Known] = []
    for source, (most, weight) in _TAKEN.items():
        every = list(rows_of(source))
        away = {row.text for row in every if held_out(row)}  # a post may stand in two channels
        rows = [row for row in every if row.text not in away]
        labels = relabels(source) if relabelled else {}
        read = [(row, labels.get(row.sha256)) for row in rows]
        chosen += [
            Known(source, row.text[:MAX_CHARS], relabelled_truth(label), _RELABELLED_WEIGHT)
            for row, label in read
            if label
        ]
        plain = [row for row, label in read if label is None]
        chosen += [
            Known(source, r.text[:MAX_CHARS], truth(r), weight) for r in rng.sample(plain, min(most, len(plain)))
        ]
    return chosen


def spare_rows(seed: int, used: Container[str], *, most: int) -> list[tuple[str, str]]:
    """(source, text) of training rows that `used` has not, a seeded sample of each source: what a model may label."""
    rng = random.Random(f"{seed}/spare")
    chosen = []
    for source in _TAKEN:
        every = list(rows_of(source))
        away = {row.text for row in every if held_out(row)}
        texts = sorted({row.text[:MAX_CHARS] for row in every if row.text not in away} - away)
        spare = [text for text in texts if text not in used]
        chosen += [(source, text) for text in rng.sample(spare, min(most, len(spare)))]
    return chosen


def relabels(source: str) -> dict[str, str]:
    """Label by row hash of the rows two blind readers agreed on; empty for a set that was not read."""
    path = RELABELS / f"{source}.tsv"
    if not path.is_file():
        return {}
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    return {row: code for row, code, *_ in rows if code and code != "AR"}


def relabelled_truth(code: str) -> dict[str, bool]:
    """The readers were asked about fraud and radical content: both and their leaves are known for a relabelled row.

    `AD`, `OT`, `IN`, `BE` are none of them.
    """
    leaves = {leaf.code: leaf for leaf in of_kind(Kind.LEAF) if leaf.family in _NEITHER}
    said = {leaves[code].family, leaves[code].id} if code in leaves else set()
    return {name: name in said for name in (*_NEITHER, *(leaf.id for leaf in leaves.values()))}


def open_texts(source: str) -> Iterator[str]:
    """Texts of a source that may be trained on: without the rows kept for the flag-rate checks, or their copies."""
    every = list(rows_of(source))
    away = {row.text for row in every if held_out(row)}
    return (row.text for row in every if row.text not in away)


def held_out(row: Row) -> bool:
    """Whether a row is kept for the flag-rate checks."""
    if row.dataset == "tg-news-nktkln":
        return any(channel in row.group for channel in HELD_OUT_CHANNELS)
    if row.dataset == "kaznerd-news":
        return row.group.endswith("#tail")
    if row.dataset == "rudetox-10k":
        return row.sha256[0] in "0123"  # a quarter, for the language form of short texts
    return row.dataset == "kazsandra-reviews" and row.group.startswith("05_")


def truth(row: Row) -> dict[str, bool]:
    """What a source's own label makes certain about a row."""
    if row.dataset in ("tg-news-nktkln", "kaznerd-news"):
        return _NEWS
    if row.dataset == "tg-spam-tizh":
        # Removed by a moderator is not fraud; some of it is, nobody has said which.
        return _NEITHER if row.label == "0" else {"radical": False}
    if row.dataset == "kazakh-hate-speech-10k":
        # Its classes are topics; only the neutral one says something we can use for radical content.
        return _NEITHER if row.label == "neutral" else {"fraud": False}
    if row.dataset == "koziev-dialogues":
        # Some jokes are rude about groups of people.
        return {name: False for name in families() if name != "radical"}
    return _BENIGN


def unseen_rows() -> Iterator[tuple[str, str]]:
    """(source, text) of ordinary public speech that no training row comes from; nearly all of it is benign."""
    for source in ("tg-news-nktkln", "kaznerd-news", "kazsandra-reviews"):
        yield from ((source, row.text) for row in rows_of(source) if held_out(row))
    for source in ("codeswitch-kk-ru", "snlp-sensitive-topics"):
        yield from ((source, row.text) for row in rows_of(source, evaluation=True))
