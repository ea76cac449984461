"""What the lines of a WhatsApp export are: heads, senders, system lines, media.

In: lines. Out: what a reader of the chat sees of a message, or why that is nothing.
Invariants: a sender is cut off and forgotten; only what the app itself writes, in Kazakh, Russian or English, is left
out: a text that might be somebody's is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cybertriage.readers.source import NO_TEXT

SYSTEM, MEDIA, DELETED = "system line", "media without text", "deleted message"

_BIDI = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_B = f"[{_BIDI}]*"
# The shape of a head, whatever the locale: a date, a time, digits of any script, a short word or two between them
# ("в", "at", "a las") and behind them ("PM", "p. m.", "түске дейін"). Which day comes first does not matter here.
_DATE = rf"\d{{1,4}}{_B}[./\-]{_B}\d{{1,2}}{_B}[./\-]{_B}\d{{1,4}}{_B}\.?(?:\s?[^\W\d_]\.)?"
_TIME = rf"\d{{1,2}}{_B}[:.]{_B}\d{{2}}(?:{_B}[:.]{_B}\d{{2}})?"
_BETWEEN = rf"{_B}[,،]?{_B}\s{_B}(?:[^\W\d_]{{1,6}}\s){{0,2}}{_B}"
_HALF = rf"(?:\s?{_B}[^\W\d_][^\W\d_]{{0,9}}\.?(?:\s?[^\W\d_]{{1,9}}\.?)?)?{_B}"
_WHEN = rf"{_DATE}{_BETWEEN}{_TIME}{_HALF}"
_HEAD = re.compile(rf"{_B}(?:\[{_B}{_WHEN}\]|{_WHEN}\s[-–—]|{_DATE}{_BETWEEN}{_TIME}{_B}:)(?:\s|$)")
_SENDER = re.compile(r"([^:\n]{1,100}):(?:\s|$)")
_SENDER_CLOSE = re.compile(r"([^:\n]{1,100}):")
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
_EVENTS = (
    r"end-to-end encrypted|сквозным шифрованием|шифрланған|"
    r"created (?:this )?group|созда\S{1,8} группу|топты? құрды|"
    r" added| добавил| қосты| left$| покинул| вышел| вышла| шықты|joined using|присоединил|қосылды|"
    r" removed| удалил| жойды|"
    r"changed (?:the|this|their)|изменил\S{0,5} (?:тему|название|изображение|описание|номер|настройки)|"
    r"security code|код безопасности|қауіпсіздік коды|missed (?:voice|video|group)|пропущенный|қабылданбаған"
)
# On iOS a system line bears the name of the group as its sender; only the mark before it tells it from a message.
_NOTICE = re.compile(rf"\u200e[^\n/]{{0,160}}(?:{_EVENTS})[^\n/]{{0,160}}", re.IGNORECASE)
# A group's old or new name may hold the colon that looks like a sender's.
_RENAMED = re.compile(
    r"changed the (?:subject|group)|изменил\S{0,5} (?:тему|название)|created (?:this )?group|созда\S{1,8} группу"
    r"|топты? құрды|атауын өзгертті",
    re.IGNORECASE,
)
_CHANGE = re.compile("chang|измен|созда|өзгерт|құрды|created", re.IGNORECASE)
# What the app marks as its own but a reader sees as somebody's message.
_SAID_BY_APP = re.compile(
    r"\u200e(?:POLL|ОПРОС|САУАЛНАМА|OPTION|ВАРИАНТ|Location|Геопозиция|Местоположение)", re.IGNORECASE
)


def head_end(line: str) -> int | None:
    """Where the date and time that begin a message end; None for a line that goes on with the one before."""
    head = _HEAD.match(line)
    return head.end() if head else None


def looks_like_chat(sample: str) -> bool:
    """Whether a text begins as an export does, or has several heads in it, should its beginning be lost."""
    found = [head_end(line) is not None for line in sample.splitlines() if line.strip()]
    return bool(found) and (found[0] or sum(found) >= 3)


def split_sender(line: str) -> tuple[str, str] | None:
    """Sender and text of a line whose head is cut off; None for a system line, which has no sender.

    Any line with a colon is a message, unless what stands before the colon is the app's own report of a new name.
    """
    sender = _SENDER.match(line) or _SENDER_CLOSE.match(line)
    if sender is None or _RENAMED.search(sender[1]) or (_quote_open(sender[1]) and _CHANGE.search(sender[1])):
        return None
    return sender[1], line[sender.end() :]


def _quote_open(name: str) -> bool:
    """Whether a quotation begins here that ends behind the colon, as in a line on a group's old and new name."""
    return name.count('"') % 2 == 1 or name.count("«") > name.count("»") or name.count("“") > name.count("”")


def is_notice(text: str, *, by_app: bool) -> bool:
    """Whether a text is the app's own; `by_app`: its sender is one under whose name only the app writes."""
    if _NOTICE.fullmatch(text):
        return True
    marked = text.startswith("\u200e") and "\n" not in text
    return by_app and marked and not _SAID_BY_APP.match(text) and not _MEDIA_LINE.fullmatch(text)


def app_senders(lines: Iterable[str]) -> frozenset[str]:
    """Names under which every line of a sample begins with the app's mark: the group's own name in iOS exports."""
    marked: dict[str, bool] = {}
    notices: set[str] = set()
    for line in lines:
        end = head_end(line)
        found = split_sender(line[end:]) if end is not None else None
        if found is None:
            continue
        sender, text = found
        marked[sender] = marked.get(sender, True) and text.startswith("\u200e")
        if _NOTICE.fullmatch(text.rstrip("\r\n")):
            notices.add(sender)
    return frozenset(sender for sender in notices if marked[sender])


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
    first, _, rest = bare.partition("\n")
    if _MEDIA_LINE.fullmatch(first):
        bare = rest
    bare = _MEDIA_END.sub("", bare)
    return bare, "" if bare.strip() else MEDIA
