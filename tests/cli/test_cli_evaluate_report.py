"""`cybertriage evaluate --report`: several evaluations in one file, earlier ones added, misuse told beforehand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cybertriage.cli import main
from tests.evaluate.reports import measured

CASES = (
    "id\tfunction\tlanguage\ttext\n"
    "a\tcode_request\tru\tЭто служба безопасности банка, назовите код из SMS\n"
    "b\tprayer\tkk\tАлла разы болсын, дұғамыз қабыл болсын, бауырым\n"
)


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *(str(a) for a in args)])


def saved(path: Path, kind: str) -> Path:
    path.write_text(json.dumps(measured()[kind]), encoding="utf-8")
    return path


def test_what_is_measured_and_what_was_saved_stand_in_one_report(tmp_path: Path) -> None:
    cases, html, output = tmp_path / "cases.tsv", tmp_path / "out.html", tmp_path / "out.json"
    cases.write_text(CASES, encoding="utf-8")
    earlier = saved(tmp_path / "bias.json", "bias")
    result = run(
        "--functional", "--model", "fast", "--cases", cases, "--saved", earlier, "--report", html, "-o", output
    )
    assert result.exit_code == 0, result.output
    text = html.read_text(encoding="utf-8")
    assert text.index('id="groups"') < text.index('id="functions"')
    assert "назовите" not in text
    assert json.loads(output.read_text(encoding="utf-8"))["report"] == "functional"


def test_several_evaluations_go_into_one_json_that_makes_a_report_again(tmp_path: Path) -> None:
    cases, html, output = tmp_path / "cases.tsv", tmp_path / "out.html", tmp_path / "out.json"
    cases.write_text(CASES, encoding="utf-8")
    result = run("--functional", "--robustness", "--model", "fast", "--cases", cases, "--report", html, "-o", output)
    assert result.exit_code == 0, result.output
    assert result.stdout.index("== functional") < result.stdout.index("== robustness")
    data = json.loads(output.read_text(encoding="utf-8"))
    assert [of["report"] for of in data["reports"]] == ["functional", "robustness"]
    assert set(data["notice"]) == {"kk", "ru", "en"}
    again = tmp_path / "again.html"
    result = run("--saved", output, "--report", again)
    assert result.exit_code == 0, result.output
    assert again.read_bytes() == html.read_bytes()
    assert result.stdout == ""
    assert "human decides" in result.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--saved", "{bias}"), "--saved goes with --report only"),
        (("--saved", "{bias}", "--report", "{dir}/x.html", "-o", "{dir}/x.json"), "nothing is"),
        (("--robustness", "--cases", "x.tsv"), "--cases goes with --functional only"),
        (("--bias", "--report", "{dir}/none/x.html"), "the folder {dir}/none does not exist"),
        (("--saved", "{dir}/none.json", "--report", "{dir}/x.html"), "none.json: cannot be read"),
        (("--saved", "{text}", "--report", "{dir}/x.html"), "text.json is not JSON"),
        (("--saved", "{list}", "--report", "{dir}/x.html"), "list.json is not a JSON object"),
        (("--saved", "{other}", "--report", "{dir}/x.html"), "evaluation 1: 'report' is None"),
        (("--saved", "{bias}", "--saved", "{other_model}", "--report", "{dir}/x.html"), "different models"),
    ],
)
def test_misuse_is_told_in_one_line_and_writes_nothing(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    names = {"dir": str(tmp_path), "bias": str(saved(tmp_path / "bias.json", "bias"))}
    contents = {
        "text": "nothing", "list": "[1]", "other": "{}",
        "other_model": json.dumps({**measured()["functional"], "model": "other@1"}),
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / f"{name}.json").write_text(content, encoding="utf-8")
        names[name] = str(tmp_path / f"{name}.json")
    result = run(*(arg.format_map(names) for arg in args))
    assert result.exit_code == 2
    assert said.format_map(names) in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "x.html").exists()
    assert not (tmp_path / "x.json").exists()
