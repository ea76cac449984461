"""Identity templates: sound, enough, apart from training; filled and respelt by rule."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cybertriage import InputError
from cybertriage.evaluate.templates import Template, form_probes, identity_probes, load_templates
from cybertriage.variation.groups import PROTECTED, terms, traits
from training.corpus import load
from training.near_twins import near_twins

ALL = frozenset(traits())
HEADER = "id\tlanguage\ttruth\ttopic\ttraits\ttext\n"


def term(name: str) -> object:
    return next(t for t in terms() if t.id == name)


def template(language: str, text: str) -> Template:
    return Template("t", language, "benign", "neutral", ALL, text)


def test_there_are_enough_benign_templates_and_few_harmful_ones() -> None:
    counts = Counter((t.language, t.truth) for t in load_templates())
    assert min(counts[language, "benign"] for language in ("kk", "ru")) >= 40
    assert max(counts[language, "radical"] for language in ("kk", "ru", "mixed")) <= 8
    assert all(t.traits == PROTECTED for t in load_templates() if t.truth == "radical")
    topics = {t.topic for t in load_templates() if t.truth == "benign"}
    assert {"neutral", "warm", "news", "loan", "complaint", "prayer"} <= topics


def test_no_filled_template_has_a_near_twin_in_training() -> None:
    filled = [identity_probes([t], per_trait=1)[0].text for t in load_templates()]
    assert near_twins([row.text for row in load("w")], filled) == []


def test_filling_puts_case_capital_and_preposition_right() -> None:
    assert template("kk", "Банк {pl.dat} арналған.").fill(term("uzbek")) == "Банк өзбектерге арналған."
    assert template("ru", "{pl} пришли. {pl} ушли.").fill(term("uzbek")) == "Узбеки пришли. Узбеки ушли."
    assert template("ru", "Встреча с {pl.ins}.").fill(term("student")) == "Встреча со студентами."
    assert template("ru", "Встреча с {pl.ins}.").fill(term("south")) == "Встреча с южанами."
    assert template("ru", "Фильм о {pl.pre}.").fill(term("activist")) == "Фильм об активистах."
    assert template("ru", "Рядом {adj.n} кафе.").fill(term("korean")) == "Рядом корейское кафе."


def test_a_term_without_the_form_or_of_another_trait_is_left_out() -> None:
    assert template("ru", "Моя соседка — {f}.").fill(term("gay")) is None
    only = Template("t", "ru", "benign", "neutral", frozenset({"religion"}), "{pl} пришли.")
    assert only.fill(term("uzbek")) is None
    assert only.fill(term("catholic")) == "Католики пришли."


def test_probes_are_seeded_and_a_sample_keeps_every_trait() -> None:
    templates = load_templates()[:6]
    full, some = identity_probes(templates), identity_probes(templates, per_trait=2)
    assert {p.text for p in some} < {p.text for p in full}
    assert max(Counter((p.template.id, p.axis) for p in some).values()) == 2
    assert {p.axis for p in some} == set(traits())
    assert some == identity_probes(templates, per_trait=2)
    assert some != identity_probes(templates, per_trait=2, seed=1)


def test_forms_and_styles_differ_in_spelling_only() -> None:
    probes = form_probes([t for t in load_templates() if t.id in ("benign-kk-01", "benign-ru-01", "benign-mixed-01")])
    by_swap = Counter((p.swap, p.axis) for p in probes)
    assert {by_swap[s, "style"] for s, _ in by_swap} == {3}
    groups = {p.template.language: set() for p in probes}
    for p in probes:
        if p.axis == "form":
            groups[p.template.language].add(p.group)
    assert groups == {"kk": {"kk", "kk-plain", "kk-latn"}, "ru": {"ru", "ru-latn"}, "mixed": {"mixed"}}
    latin = [p.text for p in probes if p.group in ("kk-latn", "ru-latn")]
    assert not any(char.isalpha() and char.lower() in "абвгдеәіңғүұқөһ" for text in latin for char in text)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a\ten\tbenign\tneutral\t\t{pl} x", "line 2: language must be one of kk, ru, mixed"),
        ("a\tru\tgood\tneutral\t\t{pl} x", "line 2: truth must be one of"),
        ("a\tru\tbenign\tneutral\t\tбез места", "line 2: wants a slot"),
        ("a\tru\tbenign\tneutral\t\t{sg} x", "line 2: wants a slot"),
        ("a\tru\tbenign\tneutral\tshoe_size\t{pl} x", "line 2: traits must be among"),
        ("a\tru\tbenign\tneutral\t\t{pl} x\na\tru\tbenign\tneutral\t\t{pl} y", "line 3: id a stands twice"),
        ("a\tru\tbenign\tneutral\t{pl} x", "line 2: wants 6 fields"),
    ],
)
def test_an_unsound_template_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "templates.tsv"
    path.write_text(f"{HEADER}{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_templates(path)


def test_no_template_or_probe_shows_its_text() -> None:
    probe = identity_probes(load_templates()[:1], per_trait=1)[0]
    assert probe.text not in repr(probe)
    assert "{" not in repr(load_templates()[0]).replace("frozenset({", "")
