"""The page of validation: everything is on it, nobody's data is, and words carry what colours say."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from expectations.verdict import ControlTotals, RuleResult
from tasks.reporting.model import CoveredExtract
from tasks.reporting.pages.quality_summary import describe_verdicts, shown_state
from tasks.reporting.render.html import validation_markdown, validation_page


def verdict(name: str = "amount_recorded", **changes: Any) -> RuleResult:
    said: dict[str, Any] = {
        "rule_id": f"orders.{name}",
        "extract": "orders",
        "says": "Every purchase has its amount.",
        "why": "It counts.",
        "check": "is_recorded",
        "if_broken": "set_aside",
        "state": "kept",
        "rows_count": 1200,
        "unexpected_count": 0,
        "set_aside_count": 0,
        "amount": None,
        "found": "1,200 rows, none breaks it",
    }
    return RuleResult(**(said | changes))


def totals(extract: str = "orders", **changes: Any) -> ControlTotals:
    said: dict[str, Any] = {
        "extract": extract,
        "rows_read_count": 1300,
        "rows_used_count": 1200,
        "rows_set_aside_count": 60,
        "rows_superseded_count": 40,
        "amount_read": Decimal("130000.5000"),
        "amount_used": Decimal("120000.5000"),
        "amount_set_aside": Decimal(6000),
        "amount_superseded": Decimal(4000),
    }
    return ControlTotals(**(said | changes))


BROKEN = verdict(
    "customer_recorded", state="broken", unexpected_count=60, set_aside_count=60, amount=Decimal(6000), found="60 rows of 1,260"
)
WITHOUT_MONEY: dict[str, Any] = {"amount_read": None, "amount_used": None, "amount_set_aside": None, "amount_superseded": None}


class Words(HTMLParser):
    """The text of a page, and the names of its elements that are never closed or never opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)


def words(page: str) -> str:
    read = Words(page)
    assert read.open == []
    return re.sub(r"\s+", " ", " ".join(read.words))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({}, "kept"),
        ({"rows_count": 0}, "not judged"),
        ({"state": "broken", "if_broken": "note"}, "noted"),
        ({"state": "broken", "if_broken": "set_aside"}, "set aside"),
        ({"state": "broken", "if_broken": "stop"}, "stops"),
        ({"state": "errored", "if_broken": "note"}, "could not be judged"),
    ],
)
def test_every_state_has_a_word(said: dict[str, Any], shown: str) -> None:
    assert shown_state(verdict(**said)) == shown
    assert shown in words(validation_page("T", totals=[], verdicts=[verdict(**said)]))
    assert f"| {shown} |" in validation_markdown("T", totals=[], verdicts=[verdict(**said)])


def test_rows_and_money_are_shown_as_read_used_set_aside_superseded_and_left_over() -> None:
    text = words(validation_page("T", totals=[totals()], verdicts=[BROKEN]))
    assert "orders rows 1,300 1,200 60 40 0" in text
    assert "money 130,000.50 120,000.50 6,000.00 4,000.00 0" in text
    assert "1,200 used 60 set aside 40 superseded" in text
    markdown = validation_markdown("T", totals=[totals()], verdicts=[BROKEN])
    assert "| orders | rows | 1,300 | 1,200 | 60 | 40 | 0 |" in markdown
    assert "| | money | 130,000.50 | 120,000.50 | 6,000.00 | 4,000.00 | 0.00 |" in markdown


def test_an_extract_without_money_has_no_line_for_it() -> None:
    page = validation_page("T", totals=[totals(**WITHOUT_MONEY)], verdicts=[])
    assert page.count('<td class="soft">rows</td>') == 1
    assert '<td class="soft">money</td>' not in page
    assert "| money |" not in validation_markdown("T", totals=[totals(**WITHOUT_MONEY)], verdicts=[])


def test_what_is_unaccounted_for_stands_out() -> None:
    page = validation_page("T", totals=[totals(rows_used_count=1199)], verdicts=[])
    assert '<td class="n wrong">1</td>' in page


def test_a_part_of_the_money_that_is_not_there_is_left_empty() -> None:
    page = validation_page("T", totals=[totals(amount_superseded=None)], verdicts=[])
    assert '<td class="n">6,000.00</td><td class="n"></td>' in page


