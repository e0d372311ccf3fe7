"""The expected ledger: what a right scorecard of the demo company says, counted from the scenario by plain day arithmetic.

Nothing here knows how the real ledger is computed: spells come from the scenario, not from the orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasks.sample.assumptions import CHANNELS, CUSTOMER_TYPES, REGIONS, TOLERANCE_CENTS, VALUE_DAYS
from tasks.sample.scenario import day_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counted_events import CountedEvents
    from tasks.sample.random_numbers import Flags, Numbers
    from tasks.sample.scenario import Spells

MOVEMENTS = ("new", "returned", "left", "lapsed", "in_and_out", "out_and_back", "increased", "decreased", "unchanged")
NEW, RETURNED, LEFT, LAPSED, IN_AND_OUT, OUT_AND_BACK, INCREASED, DECREASED, UNCHANGED = range(9)
NONE = -1
"""Not a customer on any day from the day before the period opens."""
SEGMENTS = {"region": REGIONS, "customer_type": CUSTOMER_TYPES, "sales_channel": CHANNELS}


@dataclass(frozen=True)
class Span:
    """One period: its name, its first day and the first day after it."""

    name: str
    opens_on: int
    closes_on: int


@dataclass(frozen=True)
class Ledger:
    """How each customer touches one period, and its money in cents."""

    span: Span
    movement: Numbers
    opening_cents: Numbers
    closing_cents: Numbers
    fx_cents: Numbers
    brought_cents: Numbers


@dataclass(frozen=True)
class LedgerRow:
    """The figures of one group in one period."""

    period: str
    segment_by: str
    segment: str
    figures: dict[str, int]
    """Customers as they are; amounts, named `_amount`, in cents."""


def spans() -> Iterator[Span]:
    """The periods whose figures are expected."""
    for year in (2023, 2024, 2025):
        yield _span(f"{year}", opens_on=date(year, 1, 1), closes_on=date(year + 1, 1, 1))
    for quarter in range(4 * 2023, 4 * 2026 + 3):
        yield _span(f"{quarter // 4}-Q{quarter % 4 + 1}", opens_on=_month(3 * quarter), closes_on=_month(3 * quarter + 3))
    for month in range(12 * 2025 + 6, 12 * 2026 + 9):
        yield _span(f"{_month(month):%Y-%m}", opens_on=_month(month), closes_on=_month(month + 1))
    for week in range(27, 41):
        monday = date.fromisocalendar(2026, week, 1)
        yield _span(f"2026-W{week}", opens_on=monday, closes_on=monday + timedelta(days=7))


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _span(name: str, *, opens_on: date, closes_on: date) -> Span:
    return Span(name, day_number(opens_on), day_number(closes_on))


def ledger(events: CountedEvents, span: Span) -> Ledger:
    """How each customer touches the period: movement, and value at both ends."""
    opening, closing = span.opens_on - 1, span.closes_on - 1
    at_opening, at_closing = is_customer(events, opening), is_customer(events, closing)
    bought = bought_by(events, closing) * at_closing
    opening_cents = (bought_by(events, opening) + agreed_on(events, opening, rate_day=opening)) * at_opening
    closing_cents = bought + agreed_on(events, closing, rate_day=closing) * at_closing
    at_opening_rates = bought + agreed_on(events, closing, rate_day=opening) * at_closing
    last = last_spells_ended(events, span)
    stay = _movement_of_those_who_stay(at_opening_rates - opening_cents, last)
    going = np.where(at_opening, _departure_movements(events, last), np.where(_are_among(events, last.customer), IN_AND_OUT, NONE))
    coming = np.where(events.first_started_on >= span.opens_on, NEW, RETURNED)
    movement = np.where(at_closing, np.where(at_opening, stay, coming), going)
    brought = _brought(events, last.at(movement[last.customer] == IN_AND_OUT))
    return Ledger(span, movement, opening_cents, closing_cents, closing_cents - at_opening_rates, brought)


def _movement_of_those_who_stay(change: Numbers, last: Spells) -> Numbers:
    movement = np.where(change > TOLERANCE_CENTS, INCREASED, np.where(change < -TOLERANCE_CENTS, DECREASED, UNCHANGED))
    movement[last.customer] = OUT_AND_BACK
    return movement


def _departure_movements(events: CountedEvents, last: Spells) -> Numbers:
    movement = np.full(events.customers_count, LAPSED)
    movement[last.customer] = np.where(last.is_end_reported, LEFT, LAPSED)
    return movement


def _are_among(events: CountedEvents, customer: Numbers) -> Flags:
    among = np.zeros(events.customers_count, dtype=bool)
    among[customer] = True
    return among


def is_customer(events: CountedEvents, day: int) -> Flags:
    """Whether each is a customer on a day."""
    active = np.zeros(events.customers_count, dtype=bool)
    active[events.spells.customer[(events.spells.started_on <= day) & (events.spells.ended_on > day)]] = True
    return active


def last_spells_ended(events: CountedEvents, span: Span) -> Spells:
    """The last spell of each customer that was going on after the opening day and ended inside the period."""
    ended = events.spells.at((events.spells.ended_on >= span.opens_on) & (events.spells.ended_on < span.closes_on))
    is_last = np.append(ended.customer[1:] != ended.customer[:-1], True)[: len(ended.customer)]
    return ended.at(is_last)


def bought_by(events: CountedEvents, day: int) -> Numbers:
    """What each had bought in the value days up to a day, refunds taken off."""
    first, after = np.searchsorted(events.bought_on, [day - VALUE_DAYS + 1, day + 1])
    return _sum_by(events.buyer[first:after], events.bought_cents[first:after], count=events.customers_count)


def agreed_on(events: CountedEvents, day: int, *, rate_day: int) -> Numbers:
    """What each has agreed to pay in a year by the contracts of a day, at the rates of a day."""
    held = (events.starts_on <= day) & (events.ends_on > day)
    cents = events.rates.in_euro(events.annual_cents[held], currency=events.currency[held], day=rate_day)
    return _sum_by(events.holder[held], cents, count=events.customers_count)


def _brought(events: CountedEvents, last: Spells) -> Numbers:
    """What those who came and went were worth on their last day."""
    last_day = np.zeros(events.customers_count, dtype=np.int64)
    last_day[last.customer] = last.ended_on - 1
    bought_until, held_on = last_day[events.buyer], last_day[events.holder]
    recent = (bought_until > 0) & (events.bought_on <= bought_until) & (events.bought_on > bought_until - VALUE_DAYS)
    held = (held_on > 0) & (events.starts_on <= held_on) & (events.ends_on > held_on)
    cents = events.rates.in_euro(events.annual_cents[held], currency=events.currency[held], day=held_on[held])
    value = _sum_by(events.buyer[recent], events.bought_cents[recent], count=events.customers_count)
    return value + _sum_by(events.holder[held], cents, count=events.customers_count)


def _sum_by(group: Numbers, cents: Numbers, *, count: int) -> Numbers:
    """Sums by group: whole cents far below 2**53, so the sums are exact."""
    return np.bincount(group, weights=cents, minlength=count).astype(np.int64)


def ledger_rows(events: CountedEvents, period_ledger: Ledger) -> Iterator[LedgerRow]:
    """The figures of a period, for the whole and for every group."""
    touched = np.flatnonzero(period_ledger.movement != NONE)
    yield from _rows_by(period_ledger, touched, grouping=("all", ("all",), np.zeros(len(touched), dtype=np.int64)))
    for name, choices in SEGMENTS.items():
        yield from _rows_by(period_ledger, touched, grouping=(name, tuple(choice.name for choice in choices), events.groups[name][touched]))


def _rows_by(period_ledger: Ledger, touched: Numbers, *, grouping: tuple[str, tuple[str, ...], Numbers]) -> Iterator[LedgerRow]:
    """A grouping: its name, its groups' names, and each customer's group."""
    segment_by, segments, group = grouping
    position = group * len(MOVEMENTS) + period_ledger.movement[touched]

    def by_group(cents: Numbers) -> list[list[int]]:
        return _sum_by(position, cents, count=len(segments) * len(MOVEMENTS)).reshape(-1, len(MOVEMENTS)).tolist()

    amounts = (period_ledger.opening_cents, period_ledger.closing_cents, period_ledger.fx_cents, period_ledger.brought_cents)
    tables = [by_group(np.ones(len(touched), dtype=np.int64)), *(by_group(cents[touched]) for cents in amounts)]
    for number, segment in enumerate(segments):
        yield LedgerRow(period_ledger.span.name, segment_by, segment, _figures(*(_Parts(*table[number]) for table in tables)))


class _Parts(NamedTuple):
    """A number for each movement."""

    new: int
    returned: int
    left: int
    lapsed: int
    in_and_out: int
    out_and_back: int
    increased: int
    decreased: int
    unchanged: int


def _figures(count: _Parts, *money: _Parts) -> dict[str, int]:
    opening, closing, fx, brought = money
    moved = _Parts(*(after - rates - before for before, after, rates in zip(opening, closing, fx, strict=True)))
    stays = count.out_and_back + count.increased + count.decreased + count.unchanged
    came, went = count.new + count.returned + count.in_and_out, count.left + count.lapsed + count.in_and_out
    return {
        "opening_customers": count.left + count.lapsed + stays,
        **{f"{name}_customers": heads for name, heads in count._asdict().items()},
        "customers_in": came,
        "customers_out": went,
        "net_customers": came - went,
        "closing_customers": count.new + count.returned + stays,
        "opening_amount": sum(opening),
        "new_amount": moved.new,
        "returned_amount": moved.returned,
        "left_amount": -moved.left,
        "lapsed_amount": -moved.lapsed,
        "in_and_out_amount": brought.in_and_out,
        "customers_in_amount": moved.new + moved.returned + brought.in_and_out,
        "customers_out_amount": brought.in_and_out - moved.left - moved.lapsed,
        "increased_amount": moved.increased,
        "decreased_amount": -moved.decreased,
        "retained_amount": sum(opening) + moved.left + moved.lapsed,
        "unchanged_drift_amount": moved.unchanged,
        "out_and_back_amount": moved.out_and_back,
        "fx_effect_amount": sum(fx),
        "net_amount": sum(closing) - sum(opening),
        "closing_amount": sum(closing),
    }


def net_amount_in(events: CountedEvents, span: Span) -> int:
    """Net amount of everything bought in a period, in cents."""
    first, after = np.searchsorted(events.bought_on, [span.opens_on, span.closes_on])
    return int(events.bought_cents[first:after].sum())
