"""Label Studio JSON, out and in, for a desk that already works in it.

In: items; or a JSON export of a project. Out: tasks with the evidence as predictions and the labelling configuration
that fits them; or entries for `intake.take_in`.
Method: Label Studio's "Basic JSON" (labelstud.io/guide/task_format, guide/predictions): `data`, `predictions` and
`annotations` with `result` regions of `from_name`, `to_name`, `type`, `value`; span ends are exclusive, offsets are
in code points.
Invariants: nothing that tells a control item from a flagged one leaves; no decision is filled in beforehand; an
annotator becomes the code `ls-<id>`, their name and address are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from cybertriage.errors import InputError
from cybertriage.review.intake import Entry, read_json
from cybertriage.review.items import Case, Factor, Item, Outcome, Points, allowed_labels, checked_reviewer
from cybertriage.taxonomy import notice

_SIDES = {True: "for", False: "against"}


def tasks(case: Case, items: Sequence[Item]) -> list[dict[str, Any]]:
    """One task an item, in the order of the queue."""
    return [
        {
            "data": {
                "text": item.text, "uid": item.uid, "case": case.id, "place": item.place, "form": item.form,
                "family": item.family, "closest": ", ".join(item.closest), "notice": notice("en"),
            },
            "predictions": [{"model_version": case.model, "result": list(_regions(item))}],
        }
        for item in items
    ]  # fmt: skip


def configuration() -> str:
    """The labelling configuration (XML) of a project for these tasks."""
    types = [x for outcome in (Outcome.CONFIRMED, Outcome.NOT_CONFIRMED) for x in allowed_labels(outcome)]
    lines = [
        "<View>",
        '  <Header value="$notice"/>',
        '  <Header value="$family: $closest"/>',
        '  <Labels name="evidence" toName="text">',
        '    <Label value="for" background="#f0a060"/>',
        '    <Label value="against" background="#70b0e0"/>',
        "  </Labels>",
        '  <Text name="text" value="$text"/>',
        *_choices("decision", Outcome, required=True),
        *_choices("type", types),
        *(line for factor in Factor for line in _choices(f"rabat_{factor}", Points)),
        '  <TextArea name="note" toName="text" maxSubmissions="1"/>',
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def annotations_in(path: Path, *, case: str) -> Iterator[Entry]:
    """The entries of a JSON export; skipped tasks are left out.

    Raises `InputError` for a file that is no list of tasks, or has none of this case.
    """
    exported = read_json(path)
    if not isinstance(exported, list) or not all(isinstance(task, dict) for task in exported):
        raise InputError(f"{path.name}: no Label Studio export; it wants a list of tasks (export format JSON)")
    if not any(_data(task).get("case") == case for task in exported):
        raise InputError(f"{path.name}: has no task of the case of this queue, {case!r}")
    for at, task in enumerate(exported):
        yield from _task_entries(task, f"tasks[{at}]", case)


def _task_entries(task: Mapping[str, Any], where: str, case: str) -> Iterator[Entry]:
    data, annotations = _data(task), task.get("annotations")
    if not isinstance(annotations, list):
        # JSON_MIN and the exports of old versions keep answers elsewhere: refused, so that no decision is lost unsaid.
        yield Entry(f"{where}: no list of annotations (export format JSON)", "", {"uid": data.get("uid")})
        return
    for at, annotation in enumerate(annotations):
        place = f"{where}.annotations[{at}]"
        if not isinstance(annotation, dict) or annotation.get("was_cancelled"):
            continue
        # A task of another case cannot be of a message here, whatever its uid says.
        uid = data.get("uid") if data.get("case") == case else None
        yield Entry(place, _annotator(annotation.get("completed_by")), {"uid": uid, **_stated(annotation)})


def _stated(annotation: Mapping[str, Any]) -> dict[str, Any]:
    """An annotation as the fields of a decision."""
    chosen: dict[str, Any] = {}
    for region in annotation.get("result") or []:
        value = region.get("value") if isinstance(region, dict) else None
        if isinstance(value, dict):
            given = value.get("choices") or value.get("text")
            answers = given if isinstance(given, list) else [given]
            name = str(region.get("from_name"))
            before = [chosen[name]] if name in chosen else []
            # Two answers to one question are none: joined they are no decision, and the entry is refused.
            chosen[name] = " and ".join(dict.fromkeys(map(str, (*before, *answers)))) if before or given else given
    rabat = {factor.value: chosen[f"rabat_{factor}"] for factor in Factor if f"rabat_{factor}" in chosen}
    return {
        "decision": chosen.get("decision"), "label": chosen.get("type"), "rabat": rabat or None,
        "note": chosen.get("note"), "decided_at": annotation.get("updated_at") or annotation.get("created_at"),
    }  # fmt: skip


def _annotator(value: object) -> str:
    """The reviewer code of an annotator, who is a number, or an object with one."""
    number = value.get("id") if isinstance(value, dict) else value
    try:
        if isinstance(number, bool) or not isinstance(number, int | str):
            raise InputError("no number")
        return checked_reviewer(f"ls-{int(number)}")
    except (InputError, ValueError):
        return ""


def _data(task: Mapping[str, Any]) -> Mapping[str, Any]:
    data = task.get("data")
    return data if isinstance(data, dict) else {}


def _regions(item: Item) -> Iterator[dict[str, Any]]:
    for number, mark in enumerate(item.marks):
        yield {
            "id": f"e{number}", "from_name": "evidence", "to_name": "text", "type": "labels",
            "value": {
                "start": mark.start, "end": mark.end, "text": item.text[mark.start : mark.end],
                "labels": [_SIDES[mark.weight > 0]],
            },
        }  # fmt: skip


def _choices(name: str, values: Iterable[str], *, required: bool = False) -> Iterator[str]:
    wanted = ' required="true"' if required else ""
    yield f'  <Header value={quoteattr(name)} size="5"/>'
    yield f'  <Choices name={quoteattr(name)} toName="text" choice="single" showInline="true"{wanted}>'
    for value in values:
        yield f"    <Choice value={quoteattr(str(value))}/>"
    yield "  </Choices>"
