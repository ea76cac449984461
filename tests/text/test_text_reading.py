"""How a text is read: which views, in which language form, cut how."""

from __future__ import annotations

from cybertriage.text.reading import as_read, normalised, read, read_closely, read_windows, views_of, windows_of
from cybertriage.text.windows import OVERLAP, WINDOW
from cybertriage.types import LanguageForm

PLAIN = "Здравствуйте, назовите код"
MIXED = "Нaзoвитe кoд из СМС"  # Latin letters inside Cyrillic words
LEET = "Назовите к0д из СМС"
LATIN = "Salem, kodty aitynyzshy, bul bankten"


def test_a_plain_text_has_one_view() -> None:
    views = views_of([PLAIN])
    assert (views.texts, views.folded_of) == ([PLAIN], [])


def test_look_alikes_are_read_instead_and_guessed_letters_are_not() -> None:
    views = views_of([PLAIN, MIXED, LEET])
    assert views.folded_of == [1, 2]
    assert views.read_instead == [True, False]
    assert views.letters_kept == [True, False]
    assert views.texts[3] == "Назовите код из СМС"


def test_the_language_is_told_from_what_is_read_instead() -> None:
    reading = read([MIXED, PLAIN])
    assert reading.owners == [0, 1, 0]
    assert reading.forms[0] is reading.forms[2] is LanguageForm.RU


def test_latin_is_read_in_cyrillic() -> None:
    reading = read([PLAIN, LATIN])
    assert list(reading.spelt()) == [1]
    assert as_read([PLAIN, LATIN]) == [PLAIN, reading.spelt()[1]]


def test_how_a_text_is_read_depends_on_it_alone() -> None:
    together, alone = read([MIXED, LATIN, PLAIN]), read([LATIN])
    assert together.spelt()[1] == alone.spelt()[0]
    assert together.languages[1] == alone.languages[0]


def test_a_close_reading_leads_back_to_the_original() -> None:
    reading = read_closely(MIXED)
    at = reading.folded.view.text.index("код")
    span = reading.folded.view.original(at, at + 3)
    assert MIXED[span.start : span.end] == "кoд"


def test_windows_cover_the_text() -> None:
    text = "сөз " * WINDOW
    parts = windows_of(text)
    assert len(parts) > 1
    assert all(len(part) <= WINDOW for part in parts)
    assert parts[0][-OVERLAP:] == parts[1][:OVERLAP]
    assert read_windows([text]).pieces == parts
    assert normalised(["a\u200bb"]) == ["ab"]
