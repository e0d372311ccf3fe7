"""The planted disagreement of the silos: what each of them counts as new or lost, and why the company counts otherwise.

The claims are the rows that were written, spoilt ones included; whose they are and when is held against the plan alone.
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
    from tasks.sample.chance import Flags, Numbers

TIMING_DAYS = 31
"""A claim so many days from what it claims is real, but of another period."""
NEVER = -10_000
"""A day long before everything, for customers who never were one."""


def bridge_rows(events: CountedEvents, claims: Sequence[Claims], span: Span) -> Iterator[tuple[str, str, str, str, int]]:
    """Silo, extract, what is claimed, line, how many; every line that anybody stands in."""
    for made in claims:
        for line, count in _lines(events, made, span).items():
            if count:
                yield made.silo, made.extract, made.claimed, line, count


def _lines(events: CountedEvents, made: Claims, span: Span) -> dict[str, int]:
    inside = (made.day >= span.opens_on) & (made.day < span.closes_on)
    customer, day = made.customer[inside], made.day[inside]
    is_known = customer != NOBODY
    order = np.argsort(day[is_known], kind="stable")
    known, known_day = customer[is_known][order], day[is_known][order]
    _, first = np.unique(known, return_index=True)
    who, claimed_on = known[first], known_day[first]
    shared = _shared(events, made.claimed, span)
    agreed = shared[who] if len(shared) else np.zeros(0, dtype=bool)
    rest = _reasons(events, who[~agreed], claimed_on[~agreed], made=made, span=span)
    return {
        "agreed": int(agreed.sum()),
        "unknown_customer": int((~is_known).sum()),
        "duplicate": len(known) - len(who),
        "missing_from_silo": int(shared.sum()) - int(agreed.sum()),
        **{line: int(flags.sum()) for line, flags in rest.items()},
    }


def _shared(events: CountedEvents, claimed: str, span: Span) -> Flags:
    """Whom the company counts; people who only registered are none of them."""
    movement = ledger(events, span).movement
    if claimed == "new":
        comes_first = (movement == IN_AND_OUT) & (events.first_started_on >= span.opens_on)
        return _widened((movement == NEW) | comes_first, events)
    return _widened(np.isin(movement, (LEFT, LAPSED, IN_AND_OUT)), events)


def _widened(flags: Flags, events: CountedEvents) -> Flags:
    return np.append(flags, np.zeros(events.registered_count - len(flags), dtype=bool))


def _reasons(events: CountedEvents, who: Numbers, claimed_on: Numbers, *, made: Claims, span: Span) -> dict[str, Flags]:
    first = np.append(events.first_started_on, np.full(events.registered_count - events.customers_count, NEVER))[who]
    never = first == NEVER
    if made.claimed == "new":
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
    found = np.zeros(events.registered_count, dtype=bool)
    found[spells.customer[near]] = True
    return found[who]
