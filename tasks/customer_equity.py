"""Weigh what customers are still expected to bring: models fitted on a day, the flow of a period, the last year held out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ibis import _

from config.whole_files import is_usable
from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.movements import LedgerRules
from tasks.customer_math.ledger.segments import latest_groups
from tasks.customer_math.ledger.value import value_on
from tasks.customer_math.lifetime import contract_groups, purchase_groups, summaries
from tasks.customer_math.lifetime.contract_groups import YEAR_DAYS
from tasks.customer_math.lifetime.equity import Outlook
from tasks.customer_math.lifetime.estimation import log_interval
from tasks.customer_math.lifetime.fitting import NotFittedError, fitted_contracts, fitted_purchases
from tasks.customer_math.lifetime.flow import Expected, equity_flow, flow_residuals
from tasks.customer_math.lifetime.held_out import held_out_customers, held_out_lines, held_out_span
from tasks.customer_math.lifetime.leading_score import correlations, lead_of_score, scored_customers
from tasks.customer_math.lifetime.margins import margin_sums, rate_of_margin
from tasks.customer_math.lifetime.purchase_groups import spend_counts
from tasks.customer_math.lifetime.purchase_spend import dependence
from tasks.customer_math.lifetime.valuation import Assumptions, added_up, expected_of_buyers, expected_of_contracts, total_with_error
from tasks.customer_math.topics.profit import revenue
from tasks.reporting.worth import ChannelLine, EquityFlow, HeldOut, HeldOutLine, LostLine, ParameterLine, ScoreLead, Worth, WorthDecile
from tasks.store.engine import atomic_write, columns_of, rows_of, stored
from tasks.store.history import kept_history
from tasks.store.ledgers import full_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.lifetime.estimation import Estimate
    from tasks.customer_math.lifetime.held_out import HeldOutSpan

    Columns = dict[str, Any]


def equity_path(ledger_folder: Path, period: Period) -> Path:
    """Where the flow statement of a period is kept, a row a customer."""
    return ledger_folder / f"equity-{period.name}.parquet"


def customer_worth(connection: Backend, company: Company, ledger_folder: Path, *, period: Period) -> Worth:
    """What customers are still expected to bring at closing, how that came about, and how well it would have been expected before.

    Writes the statement beside the ledger, a row a customer, where both ends could be valued.
    """
    bench = _Bench(connection, company, kept_history(connection, company, ledger_folder), ledger_folder, period)
    settings = company.definitions.lifetime
    worth = Worth(is_margin=bench.is_margin, discount_rate=settings.discount_rate, horizon_years=settings.horizon_years)
    try:
        closing = bench.assumptions_on(period.closing_day)
    except NotFittedError as problem:
        return replace(worth, why_not=f"{problem}")
    return replace(bench.valued(worth, closing), **bench.stated(), **bench.held_out())


@dataclass(frozen=True)
class _Bench:
    """What everything is computed from, and what was computed of each day once."""

    connection: Backend
    company: Company
    history: History
    ledger_folder: Path
    period: Period
    seen: dict[tuple[str, date], Table] = field(default_factory=dict)

    @property
    def is_margin(self) -> bool:
        """Whether what is left of every amount can be told: of contracts no extract tells the cost."""
        return "purchases.cost_amount" in self.company.supplied and self.history.contracts is None

    @property
    def minor_units(self) -> int:
        return self.company.definitions.minor_units

    @property
    def ledger(self) -> Table:
        return self.connection.read_parquet(full_path(self.ledger_folder, self.period), table_name="equity_ledger")

    @property
    def term_days(self) -> float:
        assert self.history.contracts is not None
        (usual,) = rows_of(self.connection, contract_groups.usual_term(self.history.contracts))
        return contract_groups.term_days(usual["days_count"])

    def buyers(self, day: date) -> Table:
        """Everybody who bought up to a day."""
        assert self.history.purchases is not None
        if ("buyers", day) not in self.seen:
            every = purchase_groups.buyers(self.history.purchases, day, minor_units=self.minor_units)
            self.seen["buyers", day] = stored(self.connection, every)
        return self.seen["buyers", day]

    def stays(self, day: date) -> Table:
        """Everybody who had a contract up to a day, with the group that it is looked at in."""
        assert self.history.contracts is not None
        if ("stays", day) not in self.seen:
            definitions = self.company.definitions
            every = contract_groups.stays(self.history.contracts, day, term=self.term_days, grace_days=definitions.renewals.grace_days)
            groups = latest_groups(self.history.attributes)
            self.seen["stays", day] = stored(
                self.connection, contract_groups.with_group(every, groups, segment=definitions.lifetime.contract_segment)
            )
        return self.seen["stays", day]

    def annual(self, day: date) -> Table:
        """The contracts in force on a day: customer_id, group, renewals_count, annual_amount."""
        agreed = value_on(replace(self.history, purchases=None), day, value_days=1)
        active = self.stays(day).filter(_.is_active)
        return active.join(agreed, "customer_id").select("customer_id", "group", "renewals_count", annual_amount=agreed.amount)

    def assumptions_on(self, day: date) -> Assumptions:
        """What is believed on a day, from what had happened by then; raises NotFittedError with a sentence."""
        settings, purchases, contracts = self.company.definitions.lifetime, None, {}
        if self.history.purchases is not None:
            every = self.buyers(day)
            groups, spend = (
                columns_of(self.connection, purchase_groups.purchase_groups(every)),
                columns_of(self.connection, purchase_groups.spend_groups(every)),
            )
            purchases = fitted_purchases(groups, spend, fewest=settings.fewest_customers_count)
        if self.history.contracts is not None:
            groups = columns_of(self.connection, contract_groups.renewal_groups(self.stays(day)))
            contracts = fitted_contracts(groups, term_days=self.term_days, fewest=settings.fewest_customers_count)
        return Assumptions(purchases, contracts, self.margin_rate(day))

    def margin_rate(self, day: date) -> float:
        """What is left of an amount, by the year up to a day."""
        if not self.is_margin:
            return 1.0
        sums = rows_of(self.connection, margin_sums(self.history, day))
        return rate_of_margin(sums[0], ticket_amount=self.company.definitions.costs.ticket_amount or Decimal(0))

    def expected(self, day: date, assumptions: Assumptions, outlook: Outlook, *, customers: Table | None = None) -> Table:
        """What is expected of each customer from a day on: customer_id, equity_amount."""
        parts: list[Table] = []
        if assumptions.purchases is not None:
            buyers = self.narrowed(self.buyers(day), customers)
            groups = columns_of(self.connection, purchase_groups.purchase_groups(buyers))
            parts.append(expected_of_buyers(buyers, groups, assumptions=assumptions, outlook=outlook, minor_units=self.minor_units))
        if assumptions.contracts:
            annual = self.narrowed(self.annual(day), customers)
            groups = columns_of(self.connection, annual.select("group", "renewals_count").distinct().order_by("group", "renewals_count"))
            parts.append(expected_of_contracts(annual, groups, assumptions=assumptions, outlook=outlook, minor_units=self.minor_units))
        return stored(self.connection, added_up(parts, minor_units=self.minor_units))

    def total(self, day: date, assumptions: Assumptions, outlook: Outlook, *, customers: Table) -> tuple[float, float]:
        """What is expected of some customers together from a day on, with its standard error."""
        buyers = contracts = None
        if assumptions.purchases is not None:
            buyers = columns_of(self.connection, purchase_groups.purchase_groups(self.narrowed(self.buyers(day), customers)))
        if assumptions.contracts:
            annual = self.narrowed(self.annual(day), customers)
            summed = annual.group_by("group", "renewals_count").agg(annual_amount=_.annual_amount.sum().cast("float64"))
            contracts = columns_of(self.connection, summed.order_by("group", "renewals_count"))
        return total_with_error(assumptions, buyers=buyers, contracts=contracts, outlook=outlook)

    @staticmethod
    def narrowed(table: Table, customers: Table | None) -> Table:
        return table if customers is None else table.semi_join(customers, "customer_id")

    @property
    def outlook(self) -> Outlook:
        """As far as the company looks, and at its discount."""
        settings = self.company.definitions.lifetime
        return Outlook(float(settings.discount_rate), settings.horizon_years)

    def money(self, amount: float) -> Decimal:
        return round(Decimal(amount), self.minor_units)

    def valued(self, worth: Worth, closing: Assumptions) -> Worth:
        """What is expected of everybody who is a customer at closing, in all, by tenths and of those at risk."""
        active = self.ledger.filter(_.is_active_at_closing)
        expected = self.expected(self.period.closing_day, closing, self.outlook, customers=active)
        self.seen["closing", self.period.closing_day] = expected
        value, error = self.total(self.period.closing_day, closing, self.outlook, customers=active)
        low, high = log_interval(value, standard_error=error)
        customers = stored(self.connection, summaries.worth_of_each(active, expected))
        deciles = tuple(WorthDecile(**row) for row in rows_of(self.connection, summaries.by_decile(customers)))
        return replace(
            worth,
            equity_amount=sum((each.equity_amount for each in deciles), self.money(0)),
            low_amount=self.money(low),
            high_amount=self.money(high),
            customers_count=sum(each.customers_count for each in deciles),
            value_amount=sum((each.value_amount for each in deciles), self.money(0)),
            margin_rate=closing.margin_rate,
            parameters=tuple(_parameter_lines(closing)),
            dependence=self.dependence() if closing.purchases else None,
            deciles=deciles,
            at_risk={
                row["reason"]: (row["customers_count"], row["equity_amount"])
                for row in rows_of(self.connection, summaries.at_risk(customers))
            },
        )

    def dependence(self) -> tuple[float, float, float]:
        """How far who buys often spends more a time, at closing."""
        every = columns_of(self.connection, purchase_groups.spend_groups(self.buyers(self.period.closing_day)))
        correlation = dependence(spend_counts(every))
        return correlation.value, correlation.low, correlation.high

    def stated(self) -> dict[str, Any]:
        """The flow statement of the period, whose file is written; or why there is none."""
        try:
            opening = self.assumptions_on(self.period.opening_day)
        except NotFittedError as problem:
            return {"why_no_flow": f"{problem}"}
        path, day = equity_path(self.ledger_folder, self.period), self.period.closing_day
        was_one, is_one = self.ledger.filter(_.is_active_at_opening), self.ledger.filter(_.is_active_at_closing)
        expected = Expected(
            opening=self.expected(self.period.opening_day, opening, self.outlook, customers=was_one),
            closing_as_before=self.expected(day, opening, self.outlook, customers=is_one),
            closing=self.seen["closing", day],
        )
        years = (self.period.closes_on - self.period.opens_on).days / YEAR_DAYS
        flow = self.written_flow(path, expected, unwinding_rate=(1 + self.outlook.discount_rate) ** years - 1)
        ahead, _error = self.total(self.period.opening_day, opening, Outlook(0.0, years), customers=was_one)
        return {"flow": self.summed(flow, opening, expected_margin=ahead)}

    def written_flow(self, path: Path, expected: Expected, *, unwinding_rate: float) -> Table:
        """The statement in its file; raises AssertionError where a customer's line does not end where it should."""
        if not is_usable(path):
            segments = tuple(self.company.definitions.segments)
            each = equity_flow(
                self.ledger,
                expected,
                unwinding_rate=unwinding_rate,
                is_margin=self.is_margin,
                minor_units=self.minor_units,
                segments=segments,
            )
            with atomic_write(path) as unfinished:
                self.connection.to_parquet(each.order_by("customer_id"), unfinished)
        flow = self.connection.read_parquet(path, table_name="equity_flow")
        assert rows_of(self.connection, flow_residuals(flow).limit(1)) == [], "a line of the equity flow statement is missing"
        return flow

    def summed(self, flow: Table, opening: Assumptions, *, expected_margin: float) -> EquityFlow:
        """Every line of the statement, in money and customers."""
        rows = rows_of(self.connection, summaries.flow_sums(flow))
        (of_opening,) = rows_of(self.connection, summaries.margin_of_opening(flow))
        return EquityFlow(
            amounts={row["measure"]: round(row["amount"], self.minor_units) for row in rows},
            customers={row["measure"]: row["customers_count"] for row in rows},
            expected_margin_amount=self.money(expected_margin),
            margin_of_opening_amount=round(of_opening["amount"], self.minor_units),
            acquisition_cost_amount=self.acquisition_cost(),
            lost=tuple(LostLine(**row) for row in rows_of(self.connection, summaries.lost_by_movement(flow))),
            channels=tuple(self.channels(flow, opening)) if "acquisitions.channel" in self.company.supplied else (),
        )

    def channels(self, flow: Table, opening: Assumptions) -> Iterator[ChannelLine]:
        """The new customers by channel, each with what it cost in the period, and when that is paid back by what they bring."""
        cost: dict[str, Decimal] = {}
        if self.history.campaigns is not None:
            spent = summaries.cost_by_channel(self.history.campaigns, first=self.period.opens_on, last=self.period.closing_day)
            cost = {row["channel"]: row["amount"] for row in rows_of(self.connection, spent)}
        ahead = self.ahead_by_channel(opening) if cost else []
        for row in rows_of(self.connection, summaries.new_by_channel(self.ledger, flow)):
            spent = cost.get(row["channel"])
            came = [row["received_amount"] + each.get(row["channel"], Decimal(0)) for each in ahead]
            within = None if spent is None else next((years for years, amount in enumerate(came) if amount >= spent), None)
            yield ChannelLine(**row, cost_amount=spent, pay_back_years=within)

    def ahead_by_channel(self, assumptions: Assumptions) -> list[dict[str, Decimal]]:
        """What is expected of the new customers of each channel within 0, 1, 2, ... years from closing, as the statement expects it."""
        new = self.ledger.filter(_.movement == "new")
        horizon = self.company.definitions.lifetime.horizon_years
        ahead: list[dict[str, Decimal]] = [{}]
        for years in range(1, horizon + 1):
            expected = self.expected(self.period.closing_day, assumptions, Outlook(self.outlook.discount_rate, years), customers=new)
            rows = rows_of(self.connection, summaries.to_come_by_channel(self.ledger, expected))
            ahead.append({row["channel"]: row["equity_amount"] for row in rows})
        return ahead

    def acquisition_cost(self) -> Decimal | None:
        """What campaigns cost in the period; none where no extract says."""
        if self.history.campaigns is None:
            return None
        cost = summaries.campaigns_cost(self.history.campaigns, first=self.period.opens_on, last=self.period.closing_day)
        return round(rows_of(self.connection, cost)[0]["amount"], self.minor_units)

    def held_out(self) -> dict[str, Any]:
        """What would have been expected without the last year, against what came; or why that cannot be told."""
        span = held_out_span(rows_of(self.connection, summaries.first_day(self.history))[0]["day"], self.period.closing_day)
        if span is None:
            return {"why_not_held_out": "the extracts do not reach back far enough to leave out a quarter of a year"}
        try:
            believed = replace(self.assumptions_on(span.day), margin_rate=1.0)
        except NotFittedError as problem:
            return {"why_not_held_out": f"{problem}"}
        ahead = Outlook(0.0, span.days_count / YEAR_DAYS)
        every = held_out_customers(
            self.history,
            self.expected(span.day, believed, ahead),
            span,
            rules=LedgerRules.of(self.company.definitions),
            revenue=revenue,
        )
        return {"held_out": self.compared(stored(self.connection, every), span)}

    def compared(self, every: Table, span: HeldOutSpan) -> HeldOut:
        lines = {
            name: tuple(HeldOutLine(**row) for row in rows_of(self.connection, table))
            for name, table in held_out_lines(every, span).items()
        }
        (errors,) = rows_of(self.connection, summaries.root_mean_squares(every))
        return HeldOut(
            day=span.day,
            days_count=span.days_count,
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
        alone, beyond = ((each.value, each.low, each.high) for each in intervals)
        return ScoreLead(measured["customers_count"], alone, beyond)


def _parameter_lines(assumptions: Assumptions) -> Iterator[ParameterLine]:
    if assumptions.purchases is not None:
        yield from _lines_of("Purchases", assumptions.purchases.activity)
        yield from _lines_of("Spend", assumptions.purchases.spend)
    for group, model in assumptions.contracts.items():
        yield from _lines_of("Contracts" if group == ALL else f"Contracts: {group}", model.survival)


def _lines_of(model: str, estimate: Estimate) -> Iterator[ParameterLine]:
    for name, each in estimate.intervals().items():
        counts = (estimate.customers_count, estimate.groups_count, estimate.log_likelihood)
        yield ParameterLine(model, name, each.value, each.low, each.high, *counts)
