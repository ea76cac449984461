"""Hostile mails, HTML and XML: everything comes back, nothing outward is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage import InputError
from cybertriage.readers import open_source
from cybertriage.readers.html_text import html_text
from cybertriage.readers.source import Message


def rows_of(path: Path) -> list[Message]:
    return list(open_source(path).rows())


HTML = ["<", ">", "<a href='", '"', "'", "=", "<!--", "-->", "<script", "</a>", "&#", "x ", "</", "<![CDATA[", "\x00"]


@given(parts=st.lists(st.sampled_from(HTML), max_size=60))
def test_any_html_has_a_text(parts: list[str]) -> None:
    assert isinstance(html_text("".join(parts)), str)


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<a ", "<a href='", "<a b=c ", "<a/", '<a"', "<![", "</script", "<script>", "&", "href =", "<p>"],
)
def test_html_of_a_megabyte_comes_back(piece: str) -> None:
    assert isinstance(html_text(piece * (1_000_000 // len(piece))), str)


@pytest.mark.parametrize(
    "header",
    ["Subject: " + "=?a?q?" * 100_000, "Content-Type: text/plain" + ';a="' * 100_000, "A: " + "\n " * 100_000,
     "Content-Type: multipart/mixed; boundary=" + "a" * 100_000, "Content-Type: " + "a/" * 100_000],
)  # fmt: skip
def test_headers_of_half_a_megabyte_come_back(tmp_path: Path, header: str) -> None:
    (tmp_path / "a.eml").write_text(header + "\n\nсәлем", encoding="utf-8")
    source = open_source(tmp_path / "a.eml")
    assert len(list(source.rows())) + len(source.skips.listed) >= 1


def test_a_mail_inside_a_mail_a_thousand_times(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text("Content-Type: message/rfc822\n\n" * 5000 + "сәлем", encoding="utf-8")
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    (tmp_path / "b.eml").write_text(nested + "\nсәлем", encoding="utf-8")
    for name in ("a.eml", "b.eml"):
        source = open_source(tmp_path / name)
        assert len(list(source.rows())) + len(source.skips.listed) >= 1


BOMB = "<!DOCTYPE smses [" + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10)
) + ']><smses><sms body="&l9;"/></smses>'  # fmt: skip
OUTWARD = '<!DOCTYPE smses [<!ENTITY x SYSTEM "file:///etc/passwd">]><smses><sms body="a">&x;</sms></smses>'


@pytest.mark.parametrize(
    "xml", [BOMB, OUTWARD, '<!DOCTYPE smses SYSTEM "http://dtd.example/a.dtd"><smses><sms body="a"/></smses>']
)
def test_xml_entities_are_refused(tmp_path: Path, xml: str) -> None:
    (tmp_path / "a.xml").write_text(xml, encoding="utf-8")
    with pytest.raises(InputError, match="entities"):
        open_source(tmp_path / "a.xml")


def test_an_entity_that_is_not_declared_is_plain_text(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text('<smses><sms body="a"/><sms body="&x;"/></smses>', encoding="utf-8")
    assert [m.text for m in rows_of(tmp_path / "a.xml")] == ["a", "&x;"]


def test_a_picture_of_thirty_megabytes_in_an_attribute(tmp_path: Path) -> None:
    parts = f'<part ct="image/jpeg" data="{"QUJD" * 8_000_000}"/><part ct="text/plain" text="сәлем"/>'
    (tmp_path / "a.xml").write_text(f"<smses><mms><parts>{parts}</parts></mms></smses>", encoding="utf-8")
    assert [m.text for m in rows_of(tmp_path / "a.xml")] == ["сәлем"]


def test_a_backup_nested_without_end(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<smses>" + '<sms body="a">' * 300_000, encoding="utf-8")
    assert all(m.error for m in rows_of(tmp_path / "a.xml"))
