"""The examples in the docstrings of what users call run as they stand."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = {
    "cybertriage.integrations.datasets": "",
    "cybertriage.integrations.frames": "pandas",
    "cybertriage.integrations.sklearn": "sklearn",
    "cybertriage.models.bundle": "",
    "cybertriage.policy": "",
    "cybertriage.readers": "",
    "cybertriage.triage": "",
    "cybertriage.types": "",
}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str) -> None:
    if MODULES[name]:
        pytest.importorskip(MODULES[name])
    result = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert result.attempted > 0
    assert result.failed == 0
