"""The movement table of the month as others would write it: by hand in pandas and polars, and by a spine of months in SQL.

Each leaves customer_id, movement, opening_amount and closing_amount; the bench holds them against the project's own.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tests.bench import made_up_orders as made_up
from tests.bench.measuring import report

if TYPE_CHECKING:
    from collections.abc import Callable

MONTH = made_up.period(made_up.MONTH)
LAPSE, VALUE = timedelta(days=made_up.rules().activity.lapse_days), timedelta(days=made_up.rules().value.value_days)
COLUMNS = ["customer_id", "purchased_on", "amount", "is_qualifying"]


def in_pandas(folder: Path) -> float:
    """Read with keys as categories, days and cents as numbers, which is the fastest that pandas can add up."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    began = time.process_time()
    read = pq.read_table(folder / "orders.parquet", columns=COLUMNS, read_dictionary=["customer_id"])
    cents = (read["amount"].cast(pa.float64()).to_numpy() * 100).round().astype("int64")
    day, counts = read["purchased_on"].cast(pa.int32()).to_numpy(), read["is_qualifying"].to_numpy()
    keys = read["customer_id"].unify_dictionaries().to_pandas()
    del read
    opening, closing = (int(np.datetime64(each).astype("int64")) for each in (MONTH.opening_day, MONTH.closing_day))
    table: Any = pd.DataFrame(
        {
            "key": keys.array,
            "first_on": np.where(counts, day, np.nan),
            "before_on": np.where(counts & (day <= opening) & (day > opening - LAPSE.days), day, np.nan),
            "inside_on": np.where(counts & (day > opening) & (day <= closing), day, np.nan),
            "opening": np.where((day <= opening) & (day > opening - VALUE.days), cents, 0),
            "closing": np.where((day <= closing) & (day > closing - VALUE.days), cents, 0),
        }
    )
    how = {"first_on": "min", "before_on": "max", "inside_on": "min", "opening": "sum", "closing": "sum"}
    every = table.groupby("key", observed=True, sort=False).agg(how)
    every = every[every.before_on.notna() | every.inside_on.notna()]
    was, silent = every.before_on.notna(), every.before_on + LAPSE.days
    stays, is_back = every.inside_on.notna() | (silent > closing), every.inside_on > silent
    before, after = every.opening.where(was, 0), every.closing.where(stays, 0)
    cases = [~was & (every.first_on > opening), ~was, ~stays, is_back, after > before, after < before]
    movement = np.select(cases, ["new", "returned", "lapsed", "out_and_back", "increased", "decreased"], "unchanged")
    result = every[[]].assign(movement=movement, opening_amount=before / 100, closing_amount=after / 100)
    result.rename_axis("customer_id").reset_index().astype({"customer_id": "str"}).to_parquet(folder / "in_pandas.parquet")
    return time.process_time() - began


def in_polars(folder: Path) -> float:
    """Lazily, by polars' own engine for what does not fit."""
    import polars as pl

    began = time.process_time()
    day, counts, opening, closing = pl.col("purchased_on"), pl.col("is_qualifying"), pl.lit(MONTH.opening_day), pl.lit(MONTH.closing_day)
    reaches, inside = counts & (day > opening - LAPSE) & (day <= opening), counts & (day > opening) & (day <= closing)
    nothing = pl.lit(0).cast(pl.Decimal(18, 2))
    bought = {
        name: pl.when((day > end - VALUE) & (day <= end)).then(pl.col("amount")).otherwise(nothing).sum()
        for name, end in (("opening_amount", opening), ("closing_amount", closing))
    }
    dates = {"first_on": day.filter(counts).min(), "before_on": day.filter(reaches).max(), "inside_on": day.filter(inside).min()}
    before, within, silent = pl.col("before_on"), pl.col("inside_on"), pl.col("before_on") + LAPSE
    was, stays = before.is_not_null(), within.is_not_null() | (silent > closing).fill_null(value=False)
    amounts = {
        name: pl.when(is_one).then(pl.col(name)).otherwise(nothing) for name, is_one in (("opening_amount", was), ("closing_amount", stays))
    }
    then, now = pl.col("opening_amount"), pl.col("closing_amount")
    movement = (
        pl.when(~was & (pl.col("first_on") > opening)).then(pl.lit("new")).when(~was).then(pl.lit("returned"))
        .when(~stays).then(pl.lit("lapsed")).when((within > silent).fill_null(value=False)).then(pl.lit("out_and_back"))
        .when(now > then).then(pl.lit("increased")).when(now < then).then(pl.lit("decreased")).otherwise(pl.lit("unchanged"))
    )  # fmt: skip
    known = pl.scan_parquet(folder / "orders.parquet").group_by("customer_id").agg(**dates, **bought)
    known = known.filter(was | within.is_not_null()).with_columns(**amounts)
    result = known.select("customer_id", "opening_amount", "closing_amount", movement=movement)
    result.collect(engine="streaming").write_parquet(folder / "in_polars.parquet")
    return time.process_time() - began


