"""Message text must not leak: not in repr, logs, exceptions, records or the terminal summary."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path

import pytest
from click.testing import CliRunner

from cybertriage import InputError, Triage
from cybertriage.cli import main
from cybertriage.text.normalize import normalize

CANARY = "Құпиясөзканарейка"
TEXT = f"{CANARY} банктен, код айтыңыз, әйтпесе картаңыз бұғатталады"


def test_a_verdict_and_its_explanation_hold_no_text(triage: Triage) -> None:
    verdict, explanation = triage.run([TEXT])[0], triage.explain([TEXT])[0]
    assert CANARY.lower() not in (repr(verdict) + repr(explanation) + repr(triage)).lower()
    assert CANARY not in repr(normalize(TEXT))


def test_nothing_is_logged(triage: Triage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        triage.run([TEXT])
        triage.explain([TEXT])
    assert CANARY not in caplog.text
    assert CANARY not in "".join(capfd.readouterr())


def test_an_error_beside_a_text_does_not_show_it(triage: Triage) -> None:
    with pytest.raises(InputError) as caught:
        triage.run([TEXT, None])  # type: ignore[list-item]
    shown = str(caught.value) + "".join(traceback.format_exception_only(caught.value))
    assert CANARY not in shown


def test_records_and_summary_hold_no_text_even_for_bad_rows(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(f'{{"text": "{TEXT}"}}\n{{"text": "{CANARY}\n{{"text": ["{CANARY}"]}}\n', encoding="utf-8")
    result = CliRunner().invoke(main, ["score", str(source), "-o", str(tmp_path / "out.jsonl")])
    written = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert result.exit_code == 3
    assert CANARY not in written
    assert CANARY not in result.stderr + result.stdout
    assert [json.loads(line)["row"] for line in written.splitlines()] == [1, 2, 3]
