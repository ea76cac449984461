"""What the lines of a WhatsApp export are: heads, senders, system lines, media.

In: lines. Out: what a reader of the chat sees of a message, or why that is nothing.
Invariants: a sender is cut off and forgotten; only what the app itself writes, in Kazakh, Russian or English, is left
out: a text that might be somebody's is kept.
"""

from __future__ import annotations

import re

from cybertriage.io.source import NO_TEXT

SYSTEM, MEDIA, DELETED = "system line", "media without text", "deleted message"

_BIDI = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?"
_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"
_HALF = r"(?:\s?(?:[AaPp]\.?\s?[Mm]\.?|ДП|ПП|түске дейін|түстен кейін))?"
_WHEN = rf"{_DATE}(?:\s?[гж]\.)?,?\s(?:в\s|at\s)?{_TIME}{_HALF}"
_HEAD = re.compile(rf"[{_BIDI}]*(?:\[{_WHEN}\]|{_WHEN}\s[-–])(?:\s|$)")
_SENDER = re.compile(r"([^:]{1,100}):(?:\s|$)")
_EDGE = re.compile(rf"^[{_BIDI}]+")
_EDITED = re.compile(
    rf"[{_BIDI}\s]*<(?:This message was edited|(?:Данное )?[Сс]ообщение изменено|(?:Бұл )?[Хх]абар өзгертілді)\.?>$"
)
_FILE = r"[^\n/\\<>:|]{1,120}\.\w{2,5}"
_MEDIA = (
    r"<(?:Media omitted|[^<>\n]{0,12}медиа[^<>\n]{0,24})>"
    rf"|<(?:attached|прикреплено|тіркелген): {_FILE}>"
    r"|(?:image|video|audio|GIF|sticker|document|contact card|video note) omitted"
    r"|(?:изображение|видео|аудио(?:файл)?|GIF|стикер|документ|карточка контакта|видеосообщение)"
    r" (?:отсутствует|не включено|не включен|пропущено|пропущен)"
    r"|(?:сурет|бейне|аудио|GIF|стикер|құжат|контакт картасы)(?: файлы)? (?:жоқ|қосылмаған|қалдырылды)"
    rf"|{_FILE} \((?:file attached|файл добавлен|файл прикреплён|файл тіркелген|файл тіркелді)\)"
)
_MEDIA_LINE = re.compile(rf"[{_BIDI}]*(?:{_MEDIA})[{_BIDI}\s]*", re.IGNORECASE)
_MEDIA_END = re.compile(rf"\s\u200e(?:{_MEDIA})$", re.IGNORECASE)
_DELETED = re.compile(
    r"(?:This message was deleted|You deleted this message|(?:Данное )?[Сс]ообщение удалено"
    r"|Вы удалили (?:данное |это )?сообщение|(?:Бұл )?[Хх]абар(?:лама)? (?:жойылды|өшірілді)"
    r"|Сіз (?:бұл )?хабар(?:лама)?(?:ды)? (?:жойдыңыз|өшірдіңіз))\.?"
)
# On iOS a system line bears the name of the group as its sender; only the mark before it tells it from a message.
_NOTICE = re.compile(
    r"\u200e[^\n/]{0,160}(?:end-to-end encrypted|сквозным шифрованием|шифрланған|"
    r"created (?:this )?group|созда\S{1,8} группу|топты? құрды|"
    r" added| добавил| қосты| left$| покинул| вышел| вышла| шықты|joined using|присоединил|қосылды|"
    r" removed| удалил| жойды|"
    r"changed (?:the|this|their)|изменил\S{0,5} (?:тему|название|изображение|описание|номер|настройки)|"
    r"security code|код безопасности|қауіпсіздік коды|missed (?:voice|video|group)|пропущенный|қабылданбаған)"
    r"[^\n/]{0,160}",
    re.IGNORECASE,
)


def head_end(line: str) -> int | None:
    """Where the date and time that begin a message end; None for a line that goes on with the one before."""
    head = _HEAD.match(line)
    return head.end() if head else None


def looks_like_chat(sample: str) -> bool:
    """Whether a text begins as an export does, or has several heads in it, should its beginning be lost."""
    found = [head_end(line) is not None for line in sample.splitlines() if line.strip()]
    return bool(found) and (found[0] or sum(found) >= 3)


def without_sender(line: str) -> str | None:
    """What stands behind the sender in a line whose head is cut off; None for a system line, which has no sender."""
    sender = _SENDER.match(line)
    if sender is None or _quote_open(sender[1]):
        return None
    return line[sender.end() :]


def _quote_open(name: str) -> bool:
    """Whether a quotation begins here that ends behind the colon, as in a line on a group's old and new name."""
    return name.count('"') % 2 == 1 or name.count("«") > name.count("»") or name.count("“") > name.count("”")


def body(text: str) -> tuple[str, str]:
    """The text of a message without what the app adds to it, and, where nothing is left, the reason."""
    text = _EDITED.sub("", text)
    bare = _EDGE.sub("", text)
    if not bare.strip():
        return "", NO_TEXT
    if _DELETED.fullmatch(bare):
        return "", DELETED
    if bare == "null":
        return "", MEDIA
    if _NOTICE.fullmatch(text):
        return "", SYSTEM
    first, _, rest = bare.partition("\n")
    if _MEDIA_LINE.fullmatch(first):
        bare = rest
    bare = _MEDIA_END.sub("", bare)
    return bare, "" if bare.strip() else MEDIA
