from __future__ import annotations

import json
from math import isnan
from pathlib import Path

import pytest

from cybertriage import InputError
from cybertriage.evaluate.cases import functions, load_cases
from cybertriage.review.agreement import agreement, kappa
from cybertriage.review.handback import regression_cases, retraining_lines
from cybertriage.review.intake import decisions_in, take_in
from cybertriage.review.items import Item, Outcome, allowed_labels
from cybertriage.review.outcome import State, states, waiting_for
from cybertriage.review.report import report_lines
from cybertriage.taxonomy import families
from tests.review.queues import CASE, RABAT, control, decisions, entry, item, radical, reading, store_of

ITEMS = [item(1), radical(2), control(3)]


def state(of: Item, *said: tuple[str, str]) -> State:
    return states([of], [reading(of, who, what) for who, what in said])[0]


def test_a_file_comes_in_once_however_often_it_is_given(tmp_path: Path) -> None:
    store = store_of(tmp_path, ITEMS)
    path = decisions(tmp_path, [
        entry(ITEMS[0], "confirmed", label="phishing_link", note="x", decided_at="2026-01-01T15:00:00+05:00"),
        entry(ITEMS[1], "confirmed", rabat=RABAT), entry(ITEMS[2], "not_confirmed", label="ordinary_talk"),
    ])  # fmt: skip
    first, again = (take_in(store, decisions_in(path, case="K-1")) for _ in range(2))
    assert (first.new, first.known, first.refused) == (3, 0, ())
    assert (again.new, again.known, again.refused) == (0, 3, ())
    assert store.readings()[0].at == "2026-01-01T10:00:00.000+00:00"
    assert store.readings()[1].rabat == RABAT


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"uid": "f" * 32}, "uid is of no message in this queue"),
        ({"uid": ["x"]}, "uid is of no message"),
        ({"decision": "block"}, "decision must be one of confirmed, not_confirmed, unsure, second_reading"),
        ({"decision": ["confirmed"]}, "decision must be one of"),
        ({"label": "news"}, "label does not go with confirmed"),
        ({"label": "attack_instruction"}, "label does not go with confirmed"),
        ({"label": "incitement_violence"}, "missing: context, speaker, intent, content, extent, likelihood"),
        ({"label": "incitement_violence", "rabat": RABAT | {"intent": "yes"}}, "rabat maps any of"),
        ({"rabat": {"mood": "towards"}}, "rabat maps any of"),
        ({"rabat": {"intent": []}}, "rabat maps any of"),
        ({"note": 5}, "note must be a text"),
        ({"note": "а" * 5000}, "at most 4000"),
        ({"decided_at": "yesterday"}, "decided_at must be a time"),
        ({"decided_at": "2026-01-01T10:00:00"}, "with its zone"),
        ({"decided_at": None}, "decided_at must be a time"),
    ],
)
def test_a_bad_entry_is_named_and_the_others_come_in(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    store = store_of(tmp_path, ITEMS)
    bad = entry(ITEMS[0], "confirmed", note="қупия") | changes
    path = decisions(tmp_path, [bad, entry(ITEMS[2], "unsure")])
    taken = take_in(store, decisions_in(path, case="K-1"))
    assert taken.new == 1
    assert taken.refused[0].where == "decisions[0]"
    assert said in taken.refused[0].reason
    assert not any(hidden in taken.refused[0].reason for hidden in ("қупия", "f" * 32, "block", "yesterday"))


def test_radical_content_is_confirmed_with_all_six_factors(tmp_path: Path) -> None:
    store = store_of(tmp_path, ITEMS)
    some = {k: v for k, v in RABAT.items() if k != "extent"}
    path = decisions(tmp_path, [entry(ITEMS[1], "confirmed", rabat=some)])
    assert "missing: extent" in take_in(store, decisions_in(path, case="K-1")).refused[0].reason
    path = decisions(tmp_path, [entry(ITEMS[1], "not_confirmed"), entry(ITEMS[0], "confirmed")])
    assert take_in(store, decisions_in(path, case="K-1")).refused == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"case": "K-2"}, "another case than this queue, 'K-1'"),
        ({"reviewer": ""}, "reviewer must be a code"),
        ({"reviewer": "Айгүл Сейітова"}, "reviewer must be a code"),
        ({"reviewer": None}, "reviewer must be a code"),
        ({"schema": "other"}, "no decisions file"),
        ({"decisions": {}}, "'decisions' must be a list"),
    ],
)
def test_a_file_of_something_else_is_refused_whole(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        decisions_in(decisions(tmp_path, [], **changes), case="K-1")
    assert "Айгүл" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "d.json").write_bytes(content)
    with pytest.raises(InputError, match=r"d\.json: is no JSON"):
        decisions_in(tmp_path / "d.json", case="K-1")
    with pytest.raises(InputError, match="cannot be read"):
        decisions_in(tmp_path / "none.json", case="K-1")


