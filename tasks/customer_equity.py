"""Weigh what customers are still expected to bring: models fitted on a day, the flow of a period, the last year held out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ibis import _

from config.language import Message, gettext_noop
from config.whole_files import is_usable
from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.movements import LedgerRules
from tasks.customer_math.lifetime import plain_rule, summaries
from tasks.customer_math.lifetime.contract_groups import YEAR_DAYS
from tasks.customer_math.lifetime.equity import Outlook
from tasks.customer_math.lifetime.estimation import log_interval
from tasks.customer_math.lifetime.fitting import NotFittedError
from tasks.customer_math.lifetime.flow import Expected, equity_flow, flow_residuals
from tasks.customer_math.lifetime.held_out import held_out_customers, held_out_lines, held_out_span
from tasks.customer_math.lifetime.leading_score import correlations, lead_of_score, scored_customers
from tasks.customer_math.lifetime.purchase_groups import spend_counts
from tasks.customer_math.lifetime.purchase_spend import dependence
from tasks.customer_math.lifetime.valuation import View
from tasks.reporting.worth import (
    ChannelLine,
    EquityFlow,
    GroupLine,
    HeldOut,
    HeldOutLine,
    LostLine,
    ParameterLine,
    ScoreLead,
    Worth,
    WorthDecile,
)
from tasks.store.engine import atomic_write, rows_in, rows_of, stored
from tasks.store.history import load_history
from tasks.store.ledgers import full_path
from tasks.valued_customers import Valuer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.lifetime.estimation import Estimate
    from tasks.customer_math.lifetime.held_out import HeldOutSpan
    from tasks.customer_math.lifetime.valuation import Assumptions

OPENING, AS_BEFORE, CLOSING, HELD_OUT = "opening", "as_before", "closing", "held_out"
"""Views of customers: at opening; at closing under the assumptions of the opening, and of the closing; without the last year."""


NOT_HELD_OUT = Message(gettext_noop("the extracts do not reach back far enough to leave out a quarter of a year"))
WITHIN = "within_"
"""How the names begin of views that reach a whole number of years ahead."""


def equity_path(ledger_folder: Path, period: Period) -> Path:
    """Where the flow statement of a period is kept, a row a customer."""
    return ledger_folder / f"equity-{period.name}.parquet"


def customer_worth(connection: Backend, company: Company, ledger_folder: Path, *, period: Period) -> Worth:
    """What customers are still expected to bring at closing, how that came about, and how well it would have been expected before.

    Writes the statement beside the ledger, a row a customer, where both ends could be valued.
    """
    valuer = Valuer(connection, company, load_history(connection, company, ledger_folder))
    calculator = _WorthCalculator(valuer, ledger_folder, period)
    settings = company.definitions.lifetime
    worth = Worth(is_margin=valuer.is_margin, discount_rate=settings.discount_rate, horizon_years=settings.horizon_years)
    try:
        closing = valuer.assumptions_on(period.closing_day)
    except NotFittedError as problem:
        return calculator.by_rule(worth, why=problem.why)
    try:
        opening = valuer.assumptions_on(period.opening_day)
    except NotFittedError as problem:
        valued, _at_closing = calculator.by_models(worth, closing, None)
        return replace(valued, why_no_flow=problem.why, **calculator.held_out())
    valued, at_closing = calculator.by_models(worth, closing, opening)
    return replace(valued, flow=calculator.stated_by_models(opening, at_closing), **calculator.held_out())


@dataclass(frozen=True)
class _WorthCalculator:
    """A period of a company, and what was computed of it once."""

    valuer: Valuer
    ledger_folder: Path
    period: Period

    @property
    def connection(self) -> Backend:
        return self.valuer.connection

    @property
    def company(self) -> Company:
        return self.valuer.company

    @property
    def history(self) -> History:
        return self.valuer.history

    @property
    def minor_units(self) -> int:
        return self.valuer.minor_units

    @cached_property
    def ledger(self) -> Table:
        return self.connection.read_parquet(full_path(self.ledger_folder, self.period), table_name="equity_ledger")

    @property
    def years_ahead(self) -> range:
        """The whole years from closing that end before the horizon does."""
        return range(1, self.company.definitions.lifetime.horizon_years)

    def money(self, amount: float) -> Decimal:
        return round(Decimal(amount), self.minor_units)

    def by_models(self, worth: Worth, closing: Assumptions, opening: Assumptions | None) -> tuple[Worth, Table]:
        """What models expect of everybody who is a customer at closing; and of each, by view."""
        view = View(closing, self.valuer.outlook)
        customers = self.valuer.customers_on(self.period.closing_day, closing, among=self.closing_customers)
        expected = customers.expected({CLOSING: view, **self.as_before(opening)})
        value, error = customers.total(view)
        low, high = log_interval(value, standard_error=error)
        valued = replace(
            self.valued(worth, expected),
            low_amount=self.money(low),
            high_amount=self.money(high),
            margin_rate=closing.margin_rate,
            parameters=tuple(_parameter_lines(closing)),
            dependence=self.dependence() if closing.purchases else None,
        )
        return valued, expected

    def by_rule(self, worth: Worth, *, why: Message) -> Worth:
        """What the plain rule expects where no model can be fitted; nothing of fewer customers than a model needs."""
        if rows_in(self.connection, self.closing_customers) < self.company.definitions.lifetime.fewest_customers_count:
            return replace(worth, why_not=why)
        rates = {
            name: self.valuer.margin_rate(day) for name, day in ((AS_BEFORE, self.period.opening_day), (CLOSING, self.period.closing_day))
        }
        at_opening = self.expected_by_rule(self.period.opening_day, {OPENING: rates[AS_BEFORE]}, among=self.opening_customers)
        at_closing = self.expected_by_rule(self.period.closing_day, rates, among=self.closing_customers)
        worth = replace(worth, why_rule=why, horizon_years=plain_rule.YEARS, margin_rate=rates[CLOSING])
        (opening,) = rows_of(self.connection, summaries.sum_of_column(at_opening, OPENING))
        ahead = float(opening["amount"]) * (1 + self.valuer.outlook.discount_rate) ** (plain_rule.YEARS / 2) * self.years
        flow = self.stated(at_opening, at_closing, expected_margin=ahead)
        return replace(self.valued(worth, at_closing), flow=flow, **self.held_out_by_rule())

    def expected_by_rule(self, day: date, margin_rates: Mapping[str, float], *, among: Table) -> Table:
        rate = self.valuer.outlook.discount_rate
        return stored(
            self.connection,
            plain_rule.expected_by_rule(self.history, day, margin_rates=margin_rates, discount_rate=rate, among=among),
        )

    @property
    def opening_customers(self) -> Table:
        return self.ledger.filter(_.is_active_at_opening)

    @property
    def closing_customers(self) -> Table:
        return self.ledger.filter(_.is_active_at_closing)

    @property
    def years(self) -> float:
        """How long the period is."""
        return (self.period.closes_on - self.period.opens_on).days / YEAR_DAYS

    def valued(self, worth: Worth, expected: Table) -> Worth:
        """What is expected of everybody who is a customer at closing, in all, by tenths and of those at risk."""
        by_customer = stored(self.connection, summaries.equity_by_customer(self.closing_customers, expected_by(expected, CLOSING)))
        deciles = tuple(WorthDecile(**row) for row in rows_of(self.connection, summaries.by_decile(by_customer)))
        return replace(
            worth,
            equity_amount=sum((decile.equity_amount for decile in deciles), self.money(0)),
            customers_count=sum(decile.customers_count for decile in deciles),
            value_amount=sum((decile.value_amount for decile in deciles), self.money(0)),
            deciles=deciles,
            at_risk={
                row["reason"]: (row["customers_count"], row["equity_amount"])
                for row in rows_of(self.connection, summaries.at_risk(by_customer))
            },
        )

    def as_before(self, opening: Assumptions | None) -> dict[str, View]:
        """How those at closing are looked at under the assumptions of the opening: as far as the company looks, and year by year."""
        if opening is None:
            return {}
        outlook, years = self.valuer.outlook, self.years_ahead if self.has_channel_costs else ()
        ahead = {within(year): View(opening, replace(outlook, years=year)) for year in years}
        return {AS_BEFORE: View(opening, outlook), **ahead}

    @property
    def has_channel_costs(self) -> bool:
        """Whether what a channel brings can be held against what it cost."""
        return "acquisitions.channel" in self.company.supplied and self.history.campaigns is not None

    def dependence(self) -> tuple[float, float, float]:
        """How far who buys often spends more a time, at closing."""
        correlation = dependence(spend_counts(self.valuer.spend_groups(self.period.closing_day)))
        return correlation.value, correlation.low, correlation.high

    def stated_by_models(self, opening: Assumptions, at_closing: Table) -> EquityFlow:
        """The flow statement of what the models of both ends expected."""
        view = View(opening, self.valuer.outlook)
        customers = self.valuer.customers_on(self.period.opening_day, opening, among=self.opening_customers)
        ahead, _error = customers.total(replace(view, outlook=Outlook(0.0, self.years)))
        return self.stated(customers.expected({OPENING: view}), at_closing, expected_margin=ahead)

    def stated(self, at_opening: Table, at_closing: Table, *, expected_margin: float) -> EquityFlow:
        """The flow statement of the period, whose file is written."""
        expected = Expected(
            opening=expected_by(at_opening, OPENING),
            closing_as_before=expected_by(at_closing, AS_BEFORE),
            closing=expected_by(at_closing, CLOSING),
        )
        path, rate = equity_path(self.ledger_folder, self.period), self.valuer.outlook.discount_rate
        flow = self.written_flow(path, expected, unwinding_rate=(1 + rate) ** self.years - 1)
        return self.summed(flow, at_closing, expected_margin=expected_margin)

    def written_flow(self, path: Path, expected: Expected, *, unwinding_rate: float) -> Table:
        """The statement in its file; raises AssertionError where a customer's line does not end where it should."""
        if not is_usable(path):
            segments = tuple(self.company.definitions.segments)
            statement = equity_flow(
                self.ledger,
                expected,
                unwinding_rate=unwinding_rate,
                is_margin=self.valuer.is_margin,
                minor_units=self.minor_units,
                segments=segments,
            )
            with atomic_write(path) as unfinished:
                self.connection.to_parquet(statement.order_by("customer_id"), unfinished)
        flow = self.connection.read_parquet(path, table_name="equity_flow")
        assert rows_of(self.connection, flow_residuals(flow).limit(1)) == [], "a line of the equity flow statement is missing"
        return flow

    def summed(self, flow: Table, at_closing: Table, *, expected_margin: float) -> EquityFlow:
        """Every line of the statement, in money and customers."""
        rows, segments = rows_of(self.connection, summaries.flow_sums(flow)), tuple(self.company.definitions.segments)
        (of_opening,) = rows_of(self.connection, summaries.margin_of_opening(flow))
        return EquityFlow(
            amounts={row["measure"]: round(row["amount"], self.minor_units) for row in rows},
            customers={row["measure"]: row["customers_count"] for row in rows},
            expected_margin_amount=self.money(expected_margin),
            margin_of_opening_amount=round(of_opening["amount"], self.minor_units),
            acquisition_cost_amount=self.acquisition_cost(),
            lost=tuple(LostLine(**row) for row in rows_of(self.connection, summaries.lost_by_movement(flow))),
            groups=tuple(GroupLine(**row) for row in rows_of(self.connection, summaries.by_group(flow, segments))) if segments else (),
            channels=tuple(self.channels(flow, at_closing)) if "acquisitions.channel" in self.company.supplied else (),
        )

    def channels(self, flow: Table, at_closing: Table) -> Iterator[ChannelLine]:
        """The new customers by channel, each with what it cost in the period, and when that is paid back by what they bring."""
        cost: dict[str, Decimal] = {}
        if self.history.campaigns is not None:
            spent = summaries.cost_by_channel(self.history.campaigns, first=self.period.opens_on, last=self.period.closing_day)
            cost = {row["channel"]: row["amount"] for row in rows_of(self.connection, spent)}
        ahead = self.ahead_by_channel(at_closing) if cost else {}
        for row in rows_of(self.connection, summaries.new_by_channel(self.ledger, flow)):
            spent = cost.get(row["channel"])
            came = [row["received_amount"] + amount for amount in ahead.get(row["channel"], [Decimal(0)])]
            within_years = None if spent is None else next((years for years, amount in enumerate(came) if amount >= spent), None)
            yield ChannelLine(**row, cost_amount=spent, pay_back_years=within_years)

    def ahead_by_channel(self, at_closing: Table) -> dict[str, list[Decimal]]:
        """What is expected of the new customers of each channel within 0, 1, 2, ... years from closing, as the statement expects it."""
        years = [name for name in at_closing.columns if name.startswith(WITHIN)] + [AS_BEFORE]
        rows = rows_of(self.connection, summaries.to_come_by_channel(self.ledger, at_closing.select("customer_id", *years)))
        return {row["channel"]: [self.money(0), *(row[name] for name in years)] for row in rows}

    def acquisition_cost(self) -> Decimal | None:
        """What campaigns cost in the period; none where no extract says."""
        if self.history.campaigns is None:
            return None
        cost = summaries.campaigns_cost(self.history.campaigns, first=self.period.opens_on, last=self.period.closing_day)
        return round(rows_of(self.connection, cost)[0]["amount"], self.minor_units)

    @cached_property
    def span(self) -> HeldOutSpan | None:
        """The days that are held out; none where there are too few."""
        return held_out_span(rows_of(self.connection, summaries.first_day(self.history))[0]["day"], self.period.closing_day)

    def held_out(self) -> dict[str, Any]:
        """What would have been expected without the last year, against what came; or why that cannot be told."""
        if self.span is None:
            return {"why_not_held_out": NOT_HELD_OUT}
        try:
            believed = replace(self.valuer.assumptions_on(self.span.day), margin_rate=1.0)
        except NotFittedError as problem:
            return {"why_not_held_out": problem.why}
        ahead = View(believed, Outlook(0.0, self.span.days_count / YEAR_DAYS))
        expected = self.valuer.customers_on(self.span.day, believed).expected({HELD_OUT: ahead})
        every = held_out_customers(self.history, expected_by(expected, HELD_OUT), self.span, rules=self.rules)
        return {"held_out": self.compared(stored(self.connection, every), self.span)}

    def held_out_by_rule(self) -> dict[str, Any]:
        """What the plain rule would have said without the last year, against what came; or why that cannot be told."""
        if self.span is None:
            return {"why_not_held_out": NOT_HELD_OUT}
        expected = plain_rule.expected_in_days(self.history, self.span.day, days_count=self.span.days_count)
        every = held_out_customers(self.history, expected, self.span, rules=self.rules)
        return {"held_out": self.compared(stored(self.connection, every), self.span)}

    @property
    def rules(self) -> LedgerRules:
        return LedgerRules.of(self.company.definitions)

    def compared(self, every: Table, span: HeldOutSpan) -> HeldOut:
        lines = {
            name: tuple(HeldOutLine(**row) for row in rows_of(self.connection, table))
            for name, table in held_out_lines(every, span).items()
        }
        (errors,) = rows_of(self.connection, summaries.root_mean_squares(every))
        return HeldOut(
            day=span.day,
            days_count=span.days_count,
            recorded_days_count=(span.day - span.first_day).days + 1,
            whole=lines[ALL][0],
            expected_error=errors["expected"],
            rule_error=errors["rule"],
            deciles=lines["decile"],
            cohorts=lines["cohort"],
            lead=None if self.history.surveys is None else self.lead(every, self.history.surveys, span=span),
        )

    def lead(self, every: Table, surveys: Table, *, span: HeldOutSpan) -> ScoreLead | None:
        """Whether a score of before the held-out days orders what came in them."""
        (measured,) = rows_of(self.connection, correlations(scored_customers(every, surveys, span)))
        intervals = lead_of_score(measured)
        if intervals is None:
            return None
        alone, beyond = ((interval.value, interval.low, interval.high) for interval in intervals)
        return ScoreLead(measured["customers_count"], alone, beyond)


def expected_by(expected: Table, name: str) -> Table:
    """What is expected of each customer in one of the views: customer_id, equity_amount."""
    return expected.select("customer_id", equity_amount=expected[name])


def within(year: int) -> str:
    """The name of the view so many years ahead."""
    return f"{WITHIN}{year}"


def _parameter_lines(assumptions: Assumptions) -> Iterator[ParameterLine]:
    if assumptions.purchases is not None:
        yield from _lines_of(gettext_noop("Purchases"), assumptions.purchases.activity)
        yield from _lines_of(gettext_noop("Spend"), assumptions.purchases.spend)
    for group, model in assumptions.contracts.items():
        yield from _lines_of(gettext_noop("Contracts"), model.survival, group="" if group == ALL else group)


def _lines_of(model: str, estimate: Estimate, *, group: str = "") -> Iterator[ParameterLine]:
    for name, interval in estimate.intervals().items():
        counts = (estimate.customers_count, estimate.groups_count, estimate.log_likelihood)
        yield ParameterLine(model, name, interval.value, interval.low, interval.high, *counts, group)
