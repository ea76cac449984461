from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cybertriage.errors import InputError
from cybertriage.readers.labelled import read_labelled

SECRET = "құпия хабарлама"


def table(path: Path, labels: list[object], texts: list[str] | None = None) -> Path:
    texts = texts or [f"{SECRET} {at}" for at in range(len(labels))]
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text", "label"], *zip(texts, labels, strict=True)])
    return path


@pytest.mark.parametrize(
    ("labels", "harmful"),
    [
        (["1", "0", "1"], (True, False, True)),
        ([" Spam ", "HAM", "spam"], (True, False, True)),
        (["Да", "нет", "иә"], (True, False, True)),
        (["1.0", "0.0", "1"], (True, False, True)),
    ],
)
def test_usual_labels_are_understood(tmp_path: Path, labels: list[object], harmful: tuple[bool, ...]) -> None:
    found = read_labelled(table(tmp_path / "in.csv", labels))
    assert found.harmful == harmful
    assert found.rows == (1, 2, 3)
    assert found.unreadable == ()


def test_numbers_and_truth_values_of_other_formats_are_labels_too(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    rows = [{"text": "a b", "label": value} for value in (1, 0, True, False, 1.0)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert read_labelled(path).harmful == (True, False, True, False, True)
    parquet = tmp_path / "in.parquet"
    pq.write_table(pa.table({"text": ["a", "b", "c"], "label": [1, 0, 1]}), parquet)
    assert read_labelled(parquet).harmful == (True, False, True)


@pytest.mark.parametrize("value", ["", "   "])
def test_a_missing_label_is_refused_with_its_row(tmp_path: Path, value: str) -> None:
    with pytest.raises(InputError, match="row 2: the label is missing"):
        read_labelled(table(tmp_path / "in.csv", ["1", value, "0"]))


def test_a_missing_label_of_another_format_is_not_taken_for_the_row_number(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "a", "label": null}\n{"text": "b", "label": 0}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 1: the label is missing"):
        read_labelled(path)


def test_an_unknown_label_is_refused_with_its_row_and_without_showing_a_cell(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 3: the label is unknown") as raised:
        read_labelled(table(tmp_path / "in.csv", ["1", "0", SECRET]))
    assert SECRET not in str(raised.value)


def test_the_positive_value_can_be_named(tmp_path: Path) -> None:
    path = table(tmp_path / "in.csv", ["vish", "rest", "VISH"])
    assert read_labelled(path, positive=["Vish"]).harmful == (True, False, True)
    with pytest.raises(InputError, match="row 3: the label is neither"):
        read_labelled(table(path, ["vish", "rest", "ads"]), positive=["vish"])
    both = read_labelled(path, positive=["vish"], negative=["rest", "ads"])
    assert both.harmful == (True, False, False)
    with pytest.raises(InputError, match="both name vish"):
        read_labelled(path, positive=["vish"], negative=["VISH"])


def test_a_column_that_is_not_there_or_the_same_one_twice_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "in.csv", ["1", "0"])
    with pytest.raises(InputError, match="--label-column 'klass' is not there; the columns are: text, label"):
        read_labelled(path, label_column="klass")
    with pytest.raises(InputError, match="both 'text'"):
        read_labelled(path, label_column="text")
    path.write_text("text,x\na,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="give --label-column"):
        read_labelled(path)


def test_a_file_without_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text("a\nb\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"not a table|label"):
        read_labelled(path, label_column="label")


def test_rows_without_a_text_are_left_out_and_told(tmp_path: Path) -> None:
    found = read_labelled(table(tmp_path / "in.csv", ["1", "nonsense", "0"], ["a", " ", "b"]))
    assert [(row.row, row.reason) for row in found.unreadable] == [(2, "the text is empty")]
    assert found.rows == (1, 3)


def test_no_message_is_in_the_repr(tmp_path: Path) -> None:
    assert SECRET not in repr(read_labelled(table(tmp_path / "in.csv", ["1", "0"])))


def test_labels_of_another_encoding_are_read(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    rows = [["text", "метка"], [f"{SECRET} бір", "мошенничество"], ["обычное сообщение", "норма"]]
    path.write_bytes("".join(",".join(row) + "\n" for row in rows).encode("kz1048"))
    assert read_labelled(path).harmful == (True, False)


def test_a_workbook_has_numbers_for_labels(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (["text", "label"], ["a b", 1], ["c d", 0.0], ["e f", True]):
        book.active.append(row)
    book.save(tmp_path / "in.xlsx")
    assert read_labelled(tmp_path / "in.xlsx").harmful == (True, False, True)