def test_every_rule_is_shown_with_what_it_says_why_and_what_was_found_worst_first() -> None:
    verdicts = [
        verdict(),
        BROKEN,
        verdict(
            "fresh",
            check="latest_is_between",
            state="broken",
            if_broken="stop",
            unexpected_count=1,
            found="latest is 2026-01-01; expected at least 2026-08-30",
        ),
        verdict("listed", state="broken", if_broken="note", unexpected_count=3, found="3 rows of 1,260; 2 'moved', 1 'x'"),
        verdict("odd", state="errored", found="could not be judged: no such column"),
        verdict("known", rows_count=0, found="not judged: the company has no extract of customers to compare with"),
    ]
    text = words(validation_page("T", totals=[totals()], verdicts=verdicts))
    places = [
        text.index(f"orders.{name}: It counts.") for name in ("odd", "fresh", "customer_recorded", "listed", "known", "amount_recorded")
    ]
    assert places == sorted(places)
    assert "60 rows of 1,260 60 6,000.00" in text
    assert re.search(r"at least 2026-08-30(?! 1)", text), "a rule about the whole table has no rows that break it"
    assert "Every purchase has its amount." in text


def test_of_several_extracts_what_was_found_comes_before_all_rules() -> None:
    rates = verdict(extract="rates", rule_id="rates.fresh")
    several = validation_page("T", totals=[], verdicts=[verdict(), BROKEN, rates])
    assert re.findall(r"<h2>(.*?)</h2>", several) == ["What was found", "orders", "rates"]
    assert words(several).count("orders.customer_recorded: It counts.") == 2
    assert words(several).count("rates.fresh: It counts.") == 1
    assert "What was found" not in validation_page("T", totals=[], verdicts=[verdict(), rates])
    assert "What was found" not in validation_page("T", totals=[], verdicts=[BROKEN])


def test_a_relaxed_rule_shows_the_companys_reason() -> None:
    relaxed = verdict(relaxed_because="Cash sales have no name.")
    assert "Relaxed by the company: Cash sales have no name." in words(validation_page("T", totals=[], verdicts=[relaxed]))
    assert "Relaxed by the company: Cash sales have no name." in validation_markdown("T", totals=[], verdicts=[relaxed])


def test_the_answer_comes_first_accepted_or_refused_with_every_reason() -> None:
    assert "Accepted. 2 rules: 1 kept, 1 setting rows aside." in words(
        validation_page("T", totals=[totals()], verdicts=[verdict(), BROKEN])
    )
    refused = words(validation_page("T", totals=[], verdicts=[], refusals=["orders: 1 < 2", "rates: two"]))
    assert "Refused. 2 reasons: orders: 1 < 2 rates: two" in refused
    markdown = validation_markdown("T", totals=[], verdicts=[], refusals=["orders: 1 < 2"], page="pages/validation.html")
    assert "**Refused**, 1 reason:\n\n- orders: 1 &lt; 2\n" in markdown
    assert markdown.endswith("The page with everything: `pages/validation.html`")


def test_no_rules_are_said_to_be_none() -> None:
    assert describe_verdicts([]) == "No rules were judged."
    text = words(validation_page("T", totals=[totals(rows_read_count=0, rows_used_count=0)], verdicts=[]))
    assert "none of the rows used" in text


def test_many_extracts_have_a_section_each_with_their_files_and_days() -> None:
    covered = [
        CoveredExtract("orders", "sales", "purchases", ("a.csv", "b.csv"), date(2026, 1, 1), date(2026, 9, 30)),
        CoveredExtract("plans", "sales", "contracts", ("c.csv",), None, None),
    ]
    ledger = verdict(extract="ledger", rule_id="ledger.customer_once")
    page = validation_page("T", totals=[totals(), totals("plans")], verdicts=[ledger, verdict()], covered=covered, notes=["A < note."])
    text = words(page)
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["What became of every row", "orders", "plans", "ledger"]
    assert "sales: purchases from a.csv, b.csv, days 2026-01-01 to 2026-09-30" in text
    assert "sales: contracts from c.csv " in text
    assert "A < note." in text
    assert "2 extracts 2,600 rows read 92.31% of the rows used 120 rows set aside 2 of 2 rules with nothing found" in text


def test_what_people_wrote_stays_text() -> None:
    hostile = verdict(says="<script>alert(1)</script> | [x](y) `z` *b*", found="1 row; 1 '<img src=x>\n|'", state="broken")
    page = validation_page("<b>T</b>", totals=[totals("<i>")], verdicts=[hostile])
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;i&gt;" in page
    row = validation_markdown("T", totals=[], verdicts=[hostile]).splitlines()[-1]
    assert r"&lt;script&gt;alert(1)&lt;/script&gt; \| \[x](y) \`z\` \*b\*" in row
    assert row.count(" | ") == 3


def test_the_page_needs_nothing_from_anywhere_else() -> None:
    page = validation_page("T", totals=[totals()], verdicts=[BROKEN])
    assert not re.search(r"<script|<link|https?:|@import|url\(", page)
