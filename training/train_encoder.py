"""Fine-tune the encoder on every head at once, seeded and resumable, with progress.

In: the base encoder (training.encoder_base), authored rows (writers w.. but the held-out ones), public rows.
Out: `build/encoder/`: `weights.safetensors`, `training.json`, a checkpoint after every epoch while it runs.
Method: AdamW, linear warm-up and decay, binary cross-entropy where a head is known, and a ranking term for contrast
pairs: the harmful text above its benign twin (RankNet; Burges et al. 2005). Batches hold texts of like length.
A GPU is used when there is one; on a CPU matrix products run in bfloat16 where the processor has it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from tqdm import tqdm

from cybertriage.taxonomy import families
from training.corpus import Authored, load
from training.encoder_net import Network, build
from training.encoder_rows import Epoch, epoch_rows, head_say, heads, shown_this_epoch
from training.encoder_vocabulary import load_tokenizer
from training.prepare import prepared_rows
from training.public import Known
from training.selection import HELD_OUT, training_split

MAX_TOKENS = 128
_WARM_UP, _CLIP, _PAIR_SAY = 0.06, 1.0, 0.3
_PAD = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides a run; recorded beside the weights."""

    layers: int = 12
    epochs: int = 5
    batch: int = 32
    rate: float = 7e-5
    head_rate: float = 2e-3
    seed: int = 20261127
    frozen: int = 0
    public: bool = True
    public_per_epoch: int = 3000


