"""What is known of the customers: the four tables that all of customer math starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
from ibis import _
from ibis.expr.types import Table

from config.datasets import RECURS_PER_YEAR
from config.definitions import UNKNOWN_REASON
from tasks.customer_math.ledger.dates import later
from tasks.customer_math.ledger.recurrence import times_a_year

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.expr.types import BooleanValue, DateValue, DecimalValue

    from config.definitions import Activity, Definitions
    from tasks.customer_math.ledger.dates import Day

OPEN_ENDED = date(9999, 12, 31)
"""The end of a contract that has none: later than every day that is ever asked for."""
ALWAYS = date(1, 1, 1)
"""The first day of what has always been so."""
MONEY_DIGITS = 18
"""Digits of an amount: enough for a quadrillion in cents, and the widest that engines keep in one machine word."""
RATE_TYPE = "decimal(18, 8)"
EXTRACT_MONEY_TYPE = "decimal(18, 4)"
"""Amounts as extracts bring them, in whatever currency, before they are rounded to the company's minor unit."""

WIDE_MONEY_TYPE, WIDE_RATE_TYPE = "decimal(38, 4)", "decimal(38, 8)"
"""The same with room for each other's digits: an engine may multiply narrower ones in a machine word, which a million overflows."""


def money_type(minor_units: int) -> str:
    """The exact type of amounts in a currency of so many decimals."""
    return f"decimal({MONEY_DIGITS}, {minor_units})"


@dataclass(frozen=True)
class Prepared:
    """What every period asks of a history, made of it once: who uses it asks for nothing else than it was made for.

    `spells`: as `spells` gives them. `first_days`: as `first_days` gives them. `purchase_values`: day, customer_id,
    amount, as `purchase_values` gives them for the days; None where the company has no purchases.
    """

    activity: Activity
    value_days: int
    days: frozenset[date]
    spells: Table
    first_days: Table
    purchase_values: Table | None


@dataclass(frozen=True)
class History:
    """What was bought, agreed and told, in the company's own words and days; a table is None where the company has none of it.

    `purchases`: customer_id, purchased_on, amount (company's currency, at the rate of the day; refunds negative),
    product_group (may be empty), cost_amount (company's currency; may be empty), is_qualifying (see `counted_purchases`).
    `contracts`: customer_id, contract_id, starts_on, ends_on (OPEN_ENDED if open), annual_amount (in `currency`),
    currency, product_group, seats_count (both may be empty), due_on, term_starts_on, term_ends_on. A row is a version: what
    was agreed on the days from one to before the other. Versions that follow each other without a gap make one term, which
    has come due where its last version ends on the day that it names (due_on); one that is replaced before has not.
    A deduction (is_deduction, such as a discount) lessens value and is no agreement: see `agreements`.
    `departures`: customer_id, departed_on, reason_code, silo.
    `called`: the same of lost customers who were called and gave a reason; the day is the one on which they went. They end nothing.
    `rates`: currency, rate_on, rate_through (days from which and through which the rate holds), rate; the company's own
    currency is among them.
    `attributes`: customer_id, from_on, until_on, and a column for every segment: its groups on the days from one to
    before the other.
    `acquisitions`: customer_id, contacted_on, channel, campaign (both may be empty), one row a customer at most.
    `campaigns`: campaign, channel (may be empty), spent_on, cost_amount (company's currency).
    `referrals`: referral_id, customer_id, referred_customer_id (may be empty), referred_on, reason_code (may be empty).
    `tickets`: customer_id, opened_on, closed_on, category, stage (all may be empty but the first two), is_complaint.
    `surveys`: customer_id, answered_on, score, occasion, reason_code (all may be empty but the first two).
    `comparisons`: customer_id, answer_id, answered_on, own_worth, competitor_worth, brands_count, half_ranks (our place among the
    brands, times two), spend_amount (company's currency): answers about us and others, all empty but the first three.
    `purchase_days`: customer_id, bought_on, gap_days, made of the purchases for all periods at once (see `habits`); where
    it is not there, each period makes its own; so it is with what is `prepared`.
    Rows in a state that the company excludes are not in it.
    """

    purchases: Table | None
    contracts: Table | None
    departures: Table | None
    rates: Table
    attributes: Table
    minor_units: int
    acquisitions: Table | None = None
    campaigns: Table | None = None
    referrals: Table | None = None
    tickets: Table | None = None
    surveys: Table | None = None
    comparisons: Table | None = None
    called: Table | None = None
    purchase_days: Table | None = None
    prepared: Prepared | None = None
    data_through: Day | None = None
    """The last day that the extracts which make customers active cover; none: as far as each period goes."""

    @property
    def tables(self) -> dict[str, Table]:
        """Every table that there is, by its name."""
        values = {**vars(self), **(vars(self.prepared) if self.prepared else {})}
        return {name: value for name, value in values.items() if isinstance(value, Table)}

    def narrowed(self, *, purchases: Callable[[Table], BooleanValue], contracts: Callable[[Table], BooleanValue]) -> History:
        """The same history with only the purchases and contracts that meet a condition."""
        bought = self.purchases.filter(purchases(self.purchases)) if self.purchases is not None else None
        agreed = self.contracts.filter(contracts(self.contracts)) if self.contracts is not None else None
        return replace(self, purchases=bought, contracts=agreed, prepared=None)


