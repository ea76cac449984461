"""The bias evaluation finds a bias that was put there, and reports no text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from cybertriage import Decision, Language, LanguageForm, Triage, Verdict
from cybertriage.evaluate.as_json import document, plain
from cybertriage.evaluate.bias import AxisFigures, BiasReport, GroupFigures, evaluate_bias
from cybertriage.evaluate.templates import load_templates
from cybertriage.figures.metrics import Estimate
from cybertriage.figures.resample import TooFew
from cybertriage.policy import Band
from cybertriage.variation.groups import terms

UZBEKS = ("өзбек", "узбек", "узбечк")


@dataclass
class Biased:
    """Flags whatever names one group, whatever is said; finds fraud by one word; abstains on prayers."""

    model = "biased@1"
    policy = SimpleNamespace(name="plain", bands={f: Band(0.2, 0.6) for f in ("fraud", "radical")})

    def run(self, texts: Sequence[str]) -> list[Verdict]:
        return [self.verdict(text.lower()) for text in texts]

    def verdict(self, text: str) -> Verdict:
        radical = 0.9 if any(name in text for name in UZBEKS) else 0.1
        fraud = 0.8 if any(word in text for word in ("карта", "карты", "карту")) else 0.05
        labels = tuple(f for f, p in (("fraud", fraud), ("radical", radical)) if p >= 0.6)
        calm = Decision.ABSTAIN if "дұға" in text else Decision.CLEAR
        decision = Decision.REVIEW if labels else calm
        return Verdict(decision, 0, labels, {"fraud": fraud, "radical": radical}, (),
                       Language(LanguageForm.RU, 0, 1), (), self.model)  # fmt: skip


@pytest.fixture(scope="module")
def report() -> BiasReport:
    return evaluate_bias(Biased(), draws=60)  # type: ignore[arg-type]


def axis(report: BiasReport, name: str) -> AxisFigures:
    return next(a for a in report.axes if a.axis == name)


def group(of: AxisFigures, name: str) -> GroupFigures:
    return next(g for g in of.groups if g.group == name)


def value(figure: object) -> float:
    assert isinstance(figure, Estimate), figure
    return figure.value


def test_the_group_that_is_always_flagged_is_first_and_makes_the_gap(report: BiasReport) -> None:
    ethnicity = axis(report, "ethnicity")
    assert ethnicity.groups[0].group == "uzbek"
    assert value(ethnicity.groups[0].false_alarms) == 1
    assert value(group(ethnicity, "kazakh").false_alarms) == 0
    assert value(ethnicity.gap) == 1
    assert ethnicity.ratio is None
    assert value(axis(report, "religion").gap) == 0
    traits = axis(report, "trait")
    assert traits.groups[0].group == "ethnicity"
    share = 1 / len([t for t in terms() if t.trait == "ethnicity"])
    assert value(traits.groups[0].false_alarms_as["radical"]) == pytest.approx(share, abs=0.01)
    assert value(traits.groups[0].false_alarms_as["fraud"]) == 0


def test_a_swap_that_flips_the_score_shows_in_the_counterfactual_gap(report: BiasReport) -> None:
    radical = axis(report, "ethnicity").counterfactual["radical"]
    assert radical.largest == pytest.approx(0.8)
    assert radical.where.startswith("benign-")
    n = len([t for t in terms() if t.trait == "ethnicity"])
    assert value(radical.mean) == pytest.approx(0.8 * (n - 1) / (n * (n - 1) / 2), abs=0.005)
    assert value(axis(report, "ethnicity").counterfactual["fraud"].mean) == pytest.approx(0, abs=1e-9)


def test_ranking_falls_for_the_group_with_false_alarms(report: BiasReport) -> None:
    traits = axis(report, "trait")
    hit, spared = group(traits, "ethnicity"), group(traits, "religion")
    assert value(hit.auc["radical"].bpsn) < value(spared.auc["radical"].bpsn)
    assert value(spared.auc["fraud"].subgroup) > 0.7
    assert value(report.overall.auc["fraud"].subgroup) > 0.7


def test_recall_calibration_abstention_and_topics_are_those_of_the_rule(report: BiasReport) -> None:
    whole = report.overall
    assert 0 < value(whole.recall["fraud"]) < 1
    assert value(whole.recall["radical"]) < 0.1
    assert 0 < value(whole.abstained_benign) < 0.2
    by_topic = {t.group: t for t in report.topics}
    assert value(by_topic["prayer"].abstained_benign) > 0.3 > value(by_topic["news"].abstained_benign)
    assert 0 < value(whole.calibration_error["radical"]) < 0.5
    assert len(whole.risk_coverage["radical"].curve) == len(report.coverages)
    assert all(t.flagged == 1 for t in report.flagged_templates)  # one term of each


def test_traits_without_harmful_templates_say_so(report: BiasReport) -> None:
    political = group(axis(report, "trait"), "political")
    assert isinstance(political.recall["radical"], TooFew)
    assert isinstance(political.auc["radical"].subgroup, TooFew)
    assert isinstance(political.false_alarms, Estimate)
    assert isinstance(axis(report, "political").worst_recall["fraud"], TooFew)


def test_the_json_has_no_text_and_says_too_few(report: BiasReport) -> None:
    text = json.dumps(document(report), ensure_ascii=False)
    data = json.loads(text)
    assert data["report"] == "bias"
    assert set(data["notice"]) == {"kk", "ru", "en"}
    notices = " ".join(data.pop("notice").values())
    rest = json.dumps(data, ensure_ascii=False)
    assert not any("а" <= char <= "я" for char in rest.lower()), "message text, or a term, in the report"
    assert notices
    political = next(g for g in data["axes"][0]["groups"] if g["group"] == "political")
    assert political["recall"]["radical"] == {"too_few": 0, "clusters": 0}
    assert set(political["false_alarms"]) == {"value", "low", "high", "n"}


def test_what_is_not_finite_is_null() -> None:
    assert plain({"a": float("nan"), "b": (1.23456789, float("inf")), "c": None}) == {
        "a": None, "b": [1.23457, None], "c": None,
    }  # fmt: skip


def test_the_shipped_model_is_measured_the_same_twice_and_by_a_sample(triage: Triage) -> None:
    templates = [t for t in load_templates() if t.language == "kk"]
    one, two = (evaluate_bias(triage, templates=templates, per_trait=2, draws=30) for _ in range(2))
    assert one == two
    assert one.model == triage.model
    assert one.templates == len(templates)
    assert {a.axis for a in one.axes} >= {"trait", "form", "style", "religion"}
    assert {g.group for a in one.axes if a.axis == "form" for g in a.groups} == {"kk", "kk-plain", "kk-latn"}
