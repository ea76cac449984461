from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cybertriage import InputError, Triage
from cybertriage.evaluate.as_json import document
from cybertriage.evaluate.cases import Case, functions, load_cases
from cybertriage.evaluate.functional import FunctionalReport, evaluate_functional, run_cases
from cybertriage.evaluate.variants import DIRECTIONAL, INVARIANCE, Expects, Variation
from training.corpus import load
from training.near_twins import near_twins

CASES = load_cases()


def test_every_function_has_enough_cases_in_both_languages() -> None:
    counts = Counter((case.function.name, case.language) for case in CASES)
    assert min(counts[name, language] for name in functions() for language in ("kk", "ru")) >= 25


def test_pairs_name_functions_of_the_other_expectation() -> None:
    known = functions()
    for function in known.values():
        assert function.expect in ("flag", "leave")
        if function.pair:
            assert {function.expect, known[function.pair].expect} == {"flag", "leave"}


def test_no_case_has_a_near_twin_in_training() -> None:
    assert near_twins([row.text for row in load("w")], [case.text for case in CASES]) == []


def test_outcomes_count_every_case_worst_first(triage: Triage) -> None:
    outcomes = run_cases(triage, CASES[:200])
    assert sum(o.passed.n for o in outcomes) == 200
    shares = [o.passed.value for o in outcomes]
    assert shares == sorted(shares)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a\tno_such\tru\tтекст", "line 2: function 'no_such'"),
        ("a\tprayer\tru", "line 2: wants 4 fields"),
        ("a\tprayer\tru\t  ", "line 2: wants 4 fields"),
        ("a\tprayer\tru\tх\na\tprayer\tru\tу", "line 3: id a stands twice"),
        ("a\tprayer\ten\ttext", "line 2: language 'en' is not one of kk, ru, mixed"),
    ],
)
def test_an_unsound_case_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "cases.tsv"
    path.write_text(f"id\tfunction\tlanguage\ttext\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_cases(path)
    path.write_text("a\tb\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        load_cases(path)


def test_a_labelled_case_file_is_read_and_its_label_held_against_the_function(tmp_path: Path) -> None:
    path = tmp_path / "cases.tsv"
    head = "\ufeffid\tfunction\tlanguage\ttext\tlabel\r\n"
    path.write_text(f"{head}a\tprayer\tkk-latn\tbirinshi ⏎ ekinshi\tleave\r\n", encoding="utf-8")
    (case,) = load_cases(path)
    assert (case.function.name, case.language, case.text) == ("prayer", "kk-latn", "birinshi\nekinshi")
    for label, said in (("flag", "what prayer expects, 'leave'"), ("harmful", "label 'harmful'"), ("", "wants 5")):
        path.write_text(f"{head}a\tprayer\tru\tтекст\t{label}\n", encoding="utf-8")
        with pytest.raises(InputError, match=rf"cases\.tsv: line 2: .*{said}") as caught:
            load_cases(path)
        assert "текст" not in str(caught.value)


def test_a_case_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.tsv: cannot be read"):
        load_cases(tmp_path / "none.tsv")
    path = tmp_path / "cases.tsv"
    path.write_bytes("id\tfunction\tlanguage\ttext\na\tprayer\tru\tтекст\n".encode("cp1251"))
    with pytest.raises(InputError, match="not UTF-8"):
        load_cases(path)
    path.write_text("id\tfunction\tlanguage\ttext\tlabel\tlabel\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        load_cases(path)


def case_of(function: str, text: str, language: str = "ru") -> Case:
    return Case("x", functions()[function], language, text)


def variation(name: str) -> Variation:
    return next(v for v in (*INVARIANCE, *DIRECTIONAL) if v.name == name)


def test_variations_change_what_they_say_and_only_where_they_apply() -> None:
    told = case_of("code_request", "Скажите код, Назовите пароль.")
    assert variation("negated_demand").variant(told) == "Не говорите код, Не называйте пароль."
    assert variation("negated_demand").variant(case_of("code_request", "Кодты айтыңыз.", "kk")) == "Кодты айтпаңыз."
    assert variation("negated_demand").variant(case_of("code_genuine", "Скажите код.")) is None
    assert variation("negated_demand").variant(case_of("code_request", "Нужен код.")) is None
    quoted = variation("condemned_scam").variant(told)
    assert quoted is not None
    assert told.text in quoted
    assert variation("condemned_scam").variant(case_of("prayer", "Аминь, аминь.")) is None
    assert variation("condemned_scam").variant(case_of("code_request", "{0} код")) is not None
    assert variation("lower_case").variant(case_of("prayer", "уже так")) is None
    assert variation("no_yo").variant(case_of("prayer", "Ещё раз")) == "Еще раз"
    one = variation("one_typo").variant(case_of("prayer", "Сегодня молимся вместе с соседями"))
    assert one is not None
    before = ["Сегодня", "молимся", "вместе", "с", "соседями"]
    assert sum(a != b for a, b in zip(one.split(), before, strict=True)) == 1


@pytest.fixture(scope="module")
def report(triage: Triage) -> FunctionalReport:
    return evaluate_functional(triage, CASES[::5])


def test_every_variation_is_measured_benign_cases_first(report: FunctionalReport) -> None:
    assert {o.test for o in report.invariance} == {v.name for v in INVARIANCE}
    assert {o.test for o in report.directional} == {v.name for v in DIRECTIONAL}
    for outcomes in (report.functions, report.invariance, report.directional):
        expects = [getattr(o, "expect", None) or o.function.expect for o in outcomes]
        assert expects == sorted(expects, reverse=True)
    assert sum(o.passed.n for o in report.functions) == report.cases == len(CASES[::5])
    leave = [o for o in report.invariance if o.expect == "leave" and o.test == "smile"]
    assert sum(o.passed.n for o in leave) == sum(c.function.expect == "leave" for c in CASES[::5])
    texts = [case.text for case in CASES]
    said = str(document(report))
    assert not any(text in said for text in texts)


def test_a_model_blind_to_case_is_invariant_to_it(report: FunctionalReport) -> None:
    assert all(o.passed.value == 1 for o in report.invariance if o.test in ("upper_case", "lower_case"))


def test_a_demand_raises_and_a_condemning_frame_lowers_the_probability(report: FunctionalReport) -> None:
    for outcome in report.directional:
        assert outcome.kind is not Expects.SAME
        if outcome.test != "negated_demand":  # few cases in this sample
            assert (outcome.mean_change > 0) == (outcome.kind is Expects.RISES)
