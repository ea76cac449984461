"""Damaged and hostile inputs: no error but the library's own is raised, and no message before a damage is lost."""

from __future__ import annotations

import contextlib
import itertools
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import CybertriageError, InputError
from cybertriage.readers import FORMATS, open_source
from cybertriage.readers.source import Message
from tests.workbooks import excel_like

TEXTS = [f"Сәлем {n}, «Қарлығаш»: сообщите код {n * n}" for n in range(40)]
MOST = 10_000

Build = Callable[[str], str]
# For every format that is read from front to back: what it begins with, one message, what it ends with.
LAYOUTS: dict[str, tuple[str, Build, str]] = {
    "csv": ("id,text\n", lambda t: f'1,"{t}"\n', ""),
    "tsv": ("text\tid\n", lambda t: f"{t}\t1\n", ""),
    "txt": ("", lambda t: f"{t}\n", ""),
    "jsonl": ("", lambda t: json.dumps({"text": t}, ensure_ascii=False) + "\n", ""),
    "telegram": (
        '{"name": "x", "messages": [{"type": "service"}\n',
        lambda t: "," + json.dumps({"id": 1, "type": "message", "text": [t]}, ensure_ascii=False) + "\n",
        "]}",
    ),
    "whatsapp": ("12.03.2024, 14:05 - Жүйе\n", lambda t: f"12.03.2024, 14:05 - Аян: {t}\n", ""),
    "mbox": ("", lambda t: f"From a@b Thu Mar 12 09:00:00 2026\nX-A: b\n\n{t}\n\n", ""),
    "sms": ("<smses>\n", lambda t: f'<sms body="{t}"/>\n', "</smses>"),
}


def layout(kind: str, texts: list[str]) -> tuple[bytes, list[int]]:
    """A file of these messages, and where each of them ends."""
    head, build, tail = LAYOUTS[kind]
    pieces = [head, *map(build, texts)]
    ends = list(itertools.accumulate(len(piece.encode()) for piece in pieces))
    return ("".join(pieces) + tail).encode(), ends


def rows_of(path: Path, kind: str | None) -> list[Message]:
    rows = list(itertools.islice(open_source(path, format=kind).rows(), MOST + 1))
    assert len(rows) <= MOST
    assert [m.row for m in rows] == list(range(1, len(rows) + 1))
    assert all((m.text is None) == (m.error is not None) for m in rows)
    return rows


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="session")
def binaries(folder: Path) -> dict[str, bytes]:
    excel_like(folder / "a.xlsx", ["text", *TEXTS])
    pq.write_table(pa.table({"text": TEXTS}), folder / "a.parquet", row_group_size=10)
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("_chat.txt", layout("whatsapp", TEXTS)[0])
    mail = (Path(__file__).parents[1] / "files" / "phishing.eml").read_bytes()
    made = {kind: (folder / f"a.{end}").read_bytes() for kind, end in
            (("xlsx", "xlsx"), ("parquet", "parquet"), ("whatsapp", "zip"))}  # fmt: skip
    return {**made, "eml": mail}


@pytest.mark.parametrize("kind", LAYOUTS)
@given(data=st.data())
def test_a_cut_loses_no_message_before_it(folder: Path, kind: str, data: st.DataObject) -> None:
    whole, ends = layout(kind, TEXTS)
    cut = data.draw(st.integers(ends[0], len(whole)))
    path = folder / f"cut.{kind}"
    path.write_bytes(whole[:cut])
    sure = [text for text, end in zip(TEXTS, ends[1:], strict=True) if end <= cut]
    read = [m.text for m in rows_of(path, kind)]
    if kind in ("whatsapp", "mbox") and sure:
        # Only the head of the next message ends one; half a head is a line of it.
        assert str(read[len(sure) - 1]).startswith(sure.pop())
    assert read[: len(sure)] == sure


@pytest.mark.parametrize("kind", LAYOUTS)
@given(data=st.data())
def test_damaged_bytes_lose_no_message_before_them(folder: Path, kind: str, data: st.DataObject) -> None:
    whole, ends = layout(kind, TEXTS)
    at = data.draw(st.integers(ends[0], len(whole) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=8))
    insert = data.draw(st.booleans())
    path = folder / f"noise.{kind}"
    path.write_bytes(whole[:at] + noise + whole[at + (0 if insert else len(noise)) :])
    sure = [text for text, end in zip(TEXTS, ends[1:], strict=True) if end <= at]
    # A byte behind the line may still belong to it: the last message before the damage is not compared.
    assert [m.text for m in rows_of(path, kind)][: max(len(sure) - 1, 0)] == sure[:-1]


