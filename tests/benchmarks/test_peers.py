from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")

from benchmarks import peer_table
from benchmarks.peers import keywords, personal
from benchmarks.peers.contract import NotRun, Taught
from benchmarks.peers.measure import threshold
from benchmarks.peers.probe import rates, size_bytes
from benchmarks.peers.registry import COSTS_ONLY, PEERS, peer_named
from benchmarks.peers.spam import Detector, tokens

ROOT = Path(__file__).parents[2]
SEEN = ["код айт тез", "кешке кел апа", "назови код сейчас", "жой оларды қазір", "сәлем досым"]
ROWS = [
    Taught(text, {"fraud": "код" in text, "radical": False if at % 2 else "жой" in text}, 1.0, own=True)
    for at, text in enumerate(SEEN * 8)
]
TEXTS = ["код айтыңыз", "сәлем", "", "а" * 900 + " код айт"]


@pytest.mark.parametrize("key", ["char_ngram_lr", "tg_spam"])
def test_a_peer_says_the_same_after_it_was_saved(key: str, tmp_path: Path) -> None:
    kind = peer_named(key)
    peer = kind.fit(ROWS, 0)
    peer.save(tmp_path)
    before, after = peer.scores(TEXTS), kind.load(tmp_path).scores(TEXTS)
    assert set(before) == {"fraud", "radical"}
    for family, values in before.items():
        assert values.shape == (len(TEXTS),)
        assert np.allclose(values, after[family], atol=1e-4)
    assert before["fraud"][0] > before["fraud"][1]
    assert size_bytes(tmp_path) > 0


def test_fasttext_says_the_same_after_it_was_saved(tmp_path: Path) -> None:
    pytest.importorskip("fasttext")
    kind = peer_named("fasttext")
    peer = kind.fit(ROWS, 0)
    peer.save(tmp_path)
    assert np.allclose(peer.scores(TEXTS)["fraud"], kind.load(tmp_path).scores(TEXTS)["fraud"], atol=1e-4)


def test_a_keyword_list_counts_cues_but_those_of_genuine_messages(tmp_path: Path) -> None:
    path = tmp_path / keywords.NAME
    path.write_text(
        "# a note\nleaf\tlang\tkind\tbasis\tcue\n"
        "FR01\tru\task\tsrc\tНазовите код\nHN\tru\thard_negative\tsrc\tникому\n",
        encoding="utf-8",
    )
    words = keywords.cues(path)
    assert words == ["назовите код"]
    scores = keywords.Keywords(words).scores(["НАЗОВИТЕ КОД из SMS", "никому не говорите"])["fraud"]
    assert scores.tolist() == [1.0, 0.0]


def test_a_peer_without_its_list_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keywords, "NAME", "no_such_list.tsv")
    with pytest.raises(NotRun, match=r"no_such_list\.tsv is neither"):
        keywords.Keywords.fit([], 0)


def test_ours_is_measured_by_the_same_contract(triage: Any) -> None:
    scores = peer_named("cybertriage_fast").fit([], 0).scores(TEXTS)
    assert np.allclose(scores["fraud"], [s.scores["fraud"] for s in triage.score(TEXTS)])


def test_tg_spam_tokens_bayes_and_likeness() -> None:
    assert tokens("Код, айт!! (тез) ок #акция") == ["код", "айт", "тез", "акция"]
    detector = Detector.fit(
        ["купи акцию сейчас", "скидка купи", "привет друг", "как дела друг"], [True, True, False, False]
    )
    assert detector.likeness(["купи акцию сейчас", "друг привет", ""]).round(6).tolist() == [1.0, 0.0, 0.0]
    # Two of three words of a known message: cosine 2 / sqrt(3 * 3).
    assert detector.likeness(["купи акцию завтра"])[0] == pytest.approx(2 / 3)
    assert detector.flags(["купи скидка", "привет друг"]).tolist() == [True, False]


def test_a_threshold_lets_at_most_one_in_a_hundred_benign_rows_through() -> None:
    scores = np.arange(200.0)
    at = threshold(scores, np.ones(200, bool))
    assert (scores > at).sum() == 2
    assert (np.zeros(50) > threshold(np.zeros(50), np.ones(50, bool))).sum() == 0


def test_no_peer_pays_for_the_imports_of_another() -> None:
    heavy = {"sklearn", "torch", "transformers", "model2vec", "fasttext", "airlock_pii"}
    for name in ("contract", "heads", "probe", "registry", "ours", "keywords", "spam", "static", "torch_peers"):
        tree = ast.parse((ROOT / "benchmarks" / "peers" / f"{name}.py").read_text(encoding="utf-8"))
        at_top = {
            alias.name.split(".")[0] if isinstance(node, ast.Import) else (node.module or "").split(".")[0]
            for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
        }  # fmt: skip
        assert not at_top & heavy, name


def test_no_text_is_timed_twice() -> None:
    seen: list[str] = []

    class Spy:
        def scores(self, texts: list[str]) -> dict[str, Any]:
            seen.extend(texts)
            return {}

    assert rates(Spy(), ["a", "b"], 0.0001)["messages_a_pass"] >= 64
    assert len(set(seen)) == len(seen)


