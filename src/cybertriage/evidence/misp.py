"""Indicators as a MISP event (MISP core format, draft-dulaunoy-misp-core-format).

In: indicators, who shares them. Out: the event as plain values.
Invariants: ids are deterministic, and no two events share an attribute's; the event is unpublished and for the own
organisation alone, and no attribute is marked for automatic detection (`to_ids`): whoever takes it in decides; no text
of a message is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cybertriage.evidence.indicators import Indicator, IndicatorKind, notices
from cybertriage.evidence.sharing import Sharing

_CATEGORY = {
    IndicatorKind.URL: "Network activity", IndicatorKind.DOMAIN: "Network activity",
    IndicatorKind.EMAIL: "Network activity", IndicatorKind.PHONE: "Financial fraud",
    IndicatorKind.IBAN: "Financial fraud",
}  # fmt: skip
_OWN_ORGANISATION = "0"
_LEVEL_UNDEFINED, _ANALYSIS_COMPLETE = "4", "2"


def misp_event(indicators: Sequence[Indicator], sharing: Sharing) -> dict[str, Any]:
    """One event of all indicators; the comment of an attribute names its messages by uid."""
    tags = sorted({tag for indicator in indicators for tag in indicator.tags})
    event = sharing.id("event", sharing.time, *(f"{i.kind}:{i.value}" for i in indicators))
    return {
        "Event": {
            "uuid": event,
            "info": "Infrastructure named in messages that people confirmed as fraud",
            "date": sharing.time[:10],
            "timestamp": _seconds(sharing),
            "threat_level_id": _LEVEL_UNDEFINED,
            "analysis": _ANALYSIS_COMPLETE,
            "distribution": _OWN_ORGANISATION,
            "published": False,
            "Orgc": {"name": sharing.producer, "uuid": sharing.id("identity")},
            "Tag": [{"name": name} for name in (f"tlp:{sharing.tlp}", *tags)],
            "Attribute": [
                _notice(event, sharing),
                *(_attribute(event, indicator, sharing) for indicator in indicators),
            ],
        }
    }


def _attribute(event: str, indicator: Indicator, sharing: Sharing) -> dict[str, Any]:
    return {
        "uuid": sharing.id("attribute", event, indicator.kind, indicator.value),
        "type": _type(indicator),
        "category": _CATEGORY[indicator.kind],
        "value": indicator.value,
        "to_ids": False,
        "distribution": _OWN_ORGANISATION,
        "timestamp": _seconds(sharing),
        "comment": f"cybertriage messages: {', '.join(indicator.uids)}",
        "Tag": [{"name": name} for name in indicator.tags],
    }


def _type(indicator: Indicator) -> str:
    if indicator.kind is IndicatorKind.DOMAIN:
        return "hostname" if indicator.value.count(".") > 1 else "domain"
    return {"phone": "phone-number"}.get(indicator.kind, str(indicator.kind))


def _notice(event: str, sharing: Sharing) -> dict[str, Any]:
    return {
        "uuid": sharing.id("attribute", event, "notice"), "type": "comment", "category": "Other", "value": notices(),
        "to_ids": False, "distribution": _OWN_ORGANISATION, "timestamp": _seconds(sharing), "comment": "", "Tag": [],
    }  # fmt: skip


def _seconds(sharing: Sharing) -> str:
    return str(int(sharing.at.timestamp()))
