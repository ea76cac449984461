"""Encodings: every one of the region is read right or refused, whole or mixed with another, never scored as noise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cybertriage.readers import encodings, open_source
from cybertriage.text.plausible import implausible, plausibility

RUSSIAN = [
    "Служба безопасности банка, назовите код из сообщения",
    "Завтра утром едем на рынок, захвати сумку и деньги на проезд",
    "Подъезд №5, этаж третий, ключ у соседки, ёлку уже поставили",
    "Ваша посылка прибыла, заберите до пятницы",
]
KAZAKH = [
    "Банктен хабарласып тұрмыз, SMS-кодты айтыңыз",
    "Ертең ауылға барамыз, әжеме қант пен шай алып ал",
    "Қарызыңызды жұмаға дейін төлеңіз, әйтпесе өсім қосылады",
    "Балалар үйде ме, кешке нан ала кел",
]
CODE_PAGES = ["cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic"]
WIDE = ["utf-16-le", "utf-16-be", "utf-16", "utf-32", "utf-32-le"]
FOREIGN = [
    "Bugün eve erken geleceğim, çay koyar mısın lütfen",
    "Men búgin úıge keshirek kelemin, ńan ala kel",
    "Привіт, їду додому, купи хліба і молока",
    "━━━━ СКИДКИ ━━━━ ■ Обувь ● Сумки",
    "مرحبا بكم",
    "🔥🔥🔥 да 🔥🔥🔥",
    "Ω-3 и β-каротин в наличии",
]


def _read(path: Path, **options: str) -> list[str | None]:
    return [found.text for found in open_source(path, **options).rows()]


def _file(folder: Path, kind: str, texts: list[str]) -> tuple[Path, str]:
    body = {
        "txt": "\n".join(texts),
        "csv": "id;text\n" + "\n".join(f'{n};"{t}"' for n, t in enumerate(texts)),
        "jsonl": "\n".join(json.dumps({"text": t}, ensure_ascii=False) for t in texts),
    }[kind]
    return folder / f"in.{kind}", body + "\n"


@pytest.mark.parametrize("kind", ["txt", "csv", "jsonl"])
@pytest.mark.parametrize("encoding", [*CODE_PAGES, *WIDE])
def test_a_file_in_one_encoding_is_read_right(tmp_path: Path, kind: str, encoding: str) -> None:
    path, body = _file(tmp_path, kind, RUSSIAN)
    path.write_bytes(body.replace("№", "N").encode(encoding))
    assert _read(path) == [text.replace("№", "N") for text in RUSSIAN]


@pytest.mark.parametrize("kind", ["txt", "csv", "jsonl"])
@pytest.mark.parametrize("encoding", ["kz1048", *WIDE])
def test_kazakh_in_one_encoding_is_read_right(tmp_path: Path, kind: str, encoding: str) -> None:
    path, body = _file(tmp_path, kind, KAZAKH)
    path.write_bytes(body.encode(encoding))
    assert _read(path) == KAZAKH


@pytest.mark.parametrize("kind", ["txt", "csv", "jsonl"])
@pytest.mark.parametrize("encoding", [*CODE_PAGES, "kz1048"])
@pytest.mark.parametrize("every", [2, 3, 5])
def test_a_file_of_two_encodings_is_read_row_by_row(tmp_path: Path, kind: str, encoding: str, every: int) -> None:
    texts = [text.replace("№", "N") for text in RUSSIAN * 8]
    path, body = _file(tmp_path, kind, texts)
    lines = body.splitlines()
    path.write_bytes(
        b"\n".join(x.encode(encoding if at % every == 1 else "utf-8") for at, x in enumerate(lines)) + b"\n"
    )
    source = open_source(path)
    assert [found.text for found in source.rows()] == texts
    assert sum(source.skips.notes.values()) > 0


@pytest.mark.parametrize(("wrong", "right"), [("cp1251", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "cp1251")])
def test_text_saved_after_a_wrong_reading_is_read_back(tmp_path: Path, wrong: str, right: str) -> None:
    clean = [t for t in RUSSIAN if "И" not in t and "№" not in t]
    broken = [t.encode(right).decode(wrong, "ignore") for t in clean]
    path = tmp_path / "in.txt"
    path.write_text("\n".join(broken) + "\n", encoding="utf-8")
    found = _read(path)
    assert all(text is None or text in clean for text in found)
    assert sum(text is not None for text in found) >= len(clean) - 1


def test_noise_is_a_row_error_and_never_scored(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes("\n".join(RUSSIAN).encode() + b"\n" + bytes(range(128, 255)) + b"\n")
    rows = list(open_source(path).rows())
    assert [r.text for r in rows[:4]] == RUSSIAN
    assert rows[4].text is None
    assert "encoding" in str(rows[4].error)


@pytest.mark.parametrize("text", [*RUSSIAN, *KAZAKH, *FOREIGN, "Ок", "да", "ООО ГГГ", "ВНИМАНИЕ!!! СРОЧНО"])
def test_what_people_write_is_no_noise(text: str) -> None:
    assert not implausible(text)


@pytest.mark.parametrize("encoding", ["koi8-r", "cp866", "iso8859-5"])
@pytest.mark.parametrize("text", [t for t in RUSSIAN if "№" not in t])
def test_letters_of_a_wrong_encoding_are_noise(encoding: str, text: str) -> None:
    noise = text.encode(encoding).decode("cp1251", "replace")
    right, wrong = plausibility(text), plausibility(noise)
    assert right is not None
    assert wrong is not None
    assert right > wrong + 1


def test_plain_latin_and_empty_files_are_utf8() -> None:
    assert encodings.detect(b"") == "utf-8"
    assert encodings.detect(b"salem, qalaysyn?\n" * 10) == "utf-8"
