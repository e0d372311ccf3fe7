"""The planted answers on lost customers: why they went, how long they had stayed, what was told of departures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Answers, Splitting
from expected_ledger import IN_AND_OUT, LAPSED, LEFT, NONE, is_customer, last_spells_ended
from tasks.sample.departing import DEPARTURE_CODES, UNMAPPED, UNMAPPED_CODE

if TYPE_CHECKING:
    from counted_events import CountedEvents
    from expected_ledger import Ledger, Span
    from tasks.sample.chance import Flags, Numbers
    from tasks.sample.departing import Departures

REASONS = ("price", "competitor", "moved_away", "closed_down", "quality", "service", "delivery")
"""The company's reasons, in the order of service's codes."""
NOT_KNOWN = DEPARTURE_CODES.index("")
PARTS = (*REASONS, "no_reason_known", UNMAPPED_CODE, "not_applicable")
NOBODY = PARTS.index("not_applicable")
SILOS = ("service", "sales", "no_silo", "not_applicable")
TENURES = ("up to 90 days", "91 to 365 days", "366 to 1,095 days", "over 1,095 days", "not_applicable")
TENURE_DAYS = (90, 365, 1095)


def answer(events: CountedEvents, found: Ledger) -> Answers:
    """Each customer's part in the question of who was lost, and why."""
    out = np.isin(found.movement, (LEFT, LAPSED, IN_AND_OUT))
    service, sales = (_latest_known(told, found.span, count=events.customers_count) for told in events.departures.values())
    reason = np.where(service != NOT_KNOWN, service, sales)
    is_conflict = (service != NOT_KNOWN) & (sales != NOT_KNOWN) & (service != sales)
    measures = _lost(events, found, out) | _known(found, out, reason=reason) | _told(events, found)
    measures["reason_conflict_customers"] = (out & is_conflict).astype(np.int64)
    silo = np.where(service != NOT_KNOWN, 0, np.where(sales != NOT_KNOWN, 1, 2))
    lost = tuple(name for name in measures if name.startswith(("customers_out", "left", "lapsed", "in_and_out")))
    at_opening = tuple(name for name in lost if name.startswith(("left", "lapsed")))
    in_reason = ("reason_conflict_customers", "unmapped_reason_customers", "unmapped_reason_amount")
    told = tuple(name for name in measures if "told" in name)
    splits = {
        "reason": Splitting(PARTS, np.where(out, reason, NOBODY), (*lost, *in_reason)),
        "tenure": Splitting(TENURES, _tenure(events, found, out), lost),
        "opening_tenure": Splitting(TENURES, _opening_tenure(events, found), ("opening_customers", "opening_amount", *at_opening)),
        "told_reason": Splitting(PARTS, np.where(measures["departures_told_count"] > 0, reason, NOBODY), told),
        "reason_silo": Splitting(SILOS, np.where(out, silo, 3), ("customers_out", "customers_out_amount")),
    }
    return Answers(measures, splits)


def _lost(events: CountedEvents, found: Ledger, out: Flags) -> dict[str, Numbers]:
    worth = found.opening_cents + found.brought_cents
    measures = {
        "opening_customers": is_customer(events, found.span.opens_on - 1).astype(np.int64),
        "opening_amount": found.opening_cents,
        "customers_out": out.astype(np.int64),
        "customers_out_amount": worth * out,
    }
    for name, movement in (("left", LEFT), ("lapsed", LAPSED), ("in_and_out", IN_AND_OUT)):
        moved = found.movement == movement
        measures |= {f"{name}_customers": moved.astype(np.int64), f"{name}_amount": worth * moved}
    return measures


def _known(found: Ledger, out: Flags, *, reason: Numbers) -> dict[str, Numbers]:
    worth = found.opening_cents + found.brought_cents
    known, unmapped = out & (reason != NOT_KNOWN), out & (reason == UNMAPPED)
    return {
        "reason_known_customers": known.astype(np.int64),
        "reason_known_amount": worth * known,
        "unmapped_reason_customers": unmapped.astype(np.int64),
        "unmapped_reason_amount": worth * unmapped,
    }


def _told(events: CountedEvents, found: Ledger) -> dict[str, Numbers]:
    """Departures that were recorded in the period, whether or not the customer went."""
    inside = [told.customer[_is_inside(told, found.span)] for told in events.departures.values()]
    count = np.bincount(np.concatenate(inside), minlength=events.customers_count).astype(np.int64)
    came = ~is_customer(events, found.span.opens_on - 1)
    worth = np.where(came, found.closing_cents + found.brought_cents, found.opening_cents)
    return {
        "told_departure_customers": (count > 0).astype(np.int64),
        "told_departure_amount": worth * (count > 0),
        "departures_told_count": count,
    }


def _latest_known(told: Departures, span: Span, *, count: int) -> Numbers:
    """The latest reason of each customer that a silo knows; rows are in order of days, so the last one stays."""
    code = np.full(count, NOT_KNOWN)
    known = _is_inside(told, span) & (told.code != NOT_KNOWN)
    code[told.customer[known]] = told.code[known]
    return code


def _is_inside(told: Departures, span: Span) -> Flags:
    return (told.day >= span.opens_on) & (told.day < span.closes_on)


def _tenure(events: CountedEvents, found: Ledger, out: Flags) -> Numbers:
    last = last_spells_ended(events, found.span)
    went_on = np.full(events.customers_count, found.span.closes_on)
    went_on[last.customer] = last.ended_on
    days = np.where(out, went_on, found.span.closes_on) - events.first_started_on
    return np.where(found.movement == NONE, TENURES.index("not_applicable"), np.searchsorted(TENURE_DAYS, days))


def _opening_tenure(events: CountedEvents, found: Ledger) -> Numbers:
    days = found.span.opens_on - events.first_started_on
    was_one = is_customer(events, found.span.opens_on - 1)
    return np.where(was_one, np.searchsorted(TENURE_DAYS, days), TENURES.index("not_applicable"))
