"""The page of lost customers: whatever the figures are, the sentence and the tables say just that."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from config.measures.table import heading_of, label_of
from tasks.reporting.blocks import Share
from tasks.reporting.model import ALL, SettingInForce
from tasks.reporting.pages.lost_customers import REASON, lost_customers_lines, lost_customers_page
from tasks.reporting.pages.thread import thread_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasks.reporting.blocks import Table
    from tasks.reporting.model import ScorecardData

WORDS = {"price": "Too expensive", "service": "*Slow* help", "quality": "Bad taste", "moved": "Moved", "closed": "Closed", "late": "Late"}
REASONS: Mapping[str, tuple[int, int, int]] = {
    "price": (9, 900, 4),
    "service": (8, 5_000, 8),
    "quality": (7, 70, 7),
    "moved": (6, 60, 6),
    "K77": (5, 50, 5),
    "closed": (2, 30, 2),
    "late": (1, 20, 1),
    "no_reason_known": (62, 3_870, 7),
}
"""Heads, value, and how many of them left; 100 customers out, 33 of whom gave a reason of the list."""


def money(amount: int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def part(heads: int, amount: int, left: int) -> dict[str, int | Decimal]:
    told: dict[str, int | Decimal] = {
        "customers_out": heads,
        "customers_out_amount": money(amount),
        "left_customers": left,
        "lapsed_customers": heads - left,
    }
    return {name: value for name, value in told.items() if value}


def lost(data: ScorecardData, reasons: Mapping[str, tuple[int, int, int]] = REASONS, **changes: Any) -> ScorecardData:
    """Facts in which so many customers went, for these reasons."""
    out, amount, left = (sum(row[place] for row in reasons.values()) for place in range(3))
    unknown = reasons.get("no_reason_known", (0, 0, 0))
    unmapped = reasons.get("K77", (0, 0, 0))
    figures = {
        "customers_out": out,
        "customers_out_amount": money(amount),
        "left_customers": left,
        "lapsed_customers": out - left,
        "in_and_out_customers": 0,
        "left_amount": money(amount),
        "lapsed_amount": money(0),
        "in_and_out_amount": money(0),
        "reason_known_customers": out - unknown[0] - unmapped[0],
        "reason_known_amount": money(amount - unknown[1] - unmapped[1]),
        "reason_conflict_customers": 3 if out else 0,
        "unmapped_reason_customers": unmapped[0],
        "unmapped_reason_amount": money(unmapped[1]),
        "told_departure_customers": 2,
        "told_departure_amount": money(12),
        "departures_told_count": 3,
        "opening_customers": 400 if out else 0,
    }
    parts = {code: part(*row) for code, row in reasons.items()}
    for code in parts.keys() & {"K77"}:
        parts[code]["unmapped_reason_customers"] = unmapped[0]
    told = {"price": {"told_departure_customers": 2, "told_departure_amount": money(12), "departures_told_count": 3}}
    tenure = {"over 1,095 days": part(60, 900, 3), "up to 90 days": part(40, 100, 1)}
    opening = {"91 to 365 days": {"opening_customers": 300}, "up to 90 days": {"opening_customers": 100, "left_customers": 7}}
    splits = {"reason": parts, "told_reason": told, "tenure": tenure if out else {}, "opening_tenure": opening if out else {}}
    kept = {
        "figures": {**data.figures, **{(data.period, ALL, ALL, name): value for name, value in figures.items()}},
        "splits": {(data.period, ALL, ALL, name): value for name, value in splits.items() if value},
        "supplied": frozenset({REASON}),
        "reason_labels": WORDS,
        "tenure_groups": ("up to 90 days", "91 to 365 days", "over 1,095 days"),
        "settings": (*data.settings, SettingInForce("departing.trust", "service, sales, marketing", "Whose word counts.", "sales")),
    }
    return replace(data, **{**kept, **changes})


def table(data: ScorecardData, title: str) -> Table:
    (found,) = [each for each in lost_customers_page(data).tables if each.title == title]
    return found


def titles(data: ScorecardData) -> list[str]:
    return [each.title for each in lost_customers_page(data).tables]


def test_the_sentence_keeps_left_apart_from_lapsed_and_names_the_reason_told_most(data: ScorecardData) -> None:
    assert lost_customers_page(lost(data)).sentence == (
        "100 customers went in Q3 2026, worth EUR 10.0k a year: 40 left (on record) and 60 lapsed (went silent); the reason told most is "
        "“Too expensive” (9 customers, EUR 900 a year), and a reason is known of 33 of 100 (33%)."
    )


def test_customers_who_came_and_went_are_said_beside_the_two(data: ScorecardData) -> None:
    told = lost(data)
    brief = replace(told, figures={**told.figures, (told.period, ALL, ALL, "in_and_out_customers"): 12})
    assert "40 left (on record), 60 lapsed (went silent) and 12 came and went in the period;" in lost_customers_page(brief).sentence
    assert (
        table(brief, "Why, by value lost").description
        == "Customers out hold 12 customers who came and went in the period, beside left and lapsed."
    )


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        pytest.param(
            {"price": (1, 10, 1)},
            "1 customer went in Q3 2026, worth EUR 10 a year: 1 left (on record) and 0 lapsed (went silent); the reason told most is "
            "“Too expensive” (1 customer, EUR 10 a year), and a reason is known of 1 of 1.",
            id="one",
        ),
        pytest.param(
            {"no_reason_known": (50, 10, 0)},
            "50 customers went in Q3 2026, worth EUR 10 a year: 0 left (on record) and 50 lapsed (went silent); of none of them a reason "
            "is known. Departures were recorded of 2 customers, whether or not they went, most often “Too expensive” (2).",
            id="none said why",
        ),
    ],
)
def test_the_sentence_is_right_of_nobody_of_one_and_of_silence(data: ScorecardData, reasons: Any, said: str) -> None:
    page = lost_customers_page(lost(data, reasons, smallest_rate_base=30))
    assert page.sentence == said
    assert page.bars is None or page.bars.highest > 0


def test_reasons_are_told_once_by_value_the_top_five_and_the_rest(data: ScorecardData) -> None:
    reasons = table(lost(data), "Why, by value lost")
    assert [row[0] for row in reasons.rows][:2] == ["*Slow* help", "Too expensive"]
    assert reasons.rows[5] == ("2 other reasons", 3, Share(3, 100), 3, 0, money(50), Share(money(50), money(10_000)))
    assert reasons.rows[6][0] == "No reason known"
    assert reasons.total is not None
    assert sum(row[1] for row in reasons.rows) == reasons.total[1] == 100  # pyright: ignore[reportArgumentType, reportCallIssue] - whole numbers


def test_a_sixth_reason_keeps_its_name(data: ScorecardData) -> None:
    reasons = {code: row for code, row in REASONS.items() if code != "late"}
    assert table(lost(data, reasons), "Why, by value lost").rows[5][0] == "Closed"


def test_how_far_reasons_are_known_is_told_in_heads_and_value_with_conflicts_and_codes(data: ScorecardData) -> None:
    told = lost(data)
    found = table(told, "How far reasons are known")
    assert [row[:3] for row in found.rows] == [
        ("Reason known", 33, Share(33, 100)),
        ("No reason known", 62, Share(62, 100)),
        (label_of("unmapped_reason_customers"), 5, Share(5, 100)),
        (label_of("reason_conflict_customers"), 3, Share(3, 100)),
    ]
    assert [row[3] for row in found.rows] == [money(10_000 - 3_870 - 50), money(3_870), money(50), None]
    assert found.description == "Where silos give different reasons, the first of these that knows one decides: service, sales, marketing."
    assert table(told, "Codes not mapped").rows == (("K77", 5, Decimal(0)),)
    assert table(lost(data, settings=()), "How far reasons are known").description == ""
    mapped = {code: row for code, row in REASONS.items() if code != "K77"}
    assert "Codes not mapped" not in titles(lost(data, mapped))


def test_departures_that_were_recorded_have_a_table_of_their_own(data: ScorecardData) -> None:
    (row,) = table(lost(data), "Departures recorded").rows
    assert row == ("Too expensive", 2, Share(2, 2), money(12), Share(money(12), money(12)), 3)


def with_ends(data: ScorecardData, **ends: tuple[int, int]) -> ScorecardData:
    """The lost with how their stays ended: customers out, and how many of them came and went; those who left in the figures too."""
    split = {
        end: {"customers_out": out, "customers_out_amount": money(10 * out), "in_and_out_customers": brief}
        for end, (out, brief) in ends.items()
    }
    left = {f"left_{end}_customers": out - brief for end, (out, brief) in ends.items() if end != "silent"}
    figures = {(data.period, ALL, ALL, name): heads for name, heads in left.items()}
    return replace(data, figures={**data.figures, **figures}, splits={**data.splits, (data.period, ALL, ALL, "ended_by"): split})


def test_those_who_told_us_stand_apart_from_those_whose_contract_ended(data: ScorecardData) -> None:
    told = with_ends(lost(data), notified=(31, 1), ended=(10, 0), silent=(60, 0))
    assert "40 left (on record) (30 told us, 10 contract ended) and 60 lapsed" in lost_customers_page(told).sentence
    rows = table(told, "How it ended").rows
    assert [(row[0], row[1], row[3]) for row in rows] == [("Told us", 31, 1), ("Contract ended", 10, 0), ("Went silent", 60, 0)]
    assert any("40 left (on record) (EUR" in line and "(30 told us, 10 contract ended)" in line for line in lines_below(told))


def test_the_part_that_no_extract_could_tell_is_left_out(data: ScorecardData) -> None:
    """A company of contracts alone: nothing says who told us."""
    told = with_ends(lost(data), ended=(40, 0), silent=(60, 0))
    assert [row[0] for row in table(told, "How it ended").rows] == ["Contract ended", "Went silent"]
    assert "(0 told us" not in lost_customers_page(told).sentence
    assert "40 left (on record) and 60 lapsed" in lost_customers_page(told).sentence
    assert "How it ended" not in titles(lost(data))
    assert "How it ended" not in titles(with_ends(lost(data), silent=(60, 0)))


def lines_below(data: ScorecardData) -> list[str]:
    return thread_lines(data, workbook_name="scorecard.xlsx", segments_count=3)


STAYED = "How long the lost had stayed, since they came or came again"
SINCE_FIRST = "The lost since they first came, whatever gaps there were"


def test_the_days_since_the_lost_first_came_stand_apart_where_they_are_others(data: ScorecardData) -> None:
    told = lost(data)
    since_first = {(*key[:3], "since_first"): parts for key, parts in told.splits.items() if key[3] == "opening_tenure"}
    others = replace(told, splits={**told.splits, **since_first})
    titles = [each.title for each in lost_customers_page(others).tables]
    assert titles.index(SINCE_FIRST) == titles.index(STAYED) + 1
    assert SINCE_FIRST not in [each.title for each in lost_customers_page(told).tables]


def test_groups_of_tenure_stand_in_their_order_and_lose_of_their_own_customers(data: ScorecardData) -> None:
    told = lost(data)
    assert [row[0] for row in table(told, STAYED).rows] == ["up to 90 days", "over 1,095 days"]
    rows = table(told, "Who went, by how long they had been customers at opening").rows
    assert [row[:5] for row in rows] == [("up to 90 days", 100, 7, 0, Share(7, 100)), ("91 to 365 days", 300, 0, 0, Share(0, 300))]


def test_the_value_group_of_the_lost_is_told_the_most_valuable_first(data: ScorecardData) -> None:
    told = lost(data, value_groups=("Gold", "Bronze"))
    parts = {
        "Bronze": {"customers_out": 90, "customers_out_amount": money(4_000)},
        "Gold": {"customers_out": 10, "customers_out_amount": money(6_000)},
    }
    grouped = replace(told, splits={**told.splits, (told.period, ALL, ALL, "value_group"): parts})
    found = table(grouped, "Value group of the lost")
    assert [row[:4] for row in found.rows] == [
        ("Gold", 10, Share(10, 100), money(6_000)),
        ("Bronze", 90, Share(90, 100), money(4_000)),
    ]
    assert "Value group of the lost" not in titles(told)


def test_the_chart_shows_reasons_where_any_is_known_and_periods_where_none_is(data: ScorecardData) -> None:
    with_reasons, without = lost_customers_page(lost(data)).bars, lost_customers_page(lost(data, supplied=frozenset())).bars
    assert with_reasons is not None
    assert without is not None
    assert (with_reasons.title, with_reasons.categories[0]) == ("Customers out whose reason is known, Q3 2026", "Too expensive")
    assert [series.name for series in with_reasons.series] == list(map(heading_of, ("left_customers", "lapsed_customers")))
    assert without.categories == tuple(data.labels[period] for period in data.trend)


def test_without_reasons_the_page_says_how_to_supply_them_and_invents_none(data: ScorecardData) -> None:
    page = lost_customers_page(lost(data, supplied=frozenset(), reason_labels={}))
    assert page.missing == (
        (
            "No extract says why customers leave. Any silo may supply it: an extract with `dataset: departures` in sources.yaml that maps "
            "customer_id, departed_on and reason_code."
        ),
    )
    assert not {"Why, by number of customers", "How far reasons are known", "Departures recorded"} & {each.title for each in page.tables}
    assert "reason" not in page.sentence
    assert lost_customers_lines(lost(data, supplied=frozenset())) == []
    assert lost_customers_page(lost(data, reason_labels={})).missing[0].startswith("definitions.yaml lists no `reasons`")
    assert lost_customers_page(lost(data)).missing == ()


def test_the_digest_tells_five_reasons_with_heads_and_value_and_of_how_many_one_is_known(data: ScorecardData) -> None:
    assert [each.line for each in lost_customers_lines(lost(data))] == [
        "Why they went: known of 33 of 100 (33%) customers out, and of EUR 6,080 of EUR 10.0k a year.",
        "Too expensive: 9 customers, EUR 900 a year.",
        "*Slow* help: 8 customers, EUR 5,000 a year.",
        "Bad taste: 7 customers, EUR 70 a year.",
        "Moved: 6 customers, EUR 60 a year.",
        "Closed: 2 customers, EUR 30 a year.",
    ]


def test_departures_of_customers_who_stayed_are_said_where_they_are_far_more_than_those_who_went(data: ScorecardData) -> None:
    nobody = lost(data, {})
    assert lost_customers_page(nobody).sentence == (
        "No customer went in Q3 2026. Departures were recorded of 2 customers, whether or not they went, most often “Too expensive” (2)."
    )
    assert [each.line for each in lost_customers_lines(nobody)] == [
        "Departures recorded: 2 customers, whether or not they went, most often “Too expensive” (2)."
    ]
    one = lost(data, {"no_reason_known": (1, 10, 0)})
    assert lost_customers_lines(one)[-1].line.startswith("Departures recorded: 2 customers")
    silent = replace(nobody, splits={(nobody.period, ALL, ALL, "told_reason"): {"no_reason_known": {"told_departure_customers": 2}}})
    assert lost_customers_page(silent).sentence.endswith("Departures were recorded of 2 customers, whether or not they went.")