def device() -> torch.device:
    """A GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def clip(ids: list[int], rng: random.Random | None = None) -> list[int]:
    """At most `MAX_TOKENS` ids with both end marks; a random stretch when a generator is given, else the beginning."""
    if len(ids) <= MAX_TOKENS:
        return ids
    inner = MAX_TOKENS - 2
    at = rng.randrange(1, len(ids) - inner) if rng and rng.random() < 0.5 else 1
    return [ids[0], *ids[at : at + inner], ids[-1]]


def padded(ids: Sequence[Sequence[int]], where: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and mask of one batch on a device, shape (rows, longest)."""
    width = max(map(len, ids))
    table = torch.full((len(ids), width), _PAD, dtype=torch.long)
    mask = torch.zeros((len(ids), width), dtype=torch.long)
    for at, row in enumerate(ids):
        table[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    return table.to(where), mask.to(where)


def batches(lengths: Sequence[int], partner: NDArray[np.int64], size: int, rng: random.Random) -> list[list[int]]:
    """Shuffled batches of texts of like length; a benign twin stands beside its harmful row."""
    groups: dict[int, list[int]] = {}
    for at in range(len(lengths)):
        groups.setdefault(int(partner[at]) if partner[at] >= 0 else at, []).append(at)
    order = list(groups.values())
    rng.shuffle(order)
    result = []
    for start in range(0, len(order), size * 40):
        chunk = sorted(order[start : start + size * 40], key=lambda g: max(lengths[i] for i in g))
        flat = [i for group in chunk for i in group]
        result += [flat[i : i + size] for i in range(0, len(flat), size)]
    rng.shuffle(result)
    return result


def loss_of(logits: Tensor, epoch: Epoch, batch: Sequence[int], say: Tensor) -> Tensor:
    """Weighted cross-entropy of the known heads, and the ranking term of the contrast pairs in the batch."""
    where = logits.device
    known = torch.from_numpy(epoch.known[batch] * epoch.weight[batch][:, None]).to(where) * say
    target = torch.from_numpy(epoch.targets[batch]).to(where)
    loss = (nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * known).sum()
    loss = loss / known.sum()
    place = {row: at for at, row in enumerate(batch)}
    pairs = [(place[int(p)], at) for row, at in place.items() if (p := epoch.partner[row]) >= 0 and int(p) in place]
    if pairs:
        harmful, benign = (torch.tensor(side, device=where) for side in zip(*pairs, strict=True))
        columns = [heads().index(f) for f in families()]
        gap = (logits[harmful][:, columns] - logits[benign][:, columns]) * target[harmful][:, columns]
        use = target[harmful][:, columns] * (1 - target[benign][:, columns])
        loss = loss + _PAIR_SAY * (nn.functional.softplus(-gap) * use).sum() / use.sum().clamp(min=1)
    return loss


def predict(network: Network, texts: Sequence[str], tokenizer: Tokenizer, *, batch: int = 64) -> NDArray[np.float32]:
    """Logits of every head for texts already normalised, shape (texts, heads); only the beginning of a long text."""
    network.eval()
    ids = [clip(e.ids) for e in tokenizer.encode_batch(list(texts))]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    result = np.zeros((len(ids), len(heads())), np.float32)
    with torch.inference_mode(), torch.autocast(device().type, torch.bfloat16):
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            result[rows] = network(*padded([ids[i] for i in rows], device())).float().cpu().numpy()
    network.train()
    return result


def data_hash(rows: Sequence[Authored], public: Sequence[Known]) -> str:
    """What a run was trained on, as a hash over ids and texts."""
    digest = hashlib.sha256()
    for name, text in [*((r.id, r.text) for r in rows), *((k.source, k.text) for k in public)]:
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()


class Run:
    """One training run: network, optimiser, schedule, and where it stands."""

    def __init__(self, base: Path, recipe: Recipe, rows: Sequence[Authored], public: Sequence[Known]) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.rows, self.public = recipe, rows, public
        self.tokenizer = load_tokenizer(base)
        self.network = build(base, layers=recipe.layers, heads=len(heads()), frozen=recipe.frozen).to(device())
        own = list(self.network.heads.parameters())
        body = [p for p in self.network.body.parameters() if p.requires_grad]
        groups = [{"params": body, "lr": recipe.rate}, {"params": own, "lr": recipe.head_rate}]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
        shown = len(shown_this_epoch(rows, 0)) + min(recipe.public_per_epoch, len(public))
        total = recipe.epochs * (shown // recipe.batch + 1)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda s: min(1.0, (s + 1) / (_WARM_UP * total)) * max(0.01, 1 - s / total)
        )
        self.say = torch.from_numpy(head_say()).to(device())
        self.data = data_hash(rows, public)
        self.done = 0

    def epoch(self) -> float:
        """Train one epoch; returns its mean loss."""
        rng = random.Random(f"{self.recipe.seed}/{self.done}/order")
        torch.manual_seed(self.recipe.seed * 1000 + self.done)
        shown = epoch_rows(
            self.rows, self.public, seed=self.recipe.seed, epoch=self.done, per_epoch=self.recipe.public_per_epoch
        )
        ids = [clip(e.ids, rng) for e in self.tokenizer.encode_batch(list(shown.texts))]
        order = batches([len(i) for i in ids], shown.partner, self.recipe.batch, rng)
        total = 0.0
        for batch in tqdm(order, desc=f"epoch {self.done + 1}/{self.recipe.epochs}", disable=None):
            total += self._step(ids, batch, shown)
        self.done += 1
        return total / len(order)

    def _step(self, ids: Sequence[Sequence[int]], batch: Sequence[int], shown: Epoch) -> float:
        with torch.autocast(device().type, torch.bfloat16):
            logits = self.network(*padded([ids[i] for i in batch], device()))
        loss = loss_of(logits.float(), shown, batch, self.say)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimiser.step()
        self.schedule.step()
        return float(loss.detach())

    def save(self, folder: Path) -> None:
        """A checkpoint: weights, optimiser moments, where it stands; no pickle."""
        moments = {
            f"{at}.{name}": value
            for at, state in self.optimiser.state_dict()["state"].items()
            for name, value in state.items()
        }
        folder.mkdir(parents=True, exist_ok=True)
        save_file(dict(self.network.state_dict()), folder / "checkpoint.safetensors")
        save_file(moments, folder / "moments.safetensors")
        state = {"done": self.done, "recipe": asdict(self.recipe), "data": self.data}
        (folder / "checkpoint.json").write_text(json.dumps(state), encoding="utf-8")

    def resume(self, folder: Path) -> None:
        """Go on from a checkpoint of the same recipe; without one, from the start."""
        if not (folder / "checkpoint.json").is_file():
            return
        state = json.loads((folder / "checkpoint.json").read_text(encoding="utf-8"))
        if state["recipe"] != asdict(self.recipe) or state["data"] != self.data:
            raise SystemExit(
                f"{folder} holds a checkpoint of another recipe or other rows; name another --build folder"
            )
        self.done = int(state["done"])
        self.network.load_state_dict(load_file(folder / "checkpoint.safetensors"))
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in load_file(folder / "moments.safetensors").items():
            at, _, name = key.partition(".")
            moments.setdefault(int(at), {})[name] = value
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": moments})
        steps = int(moments[0]["step"])
        for _ in range(steps):
            self.schedule.step()


def train(base: Path, recipe: Recipe, folder: Path) -> Run:
    """Train to the end of the recipe, saving after each epoch."""
    rows, _ = training_split(load("w"))
    run = Run(base, recipe, rows, prepared_rows() if recipe.public else [])
    run.resume(folder)
    started = time.monotonic()
    while run.done < recipe.epochs:
        loss = run.epoch()
        run.save(folder)
        print(f"epoch {run.done}: loss {loss:.4f}, {time.monotonic() - started:.0f} s", flush=True)
    save_file(dict(run.network.state_dict()), folder / "weights.safetensors")
    facts = {
        "recipe": asdict(recipe), "authored": len(rows), "held_out": HELD_OUT, "heads": heads(), "data": run.data,
        "device": str(device()), "seconds": round(time.monotonic() - started),
    }  # fmt: skip
    (folder / "training.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return run


def main() -> None:
    usual = Recipe()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=Path("build/e5"), help="folder made by training.encoder_base")
    parser.add_argument("--build", type=Path, default=Path("build/encoder"))
    parser.add_argument("--layers", type=int, default=usual.layers)
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--frozen", type=int, default=usual.frozen, help="first layers that stay as they are")
    parser.add_argument("--public-per-epoch", type=int, default=usual.public_per_epoch)
    parser.add_argument("--no-public", action="store_true", help="authored rows only")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    recipe = Recipe(
        layers=args.layers, epochs=args.epochs, rate=args.rate, seed=args.seed, frozen=args.frozen,
        public=not args.no_public, public_per_epoch=args.public_per_epoch,
    )  # fmt: skip
    train(args.base, recipe, args.build)


if __name__ == "__main__":
    main()