@pytest.mark.parametrize("kind", ["csv", "tsv", "txt", "jsonl", "whatsapp", "mbox"])
@given(at=st.integers(0, 38), noise=st.binary(min_size=1, max_size=6))
def test_damage_in_one_message_leaves_those_behind_it(folder: Path, kind: str, at: int, noise: bytes) -> None:
    whole, ends = layout(kind, TEXTS)
    middle = (ends[at] + ends[at + 1]) // 2
    path = folder / f"one.{kind}"
    path.write_bytes(whole[:middle] + noise + whole[middle + len(noise) :])
    read = [m.text for m in rows_of(path, kind)]
    assert read[-1] == TEXTS[-1]
    assert len(set(TEXTS) - set(read)) <= 2


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "whatsapp", "eml"])
@given(data=st.data())
def test_damaged_binaries_raise_nothing_else(
    folder: Path, binaries: dict[str, bytes], kind: str, data: st.DataObject
) -> None:
    content = bytearray(binaries[kind])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[at] = data.draw(st.integers(0, 255))
    path = folder / f"binary.{kind}"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    told = ""
    try:
        rows_of(path, kind)
    except CybertriageError as error:
        told = str(error)
    assert not any(text in told for text in TEXTS)


@pytest.mark.parametrize("kind", [*FORMATS, None])
@given(content=st.binary(max_size=400))
def test_noise_raises_nothing_else(folder: Path, kind: str | None, content: bytes) -> None:
    path = folder / "noise.bin"
    path.write_bytes(content)
    with contextlib.suppress(CybertriageError):
        rows_of(path, kind)


def rewritten(source: Path, target: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == member else data)
    return target


def test_xml_entities_in_a_workbook_are_refused(folder: Path, binaries: dict[str, bytes], tmp_path: Path) -> None:
    def declared(data: bytes) -> bytes:
        return data.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY x "lol">]>', 1)

    for number, member in enumerate(["xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"]):
        with pytest.raises(InputError, match="XLSX"):
            open_source(rewritten(folder / "a.xlsx", tmp_path / f"{number}.xlsx", member, declared))


def test_zip_bombs_are_refused(folder: Path, binaries: dict[str, bytes], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("_chat.txt", b"12.03.2024, 14:05 - A: a\n" + bytes(80 << 20))
    with pytest.raises(InputError, match="zip bomb"):
        open_source(tmp_path / "a.zip")
    for member in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"):
        bomb = rewritten(folder / "a.xlsx", tmp_path / "a.xlsx", member, lambda data: data + b" " * (80 << 20))
        with pytest.raises(InputError, match="zip bomb"):
            open_source(bomb)


def test_a_password_is_told(folder: Path, binaries: dict[str, bytes], tmp_path: Path) -> None:
    content = bytearray(binaries["whatsapp"])
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError, match="password"):
        open_source(tmp_path / "a.zip")


def test_a_sheet_that_claims_more_than_it_holds(folder: Path, binaries: dict[str, bytes], tmp_path: Path) -> None:
    far = b'<row r="4000000000"><c r="XFD4000000000" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    path = rewritten(
        folder / "a.xlsx", tmp_path / "a.xlsx", "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b"A1:A41", b"A1:XFD1048576").replace(b"</sheetData>", far),
    )  # fmt: skip
    rows = rows_of(path, None)
    assert [m.text for m in rows] == [*TEXTS, None]


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_line_of_a_hundred_megabytes_is_one_error(tmp_path: Path, kind: str) -> None:
    head, build, tail = LAYOUTS[kind]
    before, _, after = build("☃").partition("☃")
    path = tmp_path / "a"
    with path.open("wb") as stream:
        stream.write((head + build("алдында") + before).encode())
        for _ in range(100):
            stream.write(b"0123456789" * 100_000)
        stream.write((after + build("кейін") + tail).encode())
    tracemalloc.start()
    rows = rows_of(path, kind)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [m.text for m in rows] == ["алдында", None, "кейін"]
    assert peak < ({"telegram": 700, "sms": 700, "mbox": 250}.get(kind, 30)) << 20


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"messages":[{"a":', '{"messages":[['])
def test_json_nested_without_end(tmp_path: Path, opening: str) -> None:
    (tmp_path / "a.json").write_text(opening * 300_000, encoding="utf-8")
    for kind in ("telegram", "jsonl"):
        with contextlib.suppress(InputError):
            assert all(m.error for m in rows_of(tmp_path / "a.json", kind))


def test_numbers_without_end(tmp_path: Path) -> None:
    number = "9" * 100_000
    (tmp_path / "a.json").write_text(f'{{"messages": [{{"type": "message", "id": {number}, "text": "a"}}]}}')
    assert [m.text for m in rows_of(tmp_path / "a.json", "telegram")] == [None]
    (tmp_path / "a.jsonl").write_text(f'{{"id": {number}, "text": "a"}}\n{{"text": "b"}}\n')
    assert [m.text for m in rows_of(tmp_path / "a.jsonl", None)] == [None, "b"]


@pytest.mark.parametrize("kind", ["csv", "txt", "jsonl", "telegram", "whatsapp", "sms"])
def test_memory_is_flat(tmp_path: Path, kind: str) -> None:
    peaks = []
    for copies in (50, 500):
        path = tmp_path / f"{copies}"
        path.write_bytes(layout(kind, TEXTS * copies)[0])
        source = open_source(path, format=kind)
        tracemalloc.start()
        for _ in source.rows():
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5 + 500_000
