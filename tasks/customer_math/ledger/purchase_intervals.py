"""Habits: how often each customer usually buys, from the gaps between its own days of purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.spells import is_qualifying

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from config.topic_settings import Behaviour
    from tasks.customer_math.ledger.dates import PeriodDates

HABIT_COLUMNS = ("last_bought_on", "silent_days_count", "usual_gap_days_count")


def days_of_purchase(purchases: Table) -> Table:
    """The days on which each customer bought, with the days since its purchase before: customer_id, bought_on, gap_days.

    Several purchases on a day are one; a refund is none. The first day has no gap. What is bought later changes no row,
    so that the table serves every period.
    """
    bought = purchases.filter(is_qualifying(purchases))
    days = bought.select("customer_id", bought_on=bought.purchased_on).distinct()
    in_order = ibis.window(group_by="customer_id", order_by="bought_on")
    return days.mutate(gap_days=days.bought_on.delta(days.bought_on.lag().over(in_order), unit="day"))


def habits(days: Table, period: PeriodDates, behaviour: Behaviour) -> Table:
    """How each customer departs from its own habit: customer_id, HABIT_COLUMNS, is_silent_beyond_habit, has_shorter_gaps.

    The habit is the median of the gaps up to closing, of customers with at least so many gaps. Silent beyond it: the
    days since the last purchase are gap_rate times the habit or more, and not fewer than fewest_silent_days_count.
    Buys more often: in the period the gaps, on average, were no longer than the habit divided by gap_rate, and it is
    not silent beyond habit at closing.

    A customer who buys on 1 January, 31 January, 2 March and 1 April has a habit of 30 days; with a gap_rate of 1.5 it
    is silent beyond it from 16 May on.
    """
    opening, closing = as_day(period.opening_day), as_day(period.closing_day)
    days = days.filter(days.bought_on <= closing)
    is_inside = days.bought_on > opening
    by_customer = days.group_by("customer_id").agg(
        last_bought_on=days.bought_on.max(),
        # Twice the median is a whole number, so that it is compared exactly.
        twice_usual_days=(days.gap_days.median() * 2).cast("int64"),
        gaps_count=days.gap_days.count(),
        inside_count=days.gap_days.count(where=is_inside),
        inside_days=days.gap_days.sum(where=is_inside),
    )
    has_habit = by_customer.gaps_count >= behaviour.fewest_gaps_count
    rate = ibis.literal(behaviour.gap_rate)
    silent_days = closing.delta(by_customer.last_bought_on, unit="day")
    is_long = silent_days >= behaviour.fewest_silent_days_count
    is_silent = has_habit & is_long & (2 * silent_days >= rate * by_customer.twice_usual_days)
    is_sooner = (
        has_habit
        & (by_customer.inside_count > 0)
        & (2 * by_customer.inside_days * rate <= by_customer.twice_usual_days * by_customer.inside_count)
    )
    return by_customer.select(
        "customer_id",
        "last_bought_on",
        silent_days_count=silent_days,
        usual_gap_days_count=has_habit.ifelse(by_customer.twice_usual_days // 2, 0),
        is_silent_beyond_habit=is_silent,
        has_shorter_gaps=(is_sooner & ~is_silent).fill_null(False),
    )
