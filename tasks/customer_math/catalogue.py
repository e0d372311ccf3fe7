"""Every measure of the table with the formula that makes it from a period's ledger: what each customer contributes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.measures.table import RATES
from tasks.customer_math.measures import (
    Breakdown,
    Catalogue,
    Measure,
    change_of,
    count_flag,
    count_where,
    money_where,
    sum_of,
    sum_where,
    with_formulas,
)
from tasks.customer_math.topics import (
    acquisition,
    behaviour,
    behaviour_measures,
    departure_reasons,
    profit,
    referrals,
    relative_value,
    renewals,
    value_groups,
)

if TYPE_CHECKING:
    from ibis.expr.types import NumericValue, Table

    from tasks.customer_math.ledger.topics import Topic


def _came_in_amount(ledger: Table) -> NumericValue:
    return change_of("new")(ledger) + change_of("returned")(ledger) + ledger.in_and_out_amount


def _went_out_amount(ledger: Table) -> NumericValue:
    return sum_where("opening_amount", "left", "lapsed")(ledger) + ledger.in_and_out_amount


CUSTOMER_MEASURES = with_formulas(
    {
        "opening_customers": count_flag("is_active_at_opening"),
        "new_customers": count_where("new"),
        "returned_customers": count_where("returned"),
        "in_and_out_customers": count_where("in_and_out"),
        "customers_in": sum_of("in_count"),
        "left_customers": count_where("left"),
        "lapsed_customers": count_where("lapsed"),
        "customers_out": sum_of("out_count"),
        "net_customers": lambda ledger: ledger.in_count - ledger.out_count,
        "transferred_in_customers": count_flag("is_transferred"),
        "transferred_out_customers": count_flag("is_transferred"),
        "closing_customers": count_flag("is_active_at_closing"),
        "increased_customers": count_where("increased"),
        "decreased_customers": count_where("decreased"),
        "unchanged_customers": count_where("unchanged"),
        "out_and_back_customers": count_where("out_and_back"),
    }
)
MONEY = with_formulas(
    {
        "opening_amount": sum_of("opening_amount"),
        "new_amount": change_of("new"),
        "returned_amount": change_of("returned"),
        "in_and_out_amount": sum_of("in_and_out_amount"),
        "customers_in_amount": _came_in_amount,
        "increased_amount": change_of("increased"),
        "decreased_amount": change_of("decreased", sign=-1),
        "left_amount": sum_where("opening_amount", "left"),
        "lapsed_amount": sum_where("opening_amount", "lapsed"),
        "customers_out_amount": _went_out_amount,
        "retained_amount": money_where("opening_amount", "is_active_at_closing"),
        "unchanged_drift_amount": change_of("unchanged"),
        "out_and_back_amount": change_of("out_and_back"),
        "fx_effect_amount": sum_of("fx_effect_amount"),
        "transferred_in_amount": money_where("closing_amount", "is_transferred"),
        "transferred_out_amount": money_where("closing_amount", "is_transferred"),
        "net_amount": lambda ledger: ledger.closing_amount - ledger.opening_amount,
        "closing_amount": sum_of("closing_amount"),
    }
)
MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        *CUSTOMER_MEASURES,
        *MONEY,
        *acquisition.MEASURES,
        *departure_reasons.MEASURES,
        *renewals.MEASURES,
        *profit.MEASURES,
        *referrals.MEASURES,
        *behaviour_measures.MEASURES,
        *relative_value.MEASURES,
    )
}
TOPICS: tuple[Topic, ...] = (
    acquisition.TOPIC,
    departure_reasons.TOPIC,
    renewals.TOPIC,
    value_groups.TOPIC,
    profit.TOPIC,
    referrals.TOPIC,
    behaviour.TOPIC,
    relative_value.TOPIC,
)
"""What each question asks of every customer, beside how it moved."""
SPLITS: tuple[Breakdown, ...] = (
    *acquisition.SPLITS,
    *departure_reasons.SPLITS,
    *renewals.SPLITS,
    *value_groups.SPLITS,
    *referrals.SPLITS,
    *behaviour_measures.SPLITS,
    *relative_value.SPLITS,
)
CATALOGUE = Catalogue(MEASURES, tuple(rate for rate in RATES.values() if rate.is_published), SPLITS)
"""Everything that is measured on the ledger of a period."""
TREND_TOPICS = tuple(topic for topic in TOPICS if topic.is_in_trend)
"""What is asked of every customer in the periods that only the trend shows."""
TREND_CATALOGUE = CATALOGUE.only(
    {measure.name for measure in (*CUSTOMER_MEASURES, *MONEY, *renewals.MEASURES, *referrals.MEASURES)},
    {split.name for split in referrals.SPLITS},
).with_rates(CATALOGUE.rates)
"""What is measured on the ledger of a period that only the trend shows."""
