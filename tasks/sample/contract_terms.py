"""The contracts of the scenario's customers: terms that follow one another, further contracts beside them, and some that do not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.assumptions import BUYS, CONTRACT_CENTS_OF_TYPE, CURRENCY_OF_REGION, PLANS
from tasks.sample.random_numbers import Flags, Numbers, amounts_around, below, between, happens, one_of
from tasks.sample.scenario import COVERED_FROM, COVERED_THROUGH, weights_of

if TYPE_CHECKING:
    from tasks.sample.scenario import Customers, Scenario, Spells

OPEN = 10**6
"""End of a contract that has none: a day later than all that are asked for."""
IN_FORCE, CANCELLED, DRAFT = range(3)
"""States of a contract; cancelled and draft do not count."""
PER_YEAR = (12, 4, 2, 1)
"""How often an amount recurs: by the month, quarter, half-year, year."""
PER_WEIGHTS = (50, 15, 5, 30)
STEP_PERCENT = (100, 103, 106, 112, 88)
"""By how much the amount changes from one term to the next."""
STEP_WEIGHTS = (40, 25, 15, 10, 10)
TERM_MONTHS = 12
MOST_TERMS = 6
LATEST_DAY_OF_MONTH = 28
YEARLY_TERMS_PER_MILLE = 600
FURTHER_PER_MILLE = 120
FURTHER_AFTER_DAYS = 60
SHORTEST_CONTRACT_DAYS = 90
DO_NOT_COUNT_PER_MILLE = 12


@dataclass(frozen=True)
class ContractTerms:
    """Rows of the contracts, amounts in cents of the row's own currency."""

    customer: Numbers
    starts_on: Numbers
    ends_on: Numbers
    cents: Numbers
    per: Numbers
    currency: Numbers
    product: Numbers
    seats: Numbers
    status: Numbers

    @property
    def annual_cents(self) -> Numbers:
        """What recurs in a year, in the row's own currency."""
        return self.cents * np.asarray(PER_YEAR)[self.per]


@dataclass(frozen=True)
class _Terms:
    """Who agreed from when to when, and in which term of how many so far."""

    spell: Numbers
    starts_on: Numbers
    ends_on: Numbers
    term: Numbers
    status: Numbers

    def at(self, picked: Numbers | Flags) -> _Terms:
        return _Terms(self.spell[picked], self.starts_on[picked], self.ends_on[picked], self.term[picked], self.status[picked])

    @classmethod
    def together(cls, *parts: _Terms) -> _Terms:
        names = ("spell", "starts_on", "ends_on", "term", "status")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def contract_terms_of(scenario: Scenario) -> ContractTerms:
    """Every contract of the history, in order of days."""
    spells = scenario.spells.at(scenario.customers.buying_mode[scenario.spells.customer] != BUYS)
    covered_until = _covered_until(spells)
    further = _further_contracts(spells, covered_until)
    terms = _Terms.together(_terms(spells, covered_until), further, _contracts_that_do_not_count(spells))
    terms = terms.at(np.lexsort((terms.term, terms.spell, terms.starts_on)))
    return _with_amounts(terms, spells.customer[terms.spell], customers=scenario.customers)


def _covered_until(spells: Spells) -> Numbers:
    """First day without a contract: when the customer told us; open as long as it is one; earlier where it went on buying, then silent."""
    length = np.maximum(spells.ended_on - spells.started_on - SHORTEST_CONTRACT_DAYS, 1)
    earlier = spells.started_on + SHORTEST_CONTRACT_DAYS + below("contract ends", spells.customer, limit=length)
    return np.where(~spells.is_over, OPEN, np.where(spells.is_end_reported, spells.ended_on, earlier))


