"""What marketing and service recorded, as History has it: where customers came from, what campaigns cost, who recommended, who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.history import OPEN_ENDED, in_company_currency, with_rate

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from config.definitions import Definitions


def acquisitions(leads: Table | None, deals: Table | None) -> Table | None:
    """How each customer first came in touch with us, from its earliest lead; from its earliest deal where it has no lead.

    Columns: customer_id, contacted_on, channel, campaign (both may be empty); one row a customer.
    """
    parts: list[Table] = []
    if leads is not None:
        parts.append(
            leads.select("customer_id", "channel", "campaign", contacted_on=leads.created_on, rank=ibis.literal(0), key=leads.record_key)
        )
    if deals is not None:
        nowhere = ibis.null("string")
        parts.append(
            deals.select("customer_id", "channel", campaign=nowhere, contacted_on=deals.won_on, rank=ibis.literal(1), key=deals.record_key)
        )
    if not parts:
        return None
    columns = ("customer_id", "channel", "campaign", "contacted_on", "rank", "key")
    every = ibis.union(*(part.select(*columns) for part in parts))
    identified = every.filter(every.customer_id.notnull())
    position = ibis.row_number().over(ibis.window(group_by="customer_id", order_by=["rank", "contacted_on", "key"]))
    return identified.mutate(place=position).filter(_.place == 0).select("customer_id", "contacted_on", "channel", "campaign")


def campaign_costs(accepted: Table, rates: Table, definitions: Definitions) -> Table:
    """What campaigns cost, as History has it, with currency; cost_amount empty: no rate for the day."""
    priced = with_rate(accepted, rates, on=accepted.spent_on)
    cost = in_company_currency(priced.cost_amount, priced.rate, minor_units=definitions.minor_units)
    return priced.select("campaign", "channel", "spent_on", "currency", cost_amount=cost)


def recorded_referrals(accepted: Table) -> Table:
    """Recommendations made and refused, as History has them."""
    return accepted.select("customer_id", "referred_customer_id", "referred_on", "reason_code", referral_id=_.record_key)


def opened_tickets(accepted: Table) -> Table:
    """Tickets, as History has them; one that nobody marked is no complaint."""
    open_on = accepted.closed_on.fill_null(ibis.literal(OPEN_ENDED))
    return accepted.select(
        "customer_id", "opened_on", "category", "stage", closed_on=open_on, is_complaint=accepted.is_complaint.fill_null(False)
    )


def comparisons_with_others(accepted: Table, rates: Table, definitions: Definitions) -> Table:
    """Answers about us and others, as History has them, with currency and has_spend; its amount without a rate for the day is empty."""
    answered = (accepted[name].notnull() for name in ("own_worth", "competitor_worth", "brands_count", "brand_rank"))
    priced = with_rate(accepted.filter(ibis.or_(*answered)), rates, on=accepted.answered_on)
    spend = in_company_currency(priced.category_spend_amount, priced.rate, minor_units=definitions.minor_units)
    return priced.select(
        "customer_id",
        "answered_on",
        "own_worth",
        "competitor_worth",
        "brands_count",
        "currency",
        answer_id=priced.record_key,
        half_ranks=(priced.brand_rank * 2).round().cast("int64"),
        spend_amount=spend,
        has_spend=priced.category_spend_amount.notnull(),
    )


def given_answers(accepted: Table) -> Table:
    """Answers to surveys, as History has them."""
    return accepted.select("customer_id", "answered_on", "score", "occasion", "reason_code")
