"""Kazakh and Russian forms of identity terms, against forms written by hand."""

from __future__ import annotations

import csv

import pytest

from cybertriage.variation import kazakh, russian
from cybertriage.variation.groups import PROTECTED, TERMS, terms, traits

KAZAKH_COLUMNS = ["pl", "pl.gen", "pl.dat", "pl.acc", "pl.loc", "pl.abl", "pl.ins"]


def rows() -> list[dict[str, str]]:
    with TERMS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_kazakh_plurals_by_rule_are_those_written_by_hand(row: dict[str, str]) -> None:
    term = next(t for t in terms() if t.id == row["id"])
    for slot in KAZAKH_COLUMNS:
        assert term.form("kk", slot) == row[f"kk_{slot.replace('.', '_')}"]


@pytest.mark.parametrize(
    ("noun", "forms"),
    [  # genitive, dative, accusative, locative, ablative, instrumental
        ("бала", "баланың балаға баланы балада баладан баламен"),
        ("үй", "үйдің үйге үйді үйде үйден үймен"),
        ("кітап", "кітаптың кітапқа кітапты кітапта кітаптан кітаппен"),
        ("мектеп", "мектептің мектепке мектепті мектепте мектептен мектеппен"),
        ("адам", "адамның адамға адамды адамда адамнан адаммен"),
        ("қыз", "қыздың қызға қызды қызда қыздан қызбен"),
        ("әйел", "әйелдің әйелге әйелді әйелде әйелден әйелмен"),
        ("араб", "арабтың арабқа арабты арабта арабтан арабпен"),
        ("үнді", "үндінің үндіге үндіні үндіде үндіден үндімен"),
        ("журналист", "журналистің журналиске журналисті журналисте журналистен журналистпен"),
        ("такси", "таксидің таксиге таксиді таксиде таксиден таксимен"),
    ],
)
def test_kazakh_singular_cases_follow_harmony_and_final_sound(noun: str, forms: str) -> None:
    cases = [case for case in kazakh.Case if case is not kazakh.Case.NOMINATIVE]
    assert " ".join(kazakh.decline(noun, case) for case in cases) == forms
    assert kazakh.decline(noun, kazakh.Case.NOMINATIVE) == noun


def test_kazakh_possessives_decline_in_their_own_way() -> None:
    decline = kazakh.decline
    assert decline("ауыл тұрғыны", kazakh.Case.DATIVE, possessed=True) == "ауыл тұрғынына"
    assert decline("Иегова куәгері", kazakh.Case.LOCATIVE, possessed=True) == "Иегова куәгерінде"
    assert kazakh.plural("ахыска түрігі", possessed=True) == "ахыска түріктері"


@pytest.mark.parametrize(
    ("plural", "singular", "genitive", "dative", "instrumental"),
    [
        ("казахи", "казах", "казахов", "казахам", "казахами"),
        ("мусульмане", "мусульманин", "мусульман", "мусульманам", "мусульманами"),
        ("украинцы", "украинец", "украинцев", "украинцам", "украинцами"),
        ("евреи", "еврей", "евреев", "евреям", "евреями"),
        ("турки-месхетинцы", "турок-месхетинец", "турок-месхетинцев", "туркам-месхетинцам", "турками-месхетинцами"),
        ("грузины", "грузин", "грузин", "грузинам", "грузинами"),
        ("девушки", "девушка", "девушек", "девушкам", "девушками"),
        ("лесбиянки", "лесбиянка", "лесбиянок", "лесбиянкам", "лесбиянками"),
        ("мужчины", "мужчина", "мужчин", "мужчинам", "мужчинами"),
        ("парни", "парень", "парней", "парням", "парнями"),
        ("верующие", "верующий", "верующих", "верующим", "верующими"),
        ("трудовые мигранты", "трудовой мигрант", "трудовых мигрантов", "трудовым мигрантам", "трудовыми мигрантами"),
        ("люди с инвалидностью", "", "людей с инвалидностью", "людям с инвалидностью", "людьми с инвалидностью"),
        ("женщины в хиджабах", "женщина в хиджабе", "женщин в хиджабах", "женщинам в хиджабах",
         "женщинами в хиджабах"),
        ("жители Атырау", "житель Атырау", "жителей Атырау", "жителям Атырау", "жителями Атырау"),
        ("бабушки и дедушки", "", "бабушек и дедушек", "бабушкам и дедушкам", "бабушками и дедушками"),
        ("ЛГБТ-люди", "ЛГБТ-человек", "ЛГБТ-людей", "ЛГБТ-людям", "ЛГБТ-людьми"),
        ("бахаи", "бахаи", "бахаи", "бахаи", "бахаи"),
    ],
)  # fmt: skip
def test_russian_plurals_decline(plural: str, singular: str, genitive: str, dative: str, instrumental: str) -> None:
    def form(case: russian.Case) -> str:
        return russian.decline(plural, case, singular=singular)

    assert form(russian.Case.GENITIVE) == form(russian.Case.ACCUSATIVE) == genitive
    assert form(russian.Case.DATIVE) == dative
    assert form(russian.Case.INSTRUMENTAL) == instrumental
    assert form(russian.Case.NOMINATIVE) == plural


@pytest.mark.parametrize(
    ("adjective", "feminine", "neuter", "many"),
    [
        ("казахский", "казахская", "казахское", "казахские"),
        ("бедный", "бедная", "бедное", "бедные"),
        ("молодой", "молодая", "молодое", "молодые"),
        ("рабочий", "рабочая", "рабочее", "рабочие"),
        ("девичий", "девичья", "девичье", "девичьи"),
        ("городской", "городская", "городское", "городские"),
        ("синий", "синяя", "синее", "синие"),
    ],
)
def test_russian_adjectives_agree(adjective: str, feminine: str, neuter: str, many: str) -> None:
    assert (russian.feminine(adjective), russian.neuter(adjective), russian.many(adjective)) == (feminine, neuter, many)


def test_terms_cover_the_traits_and_lack_what_they_lack() -> None:
    assert {"religion", "ethnicity", "gender", "age", "region", "migration", "disability", "orientation",
            "political"} <= set(traits())  # fmt: skip
    assert set(traits()) >= PROTECTED
    assert len({(t.trait, t.id) for t in terms()}) == len(terms()) == 110
    gay, woman = (next(t for t in terms() if t.id == name) for name in ("gay", "woman"))
    assert gay.form("ru", "f") is None
    assert woman.form("ru", "m") is None
    assert woman.form("ru", "pl.gen") == "женщин"
    assert woman.form("mixed", "pl.dat") == "женщинам"
    feminist = next(t for t in terms() if t.id == "feminist")
    assert feminist.form("ru", "pl.gen") == "феминисток"