def test_made_up_personal_data_is_valid_and_where_it_is_said_to_be() -> None:
    rows = personal.made(200, 1)
    assert rows == personal.made(200, 1)
    assert sum(not row.spans for row in rows) == 100
    assert {span[0] for row in rows for span in row.spans} == set(personal.KINDS)
    judged = personal.judged(rows, lambda text: [s for row in rows if row.text == text for s in row.spans])
    assert judged["recall"]["value"] == judged["precision"]["value"] == 1.0
    assert judged["clean_rows_touched"]["value"] == 0.0
    nothing = personal.judged(rows, lambda text: [("phone", 0, 1)])
    assert nothing["recall"]["value"] == 0.0
    assert nothing["clean_rows_touched"]["value"] == 1.0


def test_a_find_of_another_kind_or_far_too_long_does_not_count() -> None:
    row = personal.Row("телефон +77010001234 жаз", (("phone", 8, 20),))
    for wrong in (("iin", 8, 20), ("phone", 0, 24), ("phone", 8, 14)):
        assert personal.judged([row], lambda _, found=wrong: [found])["recall"]["value"] == 0.0


@pytest.fixture
def result(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    def estimate(value: float) -> dict[str, Any]:
        return {"value": value, "low": value, "high": value, "n": 10}

    def side(title: str, auroc: float, speed: float, size: float) -> dict[str, Any]:
        ranked = {"auroc": estimate(auroc), "auprc": estimate(auroc), "recall_at_fpr_1pct": estimate(auroc)}
        return {
            "title": title,
            "quality": {f: {"all": ranked, "against_hard_negatives": ranked} for f in ("fraud", "radical")},
            "at_threshold": {
                f: {"false_alarms": estimate(0.01), "recall": estimate(auroc)} for f in ("fraud", "radical")
            },
            "public_flagged": {"news": estimate(0.0)},
            "bias": {"gap": 0.01},
            "elsewhere_auroc": {"calls": estimate(auroc)},
            "costs": {
                "messages_per_second": {"median": speed}, "size_mib": size, "peak_memory_mib": 100,
                "cold_start_seconds": 0.5,
            },
        }  # fmt: skip

    made = {
        "machine": {"processor": "P", "cores": 2},
        "peers": {
            "cybertriage_cascade": side("cybertriage `cascade`", 0.99, 500, 50),
            "keywords": side("keyword list", 0.7, 5000, 0.1),
            "fasttext": {
                "title": "fastText supervised",
                "settings": "",
                "not_run": "package fasttext is not installed",
            },
        },
    }
    monkeypatch.setattr(peer_table, "read", lambda _: made)
    return made


def test_the_tables_give_ratios_and_name_what_was_not_run(result: dict[str, Any]) -> None:
    assert "| keyword list | 5,000 (×10)" in peer_table.cost()
    assert "keyword list" in peer_table.quality()
    assert "calls" in peer_table.elsewhere()
    assert peer_table.not_run() == "- fastText supervised: package fasttext is not installed."
    assert peer_table.kazakh_hate().startswith("Not run")
    assert peer_table.spam().startswith("Not run")


def test_where_a_peer_wins_stands_plainly_with_what_would_close_it(result: dict[str, Any]) -> None:
    wins = peer_table.wins().splitlines()
    assert [line.partition(":")[0] for line in wins] == ["- messages a second", "- size"]
    assert all("keyword list" in line and "To close it: " in line for line in wins)
    result["peers"]["keywords"]["quality"]["radical"]["against_hard_negatives"]["auroc"]["value"] = 0.995
    assert "radical, AUROC against protected speech: ours 0.99; better: keyword list (0.995)" in peer_table.wins()


def test_a_peer_with_fewer_false_alarms_is_named_with_what_it_finds(result: dict[str, Any]) -> None:
    result["peers"]["keywords"]["at_threshold"]["fraud"]["false_alarms"]["value"] = 0.0
    assert "keyword list (0, recall 70 %)" in peer_table.wins()


def test_peak_memory_is_of_the_process_alone() -> None:
    held = bytearray(400 << 20)
    code = "from benchmarks.peers.probe import peak_mib; print(peak_mib())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert 10 < int(done.stdout) < len(held) >> 20


def test_every_way_to_win_has_a_way_to_close_it(result: dict[str, Any]) -> None:
    measured = peer_table._measures(result["peers"]["cybertriage_cascade"])
    assert set(measured) == set(peer_table.CLOSES)


def test_the_committed_result_keeps_what_the_ranking_table_reads() -> None:
    committed = json.loads((ROOT / "benchmarks" / "results" / "peers.json").read_text(encoding="utf-8"))
    for family in ("fraud", "radical"):
        assert {"all", "against_hard_negatives"} <= set(committed["char_ngram_lr"][family])


def test_every_peer_has_a_title_and_its_settings() -> None:
    assert set(PEERS) >= COSTS_ONLY
    for key in PEERS:
        kind = peer_named(key)
        assert kind.key == key
        assert kind.title
        assert kind.settings
