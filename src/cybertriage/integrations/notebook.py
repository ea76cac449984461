"""Messages and their triage in a notebook: HTML with the evidence marked and personal data masked.

In: texts and a `Triage`. Out: a `View`, which a notebook shows and whose `repr` holds no text.
Text is shown because it was asked for by name; nothing else of this library draws itself. What a notebook shows it
also saves: clear the outputs before a notebook is passed on.
Invariants: every character of a text is escaped; a mark that touches masked data covers the mask, never the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from cybertriage.errors import InputError
from cybertriage.review.shown import Shown, shown
from cybertriage.taxonomy import LANGUAGES, families, label, notice
from cybertriage.triage import Triage
from cybertriage.types import Decision, Evidence, Verdict

_HEADS = {
    "kk": ("Шешім", "Кезек", "Белгілер", "Ықтималдық", "Хабарлама"),
    "ru": ("Решение", "Очередь", "Метки", "Вероятность", "Сообщение"),
    "en": ("Decision", "Priority", "Labels", "Probability", "Message"),
}
_DECISIONS = {
    "kk": {Decision.REVIEW: "адам қарасын", Decision.CLEAR: "таза", Decision.ABSTAIN: "модель шеше алмады"},
    "ru": {Decision.REVIEW: "пусть посмотрит человек", Decision.CLEAR: "чисто", Decision.ABSTAIN: "модель не знает"},
    "en": {Decision.REVIEW: "a person should look", Decision.CLEAR: "clear", Decision.ABSTAIN: "the model cannot tell"},
}
_SIDES = {
    "kk": ("Қанық бояу — белгіге қосылған сөздер, асты сызылған — қарсы сөздер.", "жақтап", "қарсы"),
    "ru": ("Закрашены слова за метку, подчёркнуты слова против неё.", "за", "против"),
    "en": ("Shaded words spoke for a label, underlined words against it.", "for", "against"),
}
_STYLE = {True: "background:#ffd9a8;color:inherit", False: "background:none;color:inherit;text-decoration:underline"}


@dataclass(frozen=True, slots=True)
class View:
    """What a notebook shows of some messages; `repr` says only how many there are."""

    html: str = field(repr=False)
    messages: int

    def _repr_html_(self) -> str:
        return self.html


def show(texts: Sequence[str], triage: Triage, *, language: str = "en", masked: bool = True) -> View:
    """Verdicts, labels and marked evidence of texts, in `language` (kk, ru or en).

    `masked`: personal data as its kind, `<phone>`. Raises `InputError` for another language or what is no text.
    """
    if language not in LANGUAGES:
        raise InputError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    verdicts = triage.run(texts)
    heads = "".join(f"<th>{head}</th>" for head in _HEADS[language])
    rows = [
        _row(shown(text, masked=masked), verdict, explanation.evidence, language)
        for text, verdict, explanation in zip(texts, verdicts, triage.explain(texts), strict=True)
    ]
    return View(
        f'<table lang="{language}"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f"<p>{escape(_SIDES[language][0])} {escape(notice(language))}</p>",
        len(rows),
    )


def _row(text: Shown, verdict: Verdict, evidence: Sequence[Evidence], language: str) -> str:
    named = [f for f in families() if f in verdict.scores]
    asked = [f for f in named if f in verdict.labels] or [max(named, key=verdict.scores.__getitem__)]
    names = "<br>".join(
        f'<span title="{escape(label(x).explanation[language])}">{escape(label(x).name[language])}</span>'
        for x in (*verdict.labels, *verdict.frames)
    )
    scores = "<br>".join(f"{escape(label(f).name[language])} {verdict.scores[f]:.3f}" for f in named)
    marked = _marked(text, [e for e in evidence if e.target in asked], language)
    cells = (_DECISIONS[language][verdict.decision], str(verdict.priority), names, scores, marked)
    return "<tr>" + "".join(f'<td style="text-align:left;vertical-align:top">{cell}</td>' for cell in cells) + "</tr>"


def _marked(text: Shown, evidence: Sequence[Evidence], language: str) -> str:
    """The text with each stretch of evidence marked once; of spans that meet, the strongest counts."""
    pieces, at = [], 0
    for start, end, mark in sorted(_apart([(*text.span(e.span.start, e.span.end), e) for e in evidence])):
        side = _SIDES[language][1 if mark.weight > 0 else 2]
        title = f"{label(mark.target).name[language]}: {side} {mark.weight:+.2f}"
        pieces += [
            escape(text.text[at:start]),
            f'<mark style="{_STYLE[mark.weight > 0]}" title="{escape(title)}">{escape(text.text[start:end])}</mark>',
        ]
        at = end
    return '<bdi style="white-space:pre-wrap">' + "".join([*pieces, escape(text.text[at:])]) + "</bdi>"


def _apart(spans: Sequence[tuple[int, int, Evidence]]) -> list[tuple[int, int, Evidence]]:
    kept: list[tuple[int, int, Evidence]] = []
    for start, end, mark in sorted(spans, key=lambda span: -abs(span[2].weight)):
        if start < end and all(end <= a or b <= start for a, b, _ in kept):
            kept.append((start, end, mark))
    return kept
