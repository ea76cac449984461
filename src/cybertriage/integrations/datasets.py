"""Triage in Hugging Face `datasets`: a function for `Dataset.map`, and our own corpora from a checkout.

In: batches of columns, or a checkout's folder. Out: new columns, or a `Dataset`.
There is no loading script: `datasets` 4 took those away, so the corpora are read by its own JSON loader.
Invariant: a scored data set's cache depends on the bundle's digest, so another build never gives old scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cybertriage import DEFAULT_MODEL
from cybertriage.errors import InputError
from cybertriage.extras import need
from cybertriage.integrations import columns, loaded, texts_of
from cybertriage.triage import Triage

SPLITS = ("w", "d", "t")
_LISTS = ("families", "leaves")
_TEXTS = ("id", "text", "form", "cell", "frame", "ask", "channel", "batch", "contrast_of", "group")


def score_batch(
    batch: Mapping[str, Sequence[Any]], *, text_column: str = "text", triage: Triage, prefix: str = ""
) -> dict[str, list[Any]]:
    """The new columns of a batch.

    Parameters
    ----------
    batch
        Columns by name, as `Dataset.map(..., batched=True)` gives them.
    text_column
        The column that holds the texts.
    triage
        A loaded `Triage`.
    prefix
        Goes before the new names.

    Returns
    -------
    dict
        `COLUMNS`, with `prefix` before each name.

    Raises
    ------
    InputError
        Naming the column that is missing or already taken, or the row that holds no text.

    Examples
    --------
    >>> from cybertriage import Triage
    >>> score_batch({"text": ["Апа, кешке нан ала кел"]}, triage=Triage.load("fast"))["decision"]
    ['clear']
    """
    texts = texts_of(list(batch[text_column]) if text_column in batch else None, text_column, list(batch), prefix)
    return {prefix + name: values for name, values in columns(triage.run(texts)).items()}


@dataclass(frozen=True, slots=True)
class BatchScorer:
    """`score_batch` with a model by name, for `dataset.map(BatchScorer("fast"), batched=True)`; `num_proc` works too.

    `bundle` is filled in: name, version and digest, which the fingerprint of the result then depends on.
    """

    model: str = DEFAULT_MODEL
    text_column: str = field(default="text", kw_only=True)
    prefix: str = field(default="", kw_only=True)
    policy: str | None = field(default=None, kw_only=True)
    bundle: str = field(default="", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bundle", loaded(self.model, self.policy).model)

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        triage = loaded(self.model, self.policy)
        return score_batch(batch, text_column=self.text_column, triage=triage, prefix=self.prefix)


def load_corpora(split: str, *, checkout: str | Path = ".", test: bool = False) -> Any:  # noqa: ANN401  (`datasets.Dataset`)
    """Our authored messages of one split, "w" (training), "d" (calibration) or "t" (unseen test), as a `Dataset`.

    `checkout`: the project's folder; the wheel does not carry the corpora. `t` only with `test=True`: nothing may be
    trained or tuned on it. Raises `InputError` where the files are not there.
    """
    if split not in SPLITS:
        raise InputError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    if split == "t" and not test:
        raise InputError("split 't' is the unseen test: never train or tune on it; to report on it pass test=True")
    folder = Path(checkout) / "training" / "corpora"
    paths = sorted(folder.glob(f"{split}[0-9]*.jsonl"))
    if not paths:
        raise InputError(f"{folder} holds no {split}*.jsonl; pass checkout= the folder of a cybertriage checkout")
    datasets = need("datasets", "datasets")
    text = datasets.Value("string")
    features = dict.fromkeys(_TEXTS, text) | {name: datasets.List(text) for name in _LISTS}
    features["severity"] = datasets.Value("int64")
    return datasets.load_dataset(
        "json", data_files=[str(path) for path in paths], split="train", features=datasets.Features(features)
    )
