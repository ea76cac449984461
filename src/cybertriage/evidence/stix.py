"""Indicators as a STIX 2.1 bundle (OASIS).

In: indicators, who shares them. Out: the bundle as plain values.
Invariants: ids are deterministic; every object carries the TLP 2.0 marking and the notice in kk, ru and en; no text of
a message is in it. STIX has no type for phones and bank accounts: the patterns name those of OpenCTI
(`phone-number`, `bank-account`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cybertriage.evidence.indicators import Indicator, IndicatorKind, notices
from cybertriage.evidence.sharing import Sharing, Tlp

_TLP = {
    Tlp.CLEAR: "94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP_CREATED = "2022-10-01T00:00:00.000Z"
_PATHS = {
    IndicatorKind.URL: "url:value", IndicatorKind.DOMAIN: "domain-name:value", IndicatorKind.EMAIL: "email-addr:value",
    IndicatorKind.PHONE: "phone-number:value", IndicatorKind.IBAN: "bank-account:iban",
}  # fmt: skip


def stix_bundle(indicators: Sequence[Indicator], sharing: Sharing) -> dict[str, Any]:
    """The bundle: who shares, the markings, the indicators. Indicators name their messages by uid."""
    objects = [_identity(sharing), _tlp_marking(sharing.tlp), _notice_marking(sharing)]
    objects += [_indicator(indicator, sharing) for indicator in indicators]
    content = (f"{i.kind}:{i.value}" for i in indicators)
    return {"type": "bundle", "id": f"bundle--{sharing.id('bundle', sharing.time, *content)}", "objects": objects}


def _indicator(indicator: Indicator, sharing: Sharing) -> dict[str, Any]:
    value = indicator.value.replace("\\", "\\\\").replace("'", "\\'")
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{sharing.id('indicator', indicator.kind, indicator.value)}",
        "created_by_ref": _identity_id(sharing),
        "created": sharing.time,
        "modified": sharing.time,
        "name": f"{indicator.kind} {indicator.defanged}",
        "description": f"Named in {len(indicator.uids)} message(s) that a person confirmed as fraud.",
        "indicator_types": ["malicious-activity"],
        "pattern": f"[{_PATHS[indicator.kind]} = '{value}']",
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": sharing.time,
        "labels": list(indicator.tags),
        "external_references": [{"source_name": "cybertriage message", "external_id": uid} for uid in indicator.uids],
        "object_marking_refs": _markings(sharing),
    }


def _identity(sharing: Sharing) -> dict[str, Any]:
    return {
        "type": "identity", "spec_version": "2.1", "id": _identity_id(sharing), "created": sharing.time,
        "modified": sharing.time, "name": sharing.producer, "identity_class": "organization",
        "object_marking_refs": _markings(sharing),
    }  # fmt: skip


def _identity_id(sharing: Sharing) -> str:
    return f"identity--{sharing.id('identity')}"


def _markings(sharing: Sharing) -> list[str]:
    return [_tlp_marking(sharing.tlp)["id"], _notice_marking(sharing)["id"]]


def _tlp_marking(tlp: Tlp) -> dict[str, Any]:
    """The definition that OASIS publishes for the level."""
    extension = {"extension_type": "property-extension", "tlp_2_0": tlp.value}
    return {
        "type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{_TLP[tlp]}",
        "created": _TLP_CREATED, "name": f"TLP:{tlp.value.upper()}", "extensions": {_TLP_EXTENSION: extension},
    }  # fmt: skip


def _notice_marking(sharing: Sharing) -> dict[str, Any]:
    return {
        "type": "marking-definition", "spec_version": "2.1",
        "id": f"marking-definition--{sharing.id('notice', notices())}", "created": sharing.time,
        "definition_type": "statement", "definition": {"statement": notices()},
    }  # fmt: skip
