"""The planted answers on renewals: terms due and how each is followed, repeat buying, reasons for staying, what comes due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.answer import Answers, Splitting
from tasks.sample.staying import STAYING_CODES
from tasks.sample.truth import is_customer

if TYPE_CHECKING:
    from tasks.sample.chance import Flags, Numbers
    from tasks.sample.truth import Books, Ledger, Span

GRACE_DAYS = 30
DUE_DAYS = (30, 60, 90)
NOT_KNOWN = STAYING_CODES.index("")
STAYING = ("taste", "habit", "care", "price", "plan", "no_reason_known", "8", "not_applicable")
"""The company's reasons for staying in the order of the form's numbers, none known, and the number that nobody mapped."""
BY_WORD = np.argsort(np.argsort(np.asarray(STAYING)))
"""Where each number's reason stands among all of them in the order of their words."""
OUTCOMES = ("on_time", "early", "beside", "late", "not_renewed")


@dataclass(frozen=True)
class _Due:
    """The terms that end in a period: their places in the books, how each is followed, what it brought in a year."""

    place: Numbers
    outcome: Numbers
    cents: Numbers


def answer(books: Books, found: Ledger) -> Answers:
    """Each customer's part in the question of who renewed."""
    due = _due(books, found.span)
    by_terms = _terms(books, due, span=found.span)
    at_opening, at_closing = (is_customer(books, day) for day in (found.span.opens_on - 1, found.span.closes_on - 1))
    stayed = at_closing & (at_opening | (by_terms["terms_due_count"] > 0))
    why = np.where(stayed, _latest_answer(books, found.span), STAYING.index("not_applicable"))
    measures = {
        **by_terms,
        **_ahead(books, found.span.closes_on - 1),
        **_bought_again(books, found.span, at_opening=at_opening),
        **_staying(found, stayed, why=why),
    }
    told_by = ("stayed_customers", "stayed_amount", "unmapped_staying_reason_customers")
    return Answers(measures, {"staying_reason": Splitting(STAYING, why, told_by)})


def _due(books: Books, span: Span) -> _Due:
    place = np.flatnonzero((books.ends_on >= span.opens_on) & (books.ends_on < span.closes_on) & (books.starts_on < books.ends_on))
    last_day = books.ends_on[place] - 1
    cents = books.rates.in_euro(books.annual_cents[place], currency=books.currency[place], day=last_day)
    return _Due(place, _outcomes(books, place), cents)


def _outcomes(books: Books, place: Numbers) -> Numbers:
    """How each term is followed, from every pair of a term and another contract of its customer."""
    order = np.argsort(books.holder, kind="stable")
    first, after = (np.searchsorted(books.holder[order], books.holder[place], side=side) for side in ("left", "right"))
    counts = after - first
    term = np.repeat(np.arange(len(place)), counts)
    other = order[np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(len(term))]
    starts_on, ends_on = books.starts_on[place][term], books.ends_on[place][term]
    next_starts_on = books.starts_on[other]
    goes_on = (books.ends_on[other] > ends_on) & (next_starts_on < books.ends_on[other])
    ways = (
        next_starts_on == ends_on,
        (next_starts_on < ends_on) & (next_starts_on > starts_on),
        next_starts_on <= starts_on,
        (next_starts_on > ends_on) & (next_starts_on <= ends_on + GRACE_DAYS),
    )
    outcome = np.full(len(place), OUTCOMES.index("not_renewed"))
    for number in reversed(range(len(ways))):
        outcome[term[goes_on & ways[number]]] = number
    return outcome


def _terms(books: Books, due: _Due, *, span: Span) -> dict[str, Numbers]:
    is_renewed = due.outcome != OUTCOMES.index("not_renewed")
    is_in_grace = ~is_renewed & (books.ends_on[due.place] + GRACE_DAYS > span.closes_on - 1)
    kinds = {"due": np.ones(len(due.place), dtype=bool), "renewed": is_renewed, "in_grace": is_in_grace}
    kinds |= {name: due.outcome == number for number, name in enumerate(OUTCOMES)}
    measures: dict[str, Numbers] = {}
    for kind, picked in kinds.items():
        holder = books.holder[due.place[picked]]
        measures[f"terms_{kind}_count"] = _sums(books, holder, np.ones(len(holder), dtype=np.int64))
        measures[f"terms_{kind}_amount"] = _sums(books, holder, due.cents[picked])
    has_due, has_failed = measures["terms_due_count"] > 0, measures["terms_not_renewed_count"] > 0
    heads = {"due_customers": has_due, "renewed_customers": has_due & ~has_failed, "not_renewed_customers": has_failed}
    return measures | {name: flags.astype(np.int64) for name, flags in heads.items()}


def _ahead(books: Books, closing: int) -> dict[str, Numbers]:
    measures: dict[str, Numbers] = {}
    for number, days in enumerate(DUE_DAYS, start=1):
        picked = (books.starts_on <= closing) & (books.ends_on > closing) & (books.ends_on <= closing + days)
        cents = books.rates.in_euro(books.annual_cents[picked], currency=books.currency[picked], day=closing)
        count = _sums(books, books.holder[picked], np.ones(int(picked.sum()), dtype=np.int64))
        measures[f"due_ahead_{number}_count"] = count
        measures[f"due_ahead_{number}_customers"] = (count > 0).astype(np.int64)
        measures[f"due_ahead_{number}_amount"] = _sums(books, books.holder[picked], cents)
    return measures


def _bought_again(books: Books, span: Span, *, at_opening: Flags) -> dict[str, Numbers]:
    first, after = np.searchsorted(books.bought_on, [span.opens_on, span.closes_on])
    buyer, cents = books.buyer[first:after], books.bought_cents[first:after]
    has_bought = (_sums(books, buyer, (cents > 0).astype(np.int64)) > 0) & at_opening
    return {"bought_again_customers": has_bought.astype(np.int64), "bought_again_amount": _sums(books, buyer, cents) * has_bought}


def _latest_answer(books: Books, span: Span) -> Numbers:
    """The latest reason for staying that each customer told; of two told on one day, the one that comes later by its word."""
    answers = books.answers
    told = np.flatnonzero((answers.day >= span.opens_on) & (answers.day < span.closes_on) & (answers.code != NOT_KNOWN))
    told = told[np.lexsort((BY_WORD[answers.code[told]], answers.day[told]))]
    why = np.full(books.customers_count, NOT_KNOWN)
    why[answers.customer[told]] = answers.code[told]
    return why


def _staying(found: Ledger, stayed: Flags, *, why: Numbers) -> dict[str, Numbers]:
    known = stayed & (why != NOT_KNOWN)
    return {
        "stayed_customers": stayed.astype(np.int64),
        "stayed_amount": found.closing_cents * stayed,
        "staying_reason_known_customers": known.astype(np.int64),
        "staying_reason_known_amount": found.closing_cents * known,
        "unmapped_staying_reason_customers": (stayed & (why == STAYING.index("8"))).astype(np.int64),
    }


def _sums(books: Books, customer: Numbers, values: Numbers) -> Numbers:
    """Sums by customer: whole numbers far below 2**53, so the sums are exact."""
    return np.bincount(customer, weights=values, minlength=books.customers_count).astype(np.int64)
