"""Where no model can be fitted: the plain rule says what is to come, its statement adds up, and the page says that it is the rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import ibis
import pytest

from config.definitions import Calendar, Definitions
from tasks.customer_equity import customer_worth, equity_path
from tasks.customer_math.ledger.movements import LedgerRules
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.lifetime import plain_rule
from tasks.customer_math.lifetime.flow import LINES
from tasks.reporting.pages.worth import worth_page
from tasks.store.ledgers import full_path, write_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.worth import Worth

DAY = date(2026, 3, 31)
PERIOD = period_named("2026-Q1", Calendar())
STAYING, NEW = 55, 5
DEFINITIONS = Definitions.model_validate(
    {
        "company": "Software by subscription (made up)",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "sells_by": ["contract"],
        "segments": {"region": {"says": "Where the customer is at home", "from": "customers.region"}},
        "lifetime": {"fewest_customers_count": 50},
    }
)


def test_the_rule_expects_a_year_once_more_from_its_middle(connection: Any, told: Any) -> None:
    """121.00 bought and 121.00 agreed to, at a discount of 10%; a refund of more than was bought is nothing."""
    bought = told.bought("who | day | amount\nanna | 2025-06-01 | 121.00\nanna | 2025-03-31 | 50.00\nbert | 2026-01-01 | -9.00")
    agreed = told.agreed("who | from | until | a year | currency\ncleo | 2025-01-01 | | 121.00 | EUR\ndora | 2025-01-01 | | 1 | EUR")
    history = told.Told(purchases=bought, contracts=agreed).history()
    among = ibis.memtable({"customer_id": ["anna", "bert", "cleo"]})
    expected = plain_rule.expected_by_rule(history, DAY, margin_rates={"whole": 1.0, "half": 0.5}, discount_rate=0.1, among=among)
    rows = {row.pop("customer_id"): row for row in connection.to_pyarrow(expected).to_pylist()}
    year = {"whole": Decimal("115.37"), "half": Decimal("57.68")}
    assert rows == {"anna": year, "bert": dict.fromkeys(year, Decimal("0.00")), "cleo": year}
    ahead = connection.to_pyarrow(plain_rule.expected_in_days(history, DAY, days_count=73)).to_pylist()
    assert {row["customer_id"]: row["equity_amount"] for row in ahead if row["customer_id"] != "dora"} == {
        "anna": Decimal("24.20"),
        "bert": Decimal("0.00"),
        "cleo": Decimal("24.20"),
    }


@pytest.fixture(scope="module")
def worth_and_residuals(told: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Worth, list[Any]]:
    """Contracts of which none ends, so that no model can be fitted; five of them are new, and nobody goes."""
    folder = tmp_path_factory.mktemp("ledger")
    starts = [*[date(2025, 1, 1)] * STAYING, *[date(2026, 2, 1)] * NEW]
    agreed = [
        {"customer_id": f"c{n:02d}", "starts_on": day, "ends_on": date(9999, 12, 31), "annual_amount": Decimal(121), "currency": "EUR"}
        for n, day in enumerate(starts)
    ]
    history = told.Told(contracts=agreed, groups={row["customer_id"]: "North" for row in agreed}).history()
    engine = ibis.duckdb.connect()
    for name in ("contracts", "rates", "attributes"):
        engine.to_parquet(getattr(history, name), folder / f"history-{name}.parquet")
    write_ledger(engine, history, PERIOD, rules=LedgerRules.of(DEFINITIONS), path=full_path(folder, PERIOD))
    company: Any = SimpleNamespace(definitions=DEFINITIONS, supplied=frozenset())
    worth = customer_worth(engine, company, folder, period=PERIOD)
    return worth, lines_of(engine, equity_path(folder, PERIOD))


def lines_of(engine: Any, path: Path) -> list[Any]:
    sums = ", ".join(f"sum({name})" for name in LINES)
    return list(engine.con.execute(f"SELECT {sums} FROM read_parquet('{path}')").fetchone())


def test_the_statement_of_the_rule_adds_up_to_the_cent(worth_and_residuals: tuple[Worth, list[Any]]) -> None:
    worth, (opening, lost, unwinding, received, changed, new, returned, assumptions, closing) = worth_and_residuals
    assert opening - lost + unwinding - received + changed + new + returned + assumptions == closing == worth.equity_amount
    assert (opening, new) == (STAYING * Decimal("115.37"), NEW * Decimal("115.37"))
    assert (lost, returned, assumptions) == (0, 0, 0)
    assert worth.flow is not None
    assert [(line.segment, line.customers_count, line.equity_amount) for line in worth.flow.groups] == [("North", 60, closing)]
    assert f"{worth.why_rule}" == "60 had contracts and 0 let them end, 50 customers and 2 who did are needed"
    assert worth.flow.expected_margin_amount == pytest.approx(Decimal(121 * STAYING * 90) / Decimal("365.25"), abs=Decimal("0.5"))


def test_the_page_says_that_it_is_the_rule_and_why(data: ScorecardData, worth_and_residuals: tuple[Worth, list[Any]]) -> None:
    page = worth_page(data, worth_and_residuals[0])
    to_come, lost, held = page.sentence.split("\n")
    assert to_come == (
        "By the plain rule that everybody brings in the next year what it is worth today, EUR 6,922 of revenue is to come of 60 customers, "
        "discounted at 10% a year. No model could be fitted: 60 had contracts and 0 let them end, 50 customers and 2 who did are needed."
    )
    assert lost == "Nothing of it was lost with customers who went."
    assert held.startswith("On ")
    assert "the plain rule would have expected EUR" in held
    assert held.endswith(" came. By then 304 days were recorded, so that the rule did not know a whole year.")
    assert page.small_print[0].startswith("Still to come, by the plain rule: ")
    assert page.bars is not None
    assert [series.name for series in page.bars.series] == ["Plain rule", "Came"]
    (tenths,) = (each for each in page.tables if each.title == "Held out, by tenths of what was expected")
    assert [column.heading for column in tenths.columns] == ["Tenth", "Customers", "Plain rule", "Came"]
    assert "What the models found" not in [each.title for each in page.tables]


def test_the_rule_is_never_called_equity_nor_has_a_return(data: ScorecardData, worth_and_residuals: tuple[Worth, list[Any]]) -> None:
    page = worth_page(data, replace(worth_and_residuals[0], is_margin=True))
    assert page.question == "What our customers are still worth: expected margin still to come."
    texts = [page.sentence, *(f"{each.title} {each.below}" for each in page.tables)]
    assert [text for text in texts if "equity" in text.lower() or "return on" in text.lower()] == []


def test_a_whole_year_before_is_not_spoken_of(data: ScorecardData, worth_and_residuals: tuple[Worth, list[Any]]) -> None:
    worth = worth_and_residuals[0]
    assert worth.held_out is not None
    known = replace(worth, held_out=replace(worth.held_out, recorded_days_count=365))
    assert worth_page(data, known).sentence.endswith(" came.")
