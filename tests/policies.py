"""What policies of tests have in common besides the tables of families."""

from __future__ import annotations

RULES = """
[labels]
named = 0.5
[frames]
seen = 0.5
cap = 0.8
cap_yields = 0.9
[priority]
urgent = 0.95
"""
