"""Every peer by its key; a module is only imported when its peer is asked for, so that none pays for another."""

from __future__ import annotations

import importlib
from typing import cast

from benchmarks.peers.contract import Peer

# Ours first, then from the simplest to the heaviest.
PEERS = {
    "cybertriage_fast": "ours:Fast", "cybertriage_cascade": "ours:Cascade", "cybertriage_encoder": "ours:Encoder",
    "keywords": "keywords:Keywords", "tg_spam": "spam:TgSpam", "char_ngram_lr": "linear:CharNgrams",
    "fasttext": "fasttext_peer:FastText", "static_lr": "static:StaticEmbeddings",
    "frozen_lr": "torch_peers:FrozenEncoder", "pytorch_fp32": "torch_peers:TunedPytorch",
    "xlmr_base": "torch_peers:XlmrBase",
}  # fmt: skip
# What these say is not measured: our encoder's answers stand in `quality-encoder.json`, random weights say nothing.
COSTS_ONLY = frozenset(("cybertriage_encoder", "pytorch_fp32", "xlmr_base"))
# What learns nothing from the rows.
UNTAUGHT = COSTS_ONLY | {"cybertriage_fast", "cybertriage_cascade", "keywords"}


def peer_named(key: str) -> type[Peer]:
    """The peer of a key."""
    module, _, name = PEERS[key].partition(":")
    return cast("type[Peer]", getattr(importlib.import_module(f"benchmarks.peers.{module}"), name))
