from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import InputError, Triage
from cybertriage.readers.source import Message, Skips, Source
from cybertriage.records.record import Uids, record
from cybertriage.records.saved import Saved, saved_records
from cybertriage.records.writers import Writer
from cybertriage.review.build import Built, build_queue
from cybertriage.review.items import Outcome
from cybertriage.review.selection import Draw, select
from cybertriage.review.shown import shown
from cybertriage.review.store import Store
from tests.review.queues import CASE, control, item, reading, records, store_of

TEXTS = [
    "Апа, кешке нан ала кел", "Это служба безопасности банка, назовите код из SMS по номеру +7 700 000 12 34",
    "Завтра встреча в десять, не забудь", "Банктен хабарласып тұрмыз, SMS-кодты айтыңыз, шотыңыз бұғатталады",
    "Собрание жильцов перенесли на пятницу", "Кітапты қайтарып берші", "Вечером едем к бабушке", "Сабақ ертең сегізде",
]  # fmt: skip


def source_of(path: Path, texts: list[str]) -> Source:
    path.write_text("\n".join(texts), encoding="utf-8")

    def read(skips: Skips) -> Iterator[Message]:
        yield from (Message(row, f"m{row}", text, None, f"line {row}") for row, text in enumerate(texts, 1))

    return Source(path, "txt", "utf-8", None, None, read)


def scored(folder: Path, triage: Triage, texts: list[str], ending: str = "jsonl") -> tuple[Path, Source]:
    source = source_of(folder / "in.txt", texts)
    digest = hashlib.sha256(source.path.read_bytes()).hexdigest()
    uid, output = Uids(digest), folder / f"scored.{ending}"
    with Writer(output, ending) as writer:
        writer.write([
            record(m.row, m.id, v, uid=uid(m), position=m.position)
            for m, v in zip(source.rows(), triage.run(texts), strict=True)
        ])  # fmt: skip
    return output, source


def built(folder: Path, triage: Triage, **options: object) -> Built:
    output, source = scored(folder, triage, TEXTS)
    return build_queue(output, source, triage, case="K-1", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "tsv", "parquet"])
def test_records_of_every_format_read_alike(tmp_path: Path, triage: Triage, ending: str) -> None:
    output, _ = scored(tmp_path, triage, TEXTS, ending)
    rows = list(saved_records(output))
    assert [r.row for r in rows] == list(range(1, 9))
    plain, _ = scored(tmp_path, triage, TEXTS, "jsonl")
    assert rows == list(saved_records(plain))


