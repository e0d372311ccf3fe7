"""The expected figures on renewals: terms due and how each is followed, repeat buying, reasons for staying, what comes due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Breakdown, CustomerMeasures
from expected_ledger import is_customer
from tasks.sample.renewal_answers import STAYING_CODES
from tasks.sample.scenario import COVERED_THROUGH

if TYPE_CHECKING:
    from counted_events import CountedEvents
    from expected_ledger import Ledger, Span
    from tasks.sample.random_numbers import Flags, Numbers

GRACE_DAYS = 30
NOTICE_DAYS = (120, 31)
"""A departure is about a term that ends so many days later at most, or ended so many days before."""
DUE_DAYS = (30, 60, 90)
NOT_KNOWN = STAYING_CODES.index("")
STAYING = ("taste", "habit", "care", "price", "plan", "no_reason_known", "8", "not_applicable")
"""The company's reasons for staying in the order of the form's numbers, none known, and the number that nobody mapped."""
BY_WORD = np.argsort(np.argsort(np.asarray(STAYING)))
"""Where each number's reason stands among all of them in the order of their words."""
OUTCOMES = ("on_time", "early", "beside", "late", "not_renewed")


@dataclass(frozen=True)
class _Due:
    """The terms that end in a period: their places in the events, how each is followed, what it brought in a year."""

    position: Numbers
    outcome: Numbers
    cents: Numbers


def measures_of(events: CountedEvents, period_ledger: Ledger) -> CustomerMeasures:
    """Each customer's part in the question of who renewed."""
    due = _due(events, period_ledger.span)
    by_terms = _terms(events, due)
    at_opening, at_closing = (is_customer(events, day) for day in (period_ledger.span.opens_on - 1, period_ledger.span.closes_on - 1))
    stayed = at_closing & (at_opening | (by_terms["terms_due_count"] > 0))
    why = np.where(stayed, _latest_answer(events, period_ledger.span), STAYING.index("not_applicable"))
    measures = {
        **by_terms,
        **_ahead(events, period_ledger.span.closes_on - 1),
        **_bought_again(events, period_ledger.span, at_opening=at_opening),
        **_staying(period_ledger, stayed, why=why),
    }
    by_reason = ("stayed_customers", "stayed_amount", "unmapped_staying_reason_customers")
    return CustomerMeasures(measures, {"staying_reason": Breakdown(STAYING, why, by_reason)})


def _due(events: CountedEvents, span: Span) -> _Due:
    position = np.flatnonzero((events.ends_on >= span.opens_on) & (events.ends_on < span.closes_on) & (events.starts_on < events.ends_on))
    last_day = events.ends_on[position] - 1
    cents = events.rates.in_euro(events.annual_cents[position], currency=events.currency[position], day=last_day)
    return _Due(position, _outcomes(events, position), cents)


def _outcomes(events: CountedEvents, position: Numbers) -> Numbers:
    """How each term is followed, from every pair of a term and another contract of its customer."""
    order = np.argsort(events.holder, kind="stable")
    first, after = (np.searchsorted(events.holder[order], events.holder[position], side=side) for side in ("left", "right"))
    counts = after - first
    term = np.repeat(np.arange(len(position)), counts)
    other = order[np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(len(term))]
    starts_on, ends_on = events.starts_on[position][term], events.ends_on[position][term]
    next_starts_on = events.starts_on[other]
    goes_on = (events.ends_on[other] > ends_on) & (next_starts_on < events.ends_on[other])
    conditions = (
        next_starts_on == ends_on,
        (next_starts_on < ends_on) & (next_starts_on > starts_on),
        next_starts_on <= starts_on,
        (next_starts_on > ends_on) & (next_starts_on <= ends_on + GRACE_DAYS),
    )
    outcome = np.full(len(position), OUTCOMES.index("not_renewed"))
    for number in reversed(range(len(conditions))):
        outcome[term[goes_on & conditions[number]]] = number
    return outcome


def _has_notice(events: CountedEvents, due: _Due) -> Flags:
    """Whether a silo was told in the days around each term's end that its customer goes."""
    starts_on, ends_on = events.starts_on[due.position], events.ends_on[due.position]
    has_notice = np.zeros(len(due.position), dtype=bool)
    for departures in events.departures.values():
        order = np.argsort(departures.customer, kind="stable")
        first, after = (np.searchsorted(departures.customer[order], events.holder[due.position], side=side) for side in ("left", "right"))
        for number in range(int((after - first).max(initial=0))):
            has_one = first + number < after
            day = departures.day[order[np.minimum(first + number, len(order) - 1)]]
            from_on = np.maximum(ends_on - NOTICE_DAYS[0], starts_on)
            has_notice |= has_one & (day >= from_on) & (day <= ends_on + NOTICE_DAYS[1])
    return has_notice


