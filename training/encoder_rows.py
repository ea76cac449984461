"""What the encoder is shown in each epoch: texts, targets, masks, weights, contrast partners.

In: authored rows, public rows, a seed and an epoch number. Out: one `Epoch`, the same for the same seed and number.
Each epoch respells about half of the authored rows anew (training.augment), names another group in half of those that
name one, and sets some between unrelated harmless messages, so that a harmful sentence is learnt inside a longer text.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cybertriage.taxonomy import families, outputs
from cybertriage.text.reading import as_read
from training.augment import SPELLINGS, beside, harmless, identity
from training.corpus import Authored
from training.public import Known
from training.train_fast import authored_truth, without_unknown_frames

ASKS = tuple(f"ask_A{i:02d}" for i in range(1, 12))
SEVERITIES = ("severity_2", "severity_3")  # ordinal: at least 2, at least 3
FAMILY_SAY, AUXILIARY_SAY = 6.0, 0.3
RESPELT, SWAPPED, PADDED = 0.5, 0.5, 0.2
_SHARES = {"latin": 3, "plain": 2}  # of the spellings; whole scripts are rarer in the corpora than in life
PUBLIC_SAY = 0.5


@dataclass(frozen=True, slots=True)
class Epoch:
    """Rows of one epoch. `targets`, `known`: shape (rows, heads). `partner`: the harmful row a row contrasts."""

    texts: tuple[str, ...] = field(repr=False)
    targets: NDArray[np.float32]
    known: NDArray[np.float32]
    weight: NDArray[np.float32]
    partner: NDArray[np.int64]


def heads() -> tuple[str, ...]:
    """Every head of the network: the shipped outputs, then the auxiliary ones."""
    return (*outputs(), *ASKS, *SEVERITIES)


def head_say() -> NDArray[np.float32]:
    """How much each head counts in the loss."""
    return np.array(
        [FAMILY_SAY if h in families() else AUXILIARY_SAY if h in (*ASKS, *SEVERITIES) else 1.0 for h in heads()],
        np.float32,
    )


def full_truth(row: Authored) -> dict[str, bool]:
    """Shipped outputs and auxiliary ones of a hand-written row; the latter are unknown where nobody was asked."""
    if row.ask is None:
        return authored_truth(row)
    extra = {f"ask_{row.ask}"} | {f"severity_{n}" for n in (2, 3) if row.severity >= n}
    return authored_truth(row) | {name: name in extra for name in (*ASKS, *SEVERITIES)}


# Rows written without a plan are shown three times an epoch, those of the plan every other epoch: a few hundred from
# outside the plan are worth more than thousands inside it.
UNPLANNED_TIMES, PLANNED_EVERY = 3, 2


def shown_this_epoch(rows: Sequence[Authored], epoch: int) -> list[Authored]:
    """The rows of one epoch; a contrast pair of the plan comes or stays away together."""
    batches = sorted({row.batch for row in rows if not row.unplanned})
    now = {batch for at, batch in enumerate(batches) if at % PLANNED_EVERY == epoch % PLANNED_EVERY}
    planned = [row for row in rows if row.batch in now]
    unplanned = [row for row in rows if row.unplanned]
    again = [
        replace(row, id=f"{row.id}/{time}", contrast_of=row.contrast_of and f"{row.contrast_of}/{time}")
        for time in range(1, UNPLANNED_TIMES)
        for row in unplanned
    ]
    return [*planned, *unplanned, *again]


def epoch_rows(
    authored: Sequence[Authored], public: Sequence[Known], *, seed: int, epoch: int, per_epoch: int
) -> Epoch:
    """Authored rows, respelt or padded at random, and a sample of the public rows."""
    rng = random.Random(f"{seed}/{epoch}")
    authored = shown_this_epoch(authored, epoch)
    place = {row.id: at for at, row in enumerate(authored)}
    others = harmless(authored)
    texts, truths = [], []
    for row in authored:
        text, truth = _shown(row, others, rng)
        texts.append(text)
        truths.append(truth)
    taken = rng.sample(list(public), min(per_epoch, len(public)))
    texts += [k.text for k in taken]
    truths += [dict(k.truth) for k in taken]
    weight = [1.0] * len(authored) + [PUBLIC_SAY * k.weight for k in taken]
    partner = [place.get(row.contrast_of or "", -1) for row in authored] + [-1] * len(taken)
    targets, known = _columns(truths)
    # As in use: a text in Latin letters is read in Cyrillic.
    return Epoch(tuple(as_read(texts)), targets, known, np.array(weight, np.float32), np.array(partner))


def _shown(row: Authored, others: Sequence[str], rng: random.Random) -> tuple[str, dict[str, bool]]:
    """The row as this epoch shows it, and what is known of it then."""
    text, truth = row.text, full_truth(row)
    if rng.random() < SWAPPED:
        text = identity(text, row.form, rng) or text
    if rng.random() < RESPELT:
        name = rng.choices(sorted(SPELLINGS), [_SHARES.get(name, 1) for name in sorted(SPELLINGS)])[0]
        text = SPELLINGS[name](text, row.form, rng) or text
    if rng.random() < PADDED and (longer := beside(text, others, rng)):
        return longer, without_unknown_frames(truth)
    return text, truth


def _columns(truths: Sequence[Mapping[str, bool]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    targets = np.array([[truth.get(h, False) for h in heads()] for truth in truths], np.float32)
    known = np.array([[h in truth for h in heads()] for truth in truths], np.float32)
    return targets, known
