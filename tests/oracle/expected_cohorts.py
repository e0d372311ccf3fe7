"""The expected figures on intakes: customers by the month they came in, what they were worth at equal ages, what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Breakdown, CustomerMeasures
from expected_acquisition import NOT_RECORDED, added_up, first_cents, origin_breakdowns
from expected_ledger import spans
from expected_referrals import NOBODY, first_recommended
from expected_topics import rows_of
from tasks.sample.prospects import CAMPAIGNS, SOURCES, spending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counted_events import CountedEvents
    from expected_ledger import Span
    from expected_topics import ExpectedRow
    from tasks.sample.random_numbers import Flags, Numbers

COHORT_PERIODS = ("2026-Q3", "2026-W38")
"""The periods as of whose end cohorts are expected: one that ends with a month, one inside of a month."""
AGES, HORIZON, MONTHS_OF_AN_AGE = (30, 90, 365), 180, 13
PAID_BACK_AGES = (*range(30, 361, 30), 365)
NOT_YET = -1


@dataclass(frozen=True)
class CostRow:
    """What one intake cost and brought, whole or by one way; amounts in cents."""

    period: str
    intake: str
    cost_by: str
    name: str
    customers_count: int
    cost_cents: int
    brought_cents: int
    looked_at_days: int
    paid_back_days: int


@dataclass(frozen=True)
class _Months:
    """The intakes of a period: months since 1970, and the day on which each ends."""

    closing: int
    first: int
    last: int

    def reached(self, days: int) -> int:
        """The latest month of which everyone came so many days before the period ended."""
        return _month(np.array([self.closing - days + 1]))[0] - 1

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(str(np.datetime64(month, "M")) for month in range(self.first, self.last + 1))


def cohort_rows(events: CountedEvents) -> Iterator[ExpectedRow]:
    """Every figure of the intakes, as periods end."""
    for span in spans():
        if span.name in COHORT_PERIODS:
            yield from rows_of(events, span, _measures(events, _months(span)))


def _month(days: Numbers) -> Numbers:
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64)


def _months(span: Span) -> _Months:
    last = int(_month(np.array([span.closes_on]))[0]) - 1
    closing = span.closes_on - 1
    oldest = _Months(closing, 0, last).reached(AGES[-1])
    return _Months(closing, oldest - MONTHS_OF_AN_AGE + 1, last)


def _measures(events: CountedEvents, months: _Months) -> CustomerMeasures:
    month = _month(events.first_started_on)
    is_in = (month >= months.first) & (month <= months.last)
    is_observed = is_in & (month <= months.reached(HORIZON))
    measures = {
        "intake_customers": is_in,
        "intake_first_purchase_amount": first_cents(events) * is_in,
        "intake_horizon_customers": is_observed,
        "intake_second_customers": is_observed & _came_again(events),
    }
    for days in AGES:
        reached = is_in & (month <= months.reached(days))
        measures[f"intake_reached_{days}_customers"] = reached
        measures[f"intake_stayed_{days}_customers"] = reached & _is_one_after(events, days)
        measures[f"intake_value_{days}_amount"] = _value(events, days) * reached
    whole = {name: values.astype(np.int64) for name, values in measures.items()}
    by_month = Breakdown(months.names, np.where(is_in, month - months.first, 0), tuple(whole))
    referrer, since = first_recommended(events.recommendations, count=events.customers_count)
    is_other = (referrer == NOBODY) | (since > events.first_started_on)
    referral = Breakdown(("referred", "others"), is_other.astype(np.int64), tuple(whole))
    return CustomerMeasures(whole, {"intake": by_month, "came_by_referral": referral, **origin_breakdowns(events, tuple(whole))})


def _ages(events: CountedEvents) -> tuple[Numbers, Numbers]:
    """How old each customer was at each purchase, and at the start of each contract, in days."""
    return events.bought_on - events.first_started_on[events.buyer], events.starts_on - events.first_started_on[events.holder]


def _came_again(events: CountedEvents) -> Flags:
    at_purchase, at_start = _ages(events)
    again = np.zeros(events.customers_count, dtype=bool)
    again[events.buyer[(events.bought_cents > 0) & (at_purchase >= 1) & (at_purchase <= HORIZON)]] = True
    again[events.holder[(at_start >= 1) & (at_start <= HORIZON)]] = True
    return again


def _is_one_after(events: CountedEvents, days: int) -> Flags:
    spells, one = events.spells, np.zeros(events.customers_count, dtype=bool)
    day = events.first_started_on[spells.customer] + days
    one[spells.customer[(spells.started_on <= day) & (spells.ended_on > day)]] = True
    return one


def _value(events: CountedEvents, days: int) -> Numbers:
    """Bought in the first days, and of contracts so many 365ths of a year, rounded a contract."""
    at_purchase, at_start = _ages(events)
    early = (at_purchase >= 0) & (at_purchase < days)
    annual = events.rates.in_euro(events.annual_cents, currency=events.currency, day=events.starts_on)
    covered = np.maximum(np.minimum(events.ends_on - events.first_started_on[events.holder], days) - at_start, 0)
    part = (2 * annual * covered + 365) // 730
    return added_up(events, events.buyer[early], events.bought_cents[early]) + added_up(events, events.holder, part)


def _goods(events: CountedEvents, days: int) -> Numbers:
    at_purchase, _ = _ages(events)
    early = (at_purchase >= 0) & (at_purchase < days)
    return added_up(events, events.buyer[early], events.cost_cents[early])


def cost_rows(events: CountedEvents) -> Iterator[CostRow]:
    """What every intake cost, whole and by every channel and campaign, and when it had brought as much."""
    brought = {days: _value(events, days) - _goods(events, days) for days in PAID_BACK_AGES}
    for span in spans():
        if span.name in COHORT_PERIODS:
            for group in _groups(events):
                yield from _cost_rows(events, span, group=group, brought=brought)


@dataclass(frozen=True)
class _Group:
    """Customers who came by one way, and the costs of that way."""

    cost_by: str
    name: str
    is_theirs: Flags
    cents: Numbers


def _groups(events: CountedEvents) -> Iterator[_Group]:
    """Everyone; then by channel and by campaign, those of whom none is recorded last."""
    spent, by_origin = spending(), origin_breakdowns(events, ())
    yield _Group("all", "all", np.ones(events.customers_count, dtype=bool), spent.cents)
    for cost_by, names in (("channel", SOURCES), ("campaign", CAMPAIGNS)):
        for position, name in enumerate((*names, NOT_RECORDED)):
            yield _Group(cost_by, name, by_origin[cost_by].part == position, spent.cents * (spent.campaign == position))


def _cost_rows(events: CountedEvents, span: Span, *, group: _Group, brought: dict[int, Numbers]) -> Iterator[CostRow]:
    months, came, spent_in = _months(span), _month(events.first_started_on), _month(spending().monday)
    for month, name in zip(range(months.first, months.last + 1), months.names, strict=True):
        is_in, cost = group.is_theirs & (came == month), int(group.cents[spent_in == month].sum())
        reached = {days: int(brought[days][is_in].sum()) for days in PAID_BACK_AGES if month <= months.reached(days)}
        paid = [days for days, amount in reached.items() if 0 < cost <= amount]
        last = max(reached, default=0)
        if cost or is_in.any():
            brought_cents, paid_on = reached.get(last, 0), paid[0] if paid else NOT_YET
            yield CostRow(span.name, name, group.cost_by, group.name, int(is_in.sum()), cost, brought_cents, last, paid_on)
