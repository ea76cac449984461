"""The evaluation report in a real browser: light and dark, wide and narrow, nothing refused, nothing cut off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality_part import QUALITY
from cybertriage.evaluate.report import render
from tests.evaluate.reports import measured

pytest.importorskip("selenium")


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Any:
    path = tmp_path / "report.html"
    path.write_text(render(list(measured().values()), also=QUALITY), encoding="utf-8")
    browser.get_log("browser")
    browser.get(path.as_uri())
    return browser


def emulate(page: Any, *, width: int, scheme: str) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def brightness(page: Any, what: str, of: str) -> float:
    said = page.execute_script(f"return getComputedStyle(document.querySelector('{of}')).{what}")
    return sum(float(part) for part in said[said.index("(") + 1 : -1].split(",")[:3]) / 3


@pytest.mark.parametrize("width", [1400, 400])
def test_nothing_is_wider_than_the_window(page: Any, width: int) -> None:
    emulate(page, width=width, scheme="light")
    page.execute_script("document.querySelectorAll('details').forEach(x => x.open = true)")
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    cut = page.execute_script(
        "const out = [];"
        "for (const box of document.querySelectorAll('svg.chart')) {"
        "  const frame = box.getBoundingClientRect();"
        "  for (const text of box.querySelectorAll('text')) {"
        "    const own = text.getBoundingClientRect();"
        "    if (own.left < frame.left - 1 || own.right > frame.right + 1) out.push(text.textContent);"
        "  } }"
        "return out;"
    )
    assert cut == []


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_it_follows_the_colour_scheme(page: Any, scheme: str, dark: bool) -> None:
    emulate(page, width=1000, scheme=scheme)
    ground, ink = brightness(page, "backgroundColor", "body"), brightness(page, "color", "body")
    assert (ground < ink) == dark
    assert abs(ground - ink) > 150


def test_the_style_applies_and_nothing_is_refused(page: Any) -> None:
    assert page.get_log("browser") == []
    assert page.execute_script("return document.styleSheets.length") == 1
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    marks = page.execute_script(
        "return [...document.querySelectorAll('table.plot tbody circle')].map(x => x.getBoundingClientRect().width)"
    )
    assert len(marks) > 20
    assert min(marks) > 5