SPINE = f"""
COPY (
    WITH months AS (
        SELECT customer_id, date_trunc('month', purchased_on)::DATE AS month, sum(amount) AS amount,
            min(purchased_on) FILTER (is_qualifying) AS first_on, max(purchased_on) FILTER (is_qualifying) AS last_on
        FROM read_parquet($orders) GROUP BY ALL
    ), spine AS (
        SELECT customer_id, unnest(generate_series(min(month), DATE '{MONTH.opens_on}', INTERVAL 1 MONTH))::DATE AS month
        FROM months GROUP BY customer_id
    ), filled AS (
        SELECT customer_id, month, coalesce(amount, 0) AS amount, first_on, last_on FROM spine LEFT JOIN months USING (customer_id, month)
    ), summed AS (
        SELECT *, sum(amount) OVER (year ROWS 11 PRECEDING) AS value, max(last_on) OVER (year ROWS UNBOUNDED PRECEDING) AS reached_on,
            min(first_on) OVER (year ROWS UNBOUNDED PRECEDING) AS came_on
        FROM filled WINDOW year AS (PARTITION BY customer_id ORDER BY month)
    ), states AS (
        SELECT *, lag(value, 1, 0) OVER run AS value_before, lag(reached_on) OVER run + {LAPSE.days} AS silent_on,
            coalesce(reached_on + {LAPSE.days} > last_day(month), false) AS is_one
        FROM summed WINDOW run AS (PARTITION BY customer_id ORDER BY month)
    ), pairs AS (
        SELECT *, coalesce(silent_on >= month, false) AS was_one, coalesce(first_on > silent_on, false) AS is_back FROM states
    ), moved AS (
        SELECT customer_id, month, came_on, is_one, was_one, is_back,
            CASE WHEN was_one THEN value_before ELSE 0 END AS opening_amount, CASE WHEN is_one THEN value ELSE 0 END AS closing_amount
        FROM pairs WHERE is_one OR was_one
    )
    SELECT customer_id, opening_amount, closing_amount, CASE WHEN NOT was_one AND came_on >= month THEN 'new'
        WHEN NOT was_one THEN 'returned' WHEN NOT is_one THEN 'lapsed' WHEN is_back THEN 'out_and_back'
        WHEN closing_amount > opening_amount THEN 'increased' WHEN closing_amount < opening_amount THEN 'decreased'
        ELSE 'unchanged' END AS movement
    FROM moved WHERE month = DATE '{MONTH.opens_on}'
) TO '{{result}}' (FORMAT parquet)
"""
"""A row a customer and month from its first, as models of recurring revenue are usually written; value is of twelve whole months."""


def by_month_spine(folder: Path) -> float:
    """In the same engine and within the same memory as the project's own."""
    began = time.process_time()
    with duckdb.connect(config={"memory_limit": made_up.MEMORY_LIMIT, "temp_directory": str(folder / "spill")}) as connection:
        connection.execute(SPINE.format(result=folder / "by_month_spine.parquet"), {"orders": str(folder / "orders.parquet")})
    return time.process_time() - began


ROWS: dict[str, Callable[[Path], float]] = {work.__name__: work for work in (in_pandas, in_polars, by_month_spine)}


def check_equal(folder: Path, name: str) -> None:
    """See that an alternative left the rows of the project's own movement table, and no other."""
    columns = "customer_id, movement, opening_amount::DECIMAL(18, 2), closing_amount::DECIMAL(18, 2)"
    own, other = (f"SELECT {columns} FROM '{folder / f'{each}.parquet'}'" for each in ("movement_table", name))
    with duckdb.connect() as connection:
        rows = connection.execute(f"(({own}) EXCEPT ALL ({other})) UNION ALL (({other}) EXCEPT ALL ({own})) LIMIT 5").fetchall()
    assert not rows, f"{name} differs from the movement table, such as {rows}"


if __name__ == "__main__":
    report(lambda: ROWS[sys.argv[1]](Path(sys.argv[2])))
