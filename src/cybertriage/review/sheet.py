"""The work sheet: one HTML file that a reader opens in a browser, without a network and without this library.

In: the items that wait for one reader. Out: the text of the file.
Invariants: nothing is loaded from anywhere and nothing is sent (a content security policy of hashes says so); message
text is data, split into plain pieces here and shown as text there, so that it can never become markup; what would
tell a control item from a flagged one (decision, priority, scores, thresholds met) is not in the file at all.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Any

from cybertriage.errors import InputError
from cybertriage.review.intake import SCHEMA
from cybertriage.review.items import Case, Item, benign, checked_reviewer, leaves
from cybertriage.taxonomy import LANGUAGES, families, label, notice

_SCRIPTS = ("sheet_state.js", "sheet_view.js", "sheet_keys.js")
_STRENGTHS = 3  # tints of evidence, relative to the strongest word of the message


def render_sheet(case: Case, items: Sequence[Item], *, reviewer: str, language: str = "kk") -> str:
    """The HTML file for one reader; the same arguments give the same text.

    Raises `InputError` for a reviewer that is no code, or a language other than kk, ru, en (the reader may switch).
    """
    checked_reviewer(reviewer)
    if language not in LANGUAGES:
        raise InputError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    style, script = _part("sheet.css"), "".join(_part(name) for name in _SCRIPTS)
    filled = {
        "language": language, "title": html.escape(f"{_texts()['title'][language]} · {case.id}"),
        "notice": html.escape(" / ".join(notice(x) for x in LANGUAGES)), "policy": _policy(style, script),
        "style": style, "script": script, "data": _embedded(_data(case, items, reviewer, language)),
    }  # fmt: skip
    return re.sub(r"\{\{(\w+)\}\}", lambda found: filled[found.group(1)], _part("sheet.html"))


def _data(case: Case, items: Sequence[Item], reviewer: str, language: str) -> dict[str, Any]:
    named = {*(x for f in families() for x in leaves(f)), *benign(), *(x for item in items for x in item.frames)}
    digest = hashlib.sha256("\0".join([case.id, reviewer, *(item.uid for item in items)]).encode()).hexdigest()[:16]
    return {
        "schema": SCHEMA, "case": case.id, "reviewer": reviewer, "language": language, "sheet": digest,
        "masked": case.masked, "file": f"decisions-{_file_name(case.id)}-{reviewer}.json",
        "notice": {x: notice(x) for x in LANGUAGES},
        "items": [
            {
                "uid": item.uid, "place": item.place, "form": item.form, "family": item.family,
                "closest": item.closest, "frames": item.frames, "facts": item.facts, "harsh": item.harsh,
                "segments": list(_segments(item)),
            }
            for item in items
        ],
        "names": {x: {"name": label(x).name, "explanation": label(x).explanation} for x in sorted(named)},
        "leaves": {f: leaves(f) for f in families()}, "benign": benign(), "texts": _texts(),
    }  # fmt: skip


def _segments(item: Item) -> Iterator[tuple[str, str, int]]:
    """The text in pieces of (text, side, strength): side is `for`, `against` or nothing, strength 0 to 3."""
    most = max((abs(mark.weight) for mark in item.marks), default=1.0)
    at = 0
    for mark in sorted(item.marks, key=lambda m: (m.start, -m.end)):
        start = max(mark.start, at)
        if start >= mark.end:
            continue
        if start > at:
            yield item.text[at:start], "", 0
        strength = 1 + int(abs(mark.weight) / most * (_STRENGTHS - 1) + 0.5)
        yield item.text[start : mark.end], "for" if mark.weight > 0 else "against", strength
        at = mark.end
    if at < len(item.text):
        yield item.text[at:], "", 0


def _policy(style: str, script: str) -> str:
    hashes = [base64.b64encode(hashlib.sha256(x.encode()).digest()).decode() for x in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'"
    )


def _embedded(value: object) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _file_name(case: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", case).strip("-.")[:40] or "case"


def _texts() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = json.loads(_part("sheet_texts.json"))
    return texts


def _part(name: str) -> str:
    return files("cybertriage.review").joinpath(name).read_text(encoding="utf-8")
