"""Families are data: a further one needs a taxonomy file and a bundle, and no change of code."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from cybertriage import Decision, Language, LanguageForm, Policy, PolicyError, TaxonomyError, Triage
from cybertriage.errors import BundleError
from cybertriage.models.outputs import check_outputs, families_of
from cybertriage.policy import Scored
from cybertriage.records.record import body, scored_of
from cybertriage.taxonomy import Taxonomy, families, use
from cybertriage.types import Facts
from tests.policies import RULES

SHIPPED: dict[str, Any] = json.loads(files("cybertriage").joinpath("data/taxonomy.json").read_text(encoding="utf-8"))
NAMES = {"kk": "х", "ru": "х", "en": "x"}
TOY = {
    "code": "TY", "id": "toy", "kind": "family", "family": "toy", "name": NAMES, "explanation": NAMES, "order": 9,
    "capped_by": ["news"], "cap_yields_to": "toy_leaf", "letter_fold": "abstain", "usual_priority": [1, 4],
    "indicators": False, "hard_cells": "TN", "routes": ["consumer"],
}  # fmt: skip
LEAF = {
    "code": "TY1", "id": "toy_leaf", "kind": "leaf", "family": "toy", "name": NAMES, "explanation": NAMES,
    "severity": [2, 3], "routes": ["drugs"],
}  # fmt: skip
POLICY = f"""
[toy]
clear = 0.2
review = 0.8
{RULES}"""


def with_toy() -> dict[str, Any]:
    document = copy.deepcopy(SHIPPED)
    document["labels"] += [copy.deepcopy(TOY), copy.deepcopy(LEAF)]
    return document


def scored(facts: Facts | None = None, **scores: float) -> Scored:
    return Scored({"toy": 0.0, **scores}, Language(LanguageForm.KK, 1.0, 0.0), facts or Facts())


def test_a_toy_family_is_flagged_held_back_routed_and_saved() -> None:
    with use(Taxonomy.parse(json.dumps(with_toy()))):
        assert families()[-1] == "toy"
        policy = Policy.parse(POLICY)
        flag = policy.decide(scored(toy=0.9, toy_leaf=0.7), model="m")
        assert (flag.decision, flag.labels, flag.routes) == (Decision.REVIEW, ("toy", "toy_leaf"), ("drugs",))
        assert flag.reasons == ("toy_over_threshold",)
        assert policy.decide(scored(toy=0.9), model="m").routes == ("consumer",)
        assert policy.decide(scored(toy=0.9, news=0.9), model="m").reasons == ("frame_conflict",)
        assert policy.decide(scored(toy=0.9, news=0.9, toy_leaf=0.95), model="m").decision is Decision.REVIEW
        assert policy.decide(scored(Facts(folded={"toy": 0.9})), model="m").reasons == ("obfuscated",)
        saved = scored_of(body(flag))
        assert policy.decide(saved, model="m").labels == flag.labels
        assert Policy.parse(policy.to_toml()) == policy
    assert "toy" not in families()


def test_a_bundle_answers_for_the_families_it_has() -> None:
    assert families_of(("radical", "fraud")) == ("fraud", "radical")
    check_outputs("b", ("fraud", "extortion", "news"), ("news",))
    for outputs, why in (
        (("extortion",), "without its family"),
        (("fraud", "nothing"), "none of the taxonomy"),
        (("fraud", "fraud"), "twice"),
        (("news",), "no output is a family"),
    ):
        with pytest.raises(BundleError, match=why):
            check_outputs("b", outputs, ())


def test_a_policy_for_fewer_families_looks_for_those_alone(triage: Triage) -> None:
    policy = Policy.parse(POLICY.replace("[toy]", "[fraud]"))
    assert set(policy.bands) == {"fraud"}
    verdict = policy.decide(triage.score(["Служба безопасности банка, назовите код"])[0], model="m")
    assert set(verdict.labels) & set(families()) <= {"fraud"}


def test_a_policy_for_a_family_without_a_score_says_so() -> None:
    policy = Policy.parse(POLICY.replace("[toy]", "[abuse]"))
    with pytest.raises(PolicyError, match="abuse"):
        policy.decide(Scored({"fraud": 0.1}, Language(LanguageForm.KK, 1.0, 0.0)), model="m")


def test_records_saved_before_there_were_four_families_are_read() -> None:
    old = {
        "row": 1, "scores": {"fraud": 0.9, "radical": 0.1}, "language": {"form": "kk", "kk": 1.0, "ru": 0.0},
        "facts": {"too_short": False, "folded_radical": 0.4},
    }  # fmt: skip
    found = scored_of(old)
    assert found.facts == Facts(folded={"radical": 0.4})
    assert Policy.parse(POLICY.replace("[toy]", "[fraud]")).decide(found, model="m").decision is Decision.REVIEW


def _set(entry: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        next(x for x in document["labels"] if x["id"] == entry).update(values)

    return change


def _without(entry: str, key: str) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        del next(x for x in document["labels"] if x["id"] == entry)[key]

    return change


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_set("toy", colour="red"), "unknown property colour"),
        (_without("toy", "capped_by"), "no capped_by"),
        (_set("toy", routes=["nowhere"]), "unknown route 'nowhere'"),
        (_set("toy", capped_by=["nothing"]), "unknown frame 'nothing'"),
        (_set("toy", code="FR"), "'FR' stands twice"),
        (_set("toy", order=1), "the order 1 stands twice"),
        (_set("toy", letter_fold="maybe"), "letter_fold must be raise or abstain"),
        (_set("toy_leaf", family="nobody"), "nobody|none of its leaves"),
        (_set("toy", cap_yields_to="extortion"), "none of its leaves"),
        (_set("toy", name={"en": "x"}), "texts for kk, ru and en"),
    ],
)
def test_a_bad_taxonomy_is_refused_by_name(change: Callable[[dict[str, Any]], None], what: str) -> None:
    document = with_toy()
    change(document)
    with pytest.raises(TaxonomyError, match=what):
        Taxonomy.parse(json.dumps(document))
