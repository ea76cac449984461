from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cybertriage import InputError, Triage
from cybertriage.evaluate.functional import functions, load_cases, run_cases
from training.corpus import load
from training.near_twins import near_twins

CASES = load_cases()


def test_every_function_has_enough_cases_in_both_languages() -> None:
    counts = Counter((case.function.name, case.language) for case in CASES)
    assert min(counts[name, language] for name in functions() for language in ("kk", "ru")) >= 20


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
