from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cybertriage.audit.chain import Entry
from cybertriage.audit.log import AuditLog
from cybertriage.cli import main
from cybertriage.review.items import Outcome, Reading
from cybertriage.review.store import Store
from cybertriage.taxonomy import LANGUAGES, notice

FRAUD = "Банктен звондадық, SMS-код айтыңыз тез, kaspi-kz.example/login, 8 700 000 12 34, kaspi.kz"
ROWS = ["Қайырлы таң, кеше келдің бе?", FRAUD, "жаңа жыл құтты болсын evil-two.com"]
WHY = ["--purpose", "тексеру", "--case", "K7"]


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


class Desk:
    """A scored file, its records, its queue and its audit log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source, self.records = folder / "in.jsonl", folder / "out.jsonl"
        self.log, self.queue = folder / "audit.jsonl", folder / "queue.sqlite"
        lines = [json.dumps({"id": f"m{at}", "text": text}, ensure_ascii=False) for at, text in enumerate(ROWS)]
        self.source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        result = run("score", self.source, "-o", self.records, "--model", "fast", "--audit", self.log, *WHY)
        assert result.exit_code == 0, result.stderr

    @property
    def uids(self) -> list[str]:
        return [json.loads(line)["uid"] for line in self.records.read_text(encoding="utf-8").splitlines()]

    def confirm(self, *rows: int) -> Path:
        path = self.folder / "confirmed.txt"
        path.write_text("# read by R1\n" + "".join(f"{self.uids[row]}\n" for row in rows), encoding="utf-8")
        return path

    def make_queue(self, case: str = "K7") -> Store:
        result = run(
            "review", "build", self.records, self.source, "-o", self.queue, "--case", case, "--model", "fast",
            "--double", 0, "--control", 0.9,
        )  # fmt: skip
        assert result.exit_code == 0, result.stderr
        return Store.open(self.queue)

    def export(self, *args: object, to: str = "o.json", kind: str = "stix") -> Result:
        return run(
            "export", "indicators", self.source, "-o", self.folder / to, "--format", kind, "--producer", "Үлгі",
            "--audit", self.log, *WHY, *args,
        )  # fmt: skip

    def entries(self) -> list[Entry]:
        return list(AuditLog(self.log).entries())

    def relabel(self, row: int, **fields: object) -> None:
        """Records as a model that thinks otherwise would write them."""
        rows = [json.loads(line) for line in self.records.read_text(encoding="utf-8").splitlines()]
        rows[row] |= fields
        text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
        self.records.write_text(text, encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def reading(uid: str, outcome: str, label: str | None = None, reviewer: str = "R1", **rabat: str) -> Reading:
    return Reading(
        uid=uid,
        reviewer=reviewer,
        outcome=Outcome(outcome),
        label=label,
        rabat=rabat,
        at="2026-03-01T09:00:00.000+00:00",
    )


def test_confirmed_messages_become_a_bundle_and_nothing_else_does(desk: Desk) -> None:
    result = desk.export("--confirmed", desk.confirm(1), "--records", desk.records)
    assert result.exit_code == 0, result.stderr
    written = (desk.folder / "o.json").read_text(encoding="utf-8")
    patterns = [o["pattern"] for o in json.loads(written)["objects"] if o["type"] == "indicator"]
    assert patterns == [
        "[domain-name:value = 'kaspi-kz.example']", "[phone-number:value = '+77000001234']",
        "[url:value = 'http://kaspi-kz.example/login']",
    ]  # fmt: skip
    assert "evil-two" not in written  # not confirmed
    assert "звондадық" not in written
    assert all(notice(language) in result.stderr for language in LANGUAGES)
    assert "left out: 1 of a genuine host" in result.stderr
    assert "kaspi-kz" not in result.stderr


def test_the_log_holds_hashes_and_counts_only(desk: Desk) -> None:
    desk.export("--confirmed", desk.confirm(1), "--records", desk.records, kind="misp")
    last = desk.entries()[-1]
    assert last.action == "export.indicators-misp"
    assert dict(last.counts) == {"messages": 1, "indicators": 3}
    assert set(last.hashes) == {"confirmed", "records", "source"}
    assert "kaspi" not in desk.log.read_text(encoding="utf-8")


def test_radical_content_is_refused_and_nothing_is_written(desk: Desk) -> None:
    desk.relabel(1, labels=["fraud", "radical"])
    before = desk.log.read_bytes()
    result = desk.export("--confirmed", desk.confirm(0, 1), "--records", desk.records)
    assert result.exit_code == 2
    assert "radical content" in result.stderr
    assert "never exported" in result.stderr
    assert not (desk.folder / "o.json").exists()
    assert desk.log.read_bytes() == before


def test_a_queue_gives_what_people_settled_as_fraud(desk: Desk) -> None:
    store, uids = desk.make_queue(), desk.uids
    assert desk.export("--queue", desk.queue).exit_code == 2  # nobody has read it
    wanted = [r for item in store.items() if item.uid == uids[1] for r in range(item.wanted)]
    store.add(reading(uids[1], "confirmed", "phishing_link", f"R{n}") for n in wanted)
    store.add([reading(uids[2], "not_confirmed")] if uids[2] in {i.uid for i in store.items()} else [])
    result = desk.export("--queue", desk.queue, to="o.txt", kind="text")
    assert result.exit_code == 0, result.stderr
    listed = (desk.folder / "o.txt").read_text(encoding="utf-8")
    assert "kaspi-kz[.]example" in listed
    assert "phishing_link" in listed
    assert "evil-two" not in listed


@pytest.mark.parametrize("label", ["violence_incitement", None])
def test_what_any_reader_took_for_radical_stays_inside(desk: Desk, label: str | None) -> None:
    from cybertriage.review.items import leaves

    store, uid = desk.make_queue(), desk.uids[1]
    radical = leaves("radical")[0]
    store.add([reading(uid, "confirmed", None, f"R{n}") for n in range(3)] + [reading(uid, "confirmed", radical, "R9")])
    result = desk.export("--queue", desk.queue)
    assert result.exit_code == 2
    assert "no message is confirmed as fraud" in result.stderr


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ([], "--queue QUEUE, or --confirmed"),
        (["--confirmed", "{confirmed}"], "--confirmed FILE with --records"),
        (["--confirmed", "{unknown}", "--records", "{records}"], "line 2: is no uid of out.jsonl (1 such lines)"),
        (["--confirmed", "{none}", "--records", "{records}"], "cannot be read"),
        (["--confirmed", "{confirmed}", "--records", "{records}", "--leave-out", "{none}"], "cannot be read"),
        (["--queue", "{records}"], "no review queue"),
    ],
)  # fmt: skip
def test_usage_errors_name_the_fix_and_write_nothing(desk: Desk, args: list[str], named: str) -> None:
    unknown = desk.folder / "unknown.txt"
    unknown.write_text(f"{desk.uids[1]}\n{'0' * 32}\n", encoding="utf-8")
    names = {"confirmed": desk.confirm(1), "records": desk.records, "unknown": unknown, "none": desk.folder / "none"}
    result = desk.export(*(a.format(**names) for a in args))
    assert result.exit_code == 2
    assert named in result.stderr
    assert not (desk.folder / "o.json").exists()


def test_an_export_is_always_written_down(desk: Desk) -> None:
    result = run("export", "indicators", desk.source, "-o", desk.folder / "o", "--format", "stix", "--producer", "x")
    assert result.exit_code == 2
    assert "--audit LOG" in result.stderr


def test_another_source_is_refused(desk: Desk) -> None:
    confirmed = desk.confirm(1)
    desk.make_queue()
    desk.source.write_text(desk.source.read_text(encoding="utf-8") + '{"id": "x", "text": "тағы"}\n', encoding="utf-8")
    for args in (["--confirmed", confirmed, "--records", desk.records], ["--queue", desk.queue]):
        result = desk.export(*args)
        assert result.exit_code == 2
        assert "the very file that was scored" in result.stderr


def test_a_package_of_the_case_and_its_check(desk: Desk) -> None:
    bag = desk.folder / "bag"
    result = run("export", "bag", bag, "--records", desk.records, "--audit", desk.log, *WHY)
    assert result.exit_code == 0, result.stderr
    inside = {p.relative_to(bag).as_posix() for p in bag.rglob("*") if p.is_file()}
    assert {"data/records/out.jsonl", "data/manifests/out.jsonl.manifest.json", "data/audit/audit.jsonl"} <= inside
    assert not any("in.jsonl" in name for name in inside)  # the text is packed only when asked for
    assert AuditLog(bag / "data/audit/audit.jsonl").verify().broken_line is None
    assert desk.entries()[-1].action == "export.bag"
    assert notice("kk") in (bag / "bag-info.txt").read_text(encoding="utf-8")
    assert run("export", "verify", bag).exit_code == 0
    (bag / "data/records/out.jsonl").write_text("{}\n")
    checked = run("export", "verify", bag)
    assert checked.exit_code == 1
    assert "data/records/out.jsonl: was changed" in checked.stdout


def test_a_package_does_not_join_what_does_not_belong_together(desk: Desk) -> None:
    desk.relabel(0, priority=3)
    result = run("export", "bag", desk.folder / "bag", "--records", desk.records, "--audit", desk.log, *WHY)
    assert result.exit_code == 2
    assert "changed since" in result.stderr
    twice = ["--records", desk.records, "--records", desk.records]
    result = run("export", "bag", desk.folder / "bag", *twice, "--audit", desk.log, *WHY)
    assert "two files are named" in result.stderr
    assert not (desk.folder / "bag").exists()
    assert run("export", "verify", desk.folder).exit_code == 2
