"""The years played through, quarter by quarter: who comes, who goes, on which day, until the scenario is complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.assumptions import BUYS, LAPSE_DAYS, PRICE_RISE_QUARTERS, REGION_OF_THE_PRICE_RISE, SUBSCRIBES
from tasks.sample.random_numbers import Flags, Numbers, below, between, chosen, happens
from tasks.sample.scenario import COVERED_THROUGH, Customers, Scenario, Spells, day_number, flows

if TYPE_CHECKING:
    from tasks.sample.scenario import Flow

SHORT_STAY_DAYS = 60
"""Longest stay of a customer who comes and goes within a quarter."""
DAYS_BEFORE_BACK = 20
"""Nobody goes out and comes back in the last so many days of a quarter: there would be no room."""
LATEST_DAY_OF_MONTH = 28
"""Contracts run from a day that every month has."""
NEVER = np.iinfo(np.int64).max


class Population:
    """Who is a customer at the moment, and since when, while the years are played through."""

    def __init__(self, most: int) -> None:
        self.customers = Customers.drawn(most)
        self.started_on = np.zeros(most, dtype=np.int64)
        self.last_ended_on = np.full(most, NEVER)
        self.is_active = np.zeros(most, dtype=bool)
        self.count = 0
        self.parts: list[Spells] = []

    @property
    def active(self) -> Numbers:
        """Numbers of the customers at the moment."""
        return np.flatnonzero(self.is_active)

    def went_before(self, day: int) -> Numbers:
        """Numbers of the former customers who went before a day."""
        return np.flatnonzero(~self.is_active & (self.last_ended_on < day))

    def newcomers(self, count: int) -> Numbers:
        """Numbers of so many customers who never were one."""
        self.count += count
        return np.arange(self.count - count, self.count, dtype=np.int64)

    def start(self, customer: Numbers, started_on: Numbers) -> None:
        """Customers come, each on its day."""
        self.is_active[customer] = True
        self.started_on[customer] = started_on

    def end(self, customer: Numbers, ended_on: Numbers, *, is_reported: Flags) -> None:
        """Customers go, each on its day; their spells are written down."""
        self.parts.append(Spells(customer, self.started_on[customer], ended_on, is_reported))
        self.is_active[customer] = False
        self.last_ended_on[customer] = ended_on


@dataclass(frozen=True)
class Going:
    """The customers at opening who go within a quarter."""

    lapsed: Numbers
    left: Numbers
    out_and_back: Numbers


def simulated(scale: float) -> Scenario:
    """The scenario of the whole history at a scale; at 1, some 120,000 customers at a time."""
    quarters = flows(scale)
    population = Population(most=sum(flow.new + flow.in_and_out for flow in quarters))
    for flow in quarters:
        simulate_quarter(population, flow)
    _plan_beyond_the_last_day(population)
    return Scenario(population.customers.first(population.count), Spells.together(population.parts))


def simulate_quarter(population: Population, flow: Flow) -> None:
    """One quarter: everyone who goes was there when it opened, or comes and goes within it."""
    going = _choose_who_goes(population, flow)
    back = _choose("returns", population.went_before(flow.opens_on), count=flow.returned, flow=flow)
    former = _without(population.went_before(flow.opens_on), back)
    briefly_back = _choose("returns briefly", former, count=min(flow.in_and_out // 5, len(former)), flow=flow)
    population.end(going.lapsed, _lapse_days(population, going.lapsed, flow=flow), is_reported=np.zeros(len(going.lapsed), dtype=bool))
    population.end(going.left, _reported_days(population, going.left, flow=flow), is_reported=np.ones(len(going.left), dtype=bool))
    _simulate_out_and_back(population, going.out_and_back, flow=flow)
    coming = np.concatenate([back, population.newcomers(flow.new)])
    population.start(coming, between(f"comes {flow.opens_on}", coming, first=flow.opens_on, last=flow.closes_on - 1))
    _simulate_in_and_out(population, np.concatenate([briefly_back, population.newcomers(flow.in_and_out - len(briefly_back))]), flow=flow)


def _choose(what: str, numbers: Numbers, *, count: int, flow: Flow, weights: Numbers | None = None) -> Numbers:
    return chosen(f"{what} {flow.opens_on}", numbers, count=count, weights=weights)


def _choose_who_goes(population: Population, flow: Flow) -> Going:
    active = population.active
    can_lapse = active[_can_lapse_by(population, active, day=flow.closes_on - 1)]
    lapsed = _choose("lapses", can_lapse, count=flow.lapsed, flow=flow, weights=_departure_weights(population, can_lapse, flow=flow))
    staying = _without(active, lapsed)
    left = _choose("leaves", staying, count=flow.left, flow=flow, weights=_departure_weights(population, staying, flow=flow))
    staying = _without(staying, left)
    return Going(lapsed, left, _choose("goes and is back", staying, count=flow.out_and_back, flow=flow))


def _without(customer: Numbers, gone: Numbers) -> Numbers:
    """The customers without some of them; both are in order, and nobody is in one of them twice."""
    return np.setdiff1d(customer, gone, assume_unique=True)


def _can_lapse_by(population: Population, customer: Numbers, *, day: int) -> Flags:
    """Whether silence can end it by that day: nobody lapses by contract, nor sooner than the lapse after the first purchase."""
    buys = population.customers.buying_mode[customer] != SUBSCRIBES
    return buys & (population.started_on[customer] + LAPSE_DAYS <= day)


def _departure_weights(population: Population, customer: Numbers, *, flow: Flow) -> Numbers:
    """How prone each is to go: after the price rise, those whom it hit the most; households and resellers more than others."""
    is_hit = population.customers.region[customer] == REGION_OF_THE_PRICE_RISE
    is_after = flow.opens_on in {day_number(day) for day in PRICE_RISE_QUARTERS}
    is_fickle = np.isin(population.customers.customer_type[customer], (0, 3))
    return 1 + is_fickle.astype(np.int64) + 3 * (is_hit & is_after)


def _lapse_days(population: Population, customer: Numbers, *, flow: Flow) -> Numbers:
    earliest = np.maximum(flow.opens_on, population.started_on[customer] + LAPSE_DAYS)
    return between(f"lapses on {flow.opens_on}", customer, first=earliest, last=flow.closes_on - 1)


def _reported_days(population: Population, customer: Numbers, *, flow: Flow) -> Numbers:
    """Days of leaving: any day for buyers; for most contracts, the day of the month on which they run out."""
    any_day = between(f"leaves on {flow.opens_on}", customer, first=flow.opens_on, last=flow.closes_on - 1)
    opens_in = np.full(len(customer), flow.opens_on).astype("M8[D]").astype("M8[M]")
    month = (opens_in + below("leaves in month", customer, limit=3).astype("m8[M]")).astype("M8[D]")
    started = population.started_on[customer].astype("M8[D]")
    day_of_month = np.minimum((started - started.astype("M8[M]")).astype(np.int64), LATEST_DAY_OF_MONTH - 1)
    on_term = month.astype(np.int64) + day_of_month
    has_contract = population.customers.buying_mode[customer] != BUYS
    fits = has_contract & happens("keeps the term", customer, per_mille=750) & (on_term < flow.closes_on)
    return np.where(fits, on_term, any_day)


def _simulate_out_and_back(population: Population, customer: Numbers, *, flow: Flow) -> None:
    latest = flow.closes_on - DAYS_BEFORE_BACK
    lapses = _can_lapse_by(population, customer, day=latest)
    earliest = np.where(lapses, np.maximum(flow.opens_on, population.started_on[customer] + LAPSE_DAYS), flow.opens_on)
    ended_on = between(f"is out on {flow.opens_on}", customer, first=earliest, last=np.maximum(earliest, latest))
    population.end(customer, ended_on, is_reported=~lapses)
    population.start(customer, between(f"is back on {flow.opens_on}", customer, first=ended_on + 2, last=flow.closes_on - 1))


def _simulate_in_and_out(population: Population, customer: Numbers, *, flow: Flow) -> None:
    started_on = between(f"comes briefly {flow.opens_on}", customer, first=flow.opens_on, last=flow.closes_on - 3)
    population.start(customer, started_on)
    latest = np.minimum(started_on + SHORT_STAY_DAYS, flow.closes_on - 1)
    ended_on = between(f"goes soon {flow.opens_on}", customer, first=started_on + 1, last=latest)
    population.end(customer, ended_on, is_reported=np.ones(len(customer), dtype=bool))


def _plan_beyond_the_last_day(population: Population) -> None:
    """Those who are still customers go on buying: their plan reaches beyond the last day, up to a lapse further."""
    customer = population.active
    earliest = np.maximum(COVERED_THROUGH + 1, population.started_on[customer] + LAPSE_DAYS)
    ended_on = earliest + below("goes on", customer, limit=LAPSE_DAYS)
    population.end(customer, ended_on, is_reported=np.zeros(len(customer), dtype=bool))
