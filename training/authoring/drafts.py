"""Drafts of writers who work without a plan: read, checked, and made into corpus rows.

In: `ITEM<TAB>CODE<TAB>FORM<TAB>TEXT` files, one folder a writer, `b01.tsv` and so on. Out: `Draft`s.
Rows of one item belong together: a harmful message, its translation, and for each the contrast twin.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from training.authoring.check_batch import CARD, DOMAIN, PHONE, form_problem

FORMS = ("kk", "ru", "mixed", "kk-plain", "kk-latn", "ru-latn")
FAMILY_OF_PREFIX = {"FR": "fraud", "VE": "radical", "AB": "abuse", "IL": "illicit"}
BENIGN_PREFIXES = ("HN", "PX", "AN", "LN", "EV")
LONGEST_HARMFUL = 45  # words


@dataclass(frozen=True, slots=True)
class Draft:
    """One message; `codes`: the main label first. `row` names it: writer, batch, line."""

    row: str
    item: str
    codes: tuple[str, ...]
    form: str
    text: str = field(repr=False)

    @property
    def batch(self) -> str:
        return self.row.rpartition("-")[0]

    @property
    def writer(self) -> str:
        return self.row.partition("b")[0]

    @property
    def families(self) -> tuple[str, ...]:
        """Families of its codes, without repeats, the main one first; empty where it is honest."""
        found = (FAMILY_OF_PREFIX[code[:2]] for code in self.codes if code[:2] in FAMILY_OF_PREFIX)
        return tuple(dict.fromkeys(found))


def read_drafts(path: Path) -> tuple[list[Draft], list[str]]:
    """Drafts of one file, and what is wrong with the lines that are none."""
    drafts, broken = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) != 4:
            broken.append(f"line {number}: {len(fields)} fields between tabs, wanted 4")
            continue
        item, code, form, text = (part.strip() for part in fields)
        name = f"{path.parent.name}{path.stem}-{number:02d}"
        whole = unicodedata.normalize("NFC", text.replace(" ⏎ ", "\n").replace("⏎", "\n").strip())
        drafts.append(Draft(name, item, tuple(code.split("+")), form, whole))
    return drafts, broken


def problems(draft: Draft) -> Iterator[str]:
    """What the writer has to mend; names the row, never the text."""
    if draft.form not in FORMS:
        yield f"{draft.row}: form {draft.form!r} is none of {', '.join(FORMS)}"
        return
    for code in draft.codes:
        if code[:2] not in (*FAMILY_OF_PREFIX, *BENIGN_PREFIXES) or code == "VE3":
            yield f"{draft.row}: code {code!r} is not in the brief"
    if problem := form_problem(draft.form, draft.text):
        yield f"{draft.row}: {problem}"
    if draft.families and len(draft.text.split()) > LONGEST_HARMFUL:
        yield f"{draft.row}: harmful row of more than {LONGEST_HARMFUL} words"
    for match in PHONE.finditer(draft.text):
        if "".join(filter(str.isdigit, match.group()))[1:7] != "700000":
            yield f"{draft.row}: phone outside +7 700 000 xx xx"
    if DOMAIN.search(draft.text):
        yield f"{draft.row}: web address outside .example"
    if CARD.search(draft.text):
        yield f"{draft.row}: unmasked card number"
