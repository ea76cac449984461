from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cybertriage import InputError
from cybertriage.readers import FORMATS, open_source
from cybertriage.readers.source import Skips, Source
from tests.workbooks import excel_like

FILES = Path(__file__).parents[1] / "files"


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def found(source: Source) -> list[tuple[str, str | None]]:
    return [(m.position, m.text) for m in source.rows()]


def test_xlsx_reads_every_sheet_that_has_messages(tmp_path: Path) -> None:
    day = datetime.datetime(2026, 3, 12)
    path = workbook(
        tmp_path / "a.xlsx",
        Data=[[None], ["ID", "Күні", "Текст"], [7, day, "сәлем"], [], [8, day, 1234], [9, day, None]],
        Notes=[["a", "b"], ["x", "y"]],
        Empty=[],
        More=[["text"], ["тағы _x000D_ бір"]],
    )
    source = open_source(path)
    rows = list(source.rows())
    assert [(m.row, m.id, m.position, m.text) for m in rows] == [
        (1, "7", "sheet Data row 3", "сәлем"),
        (2, "8", "sheet Data row 5", "1234"),
        (3, "9", "sheet Data row 6", None),
        (4, "4", "sheet More row 2", "тағы \r бір"),
    ]
    assert rows[2].error == "no text in this row"
    assert [(s.position, s.reason) for s in source.skips.listed] == [
        ("sheet Notes", "no text column in this sheet"),
        ("sheet Data row 4", "no text"),
    ]


def test_xlsx_as_excel_writes_it(tmp_path: Path) -> None:
    path = excel_like(tmp_path / "a.xlsx", ["Хабарлама", "сәлем & <b>", "тағы"])
    assert found(open_source(path)) == [("sheet Data row 2", "сәлем & <b>"), ("sheet Data row 3", "тағы")]


def test_xlsx_columns_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Data=[["a", "b"], ["x", "y"], ["z"]])
    with pytest.raises(InputError, match="a, b"):
        open_source(path)
    with pytest.raises(InputError, match="a, b"):
        open_source(path, text_column="c")
    assert found(open_source(path, text_column="b", id_column="a")) == [
        ("sheet Data row 2", "y"), ("sheet Data row 3", None),
    ]  # fmt: skip


