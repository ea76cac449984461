"""Triage in spaCy: `nlp.add_pipe("cybertriage")`, and `nlp.add_pipe("cybertriage_cues")` for cue words.

Works on any pipeline, `spacy.blank("xx")` and `spacy.blank("ru")` among them (spaCy has no Kazakh).
`cybertriage` sets `doc._.cybertriage` (a `Verdict`) and `doc.spans["cybertriage"]`: words for a family, labelled
`fraud` or `radical`, and words against, labelled `fraud_against` or `radical_against`; `explain` says of which docs
("flagged": of the families they are flagged for). `cybertriage_cues` sets `doc.spans["cybertriage_cues"]`: words of
public warnings, label the leaf, `id_` the kind; a hint for a reader that changes no score, as news hold every cue too.
Invariant: a `Doc` holds plain values only, so it can be stored and sent to worker processes (`n_process`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from cybertriage import DEFAULT_MODEL
from cybertriage.errors import InputError
from cybertriage.extras import need
from cybertriage.integrations import loaded
from cybertriage.integrations.cues import cues
from cybertriage.models.bundle import load_bundle
from cybertriage.policy import Policy
from cybertriage.records.record import body, scored_of
from cybertriage.taxonomy import families
from cybertriage.triage import Triage
from cybertriage.types import Decision, Verdict

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_spacy, _tokens, _matcher = (need(f"spacy.{part}", "spacy") for part in ("language", "tokens", "matcher"))

KEY, CUES = "cybertriage", "cybertriage_cues"
EXPLAIN = ("flagged", "all", "none")


class CybertriageComponent:
    """Verdicts and evidence for docs; the model is loaded at the first doc, once a process."""

    def __init__(self, model: str, policy: str | None, explain: str) -> None:
        if explain not in EXPLAIN:
            raise InputError(f"explain must be one of {', '.join(EXPLAIN)}, got {explain!r}")
        load_bundle(model)  # so that a wrong name or a changed bundle is told here, not at the first doc
        if policy is not None:
            Policy.load(policy)
        self._model, self._policy, self._explain = model, policy, explain

    def __call__(self, doc: Doc) -> Doc:
        return next(iter(self.pipe([doc])))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Docs in the same order, scored `batch_size` at a time."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            yield from self._scored(batch)

    def _scored(self, docs: list[Doc]) -> list[Doc]:
        triage = loaded(self._model, self._policy)
        verdicts = triage.run([doc.text for doc in docs])
        for doc, verdict in zip(docs, verdicts, strict=True):
            doc.user_data[KEY] = body(verdict)
            doc.spans[KEY] = self._spans(doc, verdict, triage)
        return docs

    def _spans(self, doc: Doc, verdict: Verdict, triage: Triage) -> list[Any]:
        asked = {"all": families(), "flagged": verdict.labels, "none": ()}[self._explain]
        evidence = triage.explain([doc.text])[0].evidence if asked else ()
        found = [
            doc.char_span(e.span.start, e.span.end, e.target + "_against" * (e.weight < 0), alignment_mode="expand")
            for e in evidence
            if e.target in asked
        ]
        return [span for span in found if span is not None]


class CueComponent:
    """Marks the cue words of `data/fraud_cues.tsv`, whatever their case, with ё and е alike."""

    def __init__(self, nlp: Language) -> None:
        self._matcher = _matcher.PhraseMatcher(nlp.vocab, attr="LOWER")
        for leaf, kind, cue in cues():
            spellings = {cue, cue.replace("ё", "е").replace("Ё", "Е")}
            self._matcher.add(f"{leaf} {kind}", [nlp.make_doc(spelling) for spelling in sorted(spellings)])

    def __call__(self, doc: Doc) -> Doc:
        found = []
        for match, start, end in self._matcher(doc):
            leaf, kind = doc.vocab.strings[match].split()
            found.append(_tokens.Span(doc, start, end, label=leaf, span_id=kind))
        doc.spans[CUES] = found
        return doc


def verdict_of(doc: Doc) -> Verdict | None:
    """The verdict on a doc, or None where the component has not run; it is `doc._.cybertriage`."""
    data: dict[str, Any] | None = doc.user_data.get(KEY)
    if data is None:
        return None
    saved = scored_of(data)
    return Verdict(
        decision=Decision(data["decision"]), priority=data["priority"], labels=tuple(data["labels"]),
        scores=saved.scores, frames=tuple(data["frames"]), language=saved.language, reasons=tuple(data["reasons"]),
        model=data["model"], facts=saved.facts, error=data["error"],
        routes=tuple(data["routes"]),
    )  # fmt: skip


def make(nlp: Language, name: str, model: str, policy: str | None, explain: str) -> CybertriageComponent:
    """The factory of `cybertriage`."""
    return CybertriageComponent(model, policy, explain)


def make_cues(nlp: Language, name: str) -> CueComponent:
    """The factory of `cybertriage_cues`."""
    return CueComponent(nlp)


_CONFIG = {"model": DEFAULT_MODEL, "policy": None, "explain": "flagged"}
_spacy.Language.factory(KEY, default_config=_CONFIG, func=make)
_spacy.Language.factory(CUES, func=make_cues)
_tokens.Doc.set_extension(KEY, getter=verdict_of, force=True)
