"""The worked example of docs/internals.md: its ledger and its figures are what its rows make."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tasks.customer_math.catalogue import CUSTOMER_MEASURES, MONEY
from tasks.customer_math.figures import contributions
from tasks.customer_math.ledger.movements import movements
from tasks.customer_math.ledger.periods import period_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "internals.md").read_text(encoding="utf-8")
MEASURES = {measure.name: measure for measure in (*CUSTOMER_MEASURES, *MONEY)}
DORA_LEAVES = """
customer | day        | reason
dora     | 2026-08-20 | price
"""
COLUMNS = ("customer_id", "movement", "in_count", "out_count", "opening_amount", "closing_amount", "came_on", "went_on", "reason_code")


def table(headings: Sequence[str]) -> list[list[str]]:
    """The rows of the page's table with these headings."""
    _before, heading, after = PAGE.partition(f"| {' | '.join(headings)} |\n")
    assert heading, headings
    lines = after.splitlines()[1:]
    ends = next(number for number, line in enumerate(lines) if not line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:ends]]


@pytest.fixture(scope="module")
def ledger(told: Any) -> Table:
    bought = "\n".join(("", "customer | day | amount", *(" | ".join(row) for row in table(("customer", "bought on", "amount")))))
    history = told.Told(purchases=told.bought(bought), departures=told.departed(DORA_LEAVES)).history()
    rules = told.rules(lapse_days=90, value_days=365)
    return movements(history, period_named("2026-08", rules.calendar), rules)


def test_the_ledger_of_the_page_is_what_its_rows_make(ledger: Table, connection: Backend) -> None:
    computed = connection.to_pyarrow(ledger.order_by("customer_id").select(*COLUMNS)).to_pylist()
    shown = table(("customer", "movement", "in", "out", "opening", "closing", "came", "went", "reason"))
    assert [["" if value is None else str(value) for value in row.values()] for row in computed] == shown


def test_the_figures_of_the_page_are_sums_over_the_customers_that_it_names(ledger: Table, connection: Backend) -> None:
    for name, value, customers in table(("measure", "value", "from")):
        behind = connection.to_pyarrow(contributions(ledger, MEASURES[name]).order_by("customer_id")).to_pylist()
        assert ", ".join(row["customer_id"] for row in behind) == customers, name
        assert sum((row["contribution"] for row in behind), Decimal(0)) == Decimal(value), name


def test_both_identities_of_the_page_hold() -> None:
    value = {name: Decimal(shown) for name, shown, _customers in table(("measure", "value", "from"))}
    came, went = ("new", "returned"), ("left", "lapsed")
    for unit, kinds in (("customers", came), ("amount", (*came, "increased"))):
        gained = sum(value[f"{each}_{unit}"] for each in kinds)
        lost = sum(value[f"{each}_{unit}"] for each in went)
        assert value[f"opening_{unit}"] + gained - lost == value[f"closing_{unit}"]
