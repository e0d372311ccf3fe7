"""The expected figures on behaviour: the signs that customers who stay show, counted from what they bought, held and complained of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Breakdown, CustomerMeasures
from expected_ledger import DECREASED, INCREASED, OUT_AND_BACK, UNCHANGED, is_customer, ledger, spans
from tasks.sample.assumptions import PRODUCT_GROUPS, TOLERANCE_CENTS, VALUE_DAYS

if TYPE_CHECKING:
    from counted_events import CountedEvents
    from expected_ledger import Ledger, Span
    from tasks.sample.random_numbers import Flags, Numbers

WEAKENING = ("silent_beyond_habit", "fewer_groups", "fewer_seats", "fallen_twice", "first_complaint")
STRENGTHENING = ("shorter_gaps", "more_groups", "more_seats", "risen_twice")
PARTS = ("steady", "weakens", "strengthens", "both", "does_not_stay")
FEWEST_GAPS, FEWEST_SILENT_DAYS = 3, 14
THREE_HALVES = (3, 2)
"""A silence of one and a half usual gaps is too long."""


def measures_of(events: CountedEvents, period_ledger: Ledger) -> CustomerMeasures:
    """Customers who stay, the signs that they show, and what they are worth at closing."""
    stays = np.isin(period_ledger.movement, (OUT_AND_BACK, INCREASED, DECREASED, UNCHANGED))
    signs = _habits(events, period_ledger.span) | _counts(events, period_ledger.span) | _twice(events, period_ledger)
    signs["first_complaint"] = _complains_first(events, period_ledger.span)
    signs = {name: stays & shown for name, shown in signs.items()}
    weakens, strengthens = (np.any([signs[name] for name in names], axis=0) for names in (WEAKENING, STRENGTHENING))
    measures: dict[str, Numbers] = {}
    for name, shown in {"staying": stays, "weakening": weakens, "strengthening": strengthens, **signs}.items():
        measures |= {f"{name}_customers": shown.astype(np.int64), f"{name}_amount": period_ledger.closing_cents * shown}
    part = np.where(stays, weakens + 2 * strengthens, PARTS.index("does_not_stay"))
    return CustomerMeasures(measures, {"behaviour": Breakdown(PARTS, part, ("staying_customers", "staying_amount"))})


def _habits(events: CountedEvents, span: Span) -> dict[str, Flags]:
    """Who has been silent for one and a half of its usual gaps, and who came back in two thirds of it."""
    count = events.customers_count
    buyer, day = _days_of_purchase(events, through=span.closes_on - 1)
    is_gap = np.append(False, buyer[1:] == buyer[:-1])[: len(buyer)]
    gap, of, ends_on = np.diff(day, prepend=0)[is_gap], buyer[is_gap], day[is_gap]
    gaps = np.bincount(of, minlength=count)
    twice_usual = _twice_median(gap, of, gaps)
    last = np.zeros(count, dtype=np.int64)
    last[buyer] = day
    more, less = THREE_HALVES
    has_habit = gaps >= FEWEST_GAPS
    silent_days = span.closes_on - 1 - last
    silent = has_habit & (silent_days >= FEWEST_SILENT_DAYS) & (2 * silent_days * less >= more * twice_usual)
    inside = ends_on >= span.opens_on
    times = np.bincount(of[inside], minlength=count)
    together = np.bincount(of[inside], weights=gap[inside], minlength=count).astype(np.int64)
    sooner = has_habit & (times > 0) & (2 * together * more <= less * twice_usual * times)
    return {"silent_beyond_habit": silent, "shorter_gaps": sooner & ~silent}


def _days_of_purchase(events: CountedEvents, *, through: int) -> tuple[Numbers, Numbers]:
    """Each customer's days of purchase, in order."""
    counts = (events.bought_cents > 0) & (events.bought_on <= through)
    places = np.unique(events.buyer[counts] * 100_000 + events.bought_on[counts])
    return places // 100_000, places % 100_000


def _twice_median(gap: Numbers, of: Numbers, gaps: Numbers) -> Numbers:
    """The two gaps in the middle, added up; one of an odd number is both."""
    in_order = gap[np.lexsort((gap, of))]
    first = np.cumsum(gaps) - gaps
    has_any = gaps > 0
    twice_median = np.zeros(len(gaps), dtype=np.int64)
    lower, upper = (first + (gaps - 1) // 2)[has_any], (first + gaps // 2)[has_any]
    twice_median[has_any] = in_order[lower] + in_order[upper]
    return twice_median


def _counts(events: CountedEvents, span: Span) -> dict[str, Flags]:
    """Whose product groups and seats became fewer, or more."""
    groups, seats = ([count(events, day) for day in (span.opens_on - 1, span.closes_on - 1)] for count in (_groups_bought, _seats_held))
    return {
        "fewer_groups": groups[1] < groups[0],
        "more_groups": groups[1] > groups[0],
        "fewer_seats": seats[1] < seats[0],
        "more_seats": seats[1] > seats[0],
    }


def _groups_bought(events: CountedEvents, day: int) -> Numbers:
    recent = (events.bought_cents > 0) & (events.bought_on <= day) & (events.bought_on > day - VALUE_DAYS)
    places = np.unique(events.buyer[recent] * len(PRODUCT_GROUPS) + events.bought_group[recent])
    return np.bincount(places // len(PRODUCT_GROUPS), minlength=events.customers_count)


def _seats_held(events: CountedEvents, day: int) -> Numbers:
    held = (events.starts_on <= day) & (events.ends_on > day)
    return np.bincount(events.holder[held], weights=events.seats[held], minlength=events.customers_count).astype(np.int64)


def _twice(events: CountedEvents, period_ledger: Ledger) -> dict[str, Flags]:
    """Whose value fell, or rose, in this period and in the one before."""
    before = ledger(events, span_before(period_ledger.span))
    was_one = is_customer(events, before.span.opens_on - 1)
    changes = [one.closing_cents - one.fx_cents - one.opening_cents for one in (before, period_ledger)]
    fell, rose = ([change * sign > TOLERANCE_CENTS for change in changes] for sign in (-1, 1))
    return {"fallen_twice": was_one & fell[0] & fell[1], "risen_twice": was_one & rose[0] & rose[1]}


def span_before(span: Span) -> Span:
    """The period of the same kind that ends where this one opens."""
    return next(one for one in spans() if one.closes_on == span.opens_on and _kind(one) == _kind(span))


def _kind(span: Span) -> str:
    return "".join(letter for letter in span.name if not letter.isdigit())


def _complains_first(events: CountedEvents, span: Span) -> Flags:
    """Whose first complaint of all was in the period; complaints are in order of days."""
    first = np.zeros(events.customers_count, dtype=np.int64)
    first[events.complainer[::-1]] = events.complained_on[::-1]
    return (first >= span.opens_on) & (first < span.closes_on)