@pytest.mark.parametrize(
    "change", [{"priority": 9}, {"scores": {}}, {"decision": "ban"}, {"facts": None}, {"language": 3}]
)
def test_an_unsound_record_is_named_by_its_row(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(InputError, match="row 2 is no cybertriage record"):
        list(saved_records(records(tmp_path / "r.jsonl", [{}, change])))


def test_a_table_that_holds_no_records_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 1 is no cybertriage record"):
        list(saved_records(tmp_path / "r.csv"))
    with pytest.raises(InputError, match="cannot be read"):
        list(saved_records(tmp_path / "none.jsonl"))


def test_priority_comes_first_then_the_score(tmp_path: Path) -> None:
    scores = [{"fraud": 0.7, "radical": 0.0}, {"fraud": 0.9, "radical": 0.0}, {"fraud": 0.6, "radical": 0.0}]
    path = records(tmp_path / "r.jsonl", [{"scores": s, "priority": p} for s, p in zip(scores, (2, 2, 3), strict=True)])
    selection = select(lambda: saved_records(path), Draw(control=0.0))
    assert [c.saved.row for c in selection.chosen] == [3, 2, 1]


def many(tmp_path: Path, flagged: int, clear: int) -> list[Saved]:
    clear_row = {"decision": "clear", "labels": [], "priority": 0}
    return list(saved_records(records(tmp_path / "r.jsonl", [{}] * flagged + [clear_row] * clear)))


def test_the_control_sample_is_a_share_of_the_queue_at_random_places(tmp_path: Path) -> None:
    rows = many(tmp_path, 90, 400)
    first, again, other = (select(lambda: iter(rows), Draw(control=0.1, seed=seed)) for seed in (1, 1, 2))
    control = [c for c in first.chosen if c.control]
    assert len(first.chosen) == 100
    assert len(control) == 10
    assert all(c.saved.decision == "clear" for c in control)
    assert [c.ordinal for c in first.chosen] == list(range(1, 101))
    assert first == again
    assert {c.saved.row for c in control} != {c.saved.row for c in other.chosen if c.control}
    places = [c.ordinal for c in control]
    assert places != list(range(91, 101))  # not behind the flagged ones, where everybody would know them


def test_every_unflagged_message_is_as_likely_to_be_drawn(tmp_path: Path) -> None:
    rows = many(tmp_path, 9, 40)
    drawn = [
        c.saved.row for seed in range(400) for c in select(lambda: iter(rows), Draw(seed=seed)).chosen if c.control
    ]
    counts = [drawn.count(row) for row in range(10, 50)]
    assert sum(counts) == 400
    assert max(counts) < 30  # 10 are expected of each; beyond 6 sigma
    assert sum(n == 0 for n in counts) == 0


def test_what_finds_no_place_is_counted(tmp_path: Path) -> None:
    rows = many(tmp_path, 50, 50)
    selection = select(lambda: iter(rows), Draw(limit=20))
    assert len(selection.chosen) == 20
    assert sum(c.control for c in selection.chosen) == 2
    assert selection.left_over == 32
    assert selection.population == {"ru": {"review": 50, "fraud": 50, "clear": 50}}


def test_rows_that_cannot_be_read_are_counted_and_not_queued(tmp_path: Path) -> None:
    path = records(tmp_path / "r.jsonl", [{"error": "broken", "scores": {}, "decision": "abstain"}, {}])
    selection = select(lambda: saved_records(path), Draw())
    assert selection.unreadable == 1
    assert [c.saved.row for c in selection.chosen] == [2]


def test_with_nothing_flagged_the_control_sample_is_still_drawn(tmp_path: Path) -> None:
    rows = many(tmp_path, 0, 30)
    assert sum(c.control for c in select(lambda: iter(rows), Draw(limit=50)).chosen) == 5
    assert select(lambda: iter(()), Draw()).chosen == ()


@pytest.mark.parametrize("options", [{"limit": 0}, {"control": 0.95}, {"control": -0.1}, {"double": 1.5}])
def test_a_draw_that_cannot_be_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        Draw(**options)  # type: ignore[arg-type]


def test_a_queue_holds_masked_texts_with_their_evidence(tmp_path: Path, triage: Triage) -> None:
    queue = built(tmp_path, triage, draw=Draw(control=0.5, double=1.0))
    flagged = [i for i in queue.items if not i.control]
    assert {i.decision for i in flagged} <= {"review", "abstain"}
    asked = next(i for i in flagged if "служба" in i.text)
    assert asked.text == "Это служба безопасности банка, назовите код из SMS по номеру <phone>"
    assert asked.family == "fraud"
    assert asked.place == "line 2"
    assert asked.wanted == 2
    words = [asked.text[m.start : m.end] for m in asked.marks]
    assert all(word and word in asked.text.split() for word in words)
    assert any(m.weight > 0 for m in asked.marks)
    assert queue.case.model == triage.model
    assert "700" not in repr(queue)
    assert sum(i.control for i in queue.items) == sum(not i.control for i in queue.items)


def test_nothing_is_kept_of_messages_that_were_not_chosen(tmp_path: Path, triage: Triage) -> None:
    queue = built(tmp_path, triage, draw=Draw(control=0.0))
    Store.create(tmp_path / "queue.db", queue.case, queue.items)
    stored = (tmp_path / "queue.db").read_bytes().decode("utf-8", "replace")
    assert "служба" in stored
    assert not any(text in stored for text in (TEXTS[2], TEXTS[4], TEXTS[6]))
    assert "000 12 34" not in stored


def test_unmasked_only_where_asked(tmp_path: Path, triage: Triage) -> None:
    queue = built(tmp_path, triage, masked=False)
    assert any("+7 700 000 12 34" in i.text for i in queue.items)
    assert not queue.case.masked


def test_another_source_or_model_is_refused_without_its_text(tmp_path: Path, triage: Triage) -> None:
    output, source = scored(tmp_path, triage, TEXTS)
    other = source_of(tmp_path / "other.txt", [text + " тағы" for text in TEXTS])
    with pytest.raises(InputError, match=r"other.txt: row \d is not the message that was scored") as caught:
        build_queue(output, other, triage, case="K-1")
    assert "тағы" not in str(caught.value)
    with pytest.raises(InputError, match="row 2 is not"):
        build_queue(output, source_of(tmp_path / "in.txt", TEXTS[:1]), triage, case="K-1")
    rows = [json.loads(line) | {"model": "cascade@9"} for line in output.read_text(encoding="utf-8").splitlines()]
    output.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(InputError, match=r"scored by cascade@9.*--model"):
        build_queue(output, source, triage, case="K-1")
    with pytest.raises(InputError, match="give --case"):
        build_queue(output, source, triage, case=" ")


def test_a_lone_surrogate_is_stored_as_a_mark(tmp_path: Path, triage: Triage) -> None:
    text = "Банктен \ud800 SMS-кодты айтыңыз, шотыңыз бұғатталады"
    assert shown(text, masked=True).text == text.replace("\ud800", "\ufffd")


@given(st.text(alphabet="аб +7@.x01234 ", max_size=40), st.data())
def test_spans_never_cut_a_mark_and_keep_the_words(text: str, data: st.DataObject) -> None:
    seen = shown(f"{text} +7 700 000 12 34 {text}", masked=True)
    original = f"{text} +7 700 000 12 34 {text}"
    start = data.draw(st.integers(0, len(original)))
    end = data.draw(st.integers(start, len(original)))
    a, b = seen.span(start, end)
    assert 0 <= a <= b <= len(seen.text)
    part = seen.text[a:b]
    assert part.count("<") == part.count(">")
    if seen.text == original:
        assert (a, b) == (start, end)


def test_the_store_gives_back_what_it_got(tmp_path: Path) -> None:
    items = [item(1, text="а\0б «кавычки» \n", frames=("news",)), control(2)]
    store = store_of(tmp_path, items)
    readings = [
        reading(items[0], "R1", "confirmed", label="phishing_link", note="ескерту"),
        reading(items[1], "R1", "unsure"),
    ]
    assert asdict(store.add(readings)) == {"new": 2, "known": 0, "clash": ()}
    opened = Store.open(tmp_path / "queue.db")
    assert opened.items() == items
    assert opened.case == CASE
    assert opened.readings() == readings
    assert (tmp_path / "queue.db").stat().st_mode & 0o077 == 0


def test_a_reader_may_think_again_and_nothing_is_overwritten(tmp_path: Path) -> None:
    store = store_of(tmp_path, [item(1)])
    early, late = (
        reading(item(1), "R1", "confirmed"),
        reading(item(1), "R1", "unsure", at="2026-02-01T00:00:00.000+00:00"),
    )
    store.add([late])
    store.add([early])
    assert store.readings() == [late]
    assert len(store.history()) == 2
    again = store.add([late, replace(early, outcome=Outcome.NOT_CONFIRMED)])
    assert (again.new, again.known, len(again.clash)) == (0, 1, 1)


def test_erase_leaves_nothing_on_the_disk(tmp_path: Path) -> None:
    store = store_of(tmp_path, [item(1, text="қупия мәтін"), item(2)])
    store.add([reading(item(1), "R1", "confirmed", note="белгі-сөз")])
    assert asdict(store.erase()) == {"items": 2, "readings": 1}
    left = (tmp_path / "queue.db").read_bytes()
    assert not any(word.encode() in left for word in ("қупия", "белгі-сөз", "R1", "K-1"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["queue.db"]
    with pytest.raises(InputError, match="was erased"):
        Store.open(tmp_path / "queue.db")


def test_a_store_is_never_written_over_and_other_files_are_refused(tmp_path: Path) -> None:
    store_of(tmp_path, [item(1)])
    with pytest.raises(OSError, match="is there already"):
        store_of(tmp_path, [item(2)])
    with pytest.raises(OSError, match="cannot write"):
        Store.create(tmp_path / "none" / "q.db", CASE, [item(1)])
    with pytest.raises(InputError, match="no such file"):
        Store.open(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at", encoding="utf-8")
    with (tmp_path / "table.csv").open("w", encoding="utf-8") as stream:
        csv.writer(stream).writerow(["a"])
    for name in ("text.db", "table.csv"):
        with pytest.raises(InputError, match="no review queue"):
            Store.open(tmp_path / name)


def test_readings_of_unknown_items_cannot_come_in(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="IntegrityError"):
        store_of(tmp_path, [item(1)]).add([reading(item(2), "R1", "confirmed")])
