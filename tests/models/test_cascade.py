"""The encoder and the cascade: what must hold whatever the weights are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from cybertriage import BundleError, Decision, InputError, Policy, Triage
from cybertriage.calibrate import sigmoid
from cybertriage.models.bundle import load_bundle, shipped
from cybertriage.models.cascade import Blend, CascadeModel
from cybertriage.models.encoder import EncoderModel
from cybertriage.models.load import load_model
from cybertriage.policy import Scored
from cybertriage.readers import open_source
from cybertriage.records.record import record, scored_of
from cybertriage.text.grams import grams

EXAMPLES = Path(__file__).parents[2] / "examples" / "reported.csv"
TEXTS = [m.text or "" for m in open_source(EXAMPLES).rows()]
SHORT = [text for text in TEXTS if len(text) <= 300]


@pytest.fixture(scope="module")
def encoder() -> EncoderModel:
    return EncoderModel(load_bundle("encoder"))


@pytest.fixture(scope="module")
def cascade() -> CascadeModel:
    model = load_model(load_bundle("cascade"))
    assert isinstance(model, CascadeModel)
    return model


@pytest.fixture(scope="module")
def default() -> Triage:
    return Triage.load(threads=1)


def test_the_default_is_the_cascade(default: Triage) -> None:
    assert default.model.startswith("cascade@")


def test_a_text_scores_the_same_alone_and_in_any_batch(encoder: EncoderModel) -> None:
    together = encoder.logits(SHORT)
    backwards = encoder.logits(SHORT[::-1])[::-1]
    alone = np.concatenate([encoder.logits([text]) for text in SHORT[:25]])
    assert np.abs(sigmoid(together) - sigmoid(backwards)).max() < 1e-4
    assert np.abs(sigmoid(together[:25]) - sigmoid(alone)).max() < 1e-4


def test_equal_texts_get_equal_rows_in_place(encoder: EncoderModel) -> None:
    logits = encoder.logits([SHORT[0], SHORT[1], SHORT[0]])
    assert (logits[0] == logits[2]).all()
    assert not np.allclose(logits[0], logits[1])


def test_below_the_band_the_fast_score_stands(cascade: CascadeModel) -> None:
    forms, table = ["ru"] * len(SHORT), grams(SHORT)
    quick, odds = cascade.quick_odds(SHORT, forms, table), cascade.piece_odds(SHORT, forms, table)
    sent = cascade.sent(quick)
    assert 0 < sent.sum() < len(SHORT)
    assert (odds[~sent] == quick[~sent]).all()
    assert not np.isclose(odds[sent], quick[sent]).all()


def test_whether_a_text_goes_on_depends_on_it_alone(cascade: CascadeModel) -> None:
    alone = [bool(cascade.sent(cascade.quick_odds([text], ["kk"], grams([text])))[0]) for text in SHORT]
    together = cascade.sent(cascade.quick_odds(SHORT, ["kk"] * len(SHORT), grams(SHORT)))
    assert alone == together.tolist()


def test_verdicts_do_not_depend_on_neighbours_or_threads(default: Triage, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = default.run(TEXTS)
    monkeypatch.setattr("cybertriage.triage._CHUNK", 9)
    other = Triage.load(threads=3).run(TEXTS)
    for a, b in zip(expected, other, strict=True):
        assert a.decision == b.decision
        assert list(a.scores.values()) == pytest.approx(list(b.scores.values()), abs=1e-4)


def test_the_last_turn_of_a_call_is_the_whole_call(default: Triage) -> None:
    turns = ["- Алло, это служба доставки.", "- Да, слушаю.", "- Назовите код из SMS, чтобы мы привезли посылку."]
    verdicts = default.run_turns(turns)
    assert len(verdicts) == 3
    assert verdicts[-1] == default.run(["\n".join(turns)])[0]
    assert default.run_turns([]) == []


@pytest.mark.parametrize("text", ["", "🙂🙂🙂", "1234 5678 90"], ids=["empty", "emoji", "digits"])
def test_what_has_no_word_is_clear(default: Triage, text: str) -> None:
    assert default.run([text])[0].decision is Decision.CLEAR


@pytest.mark.parametrize(
    "text",
    ["بۇگىن اۋا رايى جاقسى", "Ассалому алайкум, бугун ҳаво жуда яхши бўлди, раҳмат"],
    ids=["arabic-kazakh", "uzbek"],
)
def test_no_flag_out_of_language(default: Triage, text: str) -> None:
    assert default.run([text])[0].decision is Decision.ABSTAIN


def test_a_megabyte_is_one_verdict(default: Triage) -> None:
    verdict = default.run(["Бүгін ауа райы жақсы, балалар аулада ойнап жүр. " * 21000])[0]
    assert verdict.decision in set(Decision)


def test_a_member_of_another_build_is_refused(tmp_path: Path) -> None:
    for name in ("fast", "encoder", "cascade"):
        shutil.copytree(shipped(name), tmp_path / name)
    assert Triage.load(tmp_path / "cascade").model.startswith("cascade@")
    manifest = json.loads((tmp_path / "fast" / "bundle.json").read_text(encoding="utf-8"))
    manifest["version"] = "9.9.9"
    (tmp_path / "fast" / "bundle.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BundleError, match="another build"):
        Triage.load(tmp_path / "cascade")
    shutil.rmtree(tmp_path / "fast")
    with pytest.raises(BundleError):
        Triage.load(tmp_path / "cascade")


def test_a_blend_must_be_sound() -> None:
    with pytest.raises(ValueError, match="blend"):
        Blend.from_json({"a": [-1.0, 1.0, 0.0]}, ["a"])
    with pytest.raises(KeyError):
        Blend.from_json({"a": [1.0, 1.0, 0.0]}, ["a", "b"])


def test_explanations_come_from_the_path_the_text_takes(default: Triage) -> None:
    text = "Это служба безопасности банка, срочно назовите код из SMS"
    found = default.explain([text])[0].evidence
    assert {e.target for e in found} <= set(default.families)
    assert any("код" in text[e.span.start : e.span.end] for e in found if e.target == "fraud" and e.weight > 0)


def test_a_long_text_is_explained_where_its_score_came_from(default: Triage) -> None:
    harmless = "Сегодня в школе прошло собрание, обсудили ремонт класса и поездку в музей на каникулах. " * 8
    text = harmless + "Это служба безопасности банка, срочно назовите код из SMS, иначе деньги спишут мошенники!"
    assert default.run([text])[0].scores["fraud"] > 0.5
    found = [e for e in default.explain([text])[0].evidence if e.target == "fraud" and e.weight > 0]
    assert found
    assert max(e.span.end for e in found) > len(harmless)


def test_saved_scores_decide_as_fresh_ones_under_another_policy(default: Triage) -> None:
    lower = default.policy.to_toml().replace(f"review = {default.policy.bands['fraud'].review!r}", "review = 0.6")
    policy = Policy.parse(lower)
    for verdict in default.run(TEXTS):
        again = scored_of(record(1, "x", verdict))
        fresh = Scored(verdict.scores, verdict.language, verdict.facts)
        assert policy.decide(again, model="m") == policy.decide(fresh, model="m")


@pytest.mark.parametrize(
    "scores", [{"fraud": float("nan"), "radical": 0.1}, {"extortion": 0.1}, {"fraud": 2, "radical": 0}, []]
)
def test_a_record_with_unsound_scores_is_refused(default: Triage, scores: object) -> None:
    saved = record(1, "x", default.run(["сәлем, қалайсың"])[0]) | {"scores": scores}
    with pytest.raises(InputError, match="row 1"):
        scored_of(saved)
