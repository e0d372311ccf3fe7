"""From counts to models and from models to customers: refusals in a sentence, what each is expected to bring, and how sure that is."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pytest

from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.movements import LedgerRules
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.customer_math.lifetime import contract_survival, fitting, held_out, margins, purchase_groups, summaries, valuation
from tasks.customer_math.lifetime.equity import ContractModel, Outlook, PurchaseModel
from tasks.customer_math.lifetime.estimation import Estimate

THROUGH = date(2026, 3, 31)
FIVE_YEARS = Outlook(0.1, 5)


def estimate(names: str, *values: float) -> Estimate:
    return Estimate(tuple(names), values, -1.0, np.eye(len(values)) * 0.01, 500, 50, has_converged=True)


MODEL = PurchaseModel(estimate("rAab", 0.525, 6.183, 0.891, 1.614), estimate("pqg", 6.25, 3.74, 15.44))
YEARLY = ContractModel(estimate("AB", 1.0, 3.0), 365.25)
LOYAL = ContractModel(estimate("AB", 0.1, 9.0), 365.25)


def spend_of(customers: int) -> dict[str, Any]:
    chance = np.random.default_rng(3)
    number = chance.integers(1, 9, customers).astype(float)
    brought = chance.gamma(6.25 * number, 1 / chance.gamma(3.74, 1 / 15.44, customers))
    return {"repeats_count": number, "repeat_amount": brought, "customers_count": np.ones(customers)}


def buying(customers: int, *, repeats: Any = None) -> dict[str, Any]:
    chance = np.random.default_rng(4)
    x = np.minimum(chance.geometric(0.4, customers) - 1, 30) if repeats is None else np.full(customers, repeats)
    age = chance.integers(100, 700, customers).astype(float)
    recency = np.where(x > 0, np.floor(age * chance.random(customers)), 0.0)
    return {"repeats_count": x, "recency_days": recency, "age_days": age, "customers_count": np.ones(customers)}


def test_too_few_who_bought_again_are_refused_in_a_sentence() -> None:
    with pytest.raises(fitting.NotFittedError, match="199 bought on a second day and spent something, 200 customers are needed"):
        fitting.fitted_purchases(buying(500), spend_of(199), fewest=200)


def test_purchases_that_determine_nothing_are_refused_in_a_sentence() -> None:
    with pytest.raises(fitting.NotFittedError, match="do not determine how often customers buy"):
        fitting.fitted_purchases(buying(300, repeats=1), spend_of(300), fewest=200)


def test_buyers_of_whom_nobody_stops_are_refused_in_a_sentence() -> None:
    """Whose last purchase is always as near to the end as their others lie apart, stays for ever: no horizon would be long enough."""
    chance = np.random.default_rng(6)
    x, age = chance.poisson(chance.gamma(2.0, 4.0, 900)), np.full(900, 365.0)
    recency = np.where(x > 0, np.floor(age * chance.beta(np.maximum(x, 1), 1)), 0.0)
    alike = {"repeats_count": x, "recency_days": recency, "age_days": age, "customers_count": np.ones(900)}
    with pytest.raises(fitting.NotFittedError, match="nobody can be seen to stop buying"):
        fitting.fitted_purchases(alike, spend_of(300), fewest=200)


def test_spend_without_a_mean_is_refused_in_a_sentence(simulated: Any) -> None:
    counts, _amounts = simulated.grouped(simulated.buyers(np.random.default_rng(1), 1_000))
    names = ("repeats_count", "recency_days", "age_days", "customers_count")
    columns = (counts.repeats, counts.recency * 7 * counts.customers, (counts.age * 7 - 0.5) * counts.customers, counts.customers)
    spend = spend_of(600)
    spend["repeat_amount"] = spend["repeats_count"] * np.exp(np.random.default_rng(2).normal(0, 6, 600))
    with pytest.raises(fitting.NotFittedError, match="spread so widely that no mean can be expected"):
        fitting.fitted_purchases(dict(zip(names, columns, strict=True)), spend, fewest=200)
    fitted = fitting.fitted_purchases(dict(zip(names, columns, strict=True)), spend_of(600), fewest=200)
    assert fitted.activity.has_converged


def renewals(*groups: tuple[str, tuple[int, ...]]) -> dict[str, Any]:
    """Cohorts by group, from how many were left after 0, 1, 2, ... renewals."""
    every = [(group, contract_survival.RenewalCounts.of_cohort(alive)) for group, alive in groups]
    return {
        "group": np.concatenate([np.full(len(counts.renewals), group, dtype=object) for group, counts in every]),
        "renewals_count": np.concatenate([counts.renewals for _group, counts in every]),
        "is_lost": np.concatenate([counts.is_lost for _group, counts in every]),
        "customers_count": np.concatenate([counts.customers for _group, counts in every]),
    }


def test_contracts_are_fitted_by_group_where_it_has_enough() -> None:
    models = fitting.fitted_contracts(
        renewals(("North", (1000, 631, 468, 382, 326)), ("South", (90, 80, 70))), term_days=365.25, fewest=200
    )
    assert sorted(models) == ["North", ALL]
    assert models["North"].survival.values == (0.763665, 1.29583)
    assert models[ALL].survival.customers_count == 1090


@pytest.mark.parametrize(
    ("alive", "sentence"),
    [
        ((199, 100), "199 had contracts and 99 let them end, 200 customers and 10 who did are needed"),
        ((500, 495), "500 had contracts and 5 let them end, 200 customers and 10 who did are needed"),
        ((800, 400, 200, 100), "the renewals do not determine how contracts go on"),
    ],
)
def test_contracts_that_say_too_little_are_refused_in_a_sentence(alive: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(fitting.NotFittedError, match=sentence):
        fitting.fitted_contracts(renewals((ALL, alive)), term_days=365.25, fewest=200)


def bought(told: Any, count: int = 40) -> Any:
    """Customers who bought on up to four days, 30.00 more each time."""
    rows = [
        {
            "customer_id": f"{who:03d}",
            "purchased_on": date(2025, 1, 1) + timedelta(days=who + 20 * visit),
            "amount": Decimal(30 * visit + 10),
        }
        for who in range(count)
        for visit in range(1 + who % 4)
    ]
    return told.Told(purchases=rows).history()


def columns(connection: Any, table: ibis.Table) -> dict[str, Any]:
    arrays = connection.to_pyarrow(table)
    return {name: arrays[name].to_numpy(zero_copy_only=False) for name in arrays.column_names}


def test_customers_add_up_to_what_their_groups_are_expected_to_bring(connection: Any, told: Any) -> None:
    purchases = bought(told).purchases
    buyers = purchase_groups.buyers(purchases, days_of_purchase(purchases), THROUGH, minor_units=2)
    groups = columns(connection, purchase_groups.purchase_groups(buyers))
    believed = valuation.Assumptions(MODEL, {}, margin_rate=0.35)
    views = {"equity_amount": valuation.View(believed, FIVE_YEARS)}
    expected = valuation.expected_of_buyers(buyers, groups, views=views, minor_units=2)
    rows = connection.to_pyarrow(valuation.added_up([expected], minor_units=2)).to_pylist()
    total, error = valuation.total_with_error(believed, buyers=groups, contracts=None, outlook=FIVE_YEARS)
    assert len(rows) == 40
    assert float(sum(row["equity_amount"] for row in rows)) == pytest.approx(total, abs=40 * 0.005)
    assert 0 < error < total


def annual(*rows: tuple[str, str, int, str]) -> ibis.Table:
    names = ("customer_id", "group", "renewals_count", "annual_amount")
    table = ibis.memtable([dict(zip(names, row, strict=True)) for row in rows])
    return table.cast({"annual_amount": "decimal(18, 2)"})


def test_contracts_are_valued_by_the_model_of_their_group_or_of_all(connection: Any) -> None:
    believed = valuation.Assumptions(None, {ALL: YEARLY, "North": LOYAL}, margin_rate=1.0)
    table = annual(("anna", "North", 1, "1200"), ("bert", "South", 1, "1200"), ("cleo", ALL, 0, "600"))
    groups = columns(connection, table.select("group", "renewals_count").distinct().order_by("group", "renewals_count"))
    year = Outlook(0.0, 1)
    expected = valuation.expected_of_contracts(table, groups, views={"year": valuation.View(believed, year)}, minor_units=2)
    found = {row["customer_id"]: row["year"] for row in connection.to_pyarrow(expected).to_pylist()}
    assert found["cleo"] == Decimal(300) + Decimal(300) * 3 / 4
    assert found["bert"] == Decimal(600) + Decimal(600) * 4 / 5
    assert found["anna"] > found["bert"]
    sums = {**groups, "annual_amount": np.array([1200.0, 1200.0, 600.0])[np.argsort(["North", "South", ALL])]}
    total, error = valuation.total_with_error(believed, buyers=None, contracts=sums, outlook=year)
    assert total == pytest.approx(float(sum(found.values())), abs=0.02)
    assert error > 0


def test_purchases_and_contracts_of_one_customer_are_added_up(connection: Any) -> None:
    parts = [
        ibis.memtable([{"customer_id": who, "equity_amount": Decimal(amount)} for who, amount in rows]).cast(
            {"equity_amount": "decimal(18, 2)"}
        )
        for rows in ([("anna", "1.10"), ("bert", "2.00")], [("anna", "0.90")])
    ]
    rows = connection.to_pyarrow(valuation.added_up(parts, minor_units=2).order_by("customer_id")).to_pylist()
    assert rows == [
        {"customer_id": "anna", "equity_amount": Decimal("1.10") + Decimal("0.90")},
        {"customer_id": "bert", "equity_amount": Decimal("2.00")},
    ]


def test_what_is_left_of_an_amount_is_what_goods_and_service_leave(connection: Any, told: Any) -> None:
    costed = [
        {"customer_id": "anna", "purchased_on": date(2026, 3, 1), "amount": Decimal(800), "cost_amount": Decimal(480)},
        {"customer_id": "anna", "purchased_on": date(2026, 3, 2), "amount": Decimal(200), "cost_amount": None},
        {"customer_id": "anna", "purchased_on": date(2025, 3, 31), "amount": Decimal(999), "cost_amount": Decimal(1)},
    ]
    history = told.Told(purchases=costed).history()
    (sums,) = connection.to_pyarrow(margins.margin_sums(history, THROUGH)).to_pylist()
    assert sums == {"amount": 800 + 200, "costed_amount": 800, "cost_amount": 480, "tickets_count": 0}
    assert margins.rate_of_margin({**sums, "tickets_count": 10}, ticket_amount=Decimal(5)) == 0.35
    assert margins.rate_of_margin({**sums, "costed_amount": None}, ticket_amount=Decimal(5)) == 1.0
    tickets = ibis.memtable([{"customer_id": "anna", "opened_on": day} for day in (date(2026, 3, 1), date(2024, 3, 1))])
    with_tickets = told.Told(purchases=costed).history().__class__(**{**vars(history), "tickets": tickets})
    assert connection.to_pyarrow(margins.margin_sums(with_tickets, THROUGH)).to_pylist()[0]["tickets_count"] == 1


@pytest.mark.parametrize(
    ("first_day", "days"),
    [(date(2020, 1, 1), 365), (date(2025, 4, 1), 365 // 3), (date(2025, 7, 5), 90), (date(2025, 7, 6), None), (None, None)],
)
def test_the_last_year_is_held_out_or_a_third_but_never_less_than_a_quarter(first_day: date | None, days: int | None) -> None:
    span = held_out.held_out_span(first_day, THROUGH)
    assert (span and span.days_count) == days
    if span is not None:
        assert (span.after.opens_on, span.after.closing_day) == (span.day + timedelta(days=1), THROUGH)
        assert span.before.closing_day == span.day
        assert (span.before.closes_on - span.before.opens_on).days == days


@pytest.mark.parametrize(("first_day", "cohort"), [(date(2020, 1, 1), "2025"), (date(2025, 1, 1), "2025-Q1")])
def test_what_was_expected_stands_beside_what_came_and_the_plain_rule(connection: Any, told: Any, first_day: date, cohort: str) -> None:
    history = told.Told(
        purchases=told.bought(
            """
            | who  | on         | amount |
            | anna | 2025-01-10 | 40.00  |
            | anna | 2025-10-10 | 7.00   |
            | bert | 2025-02-10 | 90.00  |
            | cleo | 2025-11-01 | 500.00 |
            """
        ),
        contracts=told.agreed("| who | s | e | a | c |\n| bert | 2024-12-01 | 2027-01-01 | 365.00 | EUR |"),
    ).history()
    span = held_out.HeldOutSpan(date(2025, 6, 30), 100, first_day)
    expected = ibis.memtable(
        [{"customer_id": who, "equity_amount": Decimal(amount)} for who, amount in (("anna", "30.00"), ("bert", "99.00"))]
    )
    rules = told.rules()
    assert isinstance(rules, LedgerRules)
    every = held_out.held_out_customers(history, expected.cast({"equity_amount": "decimal(18, 2)"}), span, rules=rules)
    lines = {name: connection.to_pyarrow(table).to_pylist() for name, table in held_out.held_out_lines(every, span).items()}
    (whole,) = lines[ALL]
    assert whole["customers_count"] == 2
    assert whole["expected_amount"] == Decimal("30.00") + Decimal("99.00")
    assert whole["actual_amount"] == Decimal(0) + 100
    assert whole["rule_amount"] == Decimal(0) + 100
    assert [row["label"].strip() for row in lines["decile"]] == ["1", "2"]
    assert lines["decile"][0]["expected_amount"] == Decimal("99.00")
    assert cohort in [row["label"] for row in lines["cohort"]]
    (errors,) = connection.to_pyarrow(summaries.root_mean_squares(every)).to_pylist()
    assert errors["expected"] == pytest.approx(((30 - 0) ** 2 / 2 + (99 - 100) ** 2 / 2) ** 0.5)
    assert errors["rule"] == pytest.approx(0)


def test_only_purchases_are_held_out_where_there_is_nothing_else(connection: Any, told: Any) -> None:
    history = bought(told, 3)
    span = held_out.HeldOutSpan(date(2025, 6, 30), 100, date(2025, 1, 1))
    expected = ibis.memtable([{"customer_id": "000", "equity_amount": Decimal("1.00")}]).cast({"equity_amount": "decimal(18, 2)"})
    every = held_out.held_out_customers(history, expected, span, rules=told.rules())
    (row,) = connection.to_pyarrow(every).to_pylist()
    assert (row["came_on"], row["actual_amount"]) == (date(2025, 1, 1), 0)
    assert connection.to_pyarrow(summaries.first_day(history)).to_pylist() == [{"day": date(2025, 1, 1)}]


def test_the_first_day_is_that_of_purchases_and_contracts_together(connection: Any, told: Any) -> None:
    contracts = told.agreed("| who | s | e | a | c |\n| bert | 2024-12-01 | 2027-01-01 | 365.00 | EUR |")
    history = told.Told(purchases=told.bought("| who | on | amount |\n| anna | 2025-01-10 | 40.00 |"), contracts=contracts).history()
    assert connection.to_pyarrow(summaries.first_day(history)).to_pylist() == [{"day": date(2024, 12, 1)}]


def test_campaigns_cost_what_was_spent_inside_the_period(connection: Any) -> None:
    spent = [(date(2026, 1, 1), "10.00"), (date(2026, 3, 31), "5.00"), (date(2026, 4, 1), "99.00")]
    campaigns = ibis.memtable([{"spent_on": day, "cost_amount": Decimal(amount)} for day, amount in spent])
    cost = summaries.campaigns_cost(campaigns, first=date(2026, 1, 1), last=THROUGH)
    assert connection.to_pyarrow(cost).to_pylist() == [{"amount": Decimal("10.00") + Decimal("5.00")}]
