"""The text that a reader of an HTML mail sees, with the targets of its links.

In: HTML, however broken. Out: plain text; scripts, styles, comments and the title are left out.
Invariant: time is linear in the length. (`html.parser` of Python 3.11 takes a minute for 140 kB of unclosed tags.)
"""

from __future__ import annotations

import html
import re

from cybertriage.readers.links import with_target

_UNSEEN = [
    (re.compile(opening, re.IGNORECASE), re.compile(closing, re.IGNORECASE))
    for opening, closing in (
        ("<!--", "-->"), (r"<script\b", "</script>"), (r"<style\b", "</style>"), (r"<title\b", "</title>"),
    )
]  # fmt: skip
# A quoted value may hold `>`; nothing reaches over the next `<`, so that no end is looked for twice.
_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]{0,20}|[!?])((?:"[^"<]*"|'[^'<]*'|[^<>])*+)>""")
_ATTRIBUTE = r"""(?<![\w-]){name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"""
_HREF, _ACTION, _ALT = (
    re.compile(_ATTRIBUTE.format(name=name), re.IGNORECASE) for name in ("href", "action", "alt")
)  # fmt: skip
_BLOCK = re.compile(
    "address|article|blockquote|br|center|d[dlt]|div|footer|form|h[1-6r]|header|li|[ou]l|p|pre|section|t(?:able|[dhr])"
)
_SPACE = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[ \n]*")


def html_text(source: str) -> str:
    """Plain text of `source`; a link is shown as `text (target)`, blocks stand on lines of their own."""
    for opening, closing in _UNSEEN:
        source = _without(source, opening, closing)
    seen = _Seen()
    at = 0
    for tag in _TAG.finditer(source):
        seen.text(source[at : tag.start()])
        seen.tag(tag[2].lower(), tag[3], closing=bool(tag[1]))
        at = tag.end()
    seen.text(source[at:])
    return _BREAKS.sub("\n", _SPACE.sub(" ", seen.whole())).strip()


def _without(source: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Without what stands between two marks; an opening one that is never closed takes nothing away."""
    kept, at = [], 0
    while first := opening.search(source, at):
        last = closing.search(source, first.end())
        if last is None:
            break
        kept.append(source[at : first.start()])
        at = last.end()
    return "".join([*kept, source[at:]])


class _Seen:
    """What was seen so far, and the link that is open."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._link: list[str] = []
        self._target: str | None = None

    def text(self, source: str) -> None:
        # Line ends of the source mean no more than a space; those of blocks are put in by `tag`.
        self._put(html.unescape(source).replace("\n", " "))

    def tag(self, name: str, attributes: str, *, closing: bool) -> None:
        if _BLOCK.fullmatch(name):
            self._put("\n")
        if name in ("a", "area"):
            self._end_link()
            self._target = None if closing else _value(_HREF, attributes)
        elif name == "img":
            self._put(_value(_ALT, attributes) or "")
        elif name == "form" and not closing:
            self._put(with_target("", _value(_ACTION, attributes)))

    def whole(self) -> str:
        self._end_link()
        return "".join(self._done)

    def _put(self, text: str) -> None:
        (self._done if self._target is None else self._link).append(text)

    def _end_link(self) -> None:
        self._done.append(with_target("".join(self._link), self._target))
        self._link, self._target = [], None


def _value(attribute: re.Pattern[str], attributes: str) -> str | None:
    found = attribute.search(attributes)
    return html.unescape(found[1] or found[2] or found[3] or "") if found else None
