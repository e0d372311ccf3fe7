"""The planted answers on new customers: who came for the first time, by what, and what that first day brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.answer import Answers, Splitting
from tasks.sample.prospects import CAMPAIGNS, SOURCES
from tasks.sample.truth import NEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.sample.chance import Numbers
    from tasks.sample.truth import Books, Ledger

NOT_RECORDED = "not recorded"


def answer(books: Books, found: Ledger) -> Answers:
    """New customers and their value, first-time customers and their first purchases, by channel and campaign."""
    is_first = (books.first_started_on >= found.span.opens_on) & (books.first_started_on < found.span.closes_on)
    is_new = found.movement == NEW
    measures = {
        "new_customers": is_new.astype(np.int64),
        "new_amount": (found.closing_cents - found.fx_cents - found.opening_cents) * is_new,
        "first_time_customers": is_first.astype(np.int64),
        "first_purchase_amount": first_cents(books) * is_first,
    }
    return Answers(measures, ways(books, tuple(measures)))


def first_cents(books: Books) -> Numbers:
    """What each bought on its first day, and what contracts from that day bring in a year."""
    bought = books.bought_on == books.first_started_on[books.buyer]
    starts = books.starts_on == books.first_started_on[books.holder]
    annual = books.rates.in_euro(books.annual_cents[starts], currency=books.currency[starts], day=books.starts_on[starts])
    return added_up(books, books.buyer[bought], books.bought_cents[bought]) + added_up(books, books.holder[starts], annual)


def added_up(books: Books, customer: Numbers, values: Numbers) -> Numbers:
    """Whole numbers added up by customer: far below 2**53, so the sums are exact."""
    return np.bincount(customer, weights=values, minlength=books.customers_count).astype(np.int64)


def ways(books: Books, measures: tuple[str, ...]) -> dict[str, Splitting]:
    """By what each customer came: its prospect's source and campaign."""
    leads = books.leads
    told = {"channel": (SOURCES, leads.source), "campaign": (CAMPAIGNS, leads.campaign)}
    return {name: Splitting((*names, NOT_RECORDED), _way(books, names, of_lead), measures) for name, (names, of_lead) in told.items()}


def _way(books: Books, names: Sequence[str], of_lead: Numbers) -> Numbers:
    way = np.full(books.customers_count, len(names))
    way[books.leads.customer[books.leads.is_won]] = of_lead[books.leads.is_won]
    return way
