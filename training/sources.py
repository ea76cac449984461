"""Read the public data sets named in the registry, each file checked against its sha256 first.

In: `CYBERTRIAGE_DATA` (a folder with `sources.tsv`), or `../shared/data` beside the project.
Out: texts, personal data made meaningless, with the label where a set has one and the group a split keeps whole.
Invariant: `use=test` and `use=dev` sets are never handed to a training script (`rows_of` refuses them).
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
import os
import re
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cybertriage.text.redact import blank


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One line of the registry."""

    dataset: str
    language: str
    path: str
    url: str
    sha256: str
    licence: str
    use: str
    notes: str


@dataclass(frozen=True, slots=True)
class Row:
    """One text of a public set; `group` is what a split keeps whole (channel, seed, file).

    `sha256`: of the text before personal data was made meaningless, so that it names the row whatever the masking.
    """

    dataset: str
    text: str = field(repr=False)
    label: str
    group: str
    sha256: str


def data_root() -> Path | None:
    """The folder of the public data, or None where there is none."""
    named = os.environ.get("CYBERTRIAGE_DATA")
    root = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    return root if (root / "sources.tsv").is_file() else None


@functools.cache
def registry() -> tuple[SourceFile, ...]:
    """Every file of the registry, in its order."""
    root = data_root()
    if root is None:
        raise FileNotFoundError("no public data: set CYBERTRIAGE_DATA to the folder that holds sources.tsv")
    with (root / "sources.tsv").open(encoding="utf-8", newline="") as stream:
        names = SourceFile.__dataclass_fields__
        return tuple(SourceFile(**{k: row[k] for k in names}) for row in csv.DictReader(stream, delimiter="\t"))


def verified_bytes(source: SourceFile) -> bytes:
    """The file's bytes; refuses a file whose sha256 is not the registry's."""
    root = data_root()
    assert root is not None
    data = (root / source.path).read_bytes()
    if hashlib.sha256(data).hexdigest() != source.sha256:
        raise ValueError(f"{source.path}: sha256 differs from sources.tsv; fetch the pinned file again")
    return data


def rows_of(dataset: str, *, evaluation: bool = False) -> Iterator[Row]:
    """Rows of one data set; with `evaluation` also of sets that must never be trained on."""
    files = [f for f in registry() if f.dataset == dataset]
    if not files:
        raise KeyError(f"dataset {dataset!r} is not in sources.tsv")
    for source in files:
        if source.use != "train" and not evaluation:
            raise PermissionError(f"{dataset} is use={source.use}: it may be evaluated on, never trained on")
        known = _LABELS.get(dataset)
        for number, (text, label, group) in enumerate(_READERS[dataset](verified_bytes(source), source), 1):
            if known and label not in known:
                raise ValueError(f"{source.path}: row {number}: label {label!r} is none of {', '.join(sorted(known))}")
            if text.strip():
                yield Row(dataset, blank(text), label, group, hashlib.sha256(text.encode("utf-8")).hexdigest())


_Cells = Iterator[tuple[str, str, str]]


def _csv(data: bytes, name: str, columns: Sequence[str], delimiter: str = ",") -> csv.DictReader[str]:
    """Rows of a table that has the columns named; raises `ValueError` naming the file and what it lacks."""
    table = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    if missing := [column for column in columns if column not in (table.fieldnames or ())]:
        raise ValueError(f"{name}: no column {', '.join(missing)}; fetch the pinned file again")
    return table


def _tizh(data: bytes, source: SourceFile) -> _Cells:
    for row in _csv(data, source.path, ("message", "label")):
        # The set masks names and links in removed posts only: the mask itself would give the label away.
        yield (
            re.sub(r"\[(?:USERNAME|LINK|CURRENCY|PHONE|EMAIL)\]", " ", row["message"]),
            row["label"],
            source.path,
        )


def _hate10k(data: bytes, source: SourceFile) -> _Cells:
    for row in _csv(data, source.path, ("message", "label_name")):
        # An English tag at the end of some rows names the class.
        text = re.sub(r"\s+(?:propaganda|radicalization|recruitment|twitter com)\s*$", "", row["message"])
        yield text, row["label_name"], source.path


def _kaznerd(data: bytes, source: SourceFile) -> _Cells:
    blocks = data.decode("utf-8").split("\n\n")
    for number, block in enumerate(blocks):
        tokens = [line.rsplit(" ", 1)[0] for line in block.splitlines() if line.strip()]
        text = re.sub(r"\s+([.,!?:;»)])", r"\1", re.sub(r"([«(])\s+", r"\1", " ".join(tokens)))
        # The sentences come in programme order, so the tail is other news than the head.
        yield text, "benign", f"{source.path}{'#tail' if number >= len(blocks) * 0.8 else ''}"


