"""Indicators: the infrastructure named in messages that a person confirmed as fraud.

In: confirmed messages. Out: `Indicator`s, each once, and how much was left out and why.
Invariants: a message is confirmed by a person, never by a score; radical content is refused and never read; nothing of
a genuine host, no personal number, card, name or account of a person is exported; one value has one spelling.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cybertriage.errors import InputError
from cybertriage.evidence.addresses import addresses
from cybertriage.evidence.hosts import Standing, ascii_host, is_address, standing
from cybertriage.taxonomy import LANGUAGES, Kind, families, family, label, notice, of_kind
from cybertriage.text.identifiers import digits_of, iban_of, phone_of
from cybertriage.text.normalize import normalize
from cybertriage.text.redact import find
from cybertriage.text.urls import address_spans

GENUINE, PRIVATE = "of a genuine host", "of a private network"
TOLL_FREE, UNWANTED, OTHER_KIND = "a toll-free number", "in the list of what to leave out", "of a kind not asked for"
_LONGEST = 512  # characters of an address that are looked at
_MESSENGER = re.compile(r"(?:wa\.me|t\.me|telegram\.me|api\.whatsapp\.com)/", re.IGNORECASE)
_FRAUD_TAG = 'content-classification:cybercrime="fraud-scams"'
_MACHINE_TAGS = {"rsit": "rsit", "misp_phishing": "phishing", "misp_content": "content-classification"}


class IndicatorKind(StrEnum):
    """What an indicator is."""

    URL = "url"
    DOMAIN = "domain"
    EMAIL = "email"
    PHONE = "phone"
    IBAN = "iban"


def exported_families() -> frozenset[str]:
    """The families whose confirmed messages may be exported as indicators."""
    return frozenset(f for f in families() if family(f).indicators)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A message that a person confirmed: its uid and the labels it was confirmed with, leaves or none.

    Raises `InputError` for any label of a family whose messages the taxonomy does not let out as indicators.
    """

    uid: str
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        held = sorted({label(name).family for name in self.labels} - exported_families())
        if held:
            raise InputError(
                f"message {self.uid} is labelled as {held[0]} content, which is never exported; take it out of the "
                "list, or export from a review queue, where a person has settled what it is"
            )

    @property
    def leaves(self) -> tuple[str, ...]:
        """The leaves among the labels."""
        known = {x.id for f in exported_families() for x in of_kind(Kind.LEAF, family=f)}
        return tuple(sorted({label(name).id for name in self.labels} & known))


@dataclass(frozen=True, slots=True)
class Indicator:
    """A value that confirmed fraud named, the messages that named it, and their leaves.

    `value`: a URL and domain in ASCII, a phone in E.164, an IBAN without spaces, an e-mail in lower case.
    """

    kind: IndicatorKind
    value: str = field(repr=False)
    uids: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()

    @property
    def defanged(self) -> str:
        """The value as it can be read in a mail or chat without anything becoming a link."""
        if self.kind in (IndicatorKind.PHONE, IndicatorKind.IBAN):
            return self.value
        return self.value.replace("http", "hxxp", 1).replace(".", "[.]").replace("@", "[@]")

    @property
    def tags(self) -> tuple[str, ...]:
        """Machine tags of the MISP taxonomies that the leaves align with."""
        return (_FRAUD_TAG, *sorted({tag for leaf in self.leaves for tag in _tags(label(leaf).maps)} - {_FRAUD_TAG}))


@dataclass(frozen=True, slots=True)
class Collected:
    """What was found; `left_out` counts values by reason, `messages` those that were read."""

    indicators: tuple[Indicator, ...]
    left_out: Mapping[str, int]
    messages: int


def collect(
    messages: Iterable[tuple[Confirmed, str]], *, kinds: Iterable[IndicatorKind] = IndicatorKind,
    leave_out: Iterable[str] = (),
) -> Collected:  # fmt: skip
    """The indicators of confirmed messages and their texts, by kind and value.

    `leave_out`: hosts, phones, accounts and addresses that are known to be genuine; a host stands for all under it.
    """
    wanted, unwanted = frozenset(kinds), _unwanted(leave_out)
    named: dict[tuple[IndicatorKind, str], list[Confirmed]] = {}
    left_out, read = Counter[str](), 0
    for confirmed, text in messages:
        read += 1
        for kind, value, reason in dict.fromkeys(_values(text)):
            if not reason and kind not in wanted:
                reason = OTHER_KIND
            if not reason and _is_unwanted(kind, value, unwanted):
                reason = UNWANTED
            if reason:
                left_out[reason] += 1
            else:
                named.setdefault((kind, value), []).append(confirmed)
    return Collected(
        tuple(_indicator(*key, by) for key, by in sorted(named.items())), dict(sorted(left_out.items())), read
    )


