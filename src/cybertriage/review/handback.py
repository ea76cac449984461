"""Settled items as data: rows to train on again, and cases that must not go wrong a second time.

In: the states of a queue. Out: JSONL lines of a retraining set; TSV lines of functional cases that
`evaluate.functional.load_cases` reads.
Invariants: only settled items; no text where it was not asked for; a functional case is only made where a function of
the suites says what was decided, and what cannot be placed is counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cybertriage.review.items import Outcome
from cybertriage.review.outcome import State

_BREAK = " ⏎ "

# The function of the suites whose expectation a settled label states.
_FLAG = {
    "authority_impersonation": "block_safe_account", "code_theft_pretext": "code_request",
    "phishing_link": "lookalike_domain", "trusted_person_impersonation": "relative_pressure",
    "investment_pyramid": "investment_lure", "job_task_scam": "task_scam", "money_mule_recruitment": "mule_offer",
    "prize_payout": "fake_payout", "extortion": "extortion", "incitement_violence": "own_call",
    "recruitment_support": "recruits", "glorification_justification": "approves_act",
    "dehumanising_hatred": "dehumanises", "propaganda_sharing": "passes_on",
}  # fmt: skip
_LEAVE = {
    "fraud": {
        "genuine_code": "code_genuine", "bank_notice": "block_notice", "delivery_notice": "delivery_plain",
        "state_notice": "state_message", "fraud_warning": "warning_quotes", "victim_report": "victim_tells",
        "scam_question": "asks_if_scam", "debt_notice": "lawful_debt",
    },
    "radical": {
        "news": "headline", "counter_speech": "quote_condemned", "academic": "academic",
        "religious_practice": "prayer", "political_criticism": "criticism_state", "satire_art_game": "satire",
        "testimony": "testimony", "identity_talk": "identity_neutral",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Regression:
    """The lines of a case file, header first; `cases` of them are cases, `unplaced` settled items fit no function."""

    lines: tuple[str, ...] = field(repr=False)
    cases: int
    unplaced: int


def retraining_lines(states: Sequence[State], *, with_text: bool = False) -> Iterator[str]:
    """One JSON line a settled item: `uid`, `form`, `family`, `confirmed`, `label`, and `text` where it is asked for."""
    for state in states:
        if state.settled is None:
            continue
        confirmed = state.settled is Outcome.CONFIRMED
        row: dict[str, object] = {
            "uid": state.item.uid, "form": state.item.form, "family": state.family or state.item.family,
            "confirmed": confirmed, "label": state.label,
        }  # fmt: skip
        if with_text:
            row["text"] = state.item.text
        yield json.dumps(row, ensure_ascii=False) + "\n"


def regression_cases(states: Sequence[State]) -> Regression:
    """Functional cases of the settled items; they hold the text, as shown."""
    settled = [state for state in states if state.settled is not None]
    placed = [(state, name) for state in settled if (name := _function(state))]
    lines = ["id\tfunction\tlanguage\ttext\tlabel\n", *(_line(state, name) for state, name in placed)]
    return Regression(tuple(lines), len(placed), len(settled) - len(placed))


def _function(state: State) -> str | None:
    if state.settled is Outcome.CONFIRMED:
        return _FLAG.get(state.label or "")
    return _LEAVE.get(state.item.family, {}).get(state.label or "")  # families without a suite have no function


def _line(state: State, function: str) -> str:
    expect = "flag" if state.settled is Outcome.CONFIRMED else "leave"
    text = _BREAK.join(" ".join(part.split("\t")) for part in state.item.text.splitlines())
    return "\t".join([state.item.uid, function, state.item.form, text, expect]) + "\n"