def _terms(events: CountedEvents, due: _Due) -> dict[str, Numbers]:
    is_renewed = due.outcome != OUTCOMES.index("not_renewed")
    is_open = events.ends_on[due.position] + GRACE_DAYS > COVERED_THROUGH
    is_in_grace = ~is_renewed & is_open & ~_has_notice(events, due)
    kinds = {"due": np.ones(len(due.position), dtype=bool), "renewed": is_renewed, "in_grace": is_in_grace}
    kinds |= {name: due.outcome == number for number, name in enumerate(OUTCOMES)}
    measures: dict[str, Numbers] = {}
    for kind, picked in kinds.items():
        holder = events.holder[due.position[picked]]
        measures[f"terms_{kind}_count"] = _sums(events, holder, np.ones(len(holder), dtype=np.int64))
        measures[f"terms_{kind}_amount"] = _sums(events, holder, due.cents[picked])
    has_due, has_failed = measures["terms_due_count"] > 0, measures["terms_not_renewed_count"] > 0
    waits = has_failed & (measures["terms_not_renewed_count"] == measures["terms_in_grace_count"])
    for unit in ("count", "amount"):
        measures[f"terms_decided_{unit}"] = measures[f"terms_due_{unit}"] - measures[f"terms_in_grace_{unit}"]
    heads = {"due_customers": has_due, "renewed_customers": has_due & ~has_failed, "not_renewed_customers": has_failed}
    heads |= {"in_grace_customers": waits, "decided_customers": has_due & ~waits}
    return measures | {name: flags.astype(np.int64) for name, flags in heads.items()}


def _ahead(events: CountedEvents, closing: int) -> dict[str, Numbers]:
    measures: dict[str, Numbers] = {}
    for number, days in enumerate(DUE_DAYS, start=1):
        picked = (events.starts_on <= closing) & (events.ends_on > closing) & (events.ends_on <= closing + days)
        cents = events.rates.in_euro(events.annual_cents[picked], currency=events.currency[picked], day=closing)
        count = _sums(events, events.holder[picked], np.ones(int(picked.sum()), dtype=np.int64))
        measures[f"due_ahead_{number}_count"] = count
        measures[f"due_ahead_{number}_customers"] = (count > 0).astype(np.int64)
        measures[f"due_ahead_{number}_amount"] = _sums(events, events.holder[picked], cents)
    return measures


def _bought_again(events: CountedEvents, span: Span, *, at_opening: Flags) -> dict[str, Numbers]:
    first, after = np.searchsorted(events.bought_on, [span.opens_on, span.closes_on])
    buyer, cents = events.buyer[first:after], events.bought_cents[first:after]
    has_bought = (_sums(events, buyer, (cents > 0).astype(np.int64)) > 0) & at_opening
    return {"bought_again_customers": has_bought.astype(np.int64), "bought_again_amount": _sums(events, buyer, cents) * has_bought}


def _latest_answer(events: CountedEvents, span: Span) -> Numbers:
    """The latest reason for staying that each customer gave; of two given on one day, the one that comes later by its word."""
    answers = events.answers
    rows = np.flatnonzero((answers.day >= span.opens_on) & (answers.day < span.closes_on) & (answers.code != NOT_KNOWN))
    rows = rows[np.lexsort((BY_WORD[answers.code[rows]], answers.day[rows]))]
    why = np.full(events.customers_count, NOT_KNOWN)
    why[answers.customer[rows]] = answers.code[rows]
    return why


def _staying(period_ledger: Ledger, stayed: Flags, *, why: Numbers) -> dict[str, Numbers]:
    is_recorded = stayed & (why != NOT_KNOWN)
    return {
        "stayed_customers": stayed.astype(np.int64),
        "stayed_amount": period_ledger.closing_cents * stayed,
        "staying_reason_known_customers": is_recorded.astype(np.int64),
        "staying_reason_known_amount": period_ledger.closing_cents * is_recorded,
        "unmapped_staying_reason_customers": (stayed & (why == STAYING.index("8"))).astype(np.int64),
    }


def _sums(events: CountedEvents, customer: Numbers, values: Numbers) -> Numbers:
    """Sums by customer: whole numbers far below 2**53, so the sums are exact."""
    return np.bincount(customer, weights=values, minlength=events.customers_count).astype(np.int64)
