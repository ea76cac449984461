"""The label guide, made from the taxonomy: names and definitions in Kazakh, Russian and English.

In: `src/cybertriage/data/taxonomy.json`. Out: `docs/labels.md`; `python -m docs.make_label_guide` writes it, and a test
fails where the committed page is another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cybertriage
from cybertriage.taxonomy import LANGUAGES, Kind, Label, labels, notice

PAGE = Path(__file__).with_name("labels.md")
SOURCE = Path(cybertriage.__file__).with_name("data") / "taxonomy.json"
_HEAD = """# Label guide

<!-- Made by docs/make_label_guide.py from src/cybertriage/data/taxonomy.json: change the taxonomy, not this page. -->

A label says what a **message** resembles. It says nothing about who wrote it, and it is no finding. Public ids stand in
`code`; the short codes are stable keys. In Python: `cybertriage.taxonomy.labels()`. Taxonomy version {version}.
{review}

{notices}

## Families

A message gets a calibrated probability for each family, and one for each label of it.

"""
_FRAUD = """
## Fraud

Told apart by what the reader is asked to do, not by the topic.

"""
_RADICAL = """
## Radicalising content

All must hold: the author's own voice, a violent act or a denial of humanity, a target or a group, and no protective
frame. A mention is not a use: a name, a quotation, a prayer or a harsh opinion is not enough. What a text cannot show
(speaker, intent, audience, likelihood) is for the reviewer.

"""
_FRAMES = """
## Protective frames

How a message speaks of something, predicted beside the labels. A frame can turn a radical flag into an abstention; it
never raises anything. `no_frame` and `fraud_mentions_terror` are never named in a verdict's `frames`: a fraud script
that mentions terrorism is fraud, never radical content.

"""
_LOOK_ALIKES = """
## Genuine look-alikes of fraud

What must be left alone. These are no outputs: they name the rows on which false alarms are counted.

"""


def guide() -> str:
    """The page."""
    document = json.loads(SOURCE.read_text(encoding="utf-8"))
    notices = "\n".join(f"- {language}: {notice(language)}" for language in LANGUAGES)
    fraud = (x for x in labels() if x.kind is Kind.LEAF and x.family == "fraud")
    radical = (x for x in labels() if x.kind is Kind.LEAF and x.family == "radical")
    return "".join(
        (
            _HEAD.format(version=document["version"], review=document["review"], notices=notices),
            "\n".join(_entry(x) for x in labels() if x.kind is Kind.FAMILY),
            _FRAUD, "\n".join(map(_entry, fraud)),
            _RADICAL, "\n".join(map(_entry, radical)),
            _FRAMES, _names([x for x in labels() if x.kind is Kind.FRAME]),
            _LOOK_ALIKES, _names([x for x in labels() if x.kind is Kind.LOOK_ALIKE]),
        )
    )  # fmt: skip


def _entry(x: Label) -> str:
    return "\n".join(_lines(x)) + "\n"


def _lines(x: Label) -> Iterator[str]:
    yield f"### `{x.id}` ({x.code}) {{ #{x.id} }}\n"
    yield "| | name | definition |"
    yield "| --- | --- | --- |"
    for language in LANGUAGES:
        yield f"| {language} | {_cell(x.name[language])} | {_cell(x.explanation[language])} |"
    if x.kind is Kind.LEAF:
        yield ""
        yield from _rules(x)


def _rules(x: Label) -> Iterator[str]:
    """What a leaf wants and excludes, its place in the queue, its neighbours elsewhere."""
    low, high = x.severity
    if x.includes:
        yield f"- {'Wants' if x.family == 'radical' else 'For instance'}: {'; '.join(x.includes)}."
    if x.excludes:
        yield f"- Never for: {'; '.join(x.excludes)}."
    yield f"- Priority in the queue: {low if low == high else f'{low} to {high}'} of 4."
    if x.route_only:
        yield "- No output: the model has no such class, no data holds such text, and a specialist reads it."
    if x.maps:
        yield f"- Elsewhere: {', '.join(f'`{name}` {value}' for name, value in x.maps.items())}."


def _names(found: Sequence[Label]) -> str:
    rows = [f"| `{x.id}` | {x.code} | {' | '.join(_cell(x.name[one]) for one in LANGUAGES)} |" for x in found]
    return "\n".join(["| id | code | kk | ru | en |", "| --- | --- | --- | --- | --- |", *rows]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(guide(), encoding="utf-8")
