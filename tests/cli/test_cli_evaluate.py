"""`cybertriage evaluate`: what is printed, what is written, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cybertriage.cli import main

HEAD = "id\tfunction\tlanguage\ttext\n"


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *(str(a) for a in args)])


def test_own_cases_are_measured_and_written(tmp_path: Path) -> None:
    cases, output = tmp_path / "cases.tsv", tmp_path / "out.json"
    cases.write_text(
        f"{HEAD}a\tcode_request\tru\tЭто служба безопасности банка, назовите код из SMS\n"
        "b\tprayer\tkk\tАлла разы болсын, дұғамыз қабыл болсын, бауырым\n",
        encoding="utf-8",
    )
    result = run("--functional", "--model", "fast", "--cases", cases, "-o", output)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines.index("Must be left alone, worst first") < lines.index("Must be found, worst first")
    assert "human decides" in result.stderr
    data = json.loads(output.read_text(encoding="utf-8"))
    assert data["report"] == "functional"
    assert data["cases"] == 2
    assert {o["function"]["name"] for o in data["functions"]} == {"code_request", "prayer"}
    assert "SMS" not in output.read_text(encoding="utf-8")
    assert "назовите" not in result.output


def test_bias_prints_groups_and_writes_every_axis(tmp_path: Path) -> None:
    output = tmp_path / "bias.json"
    result = run("--bias", "--model", "fast", "-o", output)
    assert result.exit_code == 0, result.output
    for title in ("Traits", "Language forms", "Writing styles", "Gaps between the groups of an axis"):
        assert title in result.stdout
    data = json.loads(output.read_text(encoding="utf-8"))
    assert next(a["axis"] for a in data["axes"]) == "trait"
    assert {"religion", "ethnicity", "form", "style"} <= {a["axis"] for a in data["axes"]}
    shares = [g["false_alarms"]["value"] for g in data["axes"][0]["groups"]]
    assert shares == sorted(shares, reverse=True)


def test_robustness_prints_false_alarms_before_recall(tmp_path: Path) -> None:
    output = tmp_path / "robustness.json"
    result = run("--robustness", "--model", "fast", "-o", output)
    assert result.exit_code == 0, result.output
    header = next(line for line in result.stdout.splitlines() if line.startswith("perturbation"))
    assert header.index("benign newly flagged") < header.index("recall lost")
    assert "homoglyph" in result.stdout
    assert {f["language"] for f in json.loads(output.read_text(encoding="utf-8"))["figures"]} == {"all", "kk", "ru"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "say what to measure"),
        (("--bias", "--cases", "x.tsv"), "--cases goes with --functional only"),
        (("--functional", "--cases", "nowhere.tsv", "--model", "fast"), "nowhere.tsv: cannot be read"),
        (("--functional", "--model", "no-such-model"), "no-such-model"),
    ],
)
def test_wrong_use_is_told_in_one_line(args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_an_unknown_function_is_refused_with_its_line_and_nothing_is_written(tmp_path: Path) -> None:
    cases, output = tmp_path / "cases.tsv", tmp_path / "out.json"
    cases.write_text(f"{HEAD}a\tprayer\tru\tтекст\nb\tno_such\tru\tсекретный текст\n", encoding="utf-8")
    result = run("--functional", "--model", "fast", "--cases", cases, "-o", output)
    assert result.exit_code == 2
    assert "cases.tsv: line 3: function 'no_such'" in result.stderr
    assert "секретный" not in result.output
    assert not output.exists()
