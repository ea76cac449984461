"""A section of the report, its headings in three languages, and the order that sections stand in.

The order is the library's first rule: what is flagged although it should be left alone comes before what is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cybertriage.errors import InputError
from cybertriage.taxonomy import LANGUAGES

# Section: its heading in the languages of `LANGUAGES`. In the order of the report.
HEADINGS: Mapping[str, tuple[str, str, str]] = {
    "protected": (
        "Қорғалған сөз бен шынайы хабарламалар: жалған дабылдар",
        "Защищённая речь и настоящие сообщения: ложные тревоги",
        "Protected speech and genuine messages: false alarms",
    ),
    "groups": ("Топтар бойынша жалған дабылдар", "Ложные тревоги по группам", "False alarms by group"),
    "functions": ("Функция бойынша не белгіленеді", "Что отмечается, функция за функцией", "Function by function"),
    "robustness": (
        "Бүркемелеу мен қателерге төзімділік",
        "Устойчивость к маскировке и опечаткам",
        "Disguises and rough handling",
    ),
    "curves": ("Калибрлеу және қисықтар", "Калибровка и кривые", "Calibration and curves"),
    "found": ("Не табылады", "Что находится", "What is found"),
    "own": ("Өз деректеріңіз бойынша", "На собственных данных", "On data of one's own"),
    "reading": ("Қалай оқу керек", "Как читать", "How to read this"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """Part of the report under one of `HEADINGS`; several under one stand together."""

    under: str
    html: str


def heading(under: str) -> Mapping[str, str]:
    """A heading by its language."""
    return dict(zip(LANGUAGES, HEADINGS[under], strict=True))


def in_order(sections: Sequence[Section]) -> list[tuple[str, str]]:
    """(heading, all its HTML) for each heading that has some."""
    strangers = {s.under for s in sections} - set(HEADINGS)
    if strangers:
        raise InputError(f"no section is called {', '.join(sorted(strangers))}; see HEADINGS")
    held = {under: "".join(s.html for s in sections if s.under == under) for under in HEADINGS}
    return [(under, html) for under, html in held.items() if html]
