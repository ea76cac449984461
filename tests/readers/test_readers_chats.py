from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cybertriage import InputError
from cybertriage.readers import open_source
from cybertriage.readers.encodings import TRIED
from cybertriage.readers.source import Message, Source

UNREADABLE = f"no readable text in any encoding tried: {', '.join(TRIED)}"
FILES = Path(__file__).parents[1] / "files"


def texts(source: Source) -> list[str | None]:
    return [m.text for m in source.rows()]


def skipped(source: Source) -> list[tuple[str, str]]:
    list(source.rows())
    return [(s.position, s.reason) for s in source.skips.listed]


def telegram(path: Path, *items: Any, **chat: Any) -> Source:
    path.write_text(json.dumps({"name": "x", "messages": items, **chat}, ensure_ascii=False), encoding="utf-8")
    return open_source(path)


def whatsapp(path: Path, *lines: str) -> Source:
    path.write_text("\n".join(lines), encoding="utf-8")
    return open_source(path, format="whatsapp")


def test_telegram_chat_shows_where_hidden_links_and_buttons_lead() -> None:
    source = open_source(FILES / "telegram_chat.json")
    assert source.format == "telegram"
    assert texts(source) == [
        "Қайырлы таң! Завтра субботник?",
        "Выплата каждому, egov.example (https://login-egov.example/pay) осында тезhttps://egov.example\n"
        "Алу (https://bot.example/start)\nЖоқ",
        "Міне ауламыз",
        "Қай күні?\nсенбі\nвоскресенье",
    ]
    assert [(m.row, m.id, m.position) for m in source.rows()] == [
        (1, "2", "message 2"), (2, "5", "message 3"), (3, "7", "message 5"), (4, "8", "message 6"),
    ]  # fmt: skip
    assert skipped(source) == [("message 1", "service message"), ("message 4", "no text")]


def test_telegram_account_counts_its_chats_and_names_nobody() -> None:
    source = open_source(FILES / "telegram_account.json")
    assert [(m.id, m.position, m.text) for m in source.rows()] == [
        ("1/11", "chat 1 message 1", "Сәлем, келдің бе?"),
        ("2/11", "chat 2 message 1", "Список: нан, сүт"),
        ("3/3", "chat 3 message 1", "жеңіс (https://prize.example)"),
    ]
    assert skipped(source) == [("chat 1 message 2", "service message")]


def test_telegram_odd_items_are_told_and_nothing_stops(tmp_path: Path) -> None:
    good = {"id": "no number", "type": "message", "text": "бар"}
    source = telegram(
        tmp_path / "a.json",
        5, "x", [1, [2]], None, {}, {"type": "message"}, {"type": "message", "text": 7}, good,
        {"type": "message", "text": [["deep"], {"text": 5}, {"type": "bold", "text": "ішкі"}, 8]},
        {"type": "message", "text": "", "text_entities": [{"type": "plain", "text": "тек мұнда"}]},
        {"type": "message", "text": "", "poll": {"question": {"text": "Сұрақ"}, "answers": "none"}},
        {"id": True, "type": "message", "text": "\U0001f600 " + "жаңа"},
    )  # fmt: skip
    assert texts(source) == ["бар", "ішкі", "тек мұнда", "Сұрақ", "😀 жаңа"]
    assert [m.id for m in source.rows()] == ["1", "2", "3", "4", "5"]
    assert source.skips.counts == {"no message": 5, "no text": 2}


def test_telegram_cut_file_keeps_what_was_before(tmp_path: Path) -> None:
    whole = (FILES / "telegram_chat.json").read_bytes()
    path = tmp_path / "result.json"
    path.write_bytes(whole[: whole.index("Міне".encode()) + 3])
    rows = list(open_source(path).rows())
    assert [m.error is None for m in rows] == [True, True, False]
    assert rows[-1].position == "message 5"
    assert "cut or damaged" in str(rows[-1].error)


