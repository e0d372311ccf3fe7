"""The page of any company: whole, within its frames, and with every customer of the roll-forward on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tasks.reporting.pages.agenda import tabs
from tasks.reporting.render.mail import mail_html
from tasks.reporting.render.page_html import page_html
from tasks.reporting.render.page_pdf import page_data

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

COUNTS = st.one_of(st.just(0), st.integers(0, 30), st.integers(0, 400_000))
NAMES = st.text(min_size=1, max_size=60)
PERIODS = ("2025-Q3", "2026-Q2", "2026-Q3")


def company(data: st.DataObject, made_up: Any) -> ScorecardData:
    kinds = ("new", "returned", "in_and_out", "left", "lapsed", "increased", "out_and_back")
    moves = {period: made_up.Moves(**{kind: data.draw(COUNTS) for kind in kinds}) for period in PERIODS[data.draw(st.integers(0, 2)) :]}
    groups = {data.draw(NAMES): {data.draw(NAMES): 60, "rest": 40}} if data.draw(st.booleans()) else {}
    return made_up.made_up_facts(moves, opening=data.draw(st.integers(2_000_000, 10**7)), groups=groups, company=data.draw(NAMES))


@given(data=st.data())
def test_a_page_is_whole_and_every_chart_keeps_within_its_frame(data: st.DataObject, made_up: Any) -> None:
    facts = company(data, made_up)
    page = page_html(facts, tabs(facts))
    assert page.endswith("</main></body></html>\n")
    for tag in ("section", "table", "figure", "div", "p"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>")
    for svg in re.findall(r"(?s)<svg.*?</svg>", page):
        chart = ET.fromstring(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", svg))
        _left, _top, width, height = map(float, str(chart.get("viewBox")).split())
        for part in chart:
            assert 0 <= float(part.get("x", 0)) <= width + 0.1
            assert 0 <= float(part.get("y", 0)) <= height + 0.1


@given(data=st.data())
def test_the_page_on_paper_and_the_mail_hold_what_the_page_holds(data: st.DataObject, made_up: Any) -> None:
    facts = company(data, made_up)
    page, mail, paper = page_html(facts, ()), mail_html(facts), page_data(facts)
    customers = [row for row in paper["tables"][0]["rows"] if row[1]["text"]]
    assert [row[1]["text"] for row in customers if row[0]["text"] == "Customers at opening"] == [f"{facts.count('opening_customers'):,}"]
    for row in customers:
        numbers = r"\s*".join(rf"<td[^>]*>{re.escape(cell['text'])}</td>" for cell in row[1:])
        assert re.search(numbers, page)
        assert re.search(numbers, mail)