def counted_purchases(accepted: Table, rates: Table, definitions: Definitions) -> Table:
    """The purchases that count, in the company's currency: as History has them, with currency; amount empty: no rate for the day.

    Those in a state that the company excludes count for nothing. One qualifies, and makes its customer active, if its amount
    is more than 0 after it is rounded to the minor unit; one of 0 does where the company counts it.
    """
    counted = accepted.filter(~is_excluded(accepted, definitions))
    priced = with_rate(counted, rates, on=counted.purchased_on)
    amount, cost = (
        in_company_currency(column, priced.rate, minor_units=definitions.minor_units) for column in (priced.amount, priced.cost_amount)
    )
    is_free = (priced.amount >= 0) & (amount == 0) if definitions.activity.zero_amount_counts else ibis.literal(False)
    is_qualifying = ((amount > 0) | is_free).fill_null(False)
    columns = ("customer_id", "purchased_on", "currency", "product_group")
    return priced.select(*columns, amount=amount, cost_amount=cost, is_qualifying=is_qualifying)


def counted_contracts(accepted: Table, definitions: Definitions) -> Table:
    """The contracts that count, a row for each version of theirs, as History has them."""
    counted = accepted.filter(~is_excluded(accepted, definitions))
    starts_on, due_on = ibis.greatest(counted.starts_on, counted.held_from_on), counted.ends_on.fill_null(ibis.literal(OPEN_ENDED))
    ends_on = ibis.least(due_on, counted.held_until_on)
    per_year = ibis.cases((counted.recurring_per.isnull(), RECURS_PER_YEAR["year"]), else_=times_a_year(counted.recurring_per))
    return counted.select(
        "customer_id",
        "currency",
        "product_group",
        "seats_count",
        "is_deduction",
        contract_id=counted.contract_id.fill_null(counted.record_key),
        starts_on=starts_on,
        ends_on=ends_on,
        due_on=due_on,
        term_starts_on=counted.term_starts_on.fill_null(starts_on),
        term_ends_on=counted.term_ends_on.fill_null(ends_on),
        annual_amount=(counted.recurring_amount * per_year).cast(EXTRACT_MONEY_TYPE),
    )


def stated_departures(accepted: Table) -> Table:
    """The departures that customers told us of, as History has them (UNKNOWN_REASON where a reason is empty)."""
    return accepted.select("customer_id", "departed_on", "silo", reason_code=_.reason_code.fill_null(UNKNOWN_REASON))


def called_reasons(accepted: Table) -> Table:
    """The reasons that lost customers gave when they were called, as History has them."""
    given = accepted.filter(accepted.called_on.notnull() & accepted.reason_code.notnull())
    return given.select("customer_id", "silo", "reason_code", departed_on=given.lost_on)


