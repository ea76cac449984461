"""Personal data: ours against airlock-pii on messages made here, with numbers that look like personal data beside them.

Every number is drawn at random, valid by its checksum, and belongs to nobody on purpose. A find counts when it covers
the number and says its kind; a false alarm is a find in a place where there is none. Names of people, which airlock-pii
also looks for and ours does not, are left out of both.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.quality import estimate
from cybertriage.figures.metrics import wilson
from cybertriage.text.identifiers import valid_iban, valid_iin
from cybertriage.text.redact import find

ROWS = 1500
_AIRLOCK = {"IIN": "iin", "BIN": "iin", "KZ_IBAN": "iban", "CARD": "card", "PHONE": "phone", "EMAIL": "email"}
KINDS = ("iin", "iban", "card", "phone", "email")
PRESIDIO = (
    "Presidio has no recogniser for Kazakhstan's numbers and none for Kazakh, and its engine wants a spaCy model from "
    "the network; airlock-pii, made for Kazakhstan, stands in its place"
)
_AROUND = (
    "Менің нөмірім {}, кешке хабарлас", "Апа, мына {} сақтап қой", "Переведите на {} до вечера, пожалуйста",
    "Мои данные: {}. Если что, пишите", "{} деп жазып алшы", "Клиент оставил {} и просит перезвонить",
    "Құжатта {} тұр, тексеріп бер", "Вот, держи: {}",
)  # fmt: skip
_NOTHING = (
    "Заказ № {n12} готов к выдаче", "Тапсырыс нөмірі {n12}, пункт 14:30-да ашылады", "Сумма {sum} ₸ к оплате до 25.12",
    "Трек {track}, доставка завтра с 10:00 до 18:00", "Бүгін {date}, кеше {date} болды",
    "Код ошибки {n6}, версия 10.2.{n3}",
    "Показания счётчика {n8}, прошлый месяц {n8}", "Лотта {n16} дана тауар бар", "Рейс {n4}, место {n3}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A message, and where in it which kind of personal data stands."""

    text: str = field(repr=False)
    spans: tuple[tuple[str, int, int], ...]


def made(count: int, seed: int) -> list[Row]:
    """Messages, every second one without personal data but with numbers."""
    rng = random.Random(seed)
    rows = []
    for at in range(count):
        if at % 2:
            rows.append(Row(_filled(rng.choice(_NOTHING), rng), ()))
            continue
        kind = KINDS[at // 2 % len(KINDS)]
        before, after = rng.choice(_AROUND).split("{}")
        value = _MAKERS[kind](rng)
        rows.append(Row(before + value + after, ((kind, len(before), len(before) + len(value)),)))
    return rows


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _iin(rng: random.Random) -> str:
    while True:
        born = f"{rng.randint(50, 99):02}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
        stem = f"{born}{rng.choice('3456')}{_digits(rng, 4)}"
        for check in "0123456789":
            if valid_iin(stem + check):
                return stem + check


def _iban(rng: random.Random) -> str:
    while True:
        body = f"{_digits(rng, 3)}{_digits(rng, 13)}"
        for check in range(2, 99):
            if valid_iban(text := f"KZ{check:02}{body}"):
                parts = [text[at : at + 4] for at in range(0, 20, 4)]
                return rng.choice([text, " ".join(parts)])


def _card(rng: random.Random) -> str:
    stem = rng.choice(["4400", "4263", "5169", "5354"]) + _digits(rng, 11)
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in stem[::2]) + sum(map(int, stem[1::2]))
    text = stem + str(-doubled % 10)
    return rng.choice([text, " ".join(text[at : at + 4] for at in range(0, 16, 4))])


def _phone(rng: random.Random) -> str:
    a, b, c, d = rng.choice(["701", "705", "747", "777"]), _digits(rng, 3), _digits(rng, 2), _digits(rng, 2)
    ways = ("+7{}{}{}{}", "+7 {} {} {} {}", "8 ({}) {}-{}-{}", "8{}{}{}{}", "8-{}-{}-{}-{}")
    return rng.choice(ways).format(a, b, c, d)


def _email(rng: random.Random) -> str:
    name, host = rng.choice(["aigul", "serik", "info", "sales"]), rng.choice(["example.kz", "mail.example.com"])
    return f"{name}.{_digits(rng, 3)}@{host}"


_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "iin": _iin, "iban": _iban, "card": _card, "phone": _phone, "email": _email
}  # fmt: skip


def _filled(template: str, rng: random.Random) -> str:
    values = {f"n{count}": _digits(rng, count) for count in (3, 4, 6, 8, 12, 16)}
    values["sum"] = f"{rng.randint(1, 999)} {_digits(rng, 3)}"
    values["date"] = f"{rng.randint(1, 28):02}.{rng.randint(1, 12):02}.2026"
    values["track"] = f"KZ{_digits(rng, 9)}CN"
    return template.format(**values)


def _ours(text: str) -> list[tuple[str, int, int]]:
    return [(f.kind, f.span.start, f.span.end) for f in find(text) if f.kind in KINDS]


def airlock() -> Callable[[str], list[tuple[str, int, int]]] | str:
    """airlock-pii's finder, or why it is not run."""
    try:
        from airlock_pii import detect
    except ImportError:
        return "package airlock-pii is not installed: pip install airlock-pii"

    def found(text: str) -> list[tuple[str, int, int]]:
        return [(_AIRLOCK[e.type.value], e.start, e.end) for e in detect(text) if e.type.value in _AIRLOCK]

    return found


def judged(rows: Sequence[Row], finder: Callable[[str], list[tuple[str, int, int]]]) -> dict[str, Any]:
    """Recall by kind, precision of finds, share of rows without personal data that are touched, messages a second."""
    start = time.perf_counter()
    found = [finder(row.text) for row in rows]
    seconds = time.perf_counter() - start
    hits: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    right = wrong = touched = 0
    for row, finds in zip(rows, found, strict=True):
        for span in row.spans:
            hits[span[0]].append(any(_same(span, other) for other in finds))
        good = sum(any(_overlap(span, other) for span in row.spans) for other in finds)
        right, wrong = right + good, wrong + len(finds) - good
        touched += bool(finds) and not row.spans
    clean = sum(not row.spans for row in rows)
    every = [hit for kind in hits.values() for hit in kind]
    return {
        "recall": estimate(wilson(sum(every), len(every))),
        "precision": estimate(wilson(right, right + wrong)),
        "clean_rows_touched": estimate(wilson(touched, clean)),
        "recall_by_kind": {kind: estimate(wilson(sum(h), len(h))) for kind, h in hits.items()},
        "messages_per_second": round(len(rows) / seconds),
    }


def _overlap(a: tuple[str, int, int], b: tuple[str, int, int]) -> bool:
    return a[1] < b[2] and b[1] < a[2]


def _same(true: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    """Of that kind, and covering nearly all of it, with at most two characters more."""
    covered = min(true[2], other[2]) - max(true[1], other[1])
    return true[0] == other[0] and covered >= true[2] - true[1] - 1 and other[2] - other[1] <= true[2] - true[1] + 2


def measured(seed: int, *, count: int = ROWS) -> dict[str, Any]:
    """Both finders on the same messages."""
    rows = made(count, seed)
    out: dict[str, Any] = {"rows": count, "cybertriage": judged(rows, _ours), "presidio": {"not_run": PRESIDIO}}
    other = airlock()
    out["airlock_pii"] = {"not_run": other} if isinstance(other, str) else judged(rows, other)
    return out
