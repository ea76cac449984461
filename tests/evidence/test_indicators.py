from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybertriage.errors import InputError
from cybertriage.evidence.addresses import addresses
from cybertriage.evidence.hosts import Standing, ascii_host, standing
from cybertriage.evidence.indicators import (
    GENUINE,
    OTHER_KIND,
    PRIVATE,
    TOLL_FREE,
    UNWANTED,
    Collected,
    Confirmed,
    Indicator,
    IndicatorKind,
    collect,
    notices,
)
from cybertriage.evidence.listing import listing
from cybertriage.evidence.misp import misp_event
from cybertriage.evidence.sharing import Sharing, Tlp
from cybertriage.evidence.stix import stix_bundle
from cybertriage.taxonomy import LANGUAGES, Kind, notice, of_kind

UID = "0123456789abcdef" * 2
IBAN = "KZ86125KZT5004100100"
SHARING = Sharing("Үлгі ұйым", datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC))
TEXT = (
    f"Кір: https://kaspi-kz.example/pay?x=1, әйтпесе kaspi.kz, тел 8 700 000 12 34, шот {IBAN}, t.me/some_bot, "
    "a.b@mail.example"
)


def found(text: str, **options: object) -> Collected:
    return collect([(Confirmed(UID, ("fraud", "phishing_link")), text)], **options)  # type: ignore[arg-type]


def values(text: str, **options: object) -> set[str]:
    return {f"{i.kind} {i.value}" for i in found(text, **options).indicators}


def test_every_kind_is_found_in_one_spelling() -> None:
    assert values(TEXT) == {
        "url https://kaspi-kz.example/pay?x=1", "domain kaspi-kz.example", "url http://t.me/some_bot",
        "phone +77000001234", f"iban {IBAN}", "email a.b@mail.example",
    }  # fmt: skip
    assert found(TEXT).left_out == {GENUINE: 1}


GENUINE_SPELLINGS = [
    "kaspi.kz", "KASPI.KZ", "https://kaspi.kz/shop?a=1", "http://www.kaspi.kz.", "pay.kaspi.kz:443/x",
    "ka\u200bspi.kz", "https://ｋａｓｐｉ．ｋｚ/x", "https://kaspi。kz", "егов туралы egov.kz-тен", "https://stat.gov.kz/a",
    "support@kaspi.kz", "hxxps://halykbank[.]kz", "https://user@egov.kz/",
]  # fmt: skip


@pytest.mark.parametrize("text", GENUINE_SPELLINGS)
def test_nothing_of_a_genuine_host_is_exported(text: str) -> None:
    assert values(text) == set()
    assert found(text).left_out.get(GENUINE)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://kаspi.kz/pay", "xn--kspi-53d.kz"),  # а is Cyrillic
        ("kaspi.kz.evil.example/login", "kaspi.kz.evil.example"),
        ("https://kaspi-kz.example", "kaspi-kz.example"),
        ("https://mykaspi.kz", "mykaspi.kz"),
        ("https://egov.kz@evil.example/login", "evil.example"),
        ("https://evil.example/egov.kz", "evil.example"),
        ("http://evil.example\\@kaspi.kz/", "evil.example"),
        ("https://evil.example/?to=https://kaspi.kz", "evil.example"),
        ("http://kaspi.kz%2eevil.example/", ""),  # no host at all
        ("https://xn--80ak6aa92e.example/", "xn--80ak6aa92e.example"),
        ("https://төле.қаз/x", "xn--e1alu28d.xn--80ao21a"),
        ("https://\u202eevil\u202c.example/x", "evil.example"),
        ("https://www.evil.example", "evil.example"),
        ("evil.comға кір", "evil.com"),
        ("г.Алматы,evil.com", "evil.com"),
        ("evil-site.web.app/login", "evil-site.web.app"),
    ],
)
def test_a_look_alike_is_a_host_of_its_own(text: str, host: str) -> None:
    assert {v for v in values(text) if v.startswith("domain")} == ({f"domain {host}"} if host else set())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://bit.ly/AbC", {"url https://bit.ly/AbC"}),  # the shortener itself is nobody's
        ("https://docs.google.com/forms/d/1", {"url https://docs.google.com/forms/d/1"}),
        ("t.me", set()),
        ("web.app com.kz", set()),
        ("wa.me/77000001234", {"phone +77000001234"}),
        ("https://t.me/+77000001234", {"phone +77000001234"}),
        ("x@gmail.com", {"email x@gmail.com"}),
        ("http://203.0.113.7/x http://8.8.8.8:8080/x", {"url http://8.8.8.8:8080/x"}),
        ("http://192.168.0.1/a http://localhost/x", set()),
    ],
)
def test_shared_hosts_mail_providers_and_addresses_without_a_name(text: str, wanted: set[str]) -> None:
    assert values(text) == wanted


