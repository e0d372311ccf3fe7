"""The planted disagreement of the silos: what each of them counts as new or lost, and why the company counts otherwise.

The claims are the rows that were written, spoilt ones included; whose they are and when is held against the plan alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.plan import day_number
from tasks.sample.truth import IN_AND_OUT, LAPSED, LEFT, NEW, is_customer, ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ibis.expr.types import Table

    from tasks.sample.chance import Flags, Numbers
    from tasks.sample.truth import Books, Span

TIMING_DAYS = 31
"""A claim so many days from what it claims is real, but of another period."""
SOME_DAY = r"^\D*\d+\D+\d+"
"""What a day that can be read looks like at least: numbers with something between."""
NOBODY = -1
NEVER = -10_000
"""A day long before everything, for customers who never were one."""


@dataclass(frozen=True)
class Claims:
    """Rows that a silo counts: the customer's number (NOBODY where nobody is known by its key) and the day."""

    silo: str
    extract: str
    claimed: str
    customer: Numbers
    day: Numbers


def claims_from(rows: Table, who: str, day: str, *, known_count: int, pattern: str | None = None) -> tuple[Numbers, Numbers]:
    """Customers and days of the rows that were written, without those whose day cannot be read."""
    dated = rows.filter(rows[day].re_search(SOME_DAY)) if pattern else rows.filter(rows[day].notnull())
    on = dated[day].as_date(pattern) if pattern else dated[day]
    told = dated.select(who=dated[who].fill_null(""), day=on).to_pyarrow().to_pydict()
    numbers = [int(text) if text.isdigit() and int(text) < known_count else NOBODY for text in told["who"]]
    return np.asarray(numbers, dtype=np.int64), np.asarray([day_number(each) for each in told["day"]], dtype=np.int64)


def bridge_rows(books: Books, claims: list[Claims], span: Span) -> Iterator[tuple[str, str, str, str, int]]:
    """Silo, extract, what is claimed, line, how many; every line that anybody stands in."""
    for made in claims:
        for line, count in _lines(books, made, span).items():
            if count:
                yield made.silo, made.extract, made.claimed, line, count


def _lines(books: Books, made: Claims, span: Span) -> dict[str, int]:
    inside = (made.day >= span.opens_on) & (made.day < span.closes_on)
    customer, day = made.customer[inside], made.day[inside]
    is_known = customer != NOBODY
    order = np.argsort(day[is_known], kind="stable")
    known, known_day = customer[is_known][order], day[is_known][order]
    _, first = np.unique(known, return_index=True)
    who, claimed_on = known[first], known_day[first]
    shared = _shared(books, made.claimed, span)
    agreed = shared[who] if len(shared) else np.zeros(0, dtype=bool)
    rest = _reasons(books, who[~agreed], claimed_on[~agreed], made=made, span=span)
    return {
        "agreed": int(agreed.sum()),
        "unknown_customer": int((~is_known).sum()),
        "duplicate": len(known) - len(who),
        "missing_from_silo": int(shared.sum()) - int(agreed.sum()),
        **{line: int(flags.sum()) for line, flags in rest.items()},
    }


def _shared(books: Books, claimed: str, span: Span) -> Flags:
    """Whom the company counts; people who only registered are none of them."""
    movement = ledger(books, span).movement
    if claimed == "new":
        comes_first = (movement == IN_AND_OUT) & (books.first_started_on >= span.opens_on)
        return _widened((movement == NEW) | comes_first, books)
    return _widened(np.isin(movement, (LEFT, LAPSED, IN_AND_OUT)), books)


def _widened(flags: Flags, books: Books) -> Flags:
    return np.append(flags, np.zeros(books.registered_count - len(flags), dtype=bool))


def _reasons(books: Books, who: Numbers, claimed_on: Numbers, *, made: Claims, span: Span) -> dict[str, Flags]:
    first = np.append(books.first_started_on, np.full(books.registered_count - books.customers_count, NEVER))[who]
    never = first == NEVER
    if made.claimed == "new":
        is_near = ~never & (np.abs(claimed_on - first) <= TIMING_DAYS)
        elsewhere = ~never & (is_near | (first >= span.closes_on))
        return {"never_a_customer": never, "other_period": elsewhere, "customer_before": ~never & ~elsewhere}
    is_one = _widened(is_customer(books, span.closes_on - 1), books)[who] & ~never
    near = ~never & ~is_one & _ended_near(books, who, claimed_on)
    elsewhere = near | (~never & ~is_one & (first >= span.closes_on))
    gone = ~never & ~is_one & ~elsewhere
    return {"never_a_customer": never, "still_a_customer": is_one, "other_period": elsewhere, "gone_before": gone}


def _ended_near(books: Books, who: Numbers, claimed_on: Numbers) -> Flags:
    """Whether any spell of each customer ended near the day of its claim."""
    claimed = np.full(books.registered_count, NEVER)
    claimed[who] = claimed_on
    spells = books.spells
    near = np.abs(spells.ended_on - claimed[spells.customer]) <= TIMING_DAYS
    found = np.zeros(books.registered_count, dtype=bool)
    found[spells.customer[near]] = True
    return found[who]
