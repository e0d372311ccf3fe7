"""Relative value: how customers rate us beside the best competitor, and our share of what they spend in the category.

B. T. Gale, "Managing customer value" (1994), for the ratio; T. L. Keiningham, L. Aksoy, A. Buoye and B. Cooil, "Customer loyalty
isn't enough. Grow your share of wallet" (2011), for the wallet allocation rule: customers divide what they spend by the order in
which they like the brands that they use, so that a better place among fewer brands is worth more than a better score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from config.measures.relative_value import USED, share_of_wallet
from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.history import money_type
from tasks.customer_math.ledger.topics import NO, NO_COUNT, NO_MONEY, NOT_A_CUSTOMER, Topic
from tasks.customer_math.measures import Breakdown, Contribution, with_formulas, zero

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table

    from tasks.customer_math.ledger.topics import TopicContext

NOT_RANKED = "not ranked"
"""The place of us among the brands of whoever did not say it in the period."""
COLUMNS = {
    "has_compared_worth": NO,
    "own_points_count": NO_COUNT,
    "competitor_points_count": NO_COUNT,
    "has_ranked_brands": NO,
    "rank_among_brands": NOT_RANKED,
    "has_category_spend": NO,
    "category_spend_amount": NO_MONEY,
    "wallet_amount": NO_MONEY,
}


def write(context: TopicContext) -> Table | None:
    """A row for everybody who compared us with others in the period; none where no survey asks for it."""
    answers = context.history.comparisons
    if answers is None:
        return None
    inside = answers.filter(answers.answered_on.between(as_day(context.period.opens_on), as_day(context.period.closing_day)))
    compared = _latest(inside, inside.own_worth.notnull() & inside.competitor_worth.notnull(), "own_worth", "competitor_worth")
    ranked = _latest(inside, inside.brands_count.notnull() & inside.half_ranks.notnull(), "brands_count", "half_ranks", "spend_amount")
    joined = compared.outer_join(ranked, "customer_id")
    money = money_type(context.history.minor_units)
    spend, rank, brands = joined.spend_amount, joined.half_ranks.cast("float64") / 2, joined.brands_count.cast("float64")
    return joined.select(
        customer_id=ibis.coalesce(joined.customer_id, joined.customer_id_right),
        has_compared_worth=joined.own_worth.notnull(),
        own_points_count=joined.own_worth,
        competitor_points_count=joined.competitor_worth,
        has_ranked_brands=joined.brands_count.notnull(),
        rank_among_brands=_rank_label(joined),
        has_category_spend=spend.notnull(),
        category_spend_amount=spend,
        wallet_amount=(spend.cast("float64") * share_of_wallet(rank, brands)).round(context.history.minor_units).cast(money),
    )


def _latest(answers: Table, is_answered: BooleanValue, *columns: str) -> Table:
    """Of each customer the latest answer that says something; of several on one day the one whose key comes last."""
    given = answers.filter(is_answered & answers.customer_id.notnull())
    order = ibis.struct({"on": given.answered_on, "key": given.answer_id})
    whole = given.group_by("customer_id").agg(answer=ibis.struct({name: given[name] for name in columns}).argmax(order))
    return whole.select("customer_id", **{name: whole.answer[name] for name in columns})


def _rank_label(joined: Table) -> StringValue:
    whole = (joined.half_ranks // 2).cast("string")
    half = (joined.half_ranks % 2 == 1).ifelse(".5", "")
    return whole + half + ibis.literal(" of ") + joined.brands_count.cast("string")


def _of_customers(column: str) -> Contribution:
    """What a column says of the customers of the period, a yes as one; nobody else's answer counts."""

    def contribution(ledger: Table) -> ibis.expr.types.NumericValue:
        answer = ledger[column].cast("int64") if ledger[column].type().is_boolean() else ledger[column]
        nobody = zero(ledger) if column.endswith("_amount") else ibis.literal(0, type="int64")
        return (ledger.movement != NOT_A_CUSTOMER).ifelse(answer, nobody)

    return contribution


TOPIC = Topic(COLUMNS, write)
MEASURES = with_formulas(
    {
        "comparing_customers": _of_customers("has_compared_worth"),
        "own_points_count": _of_customers("own_points_count"),
        "competitor_points_count": _of_customers("competitor_points_count"),
        "ranking_customers": _of_customers("has_ranked_brands"),
        "spending_customers": _of_customers("has_category_spend"),
        "category_spend_amount": _of_customers("category_spend_amount"),
        "wallet_amount": _of_customers("wallet_amount"),
    }
)
SPLITS: tuple[Breakdown, ...] = (
    Breakdown(
        "rank_among_brands",
        "Our place among the brands",
        "Which place we have among the brands that a customer uses, such as 1 of 3.",
        lambda ledger: ledger.rank_among_brands,
        ("ranking_customers",),
        needs=USED,
    ),
)