def test_people_are_not_exported() -> None:
    text = "ЖСН 991231100004, карта 4242 4242 4242 4242, @some_name, https://t.me/s/some_name"
    assert values(text) == {"url http://t.me/s/some_name".replace("http:", "https:")}
    victim = "https://evil.example/?phone=87000001234&mail=x@mail.example https://evil.example/u/victim@mail.example"
    assert values(victim) == {"domain evil.example"}


def test_toll_free_lines_are_the_banks_own() -> None:
    assert found("8 800 080 00 00").left_out == {TOLL_FREE: 1}
    assert found("http://10.0.0.1/x").left_out == {PRIVATE: 1}


def test_what_a_desk_knows_to_be_genuine_is_left_out() -> None:
    known = ["# ours", "kaspi-kz.example", "8 (700) 000-12-34", "kz86 125K ZT50 0410 0100", " ", "t.me"]
    assert values(TEXT, leave_out=known) == {"email a.b@mail.example"}
    assert found(TEXT, leave_out=known).left_out == {GENUINE: 1, UNWANTED: 5}


def test_only_the_kinds_asked_for() -> None:
    asked = found(TEXT, kinds=[IndicatorKind.IBAN])
    assert [i.kind for i in asked.indicators] == ["iban"]
    assert asked.left_out[OTHER_KIND] == 5


@pytest.mark.parametrize("name", ["radical", *(x.id for x in of_kind(Kind.LEAF, family="radical")), "VE3"])
def test_radical_content_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"{UID}.*never exported"):
        Confirmed(UID, ("fraud", name))


def test_messages_that_name_the_same_are_one_indicator() -> None:
    other = "f" * 32
    both = collect(
        [
            (Confirmed(other, ("job_task_scam",)), "evil.com"),
            (Confirmed(UID, ("fraud", "phishing_link")), "EVIL.COM evil.com"),
        ]
    )
    assert both.indicators == (
        Indicator(IndicatorKind.DOMAIN, "evil.com", (UID, other), ("job_task_scam", "phishing_link")),
    )
    assert both.messages == 2


def test_tags_follow_the_taxonomy() -> None:
    tags = found("evil.com").indicators[0].tags
    assert 'rsit:fraud="phishing"' in tags
    assert 'phishing:techniques="fake-website"' in tags
    assert tags[0] == 'content-classification:cybercrime="fraud-scams"'
    every = Indicator(IndicatorKind.DOMAIN, "x.kz", (), tuple(x.id for x in of_kind(Kind.LEAF, family="fraud"))).tags
    assert all(re.fullmatch(r'[a-z-]+:[a-z-]+="[a-z-]+"', tag) for tag in every)


def test_no_value_shows_in_a_repr() -> None:
    shown = repr(found(TEXT)) + repr(addresses(TEXT))
    assert "some_bot" not in shown
    assert "7000001234" not in shown


def test_the_listing_has_no_links_and_the_notice_in_three_languages() -> None:
    text = listing(found(TEXT), SHARING)
    assert all(notice(language) in text for language in LANGUAGES)
    assert "hxxps://kaspi-kz[.]example/pay?x=1" in text
    assert "a[.]b[@]mail[.]example" in text
    assert "TLP:AMBER" in text
    assert "left out: 1 of a genuine host" in text
    assert not re.search(r"https?://|\w\.(?:example|me)\b", text)


def test_ids_stay_and_differ_by_producer() -> None:
    late = Sharing(SHARING.producer, SHARING.at + datetime.timedelta(days=1), Tlp.RED)
    first, again, other = (
        {o["name"]: o["id"] for o in stix_bundle(found(TEXT).indicators, s)["objects"] if o["type"] == "indicator"}
        for s in (SHARING, late, Sharing("Another", SHARING.at))
    )
    assert first == again
    assert not set(first.values()) & set(other.values())
    assert stix_bundle(found(TEXT).indicators, SHARING) == stix_bundle(found(TEXT).indicators, SHARING)
    attributes = [
        {a["uuid"] for a in misp_event(found(TEXT).indicators, s)["Event"]["Attribute"]} for s in (SHARING, late)
    ]
    assert not attributes[0] & attributes[1]  # MISP takes an attribute's id once only


