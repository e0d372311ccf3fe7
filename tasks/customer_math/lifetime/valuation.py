"""What is expected of each customer: the models' answers for groups of customers, brought back to the customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np

from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.history import money_type
from tasks.customer_math.lifetime.purchase_groups import ALIKE, purchase_counts
from tasks.customer_math.lifetime.purchase_spend import expected_amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import DecimalValue, FloatingValue, Table
    from numpy.typing import NDArray

    from tasks.customer_math.lifetime.equity import ContractModel, Outlook, PurchaseModel

    Columns = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Assumptions:
    """What is believed on a day of how customers buy, spend and renew, and of what is left of an amount."""

    purchases: PurchaseModel | None
    """None where the company sells nothing by repeat purchase."""
    contracts: Mapping[str, ContractModel]
    """By group; of all together under `all`; empty where there are no contracts."""
    margin_rate: float
    """What is left of an amount after goods and service; 1 where costs are not recorded."""

    def contracts_of(self, group: str) -> ContractModel:
        """The model of a group, or that of all together."""
        return self.contracts.get(group, self.contracts[ALL])


@dataclass(frozen=True)
class View:
    """Under which assumptions, and how far ahead, customers are looked at."""

    assumptions: Assumptions
    outlook: Outlook


def expected_of_buyers(buyers: Table, groups: Columns, *, views: Mapping[str, View], minor_units: int) -> Table:
    """What further purchases of each buyer are expected to bring: customer_id, and a column a view by its name, each rounded once.

    `groups` are those that the buyers are in, as by `purchase_groups`.
    """
    counts = purchase_counts(groups)
    purchases = {name: _purchase_model(view).purchases(counts, view.outlook) for name, view in views.items()}
    columns = {name: groups[name].astype(np.int64) for name in ALIKE}
    types = {**dict.fromkeys(ALIKE, "int64"), **{_ahead(name): "float64" for name in views}}
    table = ibis.memtable({**columns, **{_ahead(name): expected for name, expected in purchases.items()}}, schema=types)
    joined = buyers.join(table, list(ALIKE))
    repeats, brought = joined.repeats_count.cast("float64"), joined.repeat_amount.cast("float64")
    amounts = {}
    for name, view in views.items():
        purchase_amount = expected_amount(_purchase_model(view).spend.values, repeats, brought)
        amounts[name] = _as_money(joined[_ahead(name)] * purchase_amount * view.assumptions.margin_rate, minor_units)
    return joined.select("customer_id", **amounts)


def _purchase_model(view: View) -> PurchaseModel:
    assert view.assumptions.purchases is not None
    return view.assumptions.purchases


def _ahead(name: str) -> str:
    """The column of what comes how often in a view, which is then multiplied by how much."""
    return f"{name}_ahead"


def expected_of_contracts(annual: Table, groups: Columns, *, views: Mapping[str, View], minor_units: int) -> Table:
    """What contracts of each customer are expected to bring: customer_id, and a column a view by its name, each rounded once.

    `annual`: customer_id, group, renewals_count, annual_amount; `groups` are those that these are in: group, renewals_count.
    """
    years = {_ahead(name): contract_years(groups, view) for name, view in views.items()}
    columns = {"group": groups["group"], "renewals_count": groups["renewals_count"].astype(np.int64), **years}
    table = ibis.memtable(columns, schema={"group": "string", "renewals_count": "int64", **dict.fromkeys(years, "float64")})
    joined = annual.join(table, ["group", "renewals_count"])
    agreed = joined.annual_amount.cast("float64")
    amounts = {name: _as_money(agreed * joined[_ahead(name)] * view.assumptions.margin_rate, minor_units) for name, view in views.items()}
    return joined.select("customer_id", **amounts)


def contract_years(groups: Columns, view: View) -> NDArray[np.float64]:
    """Discounted years that contracts of each group, after so many renewals, are expected to go on."""
    years = np.zeros(len(groups["group"]))
    for group in set(groups["group"]):
        inside = groups["group"] == group
        model = view.assumptions.contracts_of(str(group))
        years[inside] = model.contract_years(groups["renewals_count"][inside].astype(float), view.outlook)
    return years


def added_up(parts: list[Table], *, minor_units: int) -> Table:
    """What purchases and contracts together are expected to bring: customer_id, and the parts' columns."""
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    views = [name for name in every.columns if name != "customer_id"]
    return every.group_by("customer_id").agg(**{name: every[name].sum().cast(money_type(minor_units)) for name in views})


def total_with_error(
    assumptions: Assumptions, *, buyers: Columns | None, contracts: Columns | None, outlook: Outlook
) -> tuple[float, float]:
    """What all customers are expected to bring, and its standard error, from counts: `contracts` has annual_amount, summed by group."""
    totals: list[tuple[float, float]] = []
    if buyers is not None and assumptions.purchases is not None:
        totals.append(assumptions.purchases.total(purchase_counts(buyers), buyers["repeat_amount"], outlook))
    if contracts is not None:
        # Groups without a model of their own share that of all, whose error is then one error and not several.
        names = np.array([str(group) if group in assumptions.contracts else ALL for group in contracts["group"]])
        for name in sorted(set(names)):
            inside = names == name
            renewals, annual = contracts["renewals_count"][inside].astype(float), contracts["annual_amount"][inside]
            totals.append(assumptions.contracts[name].total(renewals, annual, outlook))
    value, error = sum(total for total, _error in totals), np.sqrt(sum(error**2 for _total, error in totals))
    return value * assumptions.margin_rate, float(error) * assumptions.margin_rate


def _as_money(amount: FloatingValue, minor_units: int) -> DecimalValue:
    return amount.round(minor_units).cast(money_type(minor_units))
