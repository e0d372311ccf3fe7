"""The funnel: of the prospects that marketing counted, how many were won, and how many ever became customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.segments import NOT_RECORDED

if TYPE_CHECKING:
    from datetime import date

    from ibis.expr.types import Table


def funnel(leads: Table | None, deals: Table | None, first_days: Table, *, through: date) -> Table:
    """By channel: channel, leads_count, won_count, customers_count (all through the day), won_later_count.

    A deal belongs to its lead's channel; one whose lead nobody knows counts by its own channel, without a lead.
    customers_count: prospects whose customer ever was one, by `first_days` (customer_id, first_came_on).
    """
    day = ibis.literal(through)
    prospects = _prospects(leads, deals, day=day).left_join(first_days, "customer_id")
    counted = {
        "leads_count": prospects.is_lead,
        "won_count": prospects.won_on <= day,
        "customers_count": prospects.first_came_on <= day,
        "won_later_count": prospects.won_on > day,
    }
    counts = {name: prospects.count(where=is_counted) for name, is_counted in counted.items()}
    return prospects.group_by(channel=prospects.channel.fill_null(NOT_RECORDED)).agg(**counts)


def _prospects(leads: Table | None, deals: Table | None, *, day: ibis.Value) -> Table:
    """Every prospect up to a day: is_lead, customer_id, channel (both may be empty), won_on (empty: not won)."""
    if leads is None:
        assert deals is not None, "a funnel is made of leads, of deals, or of both"
        return _without_lead(deals).filter(_.won_on <= day)
    counted = leads.filter(leads.created_on <= day).select("lead_id", "customer_id", "channel")
    if deals is None:
        return counted.select(is_lead=ibis.literal(True), customer_id="customer_id", channel="channel", won_on=ibis.null("date"))
    won = deals.filter(deals.lead_id.notnull()).group_by("lead_id").agg(won_on=_.won_on.min(), deal_customer_id=_.customer_id.min())
    joined = counted.left_join(won, "lead_id")
    customer = joined.customer_id.fill_null(joined.deal_customer_id)
    prospects = joined.select("channel", "won_on", is_lead=ibis.literal(True), customer_id=customer)
    strangers = _without_lead(deals.anti_join(leads, "lead_id")).filter(_.won_on <= day)
    columns = ("is_lead", "customer_id", "channel", "won_on")
    return prospects.select(*columns).union(strangers.select(*columns))


def _without_lead(deals: Table) -> Table:
    return deals.select("customer_id", "channel", "won_on", is_lead=ibis.literal(False))