def test_telegram_damaged_bytes_cost_one_message(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes((FILES / "telegram_chat.json").read_bytes().replace("Міне".encode(), b"\xd0\x00\xff"))
    assert [m.error for m in open_source(path).rows()] == [None, None, UNREADABLE, None]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_telegram_saved_anew_by_an_editor(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "result.json"
    path.write_text((FILES / "telegram_chat.json").read_text(encoding="utf-8"), encoding=encoding)
    assert texts(open_source(path)) == texts(open_source(FILES / "telegram_chat.json"))


@pytest.mark.parametrize(
    "content", ["", "{}", '{"messages": 5}', "{nothing", '{"text": "a", "users": [{"text": "b"}]}']
)
def test_json_without_messages_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"result\.json"):
        list(open_source(tmp_path / "a.json", format="telegram").rows())


def test_whatsapp_android_in_russian() -> None:
    source = open_source(FILES / "whatsapp_android_ru.txt")
    assert source.format == "whatsapp"
    assert [(m.position, m.text) for m in source.rows()] == [
        ("line 3", "Қайырлы күн!\nЕртең жиналыс:\n- сағат 10:00\n\n- аулада"),
        ("line 9", "фото двора"),
        ("line 13", "Келемін"),
        ("line 15", "ссылка: https://prize.example"),
    ]
    assert skipped(source) == [
        ("line 1", "system line"), ("line 2", "system line"), ("line 8", "media without text"),
        ("line 11", "deleted message"), ("line 12", "system line"), ("line 14", "no text"),
    ]  # fmt: skip


def test_whatsapp_ios_with_its_marks() -> None:
    source = open_source(FILES / "whatsapp_ios.txt")
    assert texts(source) == ["Сәлем\nекінші жол", "вот счёт", "Код өзгерді, тез жаз https://bank.example"]
    assert source.skips.counts == {"system line": 1, "media without text": 2}


@pytest.mark.parametrize(
    "head",
    [
        "12.03.2024, 14:05 - ", "12.03.24, 14:05 - ", "12/03/2024, 14:05 - ", "3/12/24, 2:05\u202fPM - ",
        "12/3/2024, 2:05 p.m. - ", "2024-03-12, 14:05 - ", "12.03.2024 14:05 - ", "12.03.2024 г., 14:05 - ",
        "12.03.2024 в 14:05 - ", "12.03.2024, 2:05 ДП - ", "12.03.2024, 2:05 түстен кейін - ",
        "[12.03.2024, 14:05:33] ", "\u200e[3/12/24, 2:05:33\u202fPM] ", "[2024-03-12, 14:05:33] ",
        "[12.3.2022 14.08.18] ",
    ],
)  # fmt: skip
def test_whatsapp_heads_of_many_phones(tmp_path: Path, head: str) -> None:
    source = whatsapp(
        tmp_path / "a.txt", f"{head}Аян: бірінші", "жалғасы", f"{head}\u202a+7 700 000 00 01\u202c: екінші"
    )
    assert texts(source) == ["бірінші\nжалғасы", "екінші"]
    assert open_source(tmp_path / "a.txt").format == "whatsapp"


def test_whatsapp_keeps_whatever_might_be_somebodys_words(tmp_path: Path) -> None:
    head = "[12.03.2024, 14:05:33] Аян: "
    kept = [
        "\u200eВаш код изменился, перейдите на https://bank.example/a",
        "<Media omitted> но вы выиграли",
        "<жеңіс, сілтемені ашыңыз, медиа қажет емес, код 1234>",
        "Данное сообщение удалено, перешлите",
        "null емес",
        "image omitted бе?",
    ]
    source = whatsapp(tmp_path / "a.txt", *(head + line for line in kept))
    assert [str(t).lstrip("\u200e") for t in texts(source)] == [line.lstrip("\u200e") for line in kept]


def test_whatsapp_beginning_lost(tmp_path: Path) -> None:
    source = whatsapp(tmp_path / "a.txt", "сөйлем соңы", *["12.03.2024, 14:05 - Аян: a"] * 3)
    assert texts(source) == ["сөйлем соңы", "a", "a", "a"]


def test_a_sender_in_quotes_is_a_sender(tmp_path: Path) -> None:
    head = "12.03.2024, 14:05 - "
    source = whatsapp(
        tmp_path / "a.txt", f'{head}Аян "Шеф": сәлем', f'{head}Аян changed the name from "A: b" to "C: d"'
    )
    assert texts(source) == ["сәлем"]


def archive(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name, text)
    return path


@pytest.mark.parametrize("name", ["_chat.txt", "WhatsApp Chat with Ayan.txt", "Чат WhatsApp с контактом Аян.txt"])
def test_whatsapp_archive(tmp_path: Path, name: str) -> None:
    chat = (FILES / "whatsapp_ios.txt").read_bytes().decode()
    source = open_source(archive(tmp_path / "a.zip", **{"notes.txt": "x", name: chat, "1.jpg": "x"}))
    assert source.format == "whatsapp"
    assert texts(source) == texts(open_source(FILES / "whatsapp_ios.txt"))


def test_other_archives_and_texts_are_refused(tmp_path: Path) -> None:
    for number, members in enumerate([{}, {"a.jpg": "x"}, {"a.txt": "x", "b.txt": "y"}, {"_chat.txt": "no heads"}]):
        with pytest.raises(InputError, match="WhatsApp"):
            open_source(archive(tmp_path / f"{number}.zip", **members))
    with pytest.raises(InputError, match="one message a line"):
        open_source(FILES / "plain.txt", format="whatsapp")


def test_damaged_archive_keeps_what_could_be_unpacked(tmp_path: Path) -> None:
    lines = [f"12.03.2024, 14:05 - Аян: хабар {n} {n * n * 7919 % 104729}" for n in range(3000)]
    path = archive(tmp_path / "a.zip", **{"_chat.txt": "\n".join(lines)})
    data = bytearray(path.read_bytes())
    at = len(data) // 2
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    rows = list(open_source(path).rows())
    good = [m for m in rows if m.error is None]
    assert len(good) > 500
    assert [m.text for m in good[:500]] == [line.partition(": ")[2] for line in lines[:500]]
    assert "cut or damaged" in str(rows[-1].error)


def test_position_has_a_default() -> None:
    assert Message(7, "a", "text").position == "row 7"
    assert "text" not in repr(Message(7, "a", "text")).replace("text=", "")


HEADS = [
    "12.03.2024, 14:05 - ",
    "[12.03.2024, 14:05:33] ",
    "3/12/24, 2:05 PM - ",
    "[2026/7/9 02:28:09] ",
    "12/03/2024 à 14:05 - ",
    "12/3/24, 2:05 p. m. - ",
    "09/12/2012 17:03:48: ",
    "2024-03-12, 14.05 - ",
    "12.03.2024 г., 14:05 - ",
    "12.03.2024 в 14:05 - ",
    "\u200f١٢\u200f/٣\u200f/٢٠٢٤، ٢:٠٥ م - ",
    "[۱۲/۳/۲۰۲۴،\u200f ۱۴:۰۵:۰۱] ",
    "12.03.24, 2:05 түстен кейін - ",
    "[12.3.24, 14:05:33\u202fPM] ",
]


@pytest.mark.parametrize("head", HEADS)
def test_a_chat_is_known_by_the_shape_of_its_heads(tmp_path: Path, head: str) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(f"{head}Дамир Т: сәлем\nекінші жол\n{head}Айгүл: код айт\n{head}А.Б.: жақсы\n", encoding="utf-8")
    source = open_source(path)
    assert source.format == "whatsapp"
    assert [m.text for m in source.rows()] == ["сәлем\nекінші жол", "код айт", "жақсы"]


@pytest.mark.parametrize("sender", ['ТОО "Ромашка', "Асан «брат", "Айгуль", "~ Ержан", "+7 700 000 12 34", "“Сауле"])
@pytest.mark.parametrize("colon", [": ", ":"])
def test_no_sender_can_hide_what_was_written(tmp_path: Path, sender: str, colon: str) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(f"12.03.2024, 14:05 - {sender}{colon}назовите код\n", encoding="utf-8")
    assert [m.text for m in open_source(path).rows()] == ["назовите код"]


def test_notices_under_the_name_of_the_group_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "_chat.txt"
    notices = ["Сообщения и звонки защищены сквозным шифрованием.", "Теперь вы админ", "Дамир закрепил(а) сообщение"]
    lines = [f"[14.08.2024, 21:00:1{n}] Соседи: \u200e{text}" for n, text in enumerate(notices)]
    lines += ["[14.08.2024, 21:01:00] Айгуль: \u200eназовите код", "[14.08.2024, 21:01:01] Айгуль: да"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = open_source(path)
    assert [m.text for m in source.rows()] == ["назовите код", "да"]
    assert source.skips.counts == {"system line": 3}


OTHER_EXPORTS = {
    "discord": {"guild": {"id": "1"}, "messages": [{"id": "7", "type": "Default", "content": "код айт"}]},
    "telethon": [{"_": "Message", "id": 7, "message": "код айт"}],
    "pyrogram": [{"_": "Message", "id": 7, "text": "код айт", "chat": {"id": 1}}],
    "whatsapp exporter": {"7@s": {"name": "x", "messages": {"7": {"from_me": False, "data": "код айт"}}}},
    "facebook": {"participants": [{"name": "x"}], "messages": [{"sender_name": "x", "content": "код айт"}]},
    "vk": {"response": {"count": 1, "items": [{"id": 7, "from_id": 5, "text": "код айт"}]}},
    "bot": {"ok": True, "result": [{"update_id": 1, "message": {"message_id": 7, "text": "код айт"}}]},
    "caption": [{"message_id": 7, "photo": [], "caption": "код айт"}],
    "records": [{"full_text": "код айт", "user": "x"}],
    "strings": ["код айт"],
}


@pytest.mark.parametrize("name", OTHER_EXPORTS)
def test_exports_of_other_messengers_are_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(OTHER_EXPORTS[name], ensure_ascii=False), encoding="utf-8")
    source = open_source(path)
    assert source.format == "json"
    assert [m.text for m in source.rows()] == ["код айт"]


def test_what_is_quoted_is_read_with_the_message(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"message_id": 1, "text": "бар", "quote": {"text": "код айт"}}\n{"message_id": 2, "caption": "сурет"}\n',
        encoding="utf-8",
    )
    assert [m.text for m in open_source(tmp_path / "a.jsonl").rows()] == ["бар\nкод айт", "сурет"]