def _kazsandra(data: bytes, source: SourceFile) -> _Cells:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in sorted(n for n in archive.namelist() if n.endswith(".csv")):
            for row in _csv(archive.read(name), f"{source.path}/{name}", ("text", "domain")):
                yield row["text"], "benign", f"{name}#{row['domain']}"


def _tg_news(data: bytes, source: SourceFile) -> _Cells:
    for post in json.loads(data):
        yield post["text"] or "", "benign", source.path


def _quran(data: bytes, source: SourceFile) -> _Cells:
    for chapter in json.loads(data):
        for verse in chapter["verses"]:
            yield verse["translation"], "benign", f"{source.path}#{chapter['id']}"


_DENNY_COLUMNS = ("original_id", "original_text", "original_danger", "generated_text", "generated_danger")


def _denny(data: bytes, source: SourceFile) -> _Cells:
    seen = set()
    for row in _csv(data, source.path, _DENNY_COLUMNS):
        if row["original_id"] not in seen:
            seen.add(row["original_id"])
            yield row["original_text"], row["original_danger"], row["original_id"]
        yield row["generated_text"], row["generated_danger"], row["original_id"]


def _column(column: str, label: str, delimiter: str = ",") -> object:
    def read(data: bytes, source: SourceFile) -> _Cells:
        # One file of saitov-abusive is cut at semicolons.
        cut = ";" if source.path.endswith("south_park.csv") else delimiter
        for row in _csv(data, source.path, (column, label) if label else (column,), cut):
            yield row[column], row[label] if label else "benign", source.path

    return read


def _threatgram(data: bytes, source: SourceFile) -> _Cells:
    for row in json.loads(data):
        yield row["reply"], str(row["Label"]), row["telegramChannel"]


def _fso(data: bytes, source: SourceFile) -> _Cells:
    seen = set()
    for row in _csv(data, source.path, ("message",)):
        # A third of the rows is a copy of another one.
        if row["message"] not in seen:
            seen.add(row["message"])
            yield row["message"], "spam", source.path


def _toxic_lines(data: bytes, source: SourceFile) -> _Cells:
    for line in data.decode("utf-8").splitlines():
        yield line, "toxic", source.path


_BLANK_LINES = re.compile(r"\n\s*\n")


def _dialogues(data: bytes, source: SourceFile) -> _Cells:
    """Whole dialogues, a turn a line. Read in memory: nothing of the archive is written to disk."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:xz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            for dialogue in _BLANK_LINES.split(file.read().decode("utf-8")) if file else ():
                yield dialogue.strip(), "benign", member.name


def _blocks(data: bytes, source: SourceFile) -> _Cells:
    for block in _BLANK_LINES.split(data.decode("utf-8-sig").replace("\r\n", "\n")):
        yield block.strip(), "benign", source.path


def _lines(data: bytes, source: SourceFile) -> _Cells:
    label = "1" if "spam-samples" in source.path else "0"
    for line in data.decode("utf-8").splitlines():
        yield line, label, source.path


def _qorgau(data: bytes, source: SourceFile) -> _Cells:
    for line in data.decode("utf-8").splitlines():
        call = json.loads(line)
        turns = " \n".join(f"— {segment['text']}" for segment in call["segments"])
        yield turns, "1" if "scam" in call["slices"] else "0", call["language_mode"]


# Labels of the sets whose label is used in training: another one means that the file is not what the map was made for.
_LABELS = {
    "tg-spam-tizh": {"0", "1"},
    "kazakh-hate-speech-10k": {"neutral", "racism", "bullying", "violent", "nazism"},
    "denny-religious": {"0", "1"},
}

_READERS = {
    "tg-spam-tizh": _tizh, "tg-spam-umputun": _lines, "kazakh-hate-speech-10k": _hate10k, "kaznerd-news": _kaznerd,
    "kazsandra-reviews": _kazsandra, "tg-news-nktkln": _tg_news, "quran-ru": _quran, "denny-religious": _denny,
    "saitov-abusive": _column("text", "hate_speech"), "sib200-kk": _column("text", "category", "\t"),
    "threatgram101": _threatgram, "qorgau-scam-calls": _qorgau, "codeswitch-kk-ru": _column("text", "language"),
    "afmhack-seed": _column("text", "label"), "hatecheck": _column("test_case", "label_gold"),
    "smishing-mishra-soni": _column("TEXT", "LABEL"),
    "tg-spam-fso": _fso, "rudetox-10k": _toxic_lines, "koziev-dialogues": _dialogues, "real-sms-ru": _blocks,
    "snlp-inappropriate": _column("text", "inappropriate"), "snlp-sensitive-topics": _column("text", ""),
}  # fmt: skip