def _terms(spells: Spells, covered_until: Numbers) -> _Terms:
    numbers = np.arange(len(spells.customer))
    is_yearly = happens("pays by the term", spells.customer, per_mille=YEARLY_TERMS_PER_MILLE)
    decided_until = np.minimum(covered_until, COVERED_THROUGH + 1)
    parts = []
    for term in range(MOST_TERMS):
        starts_on = term_start(spells.started_on, term)
        ends_on = np.where(is_yearly, np.minimum(term_start(spells.started_on, term + 1), covered_until), covered_until)
        terms = _Terms(numbers, starts_on, ends_on, np.full(len(numbers), term), np.full(len(numbers), IN_FORCE))
        parts.append(terms.at((starts_on < decided_until) & (is_yearly | (term == 0))))
    return _Terms.together(*parts)


def term_start(started_on: Numbers, term: int) -> Numbers:
    """The day on which a term starts: so many years after the first, on a day that every month has."""
    if term == 0:
        return started_on
    day = started_on.astype("M8[D]")
    month = day.astype("M8[M]")
    day_of_month = np.minimum((day - month.astype("M8[D]")).astype(np.int64), LATEST_DAY_OF_MONTH - 1)
    return (month + np.timedelta64(TERM_MONTHS * term, "M")).astype("M8[D]").astype(np.int64) + day_of_month


def _further_contracts(spells: Spells, covered_until: Numbers) -> _Terms:
    """A second contract beside the first, until the same day."""
    last_start = np.minimum(covered_until, COVERED_THROUGH + 1) - 1
    earliest = spells.started_on + FURTHER_AFTER_DAYS
    numbers = np.flatnonzero((last_start >= earliest) & happens("second contract", spells.customer, per_mille=FURTHER_PER_MILLE))
    starts_on = between("second contract from", numbers, first=earliest[numbers], last=last_start[numbers])
    return _Terms(numbers, starts_on, covered_until[numbers], np.full(len(numbers), MOST_TERMS), np.full(len(numbers), IN_FORCE))


def _contracts_that_do_not_count(spells: Spells) -> _Terms:
    numbers = np.flatnonzero(happens("unsigned contract", spells.customer, per_mille=DO_NOT_COUNT_PER_MILLE))
    starts_on = between("unsigned contract from", numbers, first=COVERED_FROM, last=COVERED_THROUGH)
    status = between("unsigned contract is", numbers, first=CANCELLED, last=DRAFT)
    return _Terms(numbers, starts_on, starts_on + 365, np.full(len(numbers), MOST_TERMS), status)


def _with_amounts(terms: _Terms, customer: Numbers, *, customers: Customers) -> ContractTerms:
    numbers = np.arange(len(customer))
    per = one_of("recurs per", customer, weights=PER_WEIGHTS)
    seats = 1 + one_of("seats", customer, weights=(60, 20, 10, 6, 4)) * (customers.customer_type[customer] > 0)
    cents = _monthly_cents(terms, customer, customer_type=customers.customer_type[customer]) * seats * 12 // np.asarray(PER_YEAR)[per]
    return ContractTerms(
        customer=customer,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        cents=cents,
        per=per,
        currency=np.asarray(CURRENCY_OF_REGION)[customers.region[customer]],
        product=one_of("plan", np.where(terms.term == MOST_TERMS, numbers, customer), weights=weights_of(PLANS)),
        seats=seats,
        status=terms.status,
    )


def _monthly_cents(terms: _Terms, customer: Numbers, *, customer_type: Numbers) -> Numbers:
    tables = np.stack([amounts_around(cents, spread=0.5) for cents in CONTRACT_CENTS_OF_TYPE])
    cents = tables[customer_type, below("recurring amount", customer, limit=tables.shape[1])]
    for term in range(1, MOST_TERMS):
        step = np.asarray(STEP_PERCENT)[one_of(f"step of term {term}", customer, weights=STEP_WEIGHTS)]
        cents = np.where((terms.term >= term) & (terms.term < MOST_TERMS), cents * step // 100, cents)
    return np.where(terms.term == MOST_TERMS, cents * 3 // 10, cents)
