"""The expected figures on lost customers: why they went, how long they had stayed, what was told of departures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Breakdown, CustomerMeasures
from expected_ledger import IN_AND_OUT, LAPSED, LEFT, NONE, is_customer, last_spells_ended
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


def measures_of(events: CountedEvents, period_ledger: Ledger) -> CustomerMeasures:
    """Each customer's part in the question of who was lost, and why."""
    out = np.isin(period_ledger.movement, (LEFT, LAPSED, IN_AND_OUT))
    service, sales = (
        _latest_recorded(departures, period_ledger.span, count=events.customers_count) for departures in events.departures.values()
    )
    reason = np.where(service != NOT_KNOWN, service, sales)
    is_conflict = (service != NOT_KNOWN) & (sales != NOT_KNOWN) & (service != sales)
    measures = _lost(events, period_ledger, out) | _recorded_reasons(period_ledger, out, reason=reason) | _recorded(events, period_ledger)
    measures["reason_conflict_customers"] = (out & is_conflict).astype(np.int64)
    silo = np.where(service != NOT_KNOWN, 0, np.where(sales != NOT_KNOWN, 1, 2))
    lost = tuple(name for name in measures if name.startswith(("customers_out", "left", "lapsed", "in_and_out")))
    at_opening = tuple(name for name in lost if name.startswith(("left", "lapsed")))
    in_reason = ("reason_conflict_customers", "unmapped_reason_customers", "unmapped_reason_amount")
    by_departure = tuple(name for name in measures if "told" in name)
    breakdowns = {
        "reason": Breakdown(PARTS, np.where(out, reason, NOBODY), (*lost, *in_reason)),
        "tenure": Breakdown(TENURES, _tenure(events, period_ledger, out), lost),
        "opening_tenure": Breakdown(TENURES, _opening_tenure(events, period_ledger), ("opening_customers", "opening_amount", *at_opening)),
        "told_reason": Breakdown(PARTS, np.where(measures["departures_told_count"] > 0, reason, NOBODY), by_departure),
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


def _latest_recorded(departures: Departures, span: Span, *, count: int) -> Numbers:
    """The latest reason of each customer that a silo knows; rows are in order of days, so the last one stays."""
    code = np.full(count, NOT_KNOWN)
    is_reason_recorded = _is_inside(departures, span) & (departures.code != NOT_KNOWN)
    code[departures.customer[is_reason_recorded]] = departures.code[is_reason_recorded]
    return code


def _is_inside(departures: Departures, span: Span) -> Flags:
    return (departures.day >= span.opens_on) & (departures.day < span.closes_on)


def _tenure(events: CountedEvents, period_ledger: Ledger, out: Flags) -> Numbers:
    last = last_spells_ended(events, period_ledger.span)
    went_on = np.full(events.customers_count, period_ledger.span.closes_on)
    went_on[last.customer] = last.ended_on
    days = np.where(out, went_on, period_ledger.span.closes_on) - events.first_started_on
    return np.where(period_ledger.movement == NONE, TENURES.index("not_applicable"), np.searchsorted(TENURE_DAYS, days))


def _opening_tenure(events: CountedEvents, period_ledger: Ledger) -> Numbers:
    days = period_ledger.span.opens_on - events.first_started_on
    was_one = is_customer(events, period_ledger.span.opens_on - 1)
    return np.where(was_one, np.searchsorted(TENURE_DAYS, days), TENURES.index("not_applicable"))
