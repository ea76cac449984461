from __future__ import annotations

import base64
import quopri
import random
from email.message import EmailMessage
from pathlib import Path

import pytest

from cybertriage.readers import mail, open_source
from cybertriage.readers.html_text import html_text
from cybertriage.readers.source import Source

FILES = Path(__file__).parents[1] / "files"


def eml(path: Path, source: bytes) -> Source:
    path.write_bytes(source)
    return open_source(path, format="eml")


def text_of(path: Path, source: bytes) -> str | None:
    return next(iter(eml(path, source).rows())).text


def test_mail_with_html_shows_where_its_links_lead() -> None:
    source = open_source(FILES / "phishing.eml")
    assert [m.text for m in source.rows()] == [
        "Ваш счёт заблокирован\nВойдите www.bank.example (https://login-bank.example/a?b=1&c=2) сегодня\nlogo\n© bank"
    ]
    assert source.skips.counts == {"attachment": 2}


def test_mailbox() -> None:
    source = open_source(FILES / "mailbox.mbox")
    assert [(m.position, m.text) for m in source.rows()] == [
        ("mail 1", "first\nСәлем\n\nFrom here on it is quoted\nFrom the bank, with love"),
        ("mail 2", "second\nЕкінші хат"),
        ("mail 3", "forwarded\ninner\nІшкі хат"),
    ]


def two_versions(plain: str, rich: str) -> EmailMessage:
    message = EmailMessage()
    message.set_content(plain)
    message.add_alternative(rich, subtype="html")
    return message


def test_plain_version_is_preferred_unless_it_is_a_stub(tmp_path: Path) -> None:
    rich = "<p>Ертең сағат <b>онда</b> жиналыс болады!</p>"
    message = two_versions("Ертең сағат онда жиналыс болады", rich)
    message["Subject"] = "Жиналыс"
    assert text_of(tmp_path / "a.eml", bytes(message)) == "Жиналыс\nЕртең сағат онда жиналыс болады"
    message = two_versions("HTML", rich)
    assert text_of(tmp_path / "a.eml", bytes(message)) == "Ертең сағат онда жиналыс болады!"


def test_a_plain_version_that_hides_a_target_is_not_preferred(tmp_path: Path) -> None:
    rich = '<p>Сіздің <a href="https://x.example/a">банкіңізден</a> хабарлама</p>'
    message = two_versions("Сіздің банкіңізден хабарлама", rich)
    assert text_of(tmp_path / "a.eml", bytes(message)) == "Сіздің банкіңізден (https://x.example/a) хабарлама"
    message = two_versions("Сіздің банкіңізден хабарлама x.example", rich)
    assert text_of(tmp_path / "a.eml", bytes(message)) == "Сіздің банкіңізден хабарлама x.example"


def test_texts_between_attachments_are_all_read(tmp_path: Path) -> None:
    message = EmailMessage()
    message.set_content("бірінші")
    message.add_attachment(b"x", maintype="image", subtype="png")
    message.add_attachment("екінші", disposition="inline")
    source = eml(tmp_path / "a.eml", bytes(message))
    assert [m.text for m in source.rows()] == ["бірінші\nекінші"]
    assert source.skips.counts == {"attachment": 1}


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "koi8-r", "iso-8859-5", "utf-16"])
def test_charsets(tmp_path: Path, charset: str) -> None:
    body = "Сообщите код из СМС".encode(charset)
    head = f"Subject: a\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n".encode()
    assert charset == "utf-16" or text_of(tmp_path / "a.eml", head + body) == "a\nСообщите код из СМС"


@pytest.mark.parametrize("charset", ["x-unknown", "us-ascii", "zlib", "rot13", "punycode", "undefined", '"', ""])
def test_a_wrong_charset_is_guessed_instead(tmp_path: Path, charset: str) -> None:
    for encoding in ("utf-8", "cp1251"):
        head = f"Content-Type: text/plain; charset={charset}\n\n".encode()
        assert text_of(tmp_path / "a.eml", head + "Сообщите код".encode(encoding)) == "Сообщите код"


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"=?UTF-8?B?0JHQsNC90Lo=?=", "Банк"),
        (b"=?utf-8?q?=D0=91?=\n =?utf-8?q?=D0=B0?=", "Ба"),
        (b"=?x-none?b?0JHQsNC90Lo=?=", "Банк"),
        (b"=?utf-8?b?%%%?= a", None),
        ("Банк".encode("cp1251"), "Банк"),
        ("Банк".encode(), "Банк"),
        (b"plain\n folded", "plain folded"),
    ],
)
def test_subjects(tmp_path: Path, raw: bytes, subject: str | None) -> None:
    text = text_of(tmp_path / "a.eml", b"Subject: " + raw + b"\n\nbody")
    assert text is not None
    assert text.endswith("body")
    assert subject is None or text == f"{subject}\nbody"


