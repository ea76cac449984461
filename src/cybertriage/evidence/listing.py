"""Indicators as a text to read before anything is sent: nothing in it becomes a link.

In: what was collected, who shares it. Out: lines.
"""

from __future__ import annotations

from cybertriage.evidence.indicators import Collected, notices
from cybertriage.evidence.sharing import Sharing


def listing(collected: Collected, sharing: Sharing) -> str:
    """Notice, marking, one line an indicator (kind, value, messages, leaves), then what was left out and why."""
    lines = [notices(), "", f"TLP:{sharing.tlp.value.upper()}  {sharing.producer}  {sharing.time}", ""]
    width = max((len(i.defanged) for i in collected.indicators), default=0)
    lines += [
        f"{i.kind:<7} {i.defanged:<{width}}  {len(i.uids)}  {', '.join(i.leaves) or '-'}".rstrip()
        for i in collected.indicators
    ]
    lines += [f"left out: {n} {reason}" for reason, n in collected.left_out.items()]
    return "\n".join(lines) + "\n"
