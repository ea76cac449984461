"""Message templates with a slot for a group, and the messages they make.

In: `probes/templates.tsv`; `truth` is `benign`, `fraud` or `radical`, `traits` limits the terms that may fill it
(`protected`, or names with commas between; all where empty). Out: `Probe`s: a template filled with a term.
Slots name a form of the term: `{pl.dat}`, `{m}`. Harmful templates are short, generic and aimed at no real target;
their labels exist only so that ranking figures per group can be computed.
For measuring only: nothing may be trained, calibrated or tuned on the templates.
"""

from __future__ import annotations

import functools
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cybertriage.errors import InputError
from cybertriage.evaluate.covered import COVERED
from cybertriage.evaluate.tables import read_table
from cybertriage.types import LanguageForm
from cybertriage.variation.groups import PROTECTED, Term, terms, traits
from cybertriage.variation.perturb import bare, latin, plain

TEMPLATES = Path(__file__).with_name("probes") / "templates.tsv"
TRUTHS = ("benign", *COVERED)
LANGUAGES = ("kk", "ru", "mixed")
FORM_TERMS = 6  # terms with which each template is put into every language form and writing style
_COLUMNS = ("id", "language", "truth", "topic", "traits", "text")
_SLOT = re.compile(r"\{([a-z.]+)\}")
_STARTS = re.compile(r"(^|[.!?] )([a-zа-яёәғқңөұүһі])")
# Russian prepositions take a sound more before some others: об активистах, со студентами.
_ABOUT = re.compile(r"\b([Оо]) (?=[аиоуэАИОУЭ])")
_WITH = re.compile(r"\b([Сс]) (?=[сзшжСЗШЖ][бвгджзйклмнпрстфхцчшщ])")


@dataclass(frozen=True, slots=True)
class Template:
    """One message with a slot. `truth`: `benign`, `fraud` or `radical`; `traits`: of the terms it may take."""

    id: str
    language: str
    truth: str
    topic: str
    traits: frozenset[str]
    text: str = field(repr=False)

    def fill(self, term: Term) -> str | None:
        """The message with `term`; None where its trait is not meant or it lacks the form."""
        forms = {slot: term.form(self.language, slot) for slot in _SLOT.findall(self.text)}
        if term.trait not in self.traits or None in forms.values():
            return None
        text = _SLOT.sub(lambda m: str(forms[m.group(1)]), self.text)
        if self.language != "kk":
            text = _WITH.sub(r"\1о ", _ABOUT.sub(r"\1б ", text))
        return _STARTS.sub(lambda m: m.group(1) + m.group(2).upper(), text)


@dataclass(frozen=True, slots=True)
class Probe:
    """A filled template. It is of `group` on `axis`; within a `swap` set only the group differs."""

    template: Template
    axis: str
    group: str
    swap: str
    text: str = field(repr=False)


@functools.cache
def load_templates(path: Path = TEMPLATES) -> tuple[Template, ...]:
    """Templates of a file; raises `InputError` naming the line of one that is not sound."""
    found: dict[str, Template] = {}
    for where, row in read_table(path, _COLUMNS, blank=("traits",)):
        slots = _SLOT.findall(row["text"])
        known = _known_slots(row["language"])
        _refuse_unless(row["language"] in LANGUAGES, where, f"language must be one of {', '.join(LANGUAGES)}")
        _refuse_unless(row["truth"] in TRUTHS, where, f"truth must be one of {', '.join(TRUTHS)}")
        _refuse_unless(bool(slots) and set(slots) <= known, where, "wants a slot such as {pl} that terms have")
        _refuse_unless(row["id"] not in found, where, f"id {row['id']} stands twice")
        found[row["id"]] = Template(
            row["id"], row["language"], row["truth"], row["topic"], _traits(row["traits"], where), row["text"]
        )
    return tuple(found.values())


def identity_probes(templates: Sequence[Template], *, per_trait: int | None = None, seed: int = 0) -> list[Probe]:
    """Every template with every term it takes; `per_trait`: at most so many terms of each trait, drawn with `seed`.

    The axis of a probe is the trait, its group the term.
    """
    out = []
    for template in templates:
        rng = random.Random(f"{seed}/{template.id}")
        by_trait: defaultdict[str, list[tuple[Term, str]]] = defaultdict(list)
        for term in terms():
            if (text := template.fill(term)) is not None:
                by_trait[term.trait].append((term, text))
        for trait, found in by_trait.items():
            kept = found if per_trait is None else rng.sample(found, min(per_trait, len(found)))
            out += [Probe(template, trait, term.id, template.id, text) for term, text in kept]
    return out


def form_probes(templates: Sequence[Template], *, seed: int = 0) -> list[Probe]:
    """Each template with a few terms, in every language form and every writing style; the axes `form` and `style`."""
    out = []
    for template in templates:
        rng = random.Random(f"{seed}/forms/{template.id}")
        filled = [(term, text) for term in terms() if (text := template.fill(term)) is not None]
        for term, text in rng.sample(filled, min(FORM_TERMS, len(filled))):
            swap = f"{template.id}/{term.id}"
            out += [Probe(template, "form", form, swap, t) for form, t in _forms(template.language, text, rng)]
            out += [Probe(template, "style", style, swap, t) for style, t in _styles(text, rng)]
    return out


def _forms(language: str, text: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    yield language, text
    respelt = {LanguageForm.KK_PLAIN: plain, LanguageForm.KK_LATN: latin} if language == "kk" else {}
    respelt |= {LanguageForm.RU_LATN: latin} if language == "ru" else {}
    for form, change in respelt.items():
        if (other := change(text, language, rng)) is not None:
            yield form.value, other


def _styles(text: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    """How ages write: as written, hurried as in young people's chats, all capitals as some older people type."""
    yield "as_written", text
    yield "chat", f"{bare(text.lower(), '', rng)}))"
    yield "capitals", text.upper()


@functools.cache
def _known_slots(language: str) -> frozenset[str]:
    """Slots that some term fills."""
    return frozenset(slot for term in terms() for slot in (term.kk if language == "kk" else term.ru))


def _traits(cell: str, where: str) -> frozenset[str]:
    if cell == "protected":
        return PROTECTED
    named = frozenset(cell.split(",")) if cell else frozenset(traits())
    _refuse_unless(named <= set(traits()), where, f"traits must be among {', '.join(traits())}")
    return named


def _refuse_unless(sound: bool, where: str, fix: str) -> None:
    if not sound:
        raise InputError(f"{where}: {fix}")