def notices() -> str:
    """The notice in every language, one a line."""
    return "\n".join(notice(language) for language in LANGUAGES)


def _indicator(kind: IndicatorKind, value: str, by: list[Confirmed]) -> Indicator:
    uids = tuple(sorted({c.uid for c in by}))
    return Indicator(kind, value, uids, tuple(sorted({leaf for c in by for leaf in c.leaves})))


def _values(text: str) -> Iterator[tuple[IndicatorKind, str, str]]:
    """Kind, value and the reason to leave it out, empty where there is none."""
    yield from _web_values(text)
    plain = normalize(text).text
    for found in find(plain):
        if _inside_address(plain, found.span.start):
            continue
        written = plain[found.span.start : found.span.end]
        if found.kind == "email":
            yield from _mail_values(written)
        elif found.kind == "phone":
            phone = phone_of(written)
            yield IndicatorKind.PHONE, phone, TOLL_FREE if phone.startswith("+7800") else ""
        elif found.kind == "iban":
            yield IndicatorKind.IBAN, iban_of(written), ""


def _web_values(text: str) -> Iterator[tuple[IndicatorKind, str, str]]:
    for address in addresses(text):
        place = standing(address.host)
        if place in (Standing.GENUINE, Standing.MAIL, Standing.PRIVATE):
            yield IndicatorKind.DOMAIN, address.host, PRIVATE if place is Standing.PRIVATE else GENUINE
            continue
        held = {found.kind for found in find(address.url or "")}
        # In a link to an account the name is the address; the number in one is exported as the phone it is.
        if address.url and (not held or (place is Standing.SHARED and held == {"username"})):
            yield IndicatorKind.URL, address.url, ""
        if place is Standing.UNKNOWN and not is_address(address.host):
            yield IndicatorKind.DOMAIN, address.host, ""


def _inside_address(text: str, at: int) -> bool:
    """Whether what begins here is a part of a web address: there it is as likely the victim's as the sender's."""
    before = re.split(r"\s", text[max(0, at - _LONGEST) : at])[-1]
    return bool(address_spans(before)) and not _MESSENGER.search(before)


def _mail_values(written: str) -> Iterator[tuple[IndicatorKind, str, str]]:
    name, _, written_host = written.lower().rpartition("@")
    host = ascii_host(written_host)
    if host is not None and name.isascii():
        yield IndicatorKind.EMAIL, f"{name}@{host}", GENUINE if standing(host) is Standing.GENUINE else ""


def _unwanted(lines: Iterable[str]) -> frozenset[str]:
    """Values as they may be found: as they are, as a host, as a phone, as an account."""
    found: set[str] = set()
    for line in lines:
        value = line.strip()
        if value and not value.startswith("#"):
            found |= {value.lower(), iban_of(value), ascii_host(value) or ""}
            if digits_of(value):
                found.add(phone_of(value))
    return frozenset(found - {""})


def _is_unwanted(kind: IndicatorKind, value: str, unwanted: frozenset[str]) -> bool:
    if value in unwanted or value.lower() in unwanted:
        return True
    if kind in (IndicatorKind.PHONE, IndicatorKind.IBAN):
        return False
    host = value.rpartition("@")[2].partition("://")[2 if "://" in value else 0].partition("/")[0].partition(":")[0]
    labels = host.split(".")
    return any(".".join(labels[at:]) in unwanted for at in range(len(labels)))


def _tags(maps: Mapping[str, str]) -> Iterator[str]:
    """`fraud:phishing` of `rsit` as the machine tag `rsit:fraud="phishing"`."""
    for name, space in _MACHINE_TAGS.items():
        for pair in filter(None, maps.get(name, "").split(", ")):
            predicate, _, value = pair.partition(":")
            yield f'{space}:{predicate}="{value}"'