def test_facebook_letters_read_as_latin_are_read_back(tmp_path: Path) -> None:
    text = "Банктен хабарласып тұрмыз, кодты айтыңыз".encode().decode("latin-1")
    (tmp_path / "m.json").write_text(json.dumps({"messages": [{"content": text}]}), encoding="utf-8")
    assert [m.text for m in open_source(tmp_path / "m.json").rows()] == ["Банктен хабарласып тұрмыз, кодты айтыңыз"]


def rows_around(folder: Path, text: str) -> list[Message]:
    """Rows of a chat whose second message has this JSON for its text."""
    path = folder / "result.json"
    path.write_text(
        '{"type": "personal_chat", "messages": [{"type": "message", "text": "бір"},'
        f'{{"type": "message", "text": {text}}}, {{"type": "message", "text": "код айт"}}]}}',
        encoding="utf-8",
    )
    return list(open_source(path).rows())


@pytest.mark.parametrize("bad", [r"\x0C", r"\q", r"\u12", "\\ "])
def test_one_bad_escape_costs_its_message_only(tmp_path: Path, bad: str) -> None:
    rows = rows_around(tmp_path, f'"нов{bad}ости"')
    assert [rows[0].text, rows[-1].text] == ["бір", "код айт"]
    assert len(rows) == 3


def test_one_message_too_deep_costs_itself_only(tmp_path: Path) -> None:
    deep = "[" * 50_000 + "]" * 50_000
    rows = rows_around(tmp_path, deep)
    assert [m.text for m in rows] == ["бір", None, "код айт"]
    assert "that deep" in str(rows[1].error)


@pytest.mark.parametrize("kind", ["url", "web_view", "simple_web_view", "auth", "copy_text", "user_profile"])
def test_where_a_button_leads_is_shown(tmp_path: Path, kind: str) -> None:
    button = {"type": kind, "text": "Забрать", "data": "https://priz-kz.example/x"}
    chat = {"type": "personal_chat", "messages": [{"type": "message", "text": "!", "inline_bot_buttons": [[button]]}]}
    (tmp_path / "result.json").write_text(json.dumps(chat), encoding="utf-8")
    assert [m.text for m in open_source(tmp_path / "result.json").rows()] == ["!\nЗабрать (https://priz-kz.example/x)"]
