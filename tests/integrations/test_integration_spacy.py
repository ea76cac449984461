"""spaCy: verdicts and evidence on docs, through batches, processes and files."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cybertriage import BundleError, Decision, InputError, PolicyError, Triage
from cybertriage.integrations.cues import LOOK_ALIKE, cues
from cybertriage.taxonomy import families, label

spacy = pytest.importorskip("spacy")
pytest.importorskip("cybertriage.integrations.spacy")

SCAM = "Банктен хабарласып тұрмыз, SMS-кодты айтыңыз"
TEXTS = [SCAM, "Апа, кешке нан ала кел", "Это служба безопасности банка, назовите код из SMS", "", "🙂  \n"]


def pipeline(language: str = "xx", **config: Any) -> Any:
    nlp = spacy.blank(language)
    nlp.add_pipe("cybertriage", config={"model": "fast", **config})
    return nlp


@pytest.mark.parametrize("language", ["xx", "ru"])
def test_verdicts_are_those_of_triage(triage: Triage, language: str) -> None:
    docs = list(pipeline(language).pipe(TEXTS, batch_size=2))
    assert [doc._.cybertriage for doc in docs] == triage.run(TEXTS)
    assert [doc.text for doc in docs] == TEXTS


def test_a_flagged_doc_has_spans_where_the_evidence_is(triage: Triage) -> None:
    doc = pipeline()(SCAM)
    assert doc._.cybertriage.decision is Decision.REVIEW
    evidence = [e for e in triage.explain([SCAM])[0].evidence if e.target == "fraud"]
    spans = doc.spans["cybertriage"]
    assert len(spans) == len(evidence)
    for span, item in zip(spans, evidence, strict=True):
        assert span.start_char <= item.span.start
        assert span.end_char >= item.span.end
        assert span.label_ == ("fraud" if item.weight > 0 else "fraud_against")


def test_which_docs_are_explained() -> None:
    clear, unexplained, explained = pipeline()(TEXTS[1]), pipeline(explain="none")(SCAM), pipeline(explain="all")(SCAM)
    assert len(clear.spans["cybertriage"]) == len(unexplained.spans["cybertriage"]) == 0
    assert {span.label_.removesuffix("_against") for span in explained.spans["cybertriage"]} <= set(families())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # Python 3.12 and later
def test_through_worker_processes(triage: Triage) -> None:
    docs = list(pipeline().pipe(TEXTS, batch_size=2, n_process=2))
    assert [doc._.cybertriage for doc in docs] == triage.run(TEXTS)
    assert len(docs[0].spans["cybertriage"]) > 0


def test_through_files(triage: Triage, tmp_path: Path) -> None:
    nlp = pipeline()
    nlp.add_pipe("cybertriage_cues")
    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert again(SCAM)._.cybertriage == triage.run([SCAM])[0]
    stored = spacy.tokens.DocBin(store_user_data=True, docs=[nlp(SCAM)]).to_bytes()
    doc = next(spacy.tokens.DocBin().from_bytes(stored).get_docs(nlp.vocab))
    assert doc._.cybertriage == triage.run([SCAM])[0]
    assert len(doc.spans["cybertriage"]) > 0


def test_a_doc_that_was_not_scored_has_no_verdict() -> None:
    assert spacy.blank("xx")(SCAM)._.cybertriage is None


@pytest.mark.parametrize(
    ("config", "error", "message"),
    [
        ({"explain": "some"}, InputError, "explain must be one of flagged, all, none"),
        ({"model": "no-such-model"}, BundleError, "no-such-model"),
        ({"policy": "no-such-file.toml"}, PolicyError, "no-such-file"),
    ],
)
def test_wrong_settings_are_told_when_the_pipe_is_added(config: dict[str, Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        pipeline(**config)


def test_cues_are_marked_and_move_no_score(triage: Triage) -> None:
    nlp = pipeline()
    nlp.add_pipe("cybertriage_cues")
    doc = nlp("Осторожно: мошенники просят перевести на БЕЗОПАСНЫЙ СЧЕТ, ал сізге «SMS-кодты айтыңыз» дейді")
    found = {(span.text.lower(), span.label_, span.id_) for span in doc.spans["cybertriage_cues"]}
    assert ("безопасный счет", "authority_impersonation", "pretext") in found
    assert ("sms-кодты айтыңыз", "code_theft_pretext", "ask") in found
    assert doc._.cybertriage == triage.run([doc.text])[0]


def test_every_cue_has_a_known_leaf_and_finds_itself() -> None:
    nlp = spacy.blank("xx")
    nlp.add_pipe("cybertriage_cues")
    for leaf, kind, cue in cues():
        assert leaf == LOOK_ALIKE or label(leaf).family == "fraud"
        doc = nlp(f"Вот: {cue} .")
        assert (cue, leaf, kind) in {(span.text, span.label_, span.id_) for span in doc.spans["cybertriage_cues"]}


def test_spacy_finds_the_components_by_itself() -> None:
    names = {entry.name for entry in importlib.metadata.entry_points(group="spacy_factories")}
    if "cybertriage" not in names:
        pytest.skip("installed before the entry points were declared: pip install -e . again")
    code = (
        "import spacy; nlp = spacy.blank('xx'); nlp.add_pipe('cybertriage', config={'model': 'fast'});"
        "nlp.add_pipe('cybertriage_cues'); print(nlp('сәлем достар')._.cybertriage.decision)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in set(Decision)
