"""The expected disagreement of the silos: what each of them counts as new or lost, and why the company counts otherwise.

The claims are the rows that were written, corrupted ones included; whose they are and when is held against the scenario alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from expected_ledger import IN_AND_OUT, LAPSED, LEFT, NEW, is_customer, ledger
from silo_claims import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from counted_events import CountedEvents
    from expected_ledger import Span
    from silo_claims import Claims
    from tasks.sample.random_numbers import Flags, Numbers

TIMING_DAYS = 31
"""A claim so many days from what it claims is real, but of another period."""
NEVER = -10_000
"""A day long before everything, for customers who never were one."""


def reconciliation_rows(events: CountedEvents, claims: Sequence[Claims], span: Span) -> Iterator[tuple[str, str, str, str, int]]:
    """Silo, extract, what is claimed, line, how many; every line that anybody stands in."""
    for claim in claims:
        for line, count in _lines(events, claim, span).items():
            if count:
                yield claim.silo, claim.extract, claim.claimed, line, count


def _lines(events: CountedEvents, claim: Claims, span: Span) -> dict[str, int]:
    inside = (claim.day >= span.opens_on) & (claim.day < span.closes_on)
    customer, day = claim.customer[inside], claim.day[inside]
    is_named = customer != NOBODY
    order = np.argsort(day[is_named], kind="stable")
    named, named_on = customer[is_named][order], day[is_named][order]
    _, first = np.unique(named, return_index=True)
    who, claimed_on = named[first], named_on[first]
    shared = _shared(events, claim.claimed, span)
    agreed = shared[who] if len(shared) else np.zeros(0, dtype=bool)
    rest = _reasons(events, who[~agreed], claimed_on[~agreed], claim=claim, span=span)
    return {
        "agreed": int(agreed.sum()),
        "unknown_customer": int((~is_named).sum()),
        "duplicate": len(named) - len(who),
        **_missing(events, claim, span, missing=np.setdiff1d(np.flatnonzero(shared), who[agreed])),
        **{line: int(flags.sum()) for line, flags in rest.items()},
    }


def _missing(events: CountedEvents, claim: Claims, span: Span, *, missing: Numbers) -> dict[str, int]:
    """Of those whom the silo does not claim in the span, whom it claims near the day on which they came or went."""
    turned = np.full(events.registered_count, NEVER)
    if claim.claimed == "new":
        turned[: events.customers_count] = events.first_started_on
    else:
        spells = events.spells
        inside = (spells.ended_on >= span.opens_on) & (spells.ended_on < span.closes_on)
        np.maximum.at(turned, spells.customer[inside], spells.ended_on[inside])
    is_named = claim.customer != NOBODY
    named, named_on = claim.customer[is_named], claim.day[is_named]
    near = np.unique(named[np.abs(named_on - turned[named]) <= TIMING_DAYS])
    elsewhere = int(np.isin(missing, near).sum())
    return {"claimed_elsewhere": elsewhere, "missing_from_silo": len(missing) - elsewhere}


def _shared(events: CountedEvents, claimed: str, span: Span) -> Flags:
    """Whom the company counts; people who only registered are none of them."""
    movement = ledger(events, span).movement
    if claimed == "new":
        comes_first = (movement == IN_AND_OUT) & (events.first_started_on >= span.opens_on)
        return _widened((movement == NEW) | comes_first, events)
    return _widened(np.isin(movement, (LEFT, LAPSED, IN_AND_OUT)), events)


def _widened(flags: Flags, events: CountedEvents) -> Flags:
    return np.append(flags, np.zeros(events.registered_count - len(flags), dtype=bool))


def _reasons(events: CountedEvents, who: Numbers, claimed_on: Numbers, *, claim: Claims, span: Span) -> dict[str, Flags]:
    first = np.append(events.first_started_on, np.full(events.registered_count - events.customers_count, NEVER))[who]
    never = first == NEVER
    if claim.claimed == "new":
        is_near = ~never & (np.abs(claimed_on - first) <= TIMING_DAYS)
        elsewhere = ~never & (is_near | (first >= span.closes_on))
        return {"never_a_customer": never, "other_period": elsewhere, "customer_before": ~never & ~elsewhere}
    is_one = _widened(is_customer(events, span.closes_on - 1), events)[who] & ~never
    near = ~never & ~is_one & _ended_near(events, who, claimed_on)
    elsewhere = near | (~never & ~is_one & (first >= span.closes_on))
    gone = ~never & ~is_one & ~elsewhere
    return {"never_a_customer": never, "still_a_customer": is_one, "other_period": elsewhere, "gone_before": gone}


def _ended_near(events: CountedEvents, who: Numbers, claimed_on: Numbers) -> Flags:
    """Whether any spell of each customer ended near the day of its claim."""
    claimed = np.full(events.registered_count, NEVER)
    claimed[who] = claimed_on
    spells = events.spells
    near = np.abs(spells.ended_on - claimed[spells.customer]) <= TIMING_DAYS
    ended_near = np.zeros(events.registered_count, dtype=bool)
    ended_near[spells.customer[near]] = True
    return ended_near[who]
