"""A day's customers as the models of lifetime value see them: counted once, fitted once, and valued as often as is asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from ibis import _

from tasks.customer_math.ledger.segments import latest_groups
from tasks.customer_math.ledger.value import value_on
from tasks.customer_math.lifetime import contract_groups, purchase_groups
from tasks.customer_math.lifetime.equity import Outlook
from tasks.customer_math.lifetime.fitting import fitted_contracts, fitted_purchases
from tasks.customer_math.lifetime.margins import margin_sums, rate_of_margin
from tasks.customer_math.lifetime.valuation import (
    Assumptions,
    View,
    added_up,
    expected_of_buyers,
    expected_of_contracts,
    total_with_error,
)
from tasks.store.engine import columns_of, rows_of, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from tasks.customer_math.ledger.history import History

    Columns = dict[str, Any]

Counted = TypeVar("Counted")


@dataclass(frozen=True)
class Valuer:
    """A company's history, and what was counted of each day once."""

    connection: Backend
    company: Company
    history: History
    seen: dict[tuple[str, date], Any] = field(default_factory=dict)

    @property
    def is_margin(self) -> bool:
        """Whether what is left of every amount can be told: of contracts no extract tells the cost."""
        return "purchases.cost_amount" in self.company.supplied and self.history.contracts is None

    @property
    def minor_units(self) -> int:
        """How many digits the company's money has."""
        return self.company.definitions.minor_units

    @property
    def outlook(self) -> Outlook:
        """As far as the company looks, and at its discount."""
        settings = self.company.definitions.lifetime
        return Outlook(float(settings.discount_rate), settings.horizon_years)

    @cached_property
    def term_days(self) -> float:
        """How many days a term of the contracts has."""
        assert self.history.contracts is not None
        (usual,) = rows_of(self.connection, contract_groups.usual_term(self.history.contracts))
        return contract_groups.term_days(usual["days_count"])

    def once(self, name: str, day: date, count: Callable[[], Counted]) -> Counted:
        """What is counted of a day, counted when it is first asked for."""
        if (name, day) not in self.seen:
            self.seen[name, day] = count()
        return self.seen[name, day]

    def buyers(self, day: date) -> Table:
        """Everybody who bought up to a day."""
        return self.once("buyers", day, lambda: stored(self.connection, self._buyers(day)))

    def _buyers(self, day: date) -> Table:
        purchases, days = self.history.purchases, self.history.purchase_days
        assert purchases is not None
        assert days is not None
        return purchase_groups.buyers(purchases, days, day, minor_units=self.minor_units)

    def buyer_groups(self, day: date) -> Columns:
        """How many of them are alike."""
        return self.once("buyer_groups", day, lambda: columns_of(self.connection, purchase_groups.purchase_groups(self.buyers(day))))

    def spend_groups(self, day: date) -> Columns:
        """How many of them spend alike."""
        return self.once("spend_groups", day, lambda: columns_of(self.connection, purchase_groups.spend_groups(self.buyers(day))))

    def stays(self, day: date) -> Table:
        """Everybody who had a contract up to a day, with the group that it is looked at in."""
        return self.once("stays", day, lambda: stored(self.connection, self._stays(day)))

    def _stays(self, day: date) -> Table:
        assert self.history.contracts is not None
        definitions = self.company.definitions
        every = contract_groups.stays(self.history.contracts, day, term=self.term_days, grace_days=definitions.renewals.grace_days)
        return contract_groups.with_group(every, latest_groups(self.history.attributes), segment=definitions.lifetime.contract_segment)

    def annual(self, day: date) -> Table:
        """The contracts in force on a day: customer_id, group, renewals_count, annual_amount."""
        agreed = value_on(replace(self.history, purchases=None), day, value_days=1)
        active = self.stays(day).filter(_.is_active)
        return active.join(agreed, "customer_id").select("customer_id", "group", "renewals_count", annual_amount=agreed.amount)

    def assumptions_on(self, day: date) -> Assumptions:
        """What is believed on a day, from what had happened by then; raises NotFittedError with a sentence."""
        fewest, purchases, contracts = self.company.definitions.lifetime.fewest_customers_count, None, {}
        if self.history.purchases is not None:
            purchases = fitted_purchases(self.buyer_groups(day), self.spend_groups(day), fewest=fewest)
        if self.history.contracts is not None:
            groups = columns_of(self.connection, contract_groups.renewal_groups(self.stays(day)))
            contracts = fitted_contracts(groups, term_days=self.term_days, fewest=fewest)
        return Assumptions(purchases, contracts, self.margin_rate(day))

    def margin_rate(self, day: date) -> float:
        """What is left of an amount, by the year up to a day."""
        if not self.is_margin:
            return 1.0
        sums = rows_of(self.connection, margin_sums(self.history, day))
        return rate_of_margin(sums[0], ticket_amount=self.company.definitions.costs.ticket_amount or Decimal(0))

    def customers_on(self, day: date, assumptions: Assumptions, *, among: Table | None = None) -> ValuedCustomers:
        """Those of a day who are `among` some customers, or everybody, of whom such assumptions expect anything."""
        buyers = buyer_groups = annual = annual_groups = None
        if assumptions.purchases is not None:
            buyers = self.buyers(day) if among is None else self.buyers(day).semi_join(among, "customer_id")
            alike = self.buyer_groups(day) if among is None else columns_of(self.connection, purchase_groups.purchase_groups(buyers))
            buyer_groups = alike
        if assumptions.contracts:
            every = self.annual(day)
            annual = every if among is None else every.semi_join(among, "customer_id")
            summed = annual.group_by("group", "renewals_count").agg(annual_amount=_.annual_amount.sum().cast("float64"))
            annual_groups = columns_of(self.connection, summed.order_by("group", "renewals_count"))
        return ValuedCustomers(self, buyers, buyer_groups, annual, annual_groups)


@dataclass(frozen=True)
class ValuedCustomers:
    """Some customers of a day, and counts of those who are alike."""

    valuer: Valuer
    buyers: Table | None
    buyer_groups: Columns | None
    annual: Table | None
    annual_groups: Columns | None

    def expected(self, views: Mapping[str, View]) -> Table:
        """What is expected of each: customer_id, and a column of money for every view, by its name."""
        parts: list[Table] = []
        if self.buyers is not None and self.buyer_groups is not None:
            parts.append(expected_of_buyers(self.buyers, self.buyer_groups, views=views, minor_units=self.valuer.minor_units))
        if self.annual is not None and self.annual_groups is not None:
            parts.append(expected_of_contracts(self.annual, self.annual_groups, views=views, minor_units=self.valuer.minor_units))
        return stored(self.valuer.connection, added_up(parts, minor_units=self.valuer.minor_units))

    def total(self, view: View) -> tuple[float, float]:
        """What is expected of all together, with its standard error."""
        return total_with_error(view.assumptions, buyers=self.buyer_groups, contracts=self.annual_groups, outlook=view.outlook)
