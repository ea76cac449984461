from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cybertriage import InputError, OutputError
from cybertriage.readers import open_source
from cybertriage.readers.encodings import detect
from cybertriage.readers.source import Message
from cybertriage.records.record import FIELDS, error_body
from cybertriage.records.writers import Writer

TEXTS = ["Қайырлы таң, ертең келемін", "Код никому не сообщайте", 'Екі жол\nжәне "тырнақша", үтір; нүктелі']


def error_record(row: int, key: str, error: str, model: str) -> dict[str, object]:
    return {"row": row, "id": key, **error_body(error, model), "uid": "", "position": ""}


def write_csv(path: Path, encoding: str, delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(["id", "text"])
        writer.writerows([f"m{i}", text] for i, text in enumerate(TEXTS))
    return path


def read(path: Path, **options: str) -> list[Message]:
    return list(open_source(path, **options).rows())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "kz1048"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_csv_in_every_encoding_of_the_region(tmp_path: Path, encoding: str, delimiter: str) -> None:
    source = open_source(write_csv(tmp_path / "a.csv", encoding, delimiter))
    assert source.encoding == encoding
    assert [(m.row, m.id, m.text, m.error) for m in source.rows()] == [
        (i + 1, f"m{i}", text, None) for i, text in enumerate(TEXTS)
    ]


def test_russian_in_cp1251_is_told_from_kazakh_in_kz1048(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("text\nПодъезд №5, ёлка\nсообщите мне время\n", encoding="cp1251")
    source = open_source(path)
    assert source.encoding == "cp1251"
    assert [m.text for m in source.rows()] == ["Подъезд №5, ёлка", "сообщите мне время"]


def test_jsonl_rows_that_cannot_be_read_stay_as_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        '{"id": 7, "text": "сәлем"}\nnot json\n{"id": 8}\n[1]\n\n{"id": 9, "text": 5}\n'.encode()
        + b'{"id": 10, "text": "\xff\xfe"}\n{"id": 11, "text": "last"}\n'
    )
    rows = read(path)
    assert [m.row for m in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [m.text for m in rows] == ["сәлем", None, None, None, None, None, "last"]
    assert [bool(m.error) for m in rows] == [False, True, True, True, True, True, False]


def test_undecodable_bytes_in_csv_are_a_row_error_and_nothing_else_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,text\n1,сәлем достар\n2,".encode() + b"\xd0\x28\xff" + "\n3,қайырлы кеш\n".encode())
    rows = read(path)
    assert [(m.id, m.text) for m in rows] == [("1", "сәлем достар"), ("2", None), ("3", "қайырлы кеш")]
    assert "utf-8" in (rows[1].error or "")


def test_short_rows_long_fields_and_nul_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    long = "ұзын " * 60_000
    path.write_text(f"id,text\n1\n2,{long}\n3,а\x00б\n", encoding="utf-8")
    rows = read(path)
    assert rows[0].error == "no text in this row"
    assert rows[1].text == long
    assert rows[2].text == "а\x00б"


def test_parquet_in(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"message_id": [1, 2], "message": ["сәлем", None], "x": [0, 0]}), path)
    assert [(m.id, m.text, m.error) for m in open_source(path).rows()] == [
        ("1", "сәлем", None), ("2", None, "no text in this row"),
    ]  # fmt: skip


def test_columns_are_found_or_the_error_names_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Дата,Хабарлама,кімнен\n1,сәлем,аға\n", encoding="utf-8")
    assert read(path)[0].text == "сәлем"
    assert read(path, text_column="кімнен")[0].text == "аға"
    with pytest.raises(InputError, match="Дата, Хабарлама, кімнен"):
        open_source(path, text_column="body")
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="a, b"):
        open_source(path)


def test_empty_and_unknown_files(tmp_path: Path) -> None:
    for name in ("a.csv", "a.jsonl"):
        (tmp_path / name).write_bytes(b"")
        assert read(tmp_path / name) == []
    (tmp_path / "a.docx").write_bytes(b"neither this nor that")
    with pytest.raises(InputError, match="csv, tsv, xlsx, jsonl, parquet"):
        open_source(tmp_path / "a.docx")
    with pytest.raises(InputError, match="no such file"):
        open_source(tmp_path / "none.csv")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1nothing")
    with pytest.raises(InputError, match="Parquet"):
        open_source(tmp_path / "bad.parquet")


def test_encoding_guess_survives_a_cut_letter() -> None:
    assert detect("сәлем".encode()[:-1]) == "utf-8"


@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_cells_that_a_spreadsheet_would_run_are_made_harmless(tmp_path: Path, kind: str) -> None:
    with Writer(tmp_path / "o", kind) as writer:
        writer.write([error_record(1, '=HYPERLINK("x")', "bad row", "m")])
    with (tmp_path / "o").open(encoding="utf-8-sig", newline="") as stream:
        row = next(csv.DictReader(stream, delimiter="," if kind == "csv" else "\t"))
    assert list(row) == list(FIELDS)
    assert row["id"].startswith("'=")


def test_a_failed_run_leaves_no_half_written_output(tmp_path: Path) -> None:
    def stopped() -> None:
        with Writer(tmp_path / "o.jsonl", "jsonl") as writer:
            writer.write([error_record(1, "1", "bad", "m")])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        stopped()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OutputError, match="cannot write"):
        Writer(tmp_path / "no" / "o.jsonl", "jsonl")


def test_parquet_out_reads_back(tmp_path: Path) -> None:
    with Writer(tmp_path / "o.parquet", "parquet") as writer:
        writer.write([error_record(1, "a", "bad", "m") | {"scores": {"fraud": 0.5}}])
    row = pq.read_table(tmp_path / "o.parquet").to_pylist()[0]
    assert list(row) == list(FIELDS)
    assert dict(row["scores"]) == {"fraud": 0.5}
    json.dumps(row)
