"""The page of renewals: whatever the figures are, the sentence and the tables say just that, and nothing of what there is not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from config.measures.table import heading_of, label_of
from tasks.reporting.blocks import Share
from tasks.reporting.model import ALL, SettingInForce
from tasks.reporting.pages.renewals import BUYING, CONTRACTS, STAYING, TERMS, renewals_lines, renewals_page

if TYPE_CHECKING:
    from tasks.reporting.blocks import Table
    from tasks.reporting.model import ScorecardData

KINDS = ("due", "renewed", "on_time", "early", "late", "beside", "not_renewed", "in_grace")
STAYED = {"taste": 30, "Z9": 10, "no_reason_known": 60}


def money(amount: int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def setting(name: str, value: str) -> SettingInForce:
    return SettingInForce(name, value, "A choice.", "sales")


SETTINGS = (setting("renewals.grace_days", "14"), setting("renewals.asked_at", "renewal"))


def renewed(data: ScorecardData, *supplied: str, terms: tuple[int, ...] = (100, 80, 60, 10, 8, 2, 20, 5), **changes: Any) -> ScorecardData:
    """Facts of a company that supplies so much; terms by kind, each worth 10 a year."""
    figures: dict[str, int | Decimal] = {"opening_customers": data.count("opening_customers")}
    if TERMS in supplied:
        for kind, count in zip(KINDS, terms, strict=True):
            figures |= {f"terms_{kind}_count": count, f"terms_{kind}_amount": money(10 * count)}
        figures |= {"terms_decided_count": terms[0] - terms[-1], "terms_decided_amount": money(10 * (terms[0] - terms[-1]))}
        figures |= {"due_customers": 90, "renewed_customers": 75, "not_renewed_customers": 15, "in_grace_customers": min(terms[-1], 4)}
        for place in (1, 2, 3):
            figures |= {
                f"due_ahead_{place}_count": 2 * place,
                f"due_ahead_{place}_customers": place,
                f"due_ahead_{place}_amount": money(20 * place),
            }
    if BUYING in supplied:
        figures |= {"bought_again_customers": 30_000, "bought_again_amount": money(1_200_000)}
    splits = {}
    if set(STAYING) <= set(supplied):
        known = {"staying_reason_known_customers": 40, "staying_reason_known_amount": money(400)}
        figures |= {"stayed_customers": 100, "stayed_amount": money(1_000), **known}
        parts = {code: {"stayed_customers": heads, "stayed_amount": money(10 * heads)} for code, heads in STAYED.items()}
        splits = {(data.period, ALL, ALL, "staying_reason"): parts}
    kept = {
        "figures": {**data.figures, **{(data.period, ALL, ALL, name): value for name, value in figures.items()}},
        "splits": splits,
        "supplied": frozenset(supplied),
        "staying_reason_labels": {"taste": "They like it"},
        "settings": SETTINGS,
        "due_days": (30, 60, 90),
    }
    return replace(data, **{**kept, **changes})


def changed(data: ScorecardData, **figures: int | Decimal) -> ScorecardData:
    return replace(data, figures={**data.figures, **{(data.period, ALL, ALL, name): value for name, value in figures.items()}})


def table(data: ScorecardData, title: str) -> Table:
    (found,) = [each for each in renewals_page(data).tables if each.title == title]
    return found


def test_a_company_with_contracts_and_purchases_hears_of_both(data: ScorecardData) -> None:
    assert renewals_page(renewed(data, CONTRACTS, TERMS, BUYING, *STAYING)).sentence == (
        "80 of 100 terms due in Q3 2026 were renewed, worth EUR 800 of EUR 1,000 a year, 2 of them only by another contract that "
        "goes on; 5 of the others are in grace on 30 September 2026, renewed of those decided: 80 of 95 (84%). "
        "30,000 of 122,727 (24%) customers at opening bought again in Q3 "
        "2026, for EUR 1.2m. 6 terms come due within 90 days after the period, of 3 customers, worth EUR 60 a year."
    )


def test_a_company_that_only_sells_by_repeat_purchase_hears_nothing_of_terms(data: ScorecardData) -> None:
    told = renewed(data, BUYING)
    page = renewals_page(told)
    assert page.sentence == "30,000 of 122,727 (24%) customers at opening bought again in Q3 2026, for EUR 1.2m."
    assert not {"Terms due", "Customers with a term due", "Coming due", "Why customers stay"} & {each.title for each in page.tables}
    assert page.bars is not None
    assert [series.name for series in page.bars.series] == [heading_of("bought_again_customers")]
    assert [column.heading for column in page.tables[-1].columns] == ["", "Bought again", "Repeat-buying rate", "Value bought again"]
    assert "contracts" not in table(told, "Bought again").description
    assert [each.line for each in renewals_lines(told)] == [
        "Bought again: 30,000 of 122,727 (24%) customers at opening bought again in Q3 2026, for EUR 1.2m."
    ]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        pytest.param((0,) * 8, "No term came due in Q3 2026.", id="none due"),
        pytest.param((1, 1, 1, 0, 0, 0, 0, 0), "1 of 1 term due in Q3 2026 was renewed, worth EUR 10 of EUR 10 a year.", id="one of one"),
        pytest.param(
            (40, 39, 39, 0, 0, 0, 1, 1),
            "39 of 40 terms due in Q3 2026 were renewed, worth EUR 390 of EUR 400 a year; "
            "1 of the others is in grace on 30 September 2026, renewed of those decided: 39 of 39 (100%).",
            id="one in grace",
        ),
        pytest.param(
            (2, 0, 0, 0, 0, 0, 2, 2),
            "0 of 2 terms due in Q3 2026 were renewed, worth EUR 0 of EUR 20 a year; "
            "2 of the others are in grace on 30 September 2026, none is decided.",
            id="all in grace",
        ),
    ],
)
def test_the_sentence_is_right_of_no_term_and_of_one(data: ScorecardData, terms: tuple[int, ...], said: str) -> None:
    told = changed(renewed(data, TERMS, terms=terms, smallest_rate_base=30), due_ahead_3_count=0)
    assert renewals_page(told).sentence == f"{said} No term comes due within 90 days after the period."
    assert (renewals_page(told).bars is None) is (terms[0] == 0)


def test_one_term_and_one_customer_are_said_in_the_singular(data: ScorecardData) -> None:
    told = changed(renewed(data, TERMS), due_ahead_3_count=1, due_ahead_3_customers=1)
    assert renewals_page(told).sentence.endswith("1 term comes due within 90 days after the period, of 1 customer, worth EUR 60 a year.")


def test_when_nobody_was_a_customer_nobody_could_buy_again(data: ScorecardData) -> None:
    told = changed(renewed(data, BUYING), opening_customers=0)
    assert renewals_page(told).sentence == "Nobody was a customer when Q3 2026 opened, so nobody could buy again."
    assert renewals_lines(told) == []


def test_nothing_is_said_where_nothing_is_known(data: ScorecardData) -> None:
    page = renewals_page(renewed(data))
    assert page.sentence == "Nothing is known of renewals: no extract brings contracts or purchases."
    assert page.bars is None


def test_terms_due_are_renewed_in_four_ways_or_not(data: ScorecardData) -> None:
    found = table(renewed(data, TERMS), "Terms due")
    assert [(row[1], row[2]) for row in found.rows] == [(count, Share(count, 100)) for count in (60, 10, 8, 2, 80, 20, 5, 95)]
    decided = table(renewed(data, TERMS, terms=(100, 80, 60, 10, 8, 2, 20, 0)), "Terms due")
    assert [row[1] for row in decided.rows] == [60, 10, 8, 2, 80, 20, 0]
    assert found.total == (label_of("terms_due_count"), 100, Share(100, 100), money(1_000), Share(money(1_000), money(1_000)))
    assert "at most 14 days after" in found.description
    assert "at most the company's days after" in table(renewed(data, TERMS, settings=()), "Terms due").description


def test_customers_with_a_term_due_renewed_all_or_not(data: ScorecardData) -> None:
    found = table(renewed(data, TERMS), "Customers with a term due")
    assert [row[1:] for row in found.rows] == [(75, Share(75, 90)), (15, Share(15, 90)), (4, Share(4, 90))]
    decided = table(renewed(data, TERMS, terms=(100, 80, 60, 10, 8, 2, 20, 0)), "Customers with a term due")
    assert [row[1] for row in decided.rows] == [75, 15]


@pytest.mark.parametrize(("in_grace", "is_compared"), [(0, True), (1, False), (5, False)])
def test_renewal_rates_are_compared_only_where_no_term_is_in_grace(data: ScorecardData, in_grace: int, is_compared: bool) -> None:
    told = renewed(data, TERMS, terms=(100, 80, 60, 10, 8, 2, 20, in_grace))
    found = table(changed(told, decided_customers=80), "Compared")
    labels = {row[0] for row in found.rows}
    assert ({label_of("renewal_rate"), label_of("renewed_customers_rate")} <= labels) is is_compared
    assert label_of("terms_renewed_count") in labels
    assert (f"is over: {in_grace} term" in found.description) is not is_compared
    bars = renewals_page(told).bars
    assert bars is not None
    last = {series.name: series.values[-1] for series in bars.series}
    waiting = {heading_of("terms_in_grace_count"): in_grace} if in_grace else {}
    assert last == {heading_of("terms_renewed_count"): 80, heading_of("terms_not_renewed_count"): 20 - in_grace, **waiting}


def test_what_comes_due_is_told_for_the_company_s_own_days(data: ScorecardData) -> None:
    rows = table(renewed(data, TERMS), "Coming due").rows
    assert rows == (("within 30 days", 2, 1, money(20)), ("within 60 days", 4, 2, money(40)), ("within 90 days", 6, 3, money(60)))
    shorter = renewed(data, TERMS, due_days=(7,))
    assert [row[0] for row in table(shorter, "Coming due").rows] == ["within 7 days"]
    assert (
        renewals_lines(shorter)[-1].line
        == "Coming due: 2 terms come due within 7 days after the period, of 1 customer, worth EUR 20 a year."
    )
    assert [each.title for each in renewals_page(renewed(data, TERMS, due_days=())).tables if each.title == "Coming due"] == []


def test_reasons_for_staying_are_told_with_their_coverage_and_codes_not_mapped(data: ScorecardData) -> None:
    found = table(renewed(data, TERMS, *STAYING), "Why customers stay")
    assert [row[:3] for row in found.rows] == [
        ("They like it", 30, Share(30, 100)),
        ("not mapped: Z9", 10, Share(10, 100)),
        ("No reason known", 60, Share(60, 100)),
    ]
    assert found.description == (
        "A reason is known of 40 of 100 (40%) who stayed, and of 400.00 of 1,000.00 (40%) of their value (EUR). Asked at the occasion "
        "“renewal”; of several answers in the period the latest counts."
    )


def test_what_is_missing_is_said_with_the_way_to_supply_it(data: ScorecardData) -> None:
    open_ended, asked, unlisted = (
        renewed(data, CONTRACTS),
        renewed(data, CONTRACTS, TERMS, *STAYING),
        renewed(data, TERMS, *STAYING, staying_reason_labels={}),
    )
    assert [sentence.partition(".")[0] for sentence in renewals_page(open_ended).missing] == [
        "The contracts have no ends, so no term comes due",
        "No extract says why customers stay",
    ]
    assert renewals_page(asked).missing == ()
    assert renewals_page(unlisted).missing[0].startswith("definitions.yaml lists no `staying_reasons`")


def test_the_digest_tells_terms_repeat_buying_and_what_comes_due(data: ScorecardData) -> None:
    assert [each.line.partition(":")[0] for each in renewals_lines(renewed(data, TERMS, BUYING))] == [
        "Renewals",
        "Bought again",
        "Coming due",
    ]
