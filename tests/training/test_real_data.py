"""Checks on the real public sets; skipped where they are not (set CYBERTRIAGE_DATA)."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cybertriage import Decision, Triage
from cybertriage.cli import main
from cybertriage.text.language import detect
from cybertriage.text.normalize import normalize
from training import sources
from training.public import sampled_rows, unseen_rows

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(sources.data_root() is None, reason="no public data; set CYBERTRIAGE_DATA"),
]


def test_every_registered_file_has_its_hash_and_can_be_read() -> None:
    for source in sources.registry():
        sources.verified_bytes(source)
    for dataset in {s.dataset for s in sources.registry()}:
        assert next(sources.rows_of(dataset, evaluation=True)).text


def test_training_never_sees_what_the_flag_rates_are_measured_on() -> None:
    unseen = {text for _, text in unseen_rows() if len(text) > 40}
    assert not any(known.text in unseen for known in sampled_rows(0))


def test_language_form_beats_the_measured_lingua_baseline() -> None:
    rows = [r for r in sources.rows_of("codeswitch-kk-ru", evaluation=True) if "gold_v1" in r.group]
    ours = {
        "kk": "kz",
        "kk-plain": "kz",
        "kk-latn": "kz",
        "ru": "ru",
        "ru-latn": "ru",
        "mixed": "mixed",
        "other": "other",
    }
    said = np.array([ours[x.form] for x in detect([normalize(r.text).text for r in rows])])
    true = np.array([r.label for r in rows])
    scores = []
    for name in ("kz", "ru", "mixed"):
        hit = int(((said == name) & (true == name)).sum())
        scores.append(2 * hit / (int((said == name).sum()) + int((true == name).sum())))
    assert np.mean(scores) > 0.8643  # lingua in its many-languages mode, benchmarks/results/language_forms.json


@pytest.mark.parametrize("source", ["tg-news-nktkln", "kaznerd-news", "kazsandra-reviews", "codeswitch-kk-ru"])
def test_ordinary_speech_is_hardly_ever_flagged(triage: Triage, source: str) -> None:
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for name, text in unseen_rows():
        texts[name].append(text)
    sample = random.Random(1).sample(texts[source], 1500)
    flagged = sum(v.decision is Decision.REVIEW for v in triage.run(sample))
    assert flagged <= 15


def test_a_real_file_scores_through_the_command_line(tmp_path: Path) -> None:
    root = sources.data_root()
    assert root is not None
    source, output = root / "codeswitch-kk-ru" / "gold_v1.csv", tmp_path / "out.jsonl"
    result = CliRunner().invoke(main, ["score", str(source), "-o", str(output)])
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert result.exit_code == 0
    assert len(rows) == 3076
    assert [row["row"] for row in rows] == list(range(1, 3077))