@pytest.mark.parametrize(
    ("of", "said", "settled", "differ"),
    [
        (item(1), [("A", "confirmed")], Outcome.CONFIRMED, False),
        (item(1), [("A", "unsure")], None, False),
        (item(1), [("A", "second_reading"), ("B", "not_confirmed")], Outcome.NOT_CONFIRMED, False),
        (item(1), [("A", "confirmed"), ("B", "not_confirmed")], None, True),
        (item(1), [("A", "confirmed"), ("B", "not_confirmed"), ("C", "confirmed")], Outcome.CONFIRMED, False),
        (radical(1), [("A", "confirmed")], None, False),
        (radical(1), [("A", "confirmed"), ("B", "unsure")], None, False),
        (radical(1), [("A", "confirmed"), ("B", "confirmed")], Outcome.CONFIRMED, False),
        (radical(1), [("A", "confirmed"), ("B", "not_confirmed")], None, True),
        (item(1, double=True), [("A", "not_confirmed")], None, False),
    ],
)
def test_priority_four_takes_two_readers_who_agree(
    of: Item, said: list[tuple[str, str]], settled: Outcome | None, differ: bool
) -> None:
    found = state(of, *said)
    assert found.settled == settled
    assert found.differ == differ


def test_readers_get_what_is_open_and_new_to_them() -> None:
    items = [radical(1), item(2), item(3), item(4)]
    read = states(items, [reading(items[0], "A", "confirmed"), reading(items[1], "A", "confirmed")])
    assert [i.ordinal for i in waiting_for(read, "A")] == [3, 4]
    assert [i.ordinal for i in waiting_for(read, "B")] == [1, 3, 4]
    assert [i.ordinal for i in waiting_for(read, "B", part=(1, 2))] == [1, 3]
    assert [i.ordinal for i in waiting_for(read, "B", part=(2, 2))] == [1, 4]
    with pytest.raises(InputError, match="part is K/N"):
        waiting_for(read, "B", part=(3, 2))


def test_the_label_named_decides_the_family() -> None:
    of = item(1, double=True)
    said = [reading(of, who, "confirmed", label="incitement_violence", rabat=RABAT) for who in ("A", "B")]
    found = states([of], said)[0]
    assert (found.label, found.family) == ("incitement_violence", "radical")


def test_kappa_of_known_tables() -> None:
    # 20 both yes, 5 and 10 apart, 15 both no: 0.4 (Cohen's kappa, the usual textbook table).
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert kappa(first, second) == pytest.approx(0.4)
    assert kappa(["y", "n"], ["y", "n"]) == 1
    assert isnan(kappa(["y"], ["y"]))
    assert isnan(kappa([], []))


def read_queue() -> list[State]:
    """8 flagged, 6 confirmed; 20 control items, one of which is confirmed; two pairs of readers."""
    flagged = [item(n) for n in range(1, 9)]
    drawn = [control(n) for n in range(11, 31)]
    said = [reading(i, "A", "confirmed" if n < 6 else "not_confirmed", label=None) for n, i in enumerate(flagged)]
    said += [reading(i, "A", "confirmed" if n == 0 else "not_confirmed") for n, i in enumerate(drawn)]
    return states([*flagged, *drawn, radical(40), item(41)], said)


