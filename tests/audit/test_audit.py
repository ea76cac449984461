"""The audit log: what is appended holds, by whomever and however often; what is changed is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cybertriage import InputError, OutputError
from cybertriage.audit.chain import GENESIS, Stated
from cybertriage.audit.log import AuditLog
from cybertriage.cli import main

STATED = Stated(purpose="Тексеру", case="2026/17", operator="A. B.")


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in args])


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    made = AuditLog(tmp_path / "audit.jsonl")
    for action in ("score", "review", "unmask", "export", "erase"):
        made.append(action, STATED, hashes={"input": "a" * 64}, counts={"rows": 3})
    return made


@pytest.fixture
def path(log: AuditLog, tmp_path: Path) -> Path:
    assert log.verify().entries == 5
    return tmp_path / "audit.jsonl"


def test_entries_are_chained_and_read_back(log: AuditLog) -> None:
    entries = list(log.entries())
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.prev for entry in entries] == [GENESIS, *(entry.hash for entry in entries[:-1])]
    assert entries[2].action == "unmask"
    assert (entries[0].purpose, entries[0].case, entries[0].operator) == ("Тексеру", "2026/17", "A. B.")
    assert (entries[0].hashes, entries[0].counts) == ({"input": "a" * 64}, {"rows": 3})
    found = log.verify()
    assert (found.entries, found.head, found.broken_line) == (5, entries[-1].hash, None)


def test_a_step_taken_twice_is_logged_once(log: AuditLog) -> None:
    again = Stated(purpose="p", case="c", run="r1")
    for _ in range(2):
        log.append_once("score", again)
    log.append_once("score", Stated(purpose="p", case="c", run="r2"))
    assert [(e.action, e.run) for e in log.entries()][5:] == [("score", "r1"), ("score", "r2")]


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def spoiled(path: Path, name: str) -> int:
    """Spoil the log; returns the first line that does not hold."""
    entries = lines(path)
    changes = {
        "value changed": (1, [entries[0], entries[1].replace(b'"rows":3', b'"rows":4'), *entries[2:]]),
        "line taken out": (2, [*entries[:2], *entries[3:]]),
        "first taken out": (0, entries[1:]),
        "lines swapped": (2, [*entries[:2], entries[3], entries[2], entries[4]]),
        "line doubled": (2, [*entries[:2], entries[1], *entries[2:]]),
        "empty line": (3, [*entries[:3], b"\n", *entries[3:]]),
        "not JSON": (3, [*entries[:3], b"what\n", *entries[4:]]),
        "another spelling": (1, [entries[0], entries[1].replace(b'":', b'": ', 1), *entries[2:]]),
        "another key": (1, [entries[0], entries[1].replace(b'{"', b'{"a":1,"', 1), *entries[2:]]),
        "hash taken along": (4, [*entries[:4], _rewritten(entries[4])]),
    }
    at, changed = changes[name]
    path.write_bytes(b"".join(changed))
    return at + 1


def _rewritten(line: bytes) -> bytes:
    data = json.loads(line)
    data["counts"]["rows"] = 9
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    "name",
    ["value changed", "line taken out", "first taken out", "lines swapped", "line doubled", "empty line", "not JSON",
     "another spelling", "another key", "hash taken along"],
)  # fmt: skip
def test_what_was_changed_is_named_by_its_first_line(path: Path, name: str) -> None:
    broken = spoiled(path, name)
    found = AuditLog(path).verify()
    assert (found.broken_line, found.entries) == (broken, broken - 1)
    result = run("audit", "verify", path)
    assert result.exit_code == 1
    assert f"line {broken}:" in result.stdout
    with pytest.raises(InputError, match=f"line {broken}"):
        list(AuditLog(path).entries())


@given(at=st.floats(0, 1), value=st.integers(0, 255))
@settings(max_examples=60)
def test_any_changed_byte_is_seen(tmp_path_factory: pytest.TempPathFactory, at: float, value: int) -> None:
    path = tmp_path_factory.mktemp("log") / "a.jsonl"
    made = AuditLog(path)
    for _ in range(3):
        made.append("review", STATED, counts={"rows": 1})
    data = bytearray(path.read_bytes())
    place = int(at * (len(data) - 1))
    same = data[place] == value
    data[place] = value
    path.write_bytes(bytes(data))
    assert (made.verify().broken_line is None) == same


def test_a_log_that_was_cut_is_shown_by_a_head_noted_earlier(path: Path) -> None:
    head = AuditLog(path).verify().head
    assert run("audit", "verify", path, "--head", head).exit_code == 0
    path.write_bytes(b"".join(lines(path)[:-1]))
    assert run("audit", "verify", path).exit_code == 0
    result = run("audit", "verify", path, "--head", head)
    assert result.exit_code == 1
    assert "line 5" in result.stdout


@pytest.mark.parametrize("lost", [1, 5, 100])
def test_a_torn_last_line_is_told_and_mended(path: Path, lost: int) -> None:
    torn = path.read_bytes()[:-lost]
    path.write_bytes(torn)
    result = run("audit", "verify", path)
    assert result.exit_code == 1
    assert "line 5" in result.stdout
    assert "torn" in result.stdout
    with pytest.raises(OutputError, match="audit mend"):
        AuditLog(path).append("review", STATED)
    assert path.read_bytes() == torn
    assert run("audit", "mend", path, "--purpose", "p", "--case", "c").exit_code == 0
    found = AuditLog(path).verify()
    assert (found.entries, found.broken_line) == (5, None)
    assert list(AuditLog(path).entries())[-1].action == "mend"
    kept = next(path.parent.glob("audit.jsonl.torn-*"))
    assert torn.endswith(kept.read_bytes())
    assert "no line is torn" in run("audit", "mend", path, "--purpose", "p", "--case", "c").stdout


def test_only_a_torn_line_is_mended_and_no_other_file(path: Path, tmp_path: Path) -> None:
    spoiled(path, "value changed")
    other = tmp_path / "messages.csv"
    other.write_text("id,text\n1,сәлем", encoding="utf-8")
    for file in (path, other):
        before = file.read_bytes()
        result = run("audit", "mend", file, "--purpose", "p", "--case", "c")
        assert result.exit_code == 2
        assert "only a torn line" in result.stderr
        assert file.read_bytes() == before


def test_nothing_is_appended_to_what_is_no_log(tmp_path: Path) -> None:
    other = tmp_path / "messages.csv"
    other.write_text("id,text\n1,сәлем\n", encoding="utf-8")
    with pytest.raises(OutputError, match="nothing was added"):
        AuditLog(other).append("review", STATED)
    assert other.read_text(encoding="utf-8") == "id,text\n1,сәлем\n"
    with pytest.raises(OutputError, match="cannot write"):
        AuditLog(tmp_path / "no" / "audit.jsonl").append("review", STATED)
    assert run("audit", "verify", tmp_path / "none.jsonl").exit_code == 2


def test_a_write_that_failed_leaves_the_log_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        AuditLog(path).append("review", STATED)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("action", "hashes", "counts"),
    [
        ("Сәлем", {}, {}),
        ("score it", {}, {}),
        ("score", {"input": "сәлем, кешке келесің бе"}, {}),
        ("score", {"сәлем": "a" * 64}, {}),
        ("score", {}, {"rows": "сәлем"}),
        ("score", {}, {"rows": 1.5}),
        ("score", {}, {"rows": True}),
        ("score", {}, {"a b": 1}),
        ("score", {}, {f"n{at}": at for at in range(65)}),
    ],
)
def test_values_that_could_hold_text_are_refused_unshown(
    path: Path, action: str, hashes: dict[str, str], counts: dict[str, int]
) -> None:
    before = path.read_bytes()
    with pytest.raises(InputError) as caught:
        AuditLog(path).append(action, STATED, hashes=hashes, counts=counts)
    assert "кешке" not in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "stated",
    [{"purpose": "", "case": "1"}, {"purpose": "p", "case": " "}, {"purpose": "a\nb", "case": "1"},
     {"purpose": "p" * 501, "case": "1"}, {"purpose": "p", "case": "1", "operator": "a\x00"}],
)  # fmt: skip
def test_a_purpose_and_a_case_are_wanted_in_one_line(stated: dict[str, str]) -> None:
    with pytest.raises(InputError, match="audit"):
        Stated(**stated)


_APPEND = """
import sys
from pathlib import Path
from cybertriage.audit.log import AuditLog
from cybertriage.audit.chain import Stated
log = AuditLog(Path(sys.argv[1]))
for at in range(25):
    log.append("review", Stated(purpose="p", case=sys.argv[2]), counts={"at": at})
"""


def test_several_processes_append_at_once_and_no_entry_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    workers = [subprocess.Popen([sys.executable, "-c", _APPEND, str(path), f"case {n}"]) for n in range(4)]
    assert [worker.wait() for worker in workers] == [0, 0, 0, 0]
    assert AuditLog(path).verify().entries == 100
    entries = list(AuditLog(path).entries())
    for n in range(4):
        assert [e.counts["at"] for e in entries if e.case == f"case {n}"] == list(range(25))