def is_excluded(accepted: Table, definitions: Definitions) -> BooleanValue:
    """Whether a purchase or contract counts for nothing, being in a state that the company excludes."""
    return accepted.status.isin(definitions.activity.excluded_statuses).fill_null(False)


def covers_no_day(contracts: Table) -> BooleanValue:
    """Whether a contract ends on the day on which it starts, so that nobody is a customer by it."""
    return (contracts.ends_on <= contracts.starts_on).fill_null(False)


def agreements(contracts: Table) -> Table:
    """The contracts, as History has them, that make somebody a customer: those that cover a day, and are no deductions."""
    return contracts.filter(~contracts.is_deduction & (contracts.starts_on < contracts.ends_on))


def days_without_rate(contracts: Table, rates: Table, *, first_day: date, last_day: date) -> Table:
    """The days between two on which contracts ran in a currency that has no rate: currency, day, rows_count (contracts)."""
    running = contracts.group_by("currency").agg(first_on=_.starts_on.min(), last_on=_.ends_on.max(), rows_count=_.count())
    from_on, until_on = (ibis.literal(day).cast("timestamp") for day in (first_day, last_day + timedelta(days=1)))
    every_day = ibis.range(from_on, until_on, ibis.interval(days=1)).unnest()
    needed = running.cross_join(every_day.name("day_at").as_table()).mutate(day=_.day_at.cast("date"))
    needed = needed.filter((needed.day >= needed.first_on) & (needed.day < needed.last_on))
    has_rate = [needed.currency == rates.currency, needed.day >= rates.rate_on, needed.day <= rates.rate_through]
    missing = needed.anti_join(rates, has_rate)
    return missing.group_by("currency").agg(day=_.day.min(), rows_count=_.rows_count.max())


def with_rate(rows: Table, rates: Table, *, on: DateValue) -> Table:
    """Rows with the rate of their currency on a day of each; empty where there is none.

    A rate holds for a run of days. It is looked up once for each currency and day that occur, so that a million rows are
    matched by what equals and not by what lies between.
    """
    dated = rows.mutate(rate_day=on)
    days = dated.select("currency", "rate_day").distinct()
    is_its_rate = [days.currency == rates.currency, days.rate_day >= rates.rate_on, days.rate_day <= rates.rate_through]
    by_day = days.join(rates, is_its_rate).select("currency", "rate_day", "rate")
    return dated.left_join(by_day, ["currency", "rate_day"]).drop("currency_right", "rate_day_right", "rate_day")


def rates_table(accepted: Table, definitions: Definitions) -> Table:
    """The days for which each rate holds: currency, rate_on, rate_through, rate; the company's own currency needs none."""
    foreign = accepted.filter(accepted.currency != definitions.currency)
    next_on = foreign.rate_on.lead().over(group_by="currency", order_by="rate_on")
    carried_through = later(foreign.rate_on, definitions.value.rate_carried_days)
    until_next = later(next_on, -1).fill_null(carried_through)
    return foreign.select("currency", "rate_on", rate_through=ibis.least(carried_through, until_next), rate=foreign.rate.cast(RATE_TYPE))


def own_rate(definitions: Definitions) -> Table:
    """The company's own currency, always worth 1: currency, rate_on, rate_through, rate."""
    always = {"currency": [definitions.currency], "rate_on": [ALWAYS], "rate_through": [OPEN_ENDED], "rate": ["1"]}
    kinds = {"currency": "string", "rate_on": "date", "rate_through": "date", "rate": "string"}
    return ibis.memtable(always, schema=kinds).cast({"rate": RATE_TYPE})


def in_company_currency(amount: DecimalValue, rate: DecimalValue, *, minor_units: int) -> DecimalValue:
    """An amount at a rate, rounded half away from zero to the company's minor unit."""
    return (amount.cast(WIDE_MONEY_TYPE) * rate.cast(WIDE_RATE_TYPE)).round(minor_units).cast(money_type(minor_units))


def no_money(minor_units: int) -> DecimalValue:
    """Nothing, as an amount of the company's currency."""
    return ibis.literal(0).cast(money_type(minor_units))
