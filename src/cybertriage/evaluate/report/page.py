"""The HTML page round the sections: one file that needs nothing else and runs nothing.

Invariant: no script, no style attribute, no address: the page's own policy forbids them, and allows its one style sheet
by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

from cybertriage.evaluate.report.charts import table
from cybertriage.evaluate.report.sections import heading
from cybertriage.taxonomy import LANGUAGES, notice

_READING = """<p>Every figure stands with a 95 % interval and the number of rows behind it (n). Shares: Wilson's
interval; over templates, bootstrap of whole templates; where nothing was seen, Wilson's over templates, so that a zero
of few rows is not taken for none. &ldquo;Too few&rdquo; stands where rows are not enough for a figure. Groups,
functions and disguises are sorted worst first, false alarms above what is found.</p>
<p>The intervals hold for messages like these, not for all messages. A text model sees content only: speaker, intent,
audience and likelihood are for the reviewer. Abstained means: not flagged, and told apart from cleared.</p>"""


def page(model: str, facts: Sequence[Sequence[str]], parts: Sequence[tuple[str, str]]) -> str:
    """The whole document. `facts`: rows of what was measured on what; `parts`: (heading, HTML) in order."""
    style = files("cybertriage.evaluate.report").joinpath("report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    sources = "<h3>What was measured</h3>" + table(["evaluation", "messages", "policy", "date", "data"], facts)
    whole = [*parts, ("reading", _READING + sources)]
    links = "".join(f'<li><a href="#{under}">{escape(heading(under)["en"])}</a></li>' for under, _ in whole)
    body = "".join(_section(under, html) for under, html in whole)
    notices = "".join(f'<p lang="{language}">{escape(notice(language))}</p>' for language in LANGUAGES)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>Evaluation of {escape(model)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<header><h1>Evaluation of <code>{escape(model)}</code></h1><div class="notice">{notices}</div>'
        f'<nav aria-label="Sections"><ol>{links}</ol></nav></header>\n<main>\n{body}</main>\n</body>\n</html>\n'
    )


def _section(under: str, html: str) -> str:
    names: Mapping[str, str] = heading(under)
    others = " · ".join(f'<span lang="{x}">{escape(names[x])}</span>' for x in LANGUAGES if x != "en")
    return (
        f'<section id="{under}" aria-labelledby="{under}-h"><h2 id="{under}-h">{escape(names["en"])}</h2>'
        f'<p class="also">{others}</p>{html}</section>\n'
    )
