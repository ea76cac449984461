"""The HTML report: false alarms first, self-contained, without any message, and clear about what it cannot show."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
from html.parser import HTMLParser

import pytest

from benchmarks.quality_part import QUALITY
from cybertriage.errors import InputError
from cybertriage.evaluate.as_json import several
from cybertriage.evaluate.report import render
from cybertriage.figures.written import figure, number, percent, points, spread
from cybertriage.taxonomy import notice
from tests.evaluate.reports import Document, measured, share, some_cases

_VOID = {"meta", "link", "br", "hr", "img", "input"}
KINDS = ("quality", "bias", "functional", "robustness")


@pytest.fixture(scope="module")
def html() -> str:
    return render(list(measured().values()), also=QUALITY)


class Outline(HTMLParser):
    """Tags, their attributes, and whether every one is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def sections(text: str) -> list[str]:
    return re.findall(r'<section id="(\w+)"', text)


def test_false_alarms_stand_first_whatever_the_order_given(html: str) -> None:
    want = ["protected", "groups", "functions", "robustness", "curves", "found", "reading"]
    assert sections(html) == want
    assert sections(render(list(measured().values())[::-1], also=QUALITY)) == want
    functions = html[html.index('id="functions"') : html.index('id="robustness"')]
    assert functions.index("must be left alone, worst first") < functions.index("must be found, worst first")
    robustness = html[html.index('id="robustness"') : html.index('id="curves"')]
    assert robustness.index("newly flagged, worst first") < robustness.index("Recall lost")


def test_nothing_is_fetched_run_or_styled_from_elsewhere(html: str) -> None:
    style = re.search(r"<style>(.*?)</style>", html, re.S)
    assert style
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html
    assert "//" not in html.replace("</", "").replace("/>", "")
    for tag, attributes in Outline(html).tags:
        assert tag not in ("script", "img", "link", "iframe", "object", "base", "form")
        assert not {"style", "src", "xlink:href", "onload", "onclick"} & set(attributes)
        assert (attributes.get("href") or "#").startswith("#")


def test_ids_are_unique_and_links_lead_somewhere(html: str) -> None:
    tags = Outline(html).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = [str(a["href"])[1:] for _, a in tags if "href" in a]
    wanted += [name for _, a in tags if "aria-labelledby" in a for name in str(a["aria-labelledby"]).split()]
    assert wanted
    assert set(wanted) <= set(ids)


def test_every_chart_has_words_and_a_table(html: str) -> None:
    figures = re.findall(r"<figure>.*?</figure>", html, re.S)
    assert len(figures) == 5  # two of reliability, precision and recall, risk of the test rows and of the templates
    for one in figures:
        assert 'role="img"' in one
        assert "<title " in one
        assert "<desc " in one
        assert "<details>" in one
        assert one.count("<tr>") > 2
    plots = re.findall(r'<table role="table".*?</table>', html, re.S)
    assert len(plots) > 15
    assert all(row.count('role="cell"') == 2 for plot in plots for row in plot.split('<tr role="row">')[2:])


def test_it_holds_no_message_and_the_notice_in_three_languages(html: str) -> None:
    assert not [case.id for case in some_cases() if case.text in html]
    for language in ("kk", "ru", "en"):
        assert notice(language) in html
    assert html.count('<span lang="kk">') == len(sections(html))


def test_groups_come_worst_first_with_interval_and_rows(html: str) -> None:
    start = html.index("False alarms by trait, worst first")
    table = html[start : html.index("</table>", start)]
    names = re.findall(r'scope="row" class="name">([^<]+)', table)
    assert names == [g["group"] for g in measured()["bias"]["axes"][0]["groups"]]
    said = re.findall(r'class="said"><span>([^<]+)', table)
    assert all(re.fullmatch(r"[\d.]+ % \([\d.]+ to [\d.]+, n [\d,]+\)|too few \(\d+\)", one) for one in said)


def test_the_same_documents_give_the_same_bytes(html: str) -> None:
    assert render(copy.deepcopy(list(measured().values())), also=QUALITY) == html
    assert render([several(list(measured().values()))], also=QUALITY) == html


@pytest.mark.parametrize("kind", KINDS)
def test_each_evaluation_makes_a_report_alone(kind: str) -> None:
    text = render([measured()[kind]], also=QUALITY)
    Outline(text)
    assert sections(text)[-1] == "reading"