@pytest.mark.parametrize("tlp", list(Tlp))
def test_the_bundle_is_stix_21(tlp: Tlp) -> None:
    stix2 = pytest.importorskip("stix2")
    bundle = stix_bundle(found(TEXT + " http://evil.example/a'b\\c").indicators, Sharing("A", SHARING.at, tlp))
    parsed = stix2.parse(json.dumps(bundle), allow_custom=False, version="2.1")
    kinds = [o["type"] for o in parsed.objects]
    assert kinds[:3] == ["identity", "marking-definition", "marking-definition"]
    assert kinds[3:] == ["indicator"] * 8
    for indicator in parsed.objects[3:]:
        assert set(indicator.object_marking_refs) == {o["id"] for o in parsed.objects[1:3]}
        assert indicator.external_references[0].external_id == UID
    assert parsed.objects[1].name == f"TLP:{tlp.value.upper()}"
    assert notices() in parsed.objects[2].definition.statement


EVENT_KEYS = {
    "uuid", "info", "date", "timestamp", "threat_level_id", "analysis", "distribution", "published", "Orgc", "Tag",
    "Attribute",
}  # fmt: skip


def test_the_event_has_the_misp_core_format() -> None:
    event = misp_event(found(TEXT).indicators, SHARING)["Event"]
    assert set(event) == EVENT_KEYS
    assert event["published"] is False
    assert event["distribution"] == "0"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", event["date"])
    assert {"name": "tlp:amber"} in event["Tag"]
    assert {"name": 'rsit:fraud="phishing"'} in event["Tag"]
    assert {(a["type"], a["category"]) for a in event["Attribute"]} == {
        ("comment", "Other"), ("url", "Network activity"), ("domain", "Network activity"),
        ("phone-number", "Financial fraud"), ("iban", "Financial fraud"), ("email", "Network activity"),
    }  # fmt: skip
    for attribute in event["Attribute"]:
        assert attribute["to_ids"] is False  # no machine acts on it by itself
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", attribute["uuid"])
        assert all(isinstance(attribute[key], str) for key in ("value", "comment", "timestamp", "distribution"))
    assert event["Attribute"][0]["value"] == notices()


def test_pymisp_reads_the_event() -> None:
    pymisp = pytest.importorskip("pymisp")
    jsonschema = pytest.importorskip("jsonschema")
    event = misp_event(found(TEXT).indicators, SHARING)
    schema = Path(pymisp.__file__).with_name("data") / "schema.json"
    jsonschema.validate(event, json.loads(schema.read_text(encoding="utf-8")))
    loaded = pymisp.MISPEvent()
    loaded.load(event)
    assert len(loaded.attributes) == 7


def test_no_message_text_leaves() -> None:
    indicators = found(f"Құпия канарейка сөз {TEXT}").indicators
    for made in (stix_bundle(indicators, SHARING), misp_event(indicators, SHARING)):
        assert "канарейка" not in json.dumps(made, ensure_ascii=False)


@pytest.mark.parametrize("producer", ["", " ", "a\nb", "x" * 201])
def test_the_producer_is_one_line(producer: str) -> None:
    with pytest.raises(InputError, match="--producer"):
        Sharing(producer, SHARING.at)


def test_every_known_host_is_spelt_as_it_is_compared() -> None:
    from importlib.resources import files

    text = files("cybertriage").joinpath("data/known_hosts.tsv").read_text(encoding="utf-8")
    hosts = [line.split("\t")[1] for line in text.splitlines() if not line.startswith("#")]
    assert len(hosts) == len(set(hosts))
    assert [ascii_host(host) for host in hosts] == hosts
    assert standing("egov.kz") is standing("a.b.egov.kz") is Standing.GENUINE
    assert standing("docs.google.com") is Standing.SHARED
    assert standing("evil.github.io") is Standing.UNKNOWN


@given(
    st.text(max_size=60), st.sampled_from(["https://", "hxxp://", "", "www."]), st.sampled_from(["", ".kz", ".com/"])
)
def test_whatever_stands_in_an_address_is_ascii_and_has_a_host(text: str, before: str, after: str) -> None:
    for address in addresses(f"{before}{text}{after}"):
        assert re.fullmatch(r"[a-z0-9._-]{3,253}", address.host)
        assert address.url is None or re.fullmatch(r"https?://[\x21-\x7e]+", address.url)
        assert address.url is None or not re.search(r"[\s'\"<>\\]", address.url)


@given(st.text(alphabet="kaspi.z/:@?#\\ \u200b\u202eа。%2e-", max_size=40))
def test_no_spelling_brings_a_genuine_host_out(text: str) -> None:
    for indicator in found(f"https://{text}").indicators:
        host = re.sub(r"^https?://|^.*@", "", indicator.value).partition("/")[0].partition(":")[0]
        assert standing(host) in (Standing.UNKNOWN, Standing.SHARED)


def test_hostile_text_is_linear_work() -> None:
    for text in (
        "http://" * 40_000, "a.com " * 20_000, "[.]" * 100_000, "é." * 100_000, "http://a.com/" + "é" * 300_000,
        "@a.com" * 5_000, "8 700 000 12 34 " * 5_000,
    ):  # fmt: skip
        found(text)