def test_xlsx_that_is_none(tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0 a protected workbook"):
        (tmp_path / "a.xlsx").write_bytes(content)
        with pytest.raises(InputError, match=r"a\.xlsx"):
            open_source(tmp_path / "a.xlsx")


def test_a_header_that_was_guessed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Қайырлы таң\nсәлем\n\n", encoding="utf-8")
    for source in (open_source(tmp_path / "a.csv"), open_source(workbook(tmp_path / "a.xlsx", S=[["Таң"], ["сәлем"]]))):
        assert [text for _, text in found(source)] == ["сәлем"]
        assert source.skips.counts["taken as the header"] == 1


def test_a_message_in_place_of_a_header_is_not_shown(tmp_path: Path) -> None:
    text = "мына сілтемені ашыңыз да кодты айтыңыз, банктенбіз"
    (tmp_path / "a.csv").write_text(f"{text},{text}\n", encoding="utf-8")
    source = open_source(tmp_path / "a.csv")
    assert [m.text for m in source.rows()] == [text.partition(",")[0]]
    assert source.text_column == "column 1"
    assert source.skips.notes == {"no header: the first row is read as data": 1}
    with pytest.raises(InputError, match="column 1, column 2") as error:
        open_source(tmp_path / "a.csv", text_column="none")
    assert "сілтемені" not in str(error.value)


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        (["Асан Үсенов,87011234567,900101300017,Скинь 5000 срочно", "Б,87011234568,1,ок"], "column 4"),
        (["2024-05-01;Мама это я скинь денег на карту", "2024-05-02;ок"], "column 2"),
        (["1,2,Ваша посылка прибыла", "3,4,Заберите её сегодня до пяти"], "column 3"),
    ],
)
def test_a_table_without_a_header_is_read_from_its_first_row(tmp_path: Path, rows: list[str], column: str) -> None:
    (tmp_path / "a.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    source = open_source(tmp_path / "a.csv")
    assert source.text_column == column
    assert len(list(source.rows())) == len(rows)


@pytest.mark.parametrize("header", ["text", "id,text", "Имя,Телефон 2,Текст", "№;Хабарлама", "date,message"])
def test_a_header_stays_a_header(tmp_path: Path, header: str) -> None:
    separator = ";" if ";" in header else ","
    row = separator.join(["1"] * header.count(separator) + ["сәлем"])
    (tmp_path / "a.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    assert [m.text for m in open_source(tmp_path / "a.csv").rows()] == ["сәлем"]


def test_separators_inside_an_unquoted_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,код, айтыңыз, тез\n2,жарайды,,\n3,бір\n", encoding="utf-8")
    source = open_source(tmp_path / "a.csv")
    assert [m.text for m in source.rows()] == ["код, айтыңыз, тез".replace(", ", ", "), "жарайды", "бір"]
    assert sum(source.skips.notes.values()) == 1
    (tmp_path / "b.csv").write_text("text,id\nкод, айтыңыз,1\nжарайды,2\n", encoding="utf-8")
    first, second = open_source(tmp_path / "b.csv").rows()
    assert "3 cells where the header has 2" in str(first.error)
    assert second.text == "жарайды"


def test_excel_names_the_delimiter(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=|\nid|text\n1|сәлем, бәрі\n", encoding="utf-8")
    assert found(open_source(tmp_path / "a.csv")) == [("row 1", "сәлем, бәрі")]
    (tmp_path / "a.csv").write_text("id\ttext\n1\tсәлем, бәрі\n", encoding="utf-8")
    assert found(open_source(tmp_path / "a.csv")) == [("row 1", "сәлем, бәрі")]


def test_a_quote_never_closed_costs_its_own_row(tmp_path: Path) -> None:
    rows = [f'{n},"хабар {n}"' for n in range(50)]
    rows[20] = '20,"ашық'
    rows = rows[:21] + [line.replace('"', "") for line in rows[21:]]
    (tmp_path / "a.csv").write_text("id,text\n" + "\n".join(rows), encoding="utf-8")
    read = list(open_source(tmp_path / "a.csv").rows())
    assert [m.id for m in read] == [str(n) if n != 20 else "21" for n in range(50)]
    assert [m.text for m in read] == [f"хабар {n}" if n != 20 else None for n in range(50)]


def test_quotes_that_open_again_and_again_are_not_looked_through_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n" + 'a","\n' * 200_000, encoding="utf-8")
    rows = list(open_source(tmp_path / "a.csv").rows())
    assert len(rows) == 200_000
    assert all(m.error == "a quote is opened and never closed" for m in rows)


def test_an_open_quote_in_the_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,"text\n1,a\n', encoding="utf-8")
    with pytest.raises(InputError, match="first line"):
        open_source(tmp_path / "a.csv")


def test_a_quoted_text_of_many_lines_is_one_row(tmp_path: Path) -> None:
    text = "\n".join(f"жол {n}" for n in range(5000))
    (tmp_path / "a.csv").write_text(f'id,text\n1,"{text}"\n2,соңғы\n', encoding="utf-8")
    assert [t for _, t in found(open_source(tmp_path / "a.csv"))] == [text, "соңғы"]


def test_parquet_cells_and_groups_that_are_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    bad = pa.array([b"a", b"\xff\xfe", b"c"]).view(pa.string())
    with pq.ParquetWriter(path, pa.schema([("text", pa.string())]), compression="NONE", use_dictionary=False) as writer:
        writer.write_table(pa.table({"text": bad}))
        writer.write_table(pa.table({"text": ["екінші топ"] * 3}))
    rows = list(open_source(path).rows())
    assert [m.text for m in rows] == ["a", None, "c", *["екінші топ"] * 3]
    data = path.read_bytes()
    at = data.index("екінші".encode()) - 4
    path.write_bytes(data[:at] + b"\xff\xff\xff\x7f" + data[at + 4 :])
    rows = list(open_source(path).rows())
    assert [m.text for m in rows] == ["a", None, "c", None]
    assert "row group 2 of 3 rows" in str(rows[-1].error)


def test_ids_that_cannot_be_written_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"id": "\\ud800", "text": "a"}\n{"id": "' + "x" * 5000 + '", "text": "b"}\n{"id": "ә", "text": "c"}\n',
        encoding="utf-8",
    )
    assert [m.id for m in open_source(tmp_path / "a.jsonl").rows()] == ["1", "2", "ә"]


def test_empty_lines_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('\n{"text": "a"}\n \n', encoding="utf-8")
    source = open_source(tmp_path / "a.jsonl")
    assert found(source) == [("line 2", "a")]
    assert [(s.position, s.reason) for s in source.skips.listed] == [("line 1", "no text"), ("line 3", "no text")]


def test_plain_text() -> None:
    source = open_source(FILES / "plain.txt")
    assert source.format == "txt"
    assert found(source) == [("line 1", "Қайырлы таң"), ("line 3", "сообщите код"), ("line 4", "соңғы")]


def test_many_skips_are_counted_but_not_all_listed() -> None:
    skips = Skips()
    for n in range(Skips.LISTED + 5):
        skips.add(f"line {n}", "no text")
    assert skips.counts["no text"] == Skips.LISTED + 5
    assert len(skips.listed) == Skips.LISTED


@pytest.mark.parametrize("path", sorted(FILES.iterdir()), ids=lambda p: p.name)
def test_every_pass_gives_the_same(path: Path) -> None:
    source = open_source(path)
    half = source.rows()
    next(half)
    first = list(source.rows())
    told = list(source.skips.listed)
    assert first
    assert list(source.rows()) == first
    assert source.skips.listed == told


@pytest.mark.parametrize("path", sorted(FILES.iterdir()), ids=lambda p: p.name)
def test_nobody_is_named(path: Path) -> None:
    source = open_source(path)
    told = " ".join(f"{m.id} {m.position} {m.text} {m.error}" for m in source.rows()) + str(source.skips.listed)
    for name in ("Аян", "Мария", "Сынақов", "Примерова", "+7", "7000", "user7", "maria@", "robot@", "Ayan", "Unknown"):
        assert name not in told


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mailbox.mbox", "mbox"), ("phishing.eml", "eml"), ("sms_backup.xml", "sms"),
        ("telegram_chat.json", "telegram"), ("telegram_account.json", "telegram"),
        ("whatsapp_ios.txt", "whatsapp"), ("whatsapp_us.txt", "whatsapp"),
    ],
)  # fmt: skip
def test_content_tells_the_format_where_the_name_does_not(tmp_path: Path, name: str, kind: str) -> None:
    for copy in ("noending", "a.dat"):
        (tmp_path / copy).write_bytes((FILES / name).read_bytes())
        assert open_source(tmp_path / copy).format == kind