def test_mail_without_text_is_told(tmp_path: Path) -> None:
    source = eml(tmp_path / "a.eml", b"Content-Type: image/png\n\nx")
    assert list(source.rows()) == []
    assert source.skips.counts == {"attachment": 1, "no text": 1}
    assert list(eml(tmp_path / "a.eml", b"").rows()) == []


def test_of_a_huge_mail_the_beginning_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "LARGEST", 200_000)
    noise = random.Random(1).randbytes(400_000).hex().encode()
    first = (
        b"From a Thu Mar 12 09:00:00 2026\nSubject: a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nbody\n--b\n"
    )
    first += (
        b"Content-Type: image/png\n\n"
        + b"\n".join(noise[i : i + 76] for i in range(0, len(noise), 76))
        + b"\n--b--\n\n"
    )
    path = tmp_path / "a.mbox"
    path.write_bytes(first + b"From b Thu Mar 12 09:00:00 2026\nSubject: next\n\nlast\n")
    source = open_source(path)
    assert [m.text for m in source.rows()] == ["a\nbody", "next\nlast"]
    assert any("follows the first" in reason for reason in source.skips.counts)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a<br>b<p>c</p>d", "a\nb\nc\nd"),
        ('<a href="https://x.example/">x.example</a>', "x.example"),
        ('<a href="https://x.example"><b>x</b></a> y', "x (https://x.example) y"),
        ("<a href=https://x.example>x", "x (https://x.example)"),
        ("<a href='https://x.example'>x<a href='//y.example'>y</a>", "x (https://x.example)y (//y.example)"),
        ('<a title="a>b" data-href="q" HREF = "https&#58;//x.example">x</a>', "x (https://x.example)"),
        ('<a href="mailto:a@b.example">write</a> <a href="#top">up</a>', "write up"),
        ('<a href="tel:+77000000000">bank</a>', "bank (tel:+77000000000)"),
        ('<a href="https://x.example"><img src="a.png"></a>', "(https://x.example)"),
        ('<form action="https://x.example/in">Код: <input></form>', "(https://x.example/in)Код:"),
        ("<SCRIPT>if (a<b) x()</SCRIPT><style>p{}</style><title>t</title>c<!-- no <p> -->d", "cd"),
        ("5 < 6 && 7 > 2 &lt;b&gt;", "5 < 6 && 7 > 2 <b>"),
        ("<script>never closed", "never closed"),
        ("<!-- never closed <b>x</b>", "<!-- never closed x"),
        ("a&nbsp;&amp;\n  b", "a & b"),
    ],
)
def test_html(source: str, text: str) -> None:
    assert html_text(source) == text


def test_a_long_target_is_shortened_behind_its_host() -> None:
    shown = html_text(f'<a href="https://x.example/{"a" * 5000}">x</a>')
    assert shown.startswith("x (https://x.example/aaa")
    assert len(shown) < 400


INNER = (
    "Subject: ішкі\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\nкодты айтыңыз\r\n"
)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_a_forwarded_mail_is_decoded(tmp_path: Path, encoding: str) -> None:
    packed = base64.encodebytes(INNER.encode()) if encoding == "base64" else quopri.encodestring(INNER.encode())
    head = f"Subject: x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    assert "кодты айтыңыз" in text_of(tmp_path / "a.eml", head + packed)


def test_the_text_of_a_multipart_without_a_boundary_is_read(tmp_path: Path) -> None:
    mail = "Subject: x\nContent-Type: multipart/mixed\n\nкодты айтыңыз\n".encode()
    assert "кодты айтыңыз" in text_of(tmp_path / "a.eml", mail)


@pytest.mark.parametrize("charset", ["koi8-r", "cp866", "iso8859-5", "cp1251"])
@pytest.mark.parametrize("declared", [True, False])
def test_a_subject_of_eight_bit_letters_is_read(tmp_path: Path, charset: str, declared: bool) -> None:
    kind = f"Content-Type: text/plain; charset={charset}\n" if declared else ""
    mail = f"Subject: Служба безопасности банка\n{kind}\nназовите код из сообщения\n".encode(charset)
    assert text_of(tmp_path / "a.eml", mail) == "Служба безопасности банка\nназовите код из сообщения"