def test_own_data_has_its_section() -> None:
    figures = {name: share(1, 20) for name in ("false_alarms", "abstained_benign", "found", "abstained_harmful")}
    few = {"too_few": 3, "clusters": 3}
    ranked = dict.fromkeys(("recall_at_fpr_1pct", "auprc", "auroc", "expected_calibration_error"), few)
    part = {"rows": 40, "harmful": 20, **figures, **ranked}
    text = render([{"report": "owndata", "model": "m@1", "policy": "p", "family": "fraud", "threshold": 0.7,
                    "overall": {"form": "all", **part}, "by_form": [{"form": "kk", **part}]}])  # fmt: skip
    assert sections(text) == ["own", "reading"]
    assert "too few (3)" in text
    assert text.index("False alarms as fraud") < text.index("Found, fraud")


def test_what_a_document_says_is_escaped() -> None:
    hostile = "<script>alert(1)</script>&\"'"
    bias = copy.deepcopy(measured()["bias"])
    bias["axes"][0]["groups"][0]["group"] = hostile
    bias["model"] = hostile
    robust = {**measured()["robustness"], "of": hostile, "model": hostile}
    text = render([bias, robust])
    Outline(text)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_result_without_curves_has_no_section_of_them() -> None:
    bare = {
        k: v for k, v in measured()["quality"].items() if k not in ("curves", "public", "elsewhere", "new_situations")
    }
    assert sections(render([bare], also=QUALITY)) == ["protected", "found", "reading"]


def test_bars_of_a_function_add_up(html: str) -> None:
    functions = html[html.index('id="functions"') : html.index('id="robustness"')]
    bars = re.findall(r'<rect class="part \w+" x="([\d.]+)%" width="(-?[\d.]+)%"', functions)
    assert all(0 < float(width) <= 100 and float(x) + float(width) < 100.1 for x, width in bars)
    assert len(bars) > 50


def broken(kind: str, field: str) -> Document:
    return {k: v for k, v in measured()[kind].items() if k != field}


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        (lambda: [], "documents is empty"),
        (lambda: [several([])], "documents is empty"),
        (lambda: [{"report": "quick", "model": "m"}], "evaluation 1: 'report' is 'quick'"),
        (lambda: ["text"], "evaluation 1 is not a JSON object"),
        (lambda: [measured()["bias"], broken("functional", "model")], r"evaluation 2 \(functional\) does not say"),
        (lambda: [broken("bias", "axes")], r"evaluation 1 \(bias\) lacks or garbles a field \(KeyError: 'axes'\)"),
        (lambda: [broken("quality", "families")], r"evaluation 1 \(quality\) lacks or garbles"),
        (lambda: [broken("functional", "cases")], r"evaluation 1 \(functional\) lacks or garbles"),
        (lambda: [{**measured()["robustness"], "figures": 3}], r"evaluation 1 \(robustness\) lacks or garbles"),
        (lambda: [measured()["bias"], {**measured()["functional"], "model": "other@2"}], "different models: .*other@2"),
    ],
)
def test_an_unsound_document_is_named(documents: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        render(documents(), also=QUALITY)  # type: ignore[operator]


def test_figures_are_written_with_their_interval_or_the_reason() -> None:
    assert percent(figure(share(1, 50))) == "2.0 % (0.4 to 10.5, n 50)"
    assert spread(figure(share(1, 50))) == "0.020 (0.004 to 0.105)"
    assert spread(figure(share(1, 5000)), share=True) == "0.02 % (0.00 to 0.11)"
    assert spread(figure({"too_few": 4})) == "too few (4)"
    assert points(figure({"value": -0.031, "low": -0.0504, "high": 0.0, "n": 1200})) == "−3.1 (−5.0 to 0.0, n 1,200)"
    assert points(figure({"value": 0.02, "low": 0.01, "high": None, "n": 7})) == "2.0 (1.0 to open, n 7)"
    assert points(figure({"value": 0.0, "low": -0.0001, "high": 0.0, "n": 7})) == "0.0 (0.0 to 0.0, n 7)"
    assert number(figure(None)) == "not defined"
    assert number(figure({"value": None, "low": None, "high": None, "n": 0})) == "not defined"
    assert number(figure({"too_few": 4, "clusters": 2})) == "too few (4)"
    assert number(figure({"too_few": True, "positives": 6, "n": 94})) == "too few (6)"
