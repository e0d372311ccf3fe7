"""The expected figures on value groups: what customers brought and cost, and who rose, fell, came and went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Breakdown, CustomerMeasures
from expected_ledger import IN_AND_OUT, LAPSED, LEFT, NEW, NONE, RETURNED, agreed_on, bought_by, is_customer
from tasks.sample.assumptions import TICKET_CENTS
from tasks.sample.rates import RATE_DIGITS
from tasks.sample.scenario import day_number

if TYPE_CHECKING:
    from counted_events import CountedEvents
    from expected_ledger import Ledger, Span
    from tasks.sample.random_numbers import Flags, Numbers

GROUPS = ("Gold", "Silver", "Bronze")
BEST_IN_TEN = (1, 4)
"""How many in ten were Gold, and how many Gold or Silver, when the year opened."""
NOWHERE = len(GROUPS)
"""The place of those who are in no group: not a customer at opening, or out at closing."""
YEAR_DAYS = 365


@dataclass(frozen=True)
class _Last:
    """The last customer of a group, when the year opened."""

    cents: int
    customer: int

    def is_reached(self, cents: Numbers) -> Flags:
        """Whether customers worth so much rank at or before it."""
        number = np.arange(len(cents))
        return (cents > self.cents) | ((cents == self.cents) & (number <= self.customer))


def measures_of(events: CountedEvents, period_ledger: Ledger) -> CustomerMeasures:
    """Revenue, costs and profit, and customers and value at both ends, by value group and by migration."""
    at_opening, at_closing = _ends(period_ledger)
    last = _cut(events, _year_opening(period_ledger.span))
    opening, closing, brought = (
        _groups(cents, last) for cents in (period_ledger.opening_cents, period_ledger.closing_cents, period_ledger.brought_cents)
    )
    gone = np.where(at_opening, opening, np.where(period_ledger.movement == IN_AND_OUT, brought, NOWHERE))
    value_group = np.where(at_closing, closing, gone)
    migration = np.where(at_opening, opening, NOWHERE) * (NOWHERE + 1) + np.where(at_closing, closing, NOWHERE)
    moved, earned = _moved(period_ledger, at_opening, at_closing), _earned(events, period_ledger.span)
    breakdowns = {
        "value_group": Breakdown((*GROUPS, "not a customer"), value_group, (*BY_GROUP, *earned)),
        "migration": Breakdown(_migration_names(), migration, AT_BOTH_ENDS),
    }
    return CustomerMeasures({**moved, **earned}, breakdowns)


AT_BOTH_ENDS = ("opening_customers", "closing_customers", "opening_amount", "closing_amount", "net_amount")
BY_GROUP = ("customers_in", "customers_in_amount", "customers_out", "customers_out_amount", "closing_customers", "closing_amount")


def _migration_names() -> tuple[str, ...]:
    return tuple(f"{start} → {end}" for start in (*GROUPS, "not a customer") for end in (*GROUPS, "out"))


def _ends(period_ledger: Ledger) -> tuple[Flags, Flags]:
    """Who was a customer at opening, and who is one at closing."""
    is_gone = np.isin(period_ledger.movement, (LEFT, LAPSED, IN_AND_OUT, NONE))
    return ~np.isin(period_ledger.movement, (NEW, RETURNED, IN_AND_OUT, NONE)), ~is_gone


def opening_groups(events: CountedEvents, period_ledger: Ledger) -> Numbers:
    """The value group of each customer by what it was worth at opening; its place in GROUPS."""
    return _groups(period_ledger.opening_cents, _cut(events, _year_opening(period_ledger.span)))


def _year_opening(span: Span) -> int:
    last_day = date.fromordinal(date(1970, 1, 1).toordinal() + span.closes_on - 1)
    return day_number(date(last_day.year, 1, 1)) - 1


def _cut(events: CountedEvents, day: int) -> list[_Last]:
    """The last customer of each group but the last, in order of value and then of number."""
    customer = np.flatnonzero(is_customer(events, day))
    cents = (bought_by(events, day) + agreed_on(events, day, rate_day=day))[customer]
    best_first = np.lexsort((customer, -cents))
    ends = (-(-len(customer) * in_ten // 10) - 1 for in_ten in BEST_IN_TEN)
    return [_Last(int(cents[best_first[end]]), int(customer[best_first[end]])) for end in ends]


def _groups(cents: Numbers, last: list[_Last]) -> Numbers:
    gold, silver = (one.is_reached(cents) & (cents >= 0) for one in last)
    return np.where(gold, 0, np.where(silver, 1, 2))


def _moved(period_ledger: Ledger, at_opening: Flags, at_closing: Flags) -> dict[str, Numbers]:
    came = np.isin(period_ledger.movement, (NEW, RETURNED, IN_AND_OUT))
    went = np.isin(period_ledger.movement, (LEFT, LAPSED, IN_AND_OUT))
    arrived = np.where(period_ledger.movement == IN_AND_OUT, 0, period_ledger.closing_cents - period_ledger.fx_cents)
    return {
        "opening_customers": at_opening.astype(np.int64),
        "closing_customers": at_closing.astype(np.int64),
        "opening_amount": period_ledger.opening_cents,
        "closing_amount": period_ledger.closing_cents,
        "net_amount": period_ledger.closing_cents - period_ledger.opening_cents,
        "customers_in": came.astype(np.int64),
        "customers_in_amount": np.where(came, arrived + period_ledger.brought_cents, 0),
        "customers_out": went.astype(np.int64),
        "customers_out_amount": np.where(went, period_ledger.opening_cents + period_ledger.brought_cents, 0),
    }


def _earned(events: CountedEvents, span: Span) -> dict[str, Numbers]:
    """What each customer brought and cost from the first to the last day of a period."""
    first, after = np.searchsorted(events.bought_on, [span.opens_on, span.closes_on])
    count = events.customers_count

    def bought(cents: Numbers) -> Numbers:
        return np.bincount(events.buyer[first:after], weights=cents[first:after], minlength=count).astype(np.int64)

    purchases, goods, contracts = bought(events.bought_cents), bought(events.cost_cents), _contracts(events, span)
    opened = events.requester[(events.requested_on >= span.opens_on) & (events.requested_on < span.closes_on)]
    tickets = np.bincount(opened, minlength=count).astype(np.int64)
    return {
        "revenue_amount": purchases + contracts,
        "purchases_amount": purchases,
        "contracts_amount": contracts,
        "cost_of_goods_amount": goods,
        "uncosted_amount": contracts,
        "tickets_count": tickets,
        "cost_to_serve_amount": tickets * TICKET_CENTS,
        "profit_amount": purchases + contracts - goods - tickets * TICKET_CENTS,
    }


def _contracts(events: CountedEvents, span: Span) -> Numbers:
    """What contracts earned on their days in a period, each rounded once, at the rate of the opening or of its first day."""
    days = np.minimum(events.ends_on, span.closes_on) - np.maximum(events.starts_on, span.opens_on)
    runs = (days > 0) & (events.starts_on < events.ends_on)
    rate = events.rates.on(events.currency[runs], np.maximum(events.starts_on[runs], span.opens_on - 1))
    exact, of = events.annual_cents[runs] * rate * days[runs], YEAR_DAYS * RATE_DIGITS
    cents = (2 * exact + of) // (2 * of)
    return np.bincount(events.holder[runs], weights=cents, minlength=events.customers_count).astype(np.int64)
