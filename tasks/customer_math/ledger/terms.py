"""Terms of contracts: which came due, how each was followed, and what comes due next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day, later
from tasks.customer_math.ledger.history import agreements, in_company_currency, money_type, with_rate
from tasks.customer_math.ledger.value import is_covered, rates_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import Table

    from config.topic_settings import Departing
    from tasks.customer_math.ledger.dates import Day, PeriodDates
    from tasks.customer_math.ledger.history import History

Outcome = Literal["on_time", "early", "beside", "late", "not_renewed"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
RENEWED: tuple[Outcome, ...] = ("on_time", "early", "beside", "late")
"""How a term is followed: a contract starts on its end; one that started within it goes on; one that is at least as old goes on;
one starts within the grace days; none of these."""


def terms_due(history: History, period: PeriodDates, *, grace_days: int, departing: Departing) -> Table:
    """The terms whose end falls in the period, with how each is followed.

    Columns: customer_id, starts_on, ends_on, terms_count (alike terms are one row), amount (annual, at the rate of the
    last covered day), outcome, grace_ends_on (the first day on which the grace is over), is_in_grace (not renewed, the grace
    is not over on the last day that the extracts cover, and no departure is recorded of it).

    Contracts that are known today count, whenever they start: one that starts after the period, within the grace of a
    term, makes it renewed late. Nothing later than the last grace day changes a period that is over; until then each further
    day that the extracts cover decides terms. The last version of a
    term says what it is worth, deductions taken off; a term that another version replaced before its end has not come due.
    """
    assert history.contracts is not None
    opens_on, closing = as_day(period.opens_on), as_day(period.closing_day)
    covering = history.contracts.filter(_.starts_on < _.ends_on)
    due = covering.filter(covering.ends_on.between(opens_on, closing) & (covering.ends_on == covering.due_on))
    due = due.mutate(starts_on=due.term_starts_on, is_term=(~due.is_deduction).cast("int64"))
    priced = with_rate(due, history.rates, on=later(due.ends_on, -1))
    amount = in_company_currency(priced.annual_amount, priced.rate, minor_units=history.minor_units)
    alike = priced.group_by("customer_id", "starts_on", "ends_on").agg(
        terms_count=priced.is_term.sum(), amount=amount.sum().cast(money_type(history.minor_units))
    )
    alike = alike.filter(alike.terms_count > 0)
    followed = _with_outcome(alike, agreements(covering), grace_days=grace_days)
    followed = followed.mutate(grace_ends_on=later(followed.ends_on, grace_days))
    data_through = closing if history.data_through is None else as_day(history.data_through)
    is_open = (followed.outcome == "not_renewed") & (followed.grace_ends_on > data_through)
    if history.departures is None:
        return followed.mutate(is_in_grace=is_open)
    noticed = _with_notice(followed, history.departures, departing=departing)
    return noticed.mutate(is_in_grace=is_open & ~noticed.has_notice).drop("has_notice")


def _with_notice(due: Table, departures: Table, *, departing: Departing) -> Table:
    """Whether a departure is recorded in the days around each term's end that are about it, as where its customer goes on its end."""
    recorded = departures.select("customer_id", "departed_on")
    both = due.select("customer_id", "starts_on", "ends_on").join(recorded, "customer_id")
    from_on = ibis.greatest(later(both.ends_on, -departing.reason_before_days), both.starts_on)
    around = both.filter(both.departed_on.between(from_on, later(both.ends_on, departing.reason_after_days)))
    notices = around.select("customer_id", "starts_on", "ends_on").distinct().mutate(has_notice=True)
    joined = due.left_join(notices, ["customer_id", "starts_on", "ends_on"])
    return joined.select(*due.columns, has_notice=joined.has_notice.fill_null(False))


def _with_outcome(due: Table, covering: Table, *, grace_days: int) -> Table:
    """How each term is followed by the customer's other contracts; what runs on the day of the end comes before what starts later."""
    others = covering.select("customer_id", next_starts_on="term_starts_on", next_ends_on="term_ends_on")
    both = due.join(others, "customer_id")
    both = both.filter((both.next_ends_on > both.ends_on) & (both.next_starts_on <= later(both.ends_on, grace_days)))
    flags = both.group_by("customer_id", "starts_on", "ends_on").agg(
        is_on_time=(both.next_starts_on == both.ends_on).any(),
        is_early=((both.next_starts_on < both.ends_on) & (both.next_starts_on > both.starts_on)).any(),
        is_beside=(both.next_starts_on <= both.starts_on).any(),
    )
    joined = due.left_join(flags, ["customer_id", "starts_on", "ends_on"])
    outcome = ibis.cases(
        (joined.is_on_time.isnull(), "not_renewed"),
        (joined.is_on_time, "on_time"),
        (joined.is_early, "early"),
        (joined.is_beside, "beside"),
        else_="late",
    )
    return joined.select(*due.columns, outcome=outcome)


def due_ahead(history: History, closing_day: Day, *, within_days: Sequence[int]) -> Table:
    """The terms that run on a period's last day and end soon after, by customer, for each number of days.

    Columns: customer_id, next_due_on (the first of the ends) and, for every place in the list from 1, ahead_1_count and
    ahead_1_amount (annual, at the rate of the last day). The days are counted from the day after; 60 holds what 30 holds.
    """
    assert history.contracts is not None
    closing = as_day(closing_day)
    running = history.contracts.filter(is_covered(history.contracts, closing))
    soon = running.filter(running.due_on <= later(closing, max(within_days)))
    priced = soon.left_join(rates_on(history.rates, closing), "currency")
    amount = in_company_currency(priced.annual_amount, priced.rate, minor_units=history.minor_units)
    money = money_type(history.minor_units)
    sums: dict[str, ibis.Value] = {"next_due_on": priced.due_on.min(where=~priced.is_deduction)}
    for position, days in enumerate(within_days, start=1):
        is_within = priced.due_on <= later(closing, days)
        sums[f"ahead_{position}_count"] = (is_within & ~priced.is_deduction).sum()
        sums[f"ahead_{position}_amount"] = amount.sum(where=is_within).cast(money)
    return priced.group_by("customer_id").agg(**sums)
