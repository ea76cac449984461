"""The registry of public data, on a small registry made here; and on the real one where it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from training import sources

HEADER = "dataset\tlanguage\tpath\turl\tsha256\tbytes\tlicence\tlicence_evidence\tuse\tnotes\n"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "tsv").mkdir()
    good = "index_id\tcategory\ttext\n1\tx\tсәлем\n".encode()
    (tmp_path / "tsv" / "a.tsv").write_bytes(good)
    digest = hashlib.sha256(good).hexdigest()
    (tmp_path / "sources.tsv").write_text(
        HEADER + f"sib200-kk\tkk\ttsv/a.tsv\tu\t{digest}\t1\tx\tx\ttrain\t\n"
        f"codeswitch-kk-ru\tkk\ttsv/a.tsv\tu\t{digest}\t1\tx\tx\tdev\t\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("CYBERTRIAGE_DATA", str(tmp_path))
    sources.registry.cache_clear()
    yield tmp_path
    sources.registry.cache_clear()


def test_rows_are_read_by_schema(registry: Path) -> None:
    assert [row.text for row in sources.rows_of("sib200-kk")] == ["сәлем"]


def test_a_changed_file_is_refused_by_name(registry: Path) -> None:
    (registry / "tsv" / "a.tsv").write_bytes(b"other")
    with pytest.raises(ValueError, match=r"a\.tsv: sha256"):
        list(sources.rows_of("sib200-kk"))


def test_evaluation_sets_are_never_handed_to_training(registry: Path) -> None:
    with pytest.raises(PermissionError, match="use=dev"):
        list(sources.rows_of("codeswitch-kk-ru"))


def test_an_unknown_set_is_named(registry: Path) -> None:
    with pytest.raises(KeyError, match="nothing"):
        list(sources.rows_of("nothing"))


def test_no_data_says_how_to_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CYBERTRIAGE_DATA", str(tmp_path / "none"))
    sources.registry.cache_clear()
    with pytest.raises(FileNotFoundError, match="CYBERTRIAGE_DATA"):
        sources.registry()
    assert sources.data_root() is None


def registered(folder: Path, dataset: str, name: str, data: bytes) -> None:
    """One more file in the small registry."""
    (folder / name).write_bytes(data)
    with (folder / "sources.tsv").open("a", encoding="utf-8") as stream:
        stream.write(f"{dataset}\tkk\t{name}\tu\t{hashlib.sha256(data).hexdigest()}\t1\tx\tx\ttrain\t\n")
    sources.registry.cache_clear()


def test_a_missing_column_names_file_and_column(registry: Path) -> None:
    registered(registry, "tg-spam-tizh", "spam.csv", b"text,label\nx,0\n")
    with pytest.raises(ValueError, match=r"spam\.csv: no column message"):
        list(sources.rows_of("tg-spam-tizh"))


def test_an_unknown_label_names_file_row_and_label(registry: Path) -> None:
    registered(registry, "tg-spam-tizh", "spam.csv", b"message,label\nx,0\ny,maybe\n")
    with pytest.raises(ValueError, match=r"spam\.csv: row 2: label 'maybe'"):
        list(sources.rows_of("tg-spam-tizh"))
