"""Every measure of the table with the formula that makes it from a period's ledger: what each customer contributes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.measures.table import RATES
from tasks.customer_math import acquisition, behaviour, behaviour_measures, groups, profit, reasons, referrals, renewals
from tasks.customer_math.measures import (
    Catalogue,
    Measure,
    Split,
    change_of,
    counted_in,
    flagged,
    heads_of,
    money_of,
    money_where,
    with_formulas,
)

if TYPE_CHECKING:
    from ibis.expr.types import NumericValue, Table

    from tasks.customer_math.chapters import Chapter


def _came_in_amount(ledger: Table) -> NumericValue:
    return change_of("new")(ledger) + change_of("returned")(ledger) + ledger.in_and_out_amount


def _went_out_amount(ledger: Table) -> NumericValue:
    return money_of("opening_amount", "left", "lapsed")(ledger) + ledger.in_and_out_amount


HEADS = with_formulas(
    {
        "opening_customers": flagged("is_active_at_opening"),
        "new_customers": heads_of("new"),
        "returned_customers": heads_of("returned"),
        "in_and_out_customers": heads_of("in_and_out"),
        "customers_in": counted_in("in_count"),
        "left_customers": heads_of("left"),
        "lapsed_customers": heads_of("lapsed"),
        "customers_out": counted_in("out_count"),
        "net_customers": lambda ledger: ledger.in_count - ledger.out_count,
        "transferred_in_customers": flagged("is_transferred"),
        "transferred_out_customers": flagged("is_transferred"),
        "closing_customers": flagged("is_active_at_closing"),
        "increased_customers": heads_of("increased"),
        "decreased_customers": heads_of("decreased"),
        "unchanged_customers": heads_of("unchanged"),
        "out_and_back_customers": heads_of("out_and_back"),
    }
)
MONEY = with_formulas(
    {
        "opening_amount": counted_in("opening_amount"),
        "new_amount": change_of("new"),
        "returned_amount": change_of("returned"),
        "in_and_out_amount": counted_in("in_and_out_amount"),
        "customers_in_amount": _came_in_amount,
        "increased_amount": change_of("increased"),
        "decreased_amount": change_of("decreased", sign=-1),
        "left_amount": money_of("opening_amount", "left"),
        "lapsed_amount": money_of("opening_amount", "lapsed"),
        "customers_out_amount": _went_out_amount,
        "unchanged_drift_amount": change_of("unchanged"),
        "out_and_back_amount": change_of("out_and_back"),
        "fx_effect_amount": counted_in("fx_effect_amount"),
        "transferred_in_amount": money_where("closing_amount", "is_transferred"),
        "transferred_out_amount": money_where("closing_amount", "is_transferred"),
        "net_amount": lambda ledger: ledger.closing_amount - ledger.opening_amount,
        "closing_amount": counted_in("closing_amount"),
    }
)
MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        *HEADS,
        *MONEY,
        *acquisition.MEASURES,
        *reasons.MEASURES,
        *renewals.MEASURES,
        *profit.MEASURES,
        *referrals.MEASURES,
        *behaviour_measures.MEASURES,
    )
}
CHAPTERS: tuple[Chapter, ...] = (
    acquisition.CHAPTER,
    reasons.CHAPTER,
    renewals.CHAPTER,
    groups.CHAPTER,
    profit.CHAPTER,
    referrals.CHAPTER,
    behaviour.CHAPTER,
)
"""What each question asks of every customer, beside how it moved."""
SPLITS: tuple[Split, ...] = (
    *acquisition.SPLITS,
    *reasons.SPLITS,
    *renewals.SPLITS,
    *groups.SPLITS,
    *referrals.SPLITS,
    *behaviour_measures.SPLITS,
)
CATALOGUE = Catalogue(MEASURES, tuple(rate for rate in RATES.values() if rate.is_published), SPLITS)
"""Everything that is measured on the ledger of a period."""
