"""Companies of odd shapes, whose figures follow from how they are made: processor seconds, peak memory, and whether they are right.

`python -m tests.bench.odd_shapes` tries all of them, each in a process of its own; names as arguments try some.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from config.definitions import Activity, Calendar, Value
from tasks.customer_math.catalogue import TREND_CATALOGUE, TREND_TOPICS
from tasks.customer_math.figures import figures
from tasks.customer_math.identities import residuals, whole_residuals
from tasks.customer_math.ledger.movements import LedgerRules
from tasks.customer_math.ledger.periods import Period, period_before, period_named
from tasks.store.engine import engine
from tasks.store.ledgers import write_ledger
from tests.bench import made_up_orders as made_up
from tests.bench.measuring import measured, report
from tests.pipelines import read_and_validate
from tests.small_company import small_company

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ibis.backends.duckdb import Backend

Expected = dict[tuple[str, str, str], int]
"""By period, group (or `all`) and measure."""
MONTH, DAYS = period_named("2026-05", Calendar()), (made_up.THROUGH - made_up.BEGINS).days + 1
LAPSE_DAYS, VALUE_DAYS = 90, 365
ONE_CUSTOMER, MANY_CUSTOMERS, FEW_CUSTOMERS = 5_000_000, 20_000_000, 100_000
GROUPS, WEEKS, COLUMNS = 500, 5_000, 200
NOBODY = "SELECT 'nobody' AS customer_id, DATE '0001-01-01' AS from_on, DATE '9999-12-31' AS until_on, 'none' AS region"


def rows_on(count: int, first: date, last: date) -> int:
    """How many of so many rows, dealt out a day after the other and again from the first, lie on the days from first to last."""
    days = range(max((first - made_up.BEGINS).days, 0), (last - made_up.BEGINS).days + 1)
    return sum(count // DAYS + (day < count % DAYS) for day in days)


def one_customer(folder: Path) -> None:
    """Everything was bought by one customer, a euro at a time."""
    value = {day: rows_on(ONE_CUSTOMER, day - timedelta(days=VALUE_DAYS - 1), day) for day in (MONTH.opening_day, MONTH.closing_day)}
    expected = {"opening_customers": 1, "closing_customers": 1, "new_customers": 0}
    expected |= {"opening_amount": value[MONTH.opening_day], "closing_amount": value[MONTH.closing_day]}
    _check(folder, ONE_CUSTOMER, "'only'", expected={("2026-05", "all", name): each for name, each in expected.items()})


def many_customers(folder: Path) -> None:
    """Everybody bought once, and lapses after so many days."""
    before = timedelta(days=LAPSE_DAYS)
    expected = {
        "opening_customers": rows_on(MANY_CUSTOMERS, MONTH.opens_on - before, MONTH.opening_day),
        "closing_customers": rows_on(MANY_CUSTOMERS, MONTH.closes_on - before, MONTH.closing_day),
        "new_customers": rows_on(MANY_CUSTOMERS, MONTH.opens_on, MONTH.closing_day),
        "lapsed_customers": rows_on(MANY_CUSTOMERS, MONTH.opens_on - before, MONTH.closing_day - before),
    }
    _check(folder, MANY_CUSTOMERS, "'C' || i", expected={("2026-05", "all", name): each for name, each in expected.items()})


def many_groups(folder: Path) -> None:
    """A segment of 500 groups, each of as many customers, of whom everybody bought on the last day but one."""
    attributes = f"""SELECT 'C' || i AS customer_id, DATE '0001-01-01' AS from_on, DATE '9999-12-31' AS until_on,
        'group ' || (i % {GROUPS}) AS region FROM range({FEW_CUSTOMERS}) AS customers(i)"""
    expected = {("2026-05", f"group {number}", "new_customers"): FEW_CUSTOMERS // GROUPS for number in range(GROUPS)}
    expected |= {("2026-05", "all", "new_customers"): FEW_CUSTOMERS, ("2026-05", "group 7", "closing_amount"): FEW_CUSTOMERS // GROUPS}
    _check(folder, FEW_CUSTOMERS, "'C' || i", day=f"DATE '{MONTH.closing_day}'", attributes=attributes, expected=expected)


def many_weeks(folder: Path) -> None:
    """A customer comes every week of 5,000 and lapses within the same; the weeks chain."""
    weeks = [period_named("2026-W20", Calendar())]
    while len(weeks) < WEEKS:
        weeks.append(period_before(weeks[-1], Calendar()))
    first = weeks[-1].opens_on
    expected = {(week.name, "all", name): count for week in weeks for name, count in {"new_customers": 1, "closing_customers": 1}.items()}
    _check(folder, WEEKS, "'C' || i", day=f"DATE '{first}' + (7 * i)::INT", lapse_days=7, expected=expected, periods=weeks[::-1])


def _check(folder: Path, count: int, customer: str, *, expected: Expected, **more: Any) -> None:
    """Write as many purchases of a euro, compute the ledgers and figures of the periods, and compare."""
    usual = {"day": f"DATE '{made_up.BEGINS}' + (i % {DAYS})::INT", "attributes": NOBODY, "lapse_days": LAPSE_DAYS, "periods": [MONTH]}
    shape = usual | more
    tickets = "SELECT NULL::VARCHAR AS customer_id LIMIT 0"
    orders = f"SELECT {customer} AS customer_id, {shape['day']} AS purchased_on, 1::DECIMAL(18, 2) AS amount, true AS is_qualifying"
    tables = {"orders": f"{orders} FROM range({count}) AS orders(i)", "attributes": shape["attributes"], "tickets": tickets}
    for name, query in tables.items():
        duckdb.sql(f"COPY ({query}) TO '{folder / f'{name}.parquet'}' (FORMAT parquet)")
    rules = LedgerRules(Activity(lapse_days=shape["lapse_days"]), Value(value_days=VALUE_DAYS), ("region",))
    with engine(made_up.settings()) as connection:
        found = _figures(connection, folder, rules, shape["periods"])
    wrong = {key: (found.get(key), value) for key, value in expected.items() if found.get(key) != value}
    assert not wrong, f"found and expected: {dict(list(wrong.items())[:5])}"


def _figures(connection: Backend, folder: Path, rules: LedgerRules, periods: Sequence[Period]) -> Expected:
    history = replace(made_up.history(connection, folder), tickets=None)
    for period in periods:
        write_ledger(connection, history, period, rules=rules, path=folder / f"ledger-{period.name}.parquet", topics=TREND_TOPICS)
    ledgers, catalogue = connection.read_parquet(folder / "ledger-*.parquet"), TREND_CATALOGUE.supplied_by(frozenset())
    every = figures(ledgers, periods=[period.name for period in periods], segments=rules.segments, catalogue=catalogue)
    computed = connection.create_table("figures", every, temp=True)
    for left_over in (residuals(computed), whole_residuals(computed)):
        assert not connection.to_pyarrow(left_over.limit(1)).num_rows
    is_sum = (computed.split_by == "all") & computed.denominator.isnull()
    whole = connection.to_pyarrow(computed.filter(is_sum).select("period", "segment", "measure", "value"))
    return {(row["period"], row["segment"], row["measure"]): int(row["value"]) for row in whole.to_pylist()}


def many_columns(folder: Path) -> None:
    """An extract of 200 columns, of which a run needs a few, says what it said without the others."""
    shop = small_company(folder / "shop", only=["customers", "orders"]).folder
    narrow = read_and_validate(shop, folder / "narrow").figures(["2026-08"])
    heading, *rows = (shop / "orders.csv").read_text(encoding="utf-8").splitlines()
    more = COLUMNS - len(heading.split(","))
    lines = [f"{heading},{','.join(f'extra {number}' for number in range(more))}", *(f"{row}{',=1+1' * more}" for row in rows)]
    (shop / "orders.csv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert read_and_validate(shop, folder / "wide").figures(["2026-08"]) == narrow


SHAPES: dict[str, Callable[[Path], None]] = {
    shape.__name__: shape for shape in (one_customer, many_customers, many_groups, many_weeks, many_columns)
}


def _tried(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        SHAPES[name](Path(folder))


def main(names: Sequence[str]) -> None:
    """Try some shapes, and say what each costs; one whose figures are not as they must be ends it."""
    for name in names:
        cost = measured("odd_shapes", "--inside", name)
        print(f"{name:16} {cost.seconds:7.1f} s of the processor, {cost.peak_mb:6.0f} MB, figures as expected", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        report(lambda: _tried(sys.argv[2]))
    else:
        main(sys.argv[1:] or [*SHAPES])