def test_overturned_and_missed_with_intervals() -> None:
    report = agreement(CASE, read_queue())
    overall = report.overall
    assert (overall.overturned.value, overall.overturned.n) == (0.25, 8)
    assert overall.overturned.low < 0.25 < overall.overturned.high
    missed = overall.missed
    assert (missed.omission.value, missed.omission.n) == (0.05, 20)
    assert missed.messages.value == pytest.approx(50)  # of 1000 unflagged
    assert missed.messages.low == pytest.approx(missed.omission.low * 1000)
    assert missed.false_negative_rate.value == pytest.approx(50 / (50 + 0.75 * 10))
    assert missed.false_negative_rate.low < missed.false_negative_rate.value < missed.false_negative_rate.high
    assert (report.settled, report.open, report.control_settled) == (28, 2, 20)
    assert [s.name for s in report.by_family] == list(families())
    assert report.by_family[1].missed.omission.value == 0
    assert [s.name for s in report.by_form] == ["kk", "ru"]


def test_agreement_of_readers_pools_their_pairs() -> None:
    items = [item(n, double=n < 20) for n in range(1, 41)]
    said = [reading(i, "A", "confirmed" if n % 2 else "not_confirmed") for n, i in enumerate(items)]
    said += [reading(i, "B", "confirmed" if n % 2 and n != 1 else "not_confirmed") for n, i in enumerate(items)]
    overall = agreement(CASE, states(items, said)).overall
    assert overall.kappa.n == 40
    assert overall.kappa_drawn.n == 19
    assert overall.kappa.value == pytest.approx(0.95)
    assert overall.kappa.low <= overall.kappa.value <= overall.kappa.high


def test_an_empty_queue_has_no_figures() -> None:
    report = agreement(CASE, states([item(1)], []))
    assert isnan(report.overall.overturned.value)
    assert isnan(report.overall.kappa.value)
    lines = list(report_lines(report))
    assert "0 settled, 1 open" in lines[1]
    assert lines[-1].endswith("A human decides.")


def test_disagreement_is_listed() -> None:
    found = states([item(1)], [reading(item(1), "A", "confirmed"), reading(item(1), "B", "not_confirmed")])
    assert agreement(CASE, found).differ == (item(1).uid,)
    assert any("a third has to read" in line for line in report_lines(agreement(CASE, found)))


def settled_queue() -> list[State]:
    items = [item(1, text="Назовите\tкод\nсрочно"), item(2), item(3), radical(4, priority=3)]
    return states(items, [
        reading(items[0], "A", "confirmed", label="code_theft_pretext"),
        reading(items[1], "A", "not_confirmed", label="genuine_code"), reading(items[2], "A", "confirmed"),
        reading(items[3], "A", "not_confirmed", label="news"),
    ])  # fmt: skip


def test_text_is_handed_back_only_where_asked() -> None:
    rows = [json.loads(line) for line in retraining_lines([*settled_queue(), state(item(9), ("A", "unsure"))])]
    assert rows[0] == {
        "uid": item(1).uid, "form": "ru", "family": "fraud", "confirmed": True, "label": "code_theft_pretext",
    }  # fmt: skip
    assert [row["confirmed"] for row in rows] == [True, False, True, False]
    with_text = [json.loads(line) for line in retraining_lines(settled_queue(), with_text=True)]
    assert with_text[0]["text"] == "Назовите\tкод\nсрочно"


def test_regression_cases_are_functional_cases(tmp_path: Path) -> None:
    made = regression_cases(settled_queue())
    (tmp_path / "cases.tsv").write_text("".join(made.lines), encoding="utf-8")
    cases = load_cases(tmp_path / "cases.tsv")
    assert [(c.function.name, c.function.expect) for c in cases] == [
        ("code_request", "flag"), ("code_genuine", "leave"), ("headline", "leave"),
    ]  # fmt: skip
    assert cases[0].text == "Назовите код\nсрочно"
    assert (made.cases, made.unplaced) == (3, 1)


def test_every_label_that_is_placed_goes_to_a_function_of_its_family_and_expectation() -> None:
    known = functions()
    for outcome, expect in ((Outcome.CONFIRMED, "flag"), (Outcome.NOT_CONFIRMED, "leave")):
        for name in allowed_labels(outcome):
            for of in (item(1, double=False), radical(1, priority=3)):
                found = states([of], [reading(of, "A", outcome.value, label=name)])
                for line in regression_cases(found).lines[1:]:
                    function = known[line.split("\t")[1]]
                    assert function.expect == expect
                    if expect == "leave":
                        assert function.family == of.family
