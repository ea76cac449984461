from __future__ import annotations

from pathlib import Path

import pytest

from cybertriage import InputError
from cybertriage.readers import open_source
from cybertriage.readers.encodings import TRIED

UNREADABLE = f"no readable text in any encoding tried: {', '.join(TRIED)}"
FILES = Path(__file__).parents[1] / "files"


def backup(path: Path, *elements: str) -> Path:
    path.write_text(f"<?xml version='1.0'?><smses>{''.join(elements)}</smses>", encoding="utf-8")
    return path


def test_backup_with_emoji_in_halves_and_mms() -> None:
    source = open_source(FILES / "sms_backup.xml")
    assert source.format == "sms"
    assert [(m.row, m.id, m.position, m.text) for m in source.rows()] == [
        (1, "1", "message 1", "Код 1234. Никому не сообщайте"),
        (2, "2", "message 2", "Сәлем 😀 & қош\nекінші жол"),
        (3, "3", "message 4", "Сыйлық\nПоздравляем, вы выиграли"),
        (4, "4", "message 6", "соңғы"),
    ]
    assert [(s.position, s.reason) for s in source.skips.listed] == [
        ("message 3", "no text"),
        ("message 5", "no message"),
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("&#55357;&#56832;", "😀"),
        ("&#xD83D;&#xDE00;", "😀"),
        ("&#128512;", "😀"),
        ("a&#55357;b", "a\ufffdb"),
        ("&#65;&lt;", "A<"),
        ("a&#0;b", None),
        ("a&#99999999;b", None),
        ("a\x00b", None),
    ],
)
def test_references_to_characters(tmp_path: Path, body: str, text: str | None) -> None:
    path = backup(tmp_path / "a.xml", f'<sms body="{body}"/>', '<sms body="next"/>')
    assert [m.text for m in open_source(path).rows()] == [text, "next"]


def test_references_on_the_edge_of_what_is_read_at_once(tmp_path: Path) -> None:
    for pad in range(65_536 - 60, 65_536 - 20):
        path = backup(tmp_path / "a.xml", f'<sms body="{"a" * pad}&#55357;&#56832;"/>')
        assert [str(m.text)[-1] for m in open_source(path).rows()] == ["😀"]


def test_cut_backup_keeps_what_was_before(tmp_path: Path) -> None:
    whole = (FILES / "sms_backup.xml").read_bytes()
    path = tmp_path / "a.xml"
    path.write_bytes(whole[: whole.index("Поздравляем".encode())])
    rows = list(open_source(path).rows())
    assert [m.error is None for m in rows] == [True, True, False]
    assert rows[-1].position == "message 4"


def test_bytes_that_are_not_utf8_cost_one_message(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes((FILES / "sms_backup.xml").read_bytes().replace("Никому".encode(), b"\xff\xfe\x80"))
    assert [m.error for m in open_source(path).rows()] == [UNREADABLE, None, None, None]


@pytest.mark.parametrize("content", ["", "<a/>", "<html><body/></html>", "text", "<?xml version='1.0'?>"])
def test_other_xml_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.xml").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="SMS Backup"):
        open_source(tmp_path / "a.xml")


@pytest.mark.parametrize(
    "body", ['сказал "ок" и ушёл', 'R&D <b> "x"', "a & b", 'конец "', '"', "1 < 2", "тот & этот > все"]
)
def test_a_body_that_was_not_escaped_costs_nothing(tmp_path: Path, body: str) -> None:
    path = tmp_path / "sms.xml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<smses count="3">\n'
        f'  <sms address="1" body="бір" read="1" />\n  <sms address="1" body="{body}" read="1" />\n'
        '  <sms address="1" body="үш" read="1" />\n</smses>\n',
        encoding="utf-8",
    )
    assert [m.text for m in open_source(path).rows()] == ["бір", body, "үш"]
