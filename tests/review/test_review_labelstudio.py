from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cybertriage import InputError
from cybertriage.review.intake import take_in
from cybertriage.review.items import Item, Outcome
from cybertriage.review.labelstudio import annotations_in, configuration, tasks
from tests.review.queues import CASE, RABAT, control, item, radical, store_of

ITEMS = [item(1), radical(2), control(3)]


def annotated(of: Item, *, by: object, **choices: object) -> dict[str, object]:
    """A task as Label Studio exports it."""
    result = [
        {"id": "a", "from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [value]}}
        for name, value in choices.items()
        if name != "note"
    ]
    if "note" in choices:
        value = {"text": [choices["note"]]}
        result.append({"id": "b", "from_name": "note", "to_name": "text", "type": "textarea", "value": value})
    annotation = {
        "id": 7, "completed_by": by, "result": result, "was_cancelled": False, "lead_time": 4.2,
        "created_at": "2026-01-01T10:00:00.5Z", "updated_at": "2026-01-01T10:01:00.5Z",
    }  # fmt: skip
    return {**tasks(CASE, [of])[0], "id": 1, "annotations": [annotation]}


def test_label_studio_tasks_fit_their_configuration_and_tell_nothing(tmp_path: Path) -> None:
    made = tasks(CASE, ITEMS)
    region = made[0]["predictions"][0]["result"][0]
    value = region["value"]
    assert made[0]["data"]["text"][value["start"] : value["end"]] == value["text"]
    tree = ElementTree.fromstring(configuration())
    controls = {node.get("name"): node for node in tree.iter() if node.get("toName") == "text"}
    assert region["from_name"] in controls
    assert [n.get("value") for n in controls["decision"]] == [o.value for o in Outcome]
    assert tree.find("Text").get("name") == region["to_name"]  # type: ignore[union-attr]
    assert set(made[0]["data"]) == set(made[2]["data"])
    said = json.dumps(made)
    assert not any(word in said for word in ("control", "priority", "score", "clear", "over_threshold"))


def test_label_studio_annotations_come_in(tmp_path: Path) -> None:
    store = store_of(tmp_path, ITEMS)
    rabat = {f"rabat_{name}": value for name, value in RABAT.items()}
    exported = [
        annotated(ITEMS[0], by=3, decision="confirmed", type="phishing_link", note="ескерту"),
        annotated(ITEMS[1], by={"id": 4, "email": "a@b.example"}, decision="confirmed", **rabat),
        annotated(ITEMS[2], by=3, decision="second_reading"),
        annotated(ITEMS[2], by=None, decision="unsure"),
        annotated(ITEMS[2], by=5),
        {**tasks(CASE, ITEMS)[0], "annotations": [{"was_cancelled": True}, "x"]},
        {"data": None},
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(exported), encoding="utf-8")
    taken = take_in(store, list(annotations_in(path, case="K-1")))
    assert taken.new == 3
    assert [r.where for r in taken.refused] == [
        "tasks[3].annotations[0]", "tasks[4].annotations[0]",
        "tasks[6]: no list of annotations (export format JSON)",
    ]  # fmt: skip
    assert "reviewer must be a code" in taken.refused[0].reason
    assert [r.reviewer for r in store.readings()] == ["ls-3", "ls-4", "ls-3"]
    assert store.readings()[0].note == "ескерту"
    assert take_in(store, list(annotations_in(path, case="K-1"))).new == 0


def test_label_studio_tasks_of_another_case_are_refused(tmp_path: Path) -> None:
    store = store_of(tmp_path, ITEMS)
    path = tmp_path / "export.json"
    foreign = annotated(ITEMS[0], by=1, decision="confirmed")
    foreign["data"] = {**foreign["data"], "case": "K-2"}  # type: ignore[dict-item]
    path.write_text(json.dumps([foreign]), encoding="utf-8")
    with pytest.raises(InputError, match="no task of the case"):
        list(annotations_in(path, case="K-1"))
    path.write_text(json.dumps([foreign, annotated(ITEMS[0], by=1, decision="unsure")]), encoding="utf-8")
    taken = take_in(store, list(annotations_in(path, case="K-1")))
    assert (taken.new, len(taken.refused)) == (1, 1)
    path.write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(InputError, match="wants a list of tasks"):
        list(annotations_in(path, case="K-1"))


def test_two_answers_to_one_question_are_refused(tmp_path: Path) -> None:
    store = store_of(tmp_path, ITEMS)
    two = annotated(ITEMS[0], by=1, decision="confirmed", type="phishing_link")
    regions = two["annotations"][0]["result"]  # type: ignore[index]
    regions[0]["value"]["choices"] = ["confirmed", "not_confirmed"]
    again = annotated(ITEMS[2], by=1, decision="confirmed")
    found = again["annotations"][0]["result"]  # type: ignore[index]
    found.append({**found[0], "value": {"choices": ["not_confirmed"]}})
    path = tmp_path / "export.json"
    path.write_text(json.dumps([two, again]), encoding="utf-8")
    taken = take_in(store, list(annotations_in(path, case="K-1")))
    assert taken.new == 0
    assert [r.where for r in taken.refused] == ["tasks[0].annotations[0]", "tasks[1].annotations[0]"]


def test_answers_kept_elsewhere_are_refused_by_task(tmp_path: Path) -> None:
    store = store_of(tmp_path, ITEMS)
    task = annotated(ITEMS[0], by=1, decision="confirmed")
    task["completions"] = task.pop("annotations")
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    taken = take_in(store, list(annotations_in(path, case="K-1")))
    assert (taken.new, len(taken.refused)) == (0, 1)
    assert "tasks[0]" in taken.refused[0].where
