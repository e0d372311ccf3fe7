"""The expected figures on lost customers: why they went, how long they had stayed, what was told of departures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Breakdown, CustomerMeasures
from expected_ledger import IN_AND_OUT, LAPSED, LEFT, NONE, is_customer, last_spells_ended
from tasks.sample.assumptions import LAPSE_DAYS
from tasks.sample.departures import DEPARTURE_CODES, UNMAPPED, UNMAPPED_CODE

if TYPE_CHECKING:
    from counted_events import CountedEvents
    from expected_ledger import Ledger, Span
    from tasks.sample.departures import Departures
    from tasks.sample.random_numbers import Flags, Numbers

REASONS = ("price", "competitor", "moved_away", "closed_down", "quality", "service", "delivery")
"""The company's reasons, in the order of service's codes."""
NOT_KNOWN = DEPARTURE_CODES.index("")
PARTS = (*REASONS, "no_reason_known", UNMAPPED_CODE, "not_applicable")
NOBODY = PARTS.index("not_applicable")
SILOS = ("service", "sales", "no_silo", "not_applicable")
TENURES = ("up to 90 days", "91 to 365 days", "366 to 1,095 days", "over 1,095 days", "not_applicable")
TENURE_DAYS = (90, 365, 1095)
LOST = ("customers_out", "left_customers", "left_amount", "lapsed")
ENDS = ("notified", "ended", "silent", "not_applicable")
REASON_BEFORE_DAYS, REASON_AFTER_DAYS, BEFORE_LAST_PURCHASE_DAYS = 120, 31, 31


def measures_of(events: CountedEvents, period_ledger: Ledger) -> CustomerMeasures:
    """Each customer's part in the question of who was lost, and why."""
    out = np.isin(period_ledger.movement, (LEFT, LAPSED, IN_AND_OUT))
    told = [_latest_recorded(departures, _is_inside(departures, period_ledger.span), events) for departures in events.departures.values()]
    around = _days_around(events, period_ledger, out)
    service, sales = (_latest_recorded(departures, _is_around(departures, around), events) for departures in events.departures.values())
    reason = np.where(service != NOT_KNOWN, service, sales)
    recorded_reason = np.where(told[0] != NOT_KNOWN, told[0], told[1])
    is_conflict = (service != NOT_KNOWN) & (sales != NOT_KNOWN) & (service != sales)
    measures = _lost(events, period_ledger, out) | _recorded_reasons(period_ledger, out, reason=reason) | _recorded(events, period_ledger)
    ended_by = _ended_by(events, period_ledger, out, around=around)
    measures |= _left_by(period_ledger, measures, ended_by)
    measures["reason_conflict_customers"] = (out & is_conflict).astype(np.int64)
    silo = np.where(service != NOT_KNOWN, 0, np.where(sales != NOT_KNOWN, 1, 2))
    lost = tuple(name for name in measures if name.startswith((*LOST, "in_and_out")))
    at_opening = tuple(name for name in lost if name.startswith(LOST[1:]))
    in_reason = ("reason_conflict_customers", "unmapped_reason_customers", "unmapped_reason_amount")
    by_departure = tuple(name for name in measures if "told" in name)
    breakdowns = {
        "reason": Breakdown(PARTS, np.where(out, reason, NOBODY), (*lost, *in_reason)),
        "tenure": Breakdown(TENURES, _tenure(events, period_ledger, out), lost),
        "since_first": Breakdown(TENURES, _since_first(events, period_ledger, out), lost),
        "opening_tenure": Breakdown(TENURES, opening_tenure(events, period_ledger), ("opening_customers", "opening_amount", *at_opening)),
        "told_reason": Breakdown(PARTS, np.where(measures["departures_told_count"] > 0, recorded_reason, NOBODY), by_departure),
        "ended_by": Breakdown(ENDS, ended_by, lost),
        "reason_silo": Breakdown(SILOS, np.where(out, silo, 3), ("customers_out", "customers_out_amount")),
    }
    return CustomerMeasures(measures, breakdowns)


def _lost(events: CountedEvents, period_ledger: Ledger, out: Flags) -> dict[str, Numbers]:
    worth = period_ledger.opening_cents + period_ledger.brought_cents
    measures = {
        "opening_customers": is_customer(events, period_ledger.span.opens_on - 1).astype(np.int64),
        "opening_amount": period_ledger.opening_cents,
        "customers_out": out.astype(np.int64),
        "customers_out_amount": worth * out,
    }
    for name, movement in (("left", LEFT), ("lapsed", LAPSED), ("in_and_out", IN_AND_OUT)):
        moved = period_ledger.movement == movement
        measures |= {f"{name}_customers": moved.astype(np.int64), f"{name}_amount": worth * moved}
    return measures


def _recorded_reasons(period_ledger: Ledger, out: Flags, *, reason: Numbers) -> dict[str, Numbers]:
    worth = period_ledger.opening_cents + period_ledger.brought_cents
    unmapped = out & (reason == UNMAPPED)
    is_reason_recorded = out & (reason != NOT_KNOWN) & ~unmapped
    return {
        "reason_known_customers": is_reason_recorded.astype(np.int64),
        "reason_known_amount": worth * is_reason_recorded,
        "unmapped_reason_customers": unmapped.astype(np.int64),
        "unmapped_reason_amount": worth * unmapped,
    }


