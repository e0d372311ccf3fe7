"""The question of new customers: how many came for the first time, what they brought, and by which channel and campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.first_purchases import first_purchases, with_acquisition
from tasks.customer_math.ledger.segments import NOT_RECORDED
from tasks.customer_math.ledger.topics import NO, NO_MONEY, Topic, TopicContext
from tasks.customer_math.measures import Breakdown, count_flag, sum_of, with_formulas

if TYPE_CHECKING:
    from ibis.expr.types import Table

COLUMNS = {
    "is_first_time": NO,
    "first_purchase_amount": NO_MONEY,
    "came_by_channel": NOT_RECORDED,
    "came_by_campaign": NOT_RECORDED,
}


def write(context: TopicContext) -> Table:
    """How each customer came, and of those who came for the first time ever what they brought on that day."""
    is_first_time = context.ledger.first_came_on >= as_day(context.period.opens_on)
    newcomers = context.ledger.filter(is_first_time).select("customer_id", "first_came_on")
    brought = first_purchases(context.history, newcomers)
    customers = context.ledger.select("customer_id", is_first_time=is_first_time)
    joined = customers.left_join(brought, "customer_id").drop("customer_id_right")
    return with_acquisition(joined, context.history, through=context.period.closing_day)


TOPIC = Topic(COLUMNS, write)
MEASURES = with_formulas(
    {
        "first_time_customers": count_flag("is_first_time"),
        "first_purchase_amount": sum_of("first_purchase_amount"),
    }
)
CAME = ("new_customers", "new_amount", *(measure.name for measure in MEASURES))
"""What is told apart by where new customers came from."""
SPLITS: tuple[Breakdown, ...] = (
    Breakdown(
        "channel",
        "Channel",
        "Where new customers came from, by their earliest lead, or by their earliest deal where there is no lead.",
        lambda ledger: ledger.came_by_channel,
        CAME,
        needs=("acquisitions.channel",),
    ),
    Breakdown(
        "campaign",
        "Campaign",
        "Which campaign brought new customers, by their earliest lead.",
        lambda ledger: ledger.came_by_campaign,
        CAME,
        needs=("acquisitions.campaign",),
    ),
)
