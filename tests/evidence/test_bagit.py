from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from cybertriage.errors import InputError, OutputError
from cybertriage.evidence.bagit import make_bag, problems_of

INFO = {"External-Identifier": "case 7", "External-Description": "Бірінші жол\n\nsecond line"}


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    files = {"records/out.jsonl": b'{"row": 1}\n', "records/кесте 1.csv": b"", "audit/log.jsonl": b"x" * 3_000_000}
    payload = {}
    for at, (name, data) in enumerate(files.items()):
        payload[name] = tmp_path / f"file{at}"
        payload[name].write_bytes(data)
    make_bag(tmp_path / "bag", payload, INFO)
    return tmp_path / "bag"


def test_a_package_is_whole(bag: Path) -> None:
    assert problems_of(bag) == []
    assert (bag / "bagit.txt").read_text() == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert (bag / "data/records/out.jsonl").read_bytes() == b'{"row": 1}\n'
    assert "data/records/кесте 1.csv" in (bag / "manifest-sha512.txt").read_text(encoding="utf-8")
    info = (bag / "bag-info.txt").read_text(encoding="utf-8")
    assert "Payload-Oxum: 3000011.3\n" in info
    assert "External-Description: Бірінші жол\n  second line\n" in info
    assert not (bag.parent / "bag.part").exists()


def test_the_library_of_congress_agrees(bag: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bagit = pytest.importorskip("bagit")
    assert bagit.Bag(str(bag)).validate()
    (bag / "data/records/out.jsonl").write_bytes(b'{"row": 2}\n')
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(bag)).validate()


def more_lines(bag: Path, lines: str) -> None:
    manifest = bag / "manifest-sha256.txt"
    manifest.write_text(manifest.read_text() + lines)


SPOIL: dict[str, Callable[[Path], object]] = {
    "changed": lambda bag: (bag / "data/records/out.jsonl").write_bytes(b'{"row": 2}\n'),
    "gone": lambda bag: (bag / "data/records/out.jsonl").unlink(),
    "added": lambda bag: (bag / "data/more").write_bytes(b""),
    "tag": lambda bag: (bag / "bag-info.txt").write_text("Payload-Oxum: 1.1\n"),
    "link": lambda bag: (bag / "data/more").symlink_to(bag / "bagit.txt"),
    "folder link": lambda bag: (bag / "data/more").symlink_to(bag.parent),
    "fetch": lambda bag: (bag / "fetch.txt").write_text("http://x.example/ 1 data/x\n"),
    "version": lambda bag: (bag / "bagit.txt").write_text("BagIt-Version: 0.93\n"),
    "traversal": lambda bag: more_lines(bag, f"{'0' * 64}  data/../../secret\n"),
    "root": lambda bag: more_lines(bag, f"{'0' * 64}  /etc/passwd\n"),
    "twice": lambda bag: more_lines(bag, (bag / "manifest-sha256.txt").read_text()),
    "binary": lambda bag: (bag / "manifest-sha256.txt").write_bytes(b"\xff\x00" * 100),
    "no manifest": lambda bag: [path.unlink() for path in bag.glob("manifest-*")],
}


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("changed", "data/records/out.jsonl: was changed"), ("gone", "data/records/out.jsonl: is in manifest"),
        ("added", "data/more: is not in manifest"), ("tag", "bag-info.txt: was changed"),
        ("link", "data/more: is a link"),
        ("folder link", "data/more: is a link"), ("fetch", "fetch.txt"), ("version", "BagIt 1.0"),
        ("traversal", "line 4: names no file"), ("root", "line 4: names no file"), ("twice", "or one again"),
        ("binary", "names no file"), ("no manifest", "no payload manifest"),
    ],
)  # fmt: skip
def test_what_was_done_to_a_package_is_told(bag: Path, what: str, named: str) -> None:
    SPOIL[what](bag)
    problems = problems_of(bag)
    assert any(named in problem for problem in problems), problems
    assert not any("secret" in problem or "passwd" in problem for problem in problems)


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\\x", "a//x", "a/./x", "a\0"])
def test_no_file_is_written_outside_the_package(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").write_bytes(b"x")
    with pytest.raises(InputError, match="out of the package"):
        make_bag(tmp_path / "bag", {name: tmp_path / "in"}, {})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]


def test_a_package_is_whole_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"x")
    with pytest.raises(InputError, match="none"):
        make_bag(tmp_path / "bag", {"a": tmp_path / "in", "b": tmp_path / "none"}, {})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]
    make_bag(tmp_path / "bag", {"a": tmp_path / "in"}, {})
    with pytest.raises(OutputError, match="never changed"):
        make_bag(tmp_path / "bag", {"a": tmp_path / "in"}, {})
    with pytest.raises(InputError, match="no BagIt package"):
        problems_of(tmp_path)


def test_names_with_line_ends_go_through_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"x")
    make_bag(tmp_path / "bag", {"a\nb\rc%0A": tmp_path / "in"}, {})
    assert "data/a%0Ab%0Dc%250A" in (tmp_path / "bag/manifest-sha256.txt").read_text()
    assert problems_of(tmp_path / "bag") == []