def _recorded(events: CountedEvents, period_ledger: Ledger) -> dict[str, Numbers]:
    """Departures that were recorded in the period, whether or not the customer went."""
    inside = [departures.customer[_is_inside(departures, period_ledger.span)] for departures in events.departures.values()]
    count = np.bincount(np.concatenate(inside), minlength=events.customers_count).astype(np.int64)
    came = ~is_customer(events, period_ledger.span.opens_on - 1)
    worth = np.where(came, period_ledger.closing_cents + period_ledger.brought_cents, period_ledger.opening_cents)
    return {
        "told_departure_customers": (count > 0).astype(np.int64),
        "told_departure_amount": worth * (count > 0),
        "departures_told_count": count,
    }


def _latest_recorded(departures: Departures, counts: Flags, events: CountedEvents) -> Numbers:
    """The latest reason of each customer that a silo knows; rows are in order of days, so the last one stays."""
    code = np.full(events.customers_count, NOT_KNOWN)
    is_reason_recorded = counts & (departures.code != NOT_KNOWN)
    code[departures.customer[is_reason_recorded]] = departures.code[is_reason_recorded]
    return code


def _days_around(events: CountedEvents, period_ledger: Ledger, out: Flags) -> tuple[Numbers, Numbers]:
    """The first and the last day on which what is told is about each customer's going; none (an empty run) of those who stay."""
    went_on = _until(events, period_ledger, out)
    term_began_on = np.full(events.customers_count, -1)
    ends = events.ends_on == went_on[events.holder]
    np.maximum.at(term_began_on, events.holder[ends], events.starts_on[ends])
    observed_from = np.maximum(went_on - REASON_BEFORE_DAYS, term_began_on)
    silent_from = went_on - LAPSE_DAYS - BEFORE_LAST_PURCHASE_DAYS
    first = np.where(_is_observed(events, period_ledger), observed_from, silent_from)
    return np.where(out, first, 1), np.where(out, went_on + REASON_AFTER_DAYS, 0)


def _is_observed(events: CountedEvents, period_ledger: Ledger) -> Flags:
    last, observed = last_spells_ended(events, period_ledger.span), np.zeros(events.customers_count, dtype=bool)
    observed[last.customer] = last.is_end_reported
    return observed


def _is_around(departures: Departures, around: tuple[Numbers, Numbers]) -> Flags:
    return (departures.day >= around[0][departures.customer]) & (departures.day <= around[1][departures.customer])


def _left_by(period_ledger: Ledger, measures: dict[str, Numbers], ended_by: Numbers) -> dict[str, Numbers]:
    """Of those who left: a departure recorded, or a contract's end and nothing recorded."""
    flags = {f"left_{end}": (period_ledger.movement == LEFT) & (ended_by == ENDS.index(end)) for end in ("notified", "ended")}
    heads = {f"{name}_customers": flag.astype(np.int64) for name, flag in flags.items()}
    return heads | {f"{name}_amount": measures["left_amount"] * flag for name, flag in flags.items()}


def _ended_by(events: CountedEvents, period_ledger: Ledger, out: Flags, *, around: tuple[Numbers, Numbers]) -> Numbers:
    is_recorded = np.zeros(events.customers_count, dtype=bool)
    for departures in events.departures.values():
        is_recorded[departures.customer[_is_around(departures, around)]] = True
    observed = np.where(is_recorded, ENDS.index("notified"), ENDS.index("ended"))
    end = np.where(_is_observed(events, period_ledger), observed, ENDS.index("silent"))
    return np.where(out, end, ENDS.index("not_applicable"))


def _is_inside(departures: Departures, span: Span) -> Flags:
    return (departures.day >= span.opens_on) & (departures.day < span.closes_on)


def _until(events: CountedEvents, period_ledger: Ledger, out: Flags) -> Numbers:
    """The day to which each customer's time is counted: on which it went, or the end of the period."""
    last = last_spells_ended(events, period_ledger.span)
    went_on = np.full(events.customers_count, period_ledger.span.closes_on)
    went_on[last.customer] = last.ended_on
    return np.where(out, went_on, period_ledger.span.closes_on)


def _came_before(events: CountedEvents, days: Numbers) -> Numbers:
    """The latest day before a day of each customer's own on which it came, or came again; the day itself where it never had."""
    came = events.spells.started_on < days[events.spells.customer]
    latest = np.full(events.customers_count, -1)
    np.maximum.at(latest, events.spells.customer[came], events.spells.started_on[came])
    return np.where(latest < 0, days, latest)


def _tenure(events: CountedEvents, period_ledger: Ledger, out: Flags) -> Numbers:
    until = _until(events, period_ledger, out)
    return _in_groups(period_ledger, until - _came_before(events, until))


def _since_first(events: CountedEvents, period_ledger: Ledger, out: Flags) -> Numbers:
    return _in_groups(period_ledger, _until(events, period_ledger, out) - events.first_started_on)


def _in_groups(period_ledger: Ledger, days: Numbers) -> Numbers:
    return np.where(period_ledger.movement == NONE, TENURES.index("not_applicable"), np.searchsorted(TENURE_DAYS, days))


def opening_tenure(events: CountedEvents, period_ledger: Ledger) -> Numbers:
    """The group of how long each customer at opening had been one without a break; its place in TENURES."""
    opens_on = np.full(events.customers_count, period_ledger.span.opens_on)
    was_one = is_customer(events, period_ledger.span.opens_on - 1)
    days = opens_on - _came_before(events, opens_on)
    return np.where(was_one, np.searchsorted(TENURE_DAYS, days), TENURES.index("not_applicable"))
