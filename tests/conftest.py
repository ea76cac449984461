"""Shared fixtures. No test reaches the network: every attempt to open a socket to an address raises."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from hypothesis import settings

from cybertriage import Triage
from cybertriage.models.bundle import shipped

settings.register_profile("suite", deadline=None, max_examples=60)
settings.load_profile("suite")

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a test tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def triage() -> Triage:
    return Triage.load("fast", threads=1)


@pytest.fixture
def bundle_copy(tmp_path: Path) -> Path:
    folder = tmp_path / "fast"
    shutil.copytree(shipped("fast"), folder)
    return folder