def test_other_contents(tmp_path: Path) -> None:
    workbook(tmp_path / "a", Data=[["text"], ["сәлем"]])
    assert open_source(tmp_path / "a").format == "xlsx"
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "b")
    assert open_source(tmp_path / "b").format == "parquet"
    (tmp_path / "c.json").write_text('{"text": "a"}\n{"text": "b"}\n', encoding="utf-8")
    assert open_source(tmp_path / "c.json").format == "jsonl"
    (tmp_path / "d.json").write_text('{"messages": [{"type": "message", "text": "a"}]}', encoding="utf-8")
    assert open_source(tmp_path / "d.json").format == "telegram"
    (tmp_path / "e.txt").write_text("id,text\n1,a\n", encoding="utf-8")
    assert open_source(tmp_path / "e.txt", format="csv").format == "csv"
    (tmp_path / "f.txt").write_text("сәлем", encoding="utf-16")
    assert found(open_source(tmp_path / "f.txt")) == [("line 1", "сәлем")]
    (tmp_path / "g.bin").write_bytes(b"\x00\x01\x02")
    with pytest.raises(InputError, match="cannot tell"):
        open_source(tmp_path / "g.bin")


def test_wrong_use_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder"):
        open_source(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        open_source(tmp_path / "a.csv")
    with pytest.raises(InputError, match=", ".join(FORMATS)):
        open_source(FILES / "plain.txt", format="docx")
    with pytest.raises(InputError, match="has no columns"):
        open_source(FILES / "plain.txt", text_column="text")


def test_strings_kept_as_bytes_are_read(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"text": pa.array(["сәлем".encode(), b"\xff\xfe", None], pa.binary())}), tmp_path / "a.parquet"
    )
    first, second, third = open_source(tmp_path / "a.parquet").rows()
    assert first.text == "сәлем"
    assert second.error
    assert third.error


def test_cells_that_hold_no_message_are_row_errors(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx", Data=[["text"], ["#NAME?"], ["#ССЫЛКА!"], [True], ["сәлем"], ["#N/A"]])
    rows = list(open_source(tmp_path / "a.xlsx").rows())
    assert [m.text for m in rows if m.error is None] == ["#ССЫЛКА!", "сәлем"]
    assert rows[0].position == "sheet Data row 2"
    assert "bool" in str(rows[2].error)
