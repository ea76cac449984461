"""The network that is fine-tuned: some layers of the base encoder, pooling, one linear head for every output.

In: token ids and mask, shape (rows, tokens). Out: logits, shape (rows, outputs + auxiliary outputs).
Auxiliary outputs (what the message asks for, how severe it is) shape the representation in training; none is shipped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

# Which of the twelve layers a shallower student keeps: evenly spread, first and last always.
KEPT_LAYERS = {12: tuple(range(12)), 6: (0, 2, 4, 6, 8, 11), 4: (0, 4, 8, 11)}


class Network(nn.Module):
    """Encoder; mean and maximum over real tokens, side by side; linear heads."""

    def __init__(self, body: BertModel, heads: int) -> None:
        super().__init__()
        self.body = body
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.Linear(2 * body.config.hidden_size, heads)
        nn.init.constant_(self.heads.bias, -3.0)  # most heads are false for most rows

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Logits in float32, shape (rows, heads)."""
        states = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
        real = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * real).sum(1) / real.sum(1)
        most = states.masked_fill(real == 0, -1e4).amax(1)
        pooled = torch.cat([mean, most], dim=1)
        return self.heads(self.dropout(pooled).float())


def build(base: Path, *, layers: int, heads: int, frozen: int = 0) -> Network:
    """The base encoder of a folder cut to `layers` layers, with fresh heads; its embeddings and first `frozen` stay."""
    config = BertConfig(**json.loads((base / "config.json").read_text(encoding="utf-8")))
    config.num_hidden_layers = layers
    config.attention_probs_dropout_prob = 0.0
    config.hidden_dropout_prob = 0.0
    # The fused CPU kernel is slow backwards: a third of the time at these lengths.
    config._attn_implementation = "eager"
    body = BertModel(config, add_pooling_layer=False)
    body.load_state_dict(_kept(load_file(base / "model.safetensors"), KEPT_LAYERS[layers]))
    for part in (body.embeddings, *body.encoder.layer[:frozen]):
        part.requires_grad_(requires_grad=False)
    return Network(body, heads)


def _kept(state: dict[str, Tensor], layers: Sequence[int]) -> dict[str, Tensor]:
    """The state of a model that has only the named layers, renumbered."""
    result = {}
    for name, value in state.items():
        parts = name.split(".")
        if parts[:2] == ["encoder", "layer"]:
            if int(parts[2]) not in layers:
                continue
            parts[2] = str(layers.index(int(parts[2])))
        result[".".join(parts)] = value
    return result
