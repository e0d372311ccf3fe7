"""The extracts of orders: a packed file a year, refunds as negative rows, a totals row below each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
from ibis import _

from tasks.sample.assumptions import CURRENCIES, PRODUCT_GROUPS
from tasks.sample.extract_writer import NEVER_ISSUED, Defect, own_columns
from tasks.sample.purchases import CANCELLED, REFUNDED, TEST
from tasks.sample.random_numbers import below
from tasks.sample.text_formats import GERMAN_DAY, customer_no, days, german_amount, moment, one_from, padded, text_from

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table

    from tasks.sample.extract_writer import ExtractWriter
    from tasks.sample.purchases import Purchases

ORDER_STATES = ("S", "R", "C", "T")
"""Shipped, refunded, cancelled, test, as the shop writes them."""


def write_orders(writer: ExtractWriter, purchases: Purchases) -> None:
    """Orders and refunds, a packed file a year, each closed by a totals row."""
    years = purchases.day.astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970
    first_of_year = np.searchsorted(years, years)
    columns = {
        **own_columns("orders", purchases.day, cents=purchases.cents),
        "file": years,
        "number": np.arange(len(years)) - first_of_year + 1,
        "customer": purchases.customer,
        "day": days(purchases.day),
        "currency": text_from(CURRENCIES, purchases.currency),
        "status": purchases.status,
        "product_group": text_from([group.name for group in PRODUCT_GROUPS], purchases.product_group),
        "cost_cents": purchases.cost_cents,
        "second": below("order second", np.arange(len(years)), limit=64_000) + 22_000,
    }
    rows = writer.corrupted("orders", _order_rows(writer.table("orders_numbers", columns)), defects=_order_defects())
    for kind, status in (("cancelled", CANCELLED), ("test", TEST)):
        is_it = purchases.status == status
        writer.excluded("orders", kind, rows=int(is_it.sum()), cents=int(purchases.cents[is_it].sum()))
    for year in range(int(years[0]), int(years[-1]) + 1):
        of_year = rows.filter(rows.file == year)
        writer.write_csv(in_file_with_totals(of_year), f"sales/orders_{year}.csv.gz", delimiter=";")
    writer.dropped("orders", rows=int(years[-1] - years[0]) + 1)


def _order_rows(numbers: Table) -> Table:
    letter = (numbers.status == REFUNDED).ifelse("R", "A")
    return numbers.select(
        "row",
        "file",
        "sorted_on",
        "tie_breaker",
        "cents",
        **{
            "Order No.": letter + numbers.file.cast("string") + "-" + padded(numbers.number, 7),
            "Customer No.": customer_no(numbers.customer),
            "Order Date": numbers.day.strftime(GERMAN_DAY),
            "Net Amount": german_amount(numbers.cents),
            "Currency": numbers.currency,
            "State": one_from(ORDER_STATES, numbers.status),
            "Product Group": numbers.product_group,
            "Cost of Goods": german_amount(numbers.cost_cents),
            "Last Changed": moment(numbers.day, numbers.second),
        },
    )


def in_file_with_totals(rows: Table) -> Table:
    """The rows in order, and one below them with their total, as the shop's report ends."""
    total = rows.agg(cents=_.cents.sum(), sorted_on=_.sorted_on.max())
    blank = {name: ibis.null("string") for name in rows.columns if rows[name].type().is_string() and name != "defect"}
    last = total.mutate(
        row=ibis.literal(10**9), tie_breaker=ibis.literal(2_000_000), defect=ibis.literal("totals_row"), file=ibis.literal(0), **blank
    )
    last = last.mutate(**{"Order No.": ibis.literal("Total"), "Net Amount": german_amount(total.cents)})
    return rows.union(last.cast(dict(rows.schema().items())).select(rows.columns))


def _order_defects() -> tuple[Defect, ...]:
    def is_euro(rows: Table) -> BooleanValue:
        return (rows["Currency"] == "EUR") & (rows["State"] == "S")

    def changed_amount(rows: Table) -> dict[str, ibis.Value]:
        return {"cents": rows.cents + 1_111, "Net Amount": german_amount(rows.cents + 1_111), "Last Changed": _early(rows)}

    key = "Order No."
    return (
        Defect("older_version", 214, "superseded", changed_amount, among=lambda rows: rows["State"] == "S"),
        Defect("older_version_in_next_file", 40, "superseded", _in_next_file, among=lambda rows: rows.file < 2026),
        Defect(
            "before_it_was_cancelled",
            120,
            "superseded",
            lambda rows: {"State": "S", "Last Changed": _early(rows)},
            among=lambda rows: rows["State"] == "C",
        ),
        Defect("exact_duplicate", 120, "superseded", {}),
        Defect("unreadable_day", 31, "set_aside", {"Order Date": "31.02.2024"}, key=key),
        Defect("year_of_five_digits", 7, "set_aside", lambda rows: {"Order Date": rows["Order Date"] + "1"}, key=key),
        Defect("wrong_century", 9, "set_aside", lambda rows: {"Order Date": rows["Order Date"].re_replace("20(..)$", r"21\1")}, key=key),
        Defect("unreadable_amount", 18, "set_aside", {"Net Amount": "k.A.", "cents": 0}, key=key),
        Defect("amount_missing", 11, "set_aside", {"Net Amount": ibis.null("string"), "cents": 0}, key=key),
        Defect("customer_missing", 95, "set_aside", {"Customer No.": ibis.null("string")}, among=is_euro, key=key),
        Defect("customer_unknown", 140, "set_aside", _unknown_customer, among=is_euro, key=key),
        Defect("currency_unknown", 6, "set_aside", {"Currency": "EURO"}, among=is_euro, key=key),
        Defect("key_missing", 2, "set_aside", {key: ibis.null("string")}, among=is_euro),
    )


def _early(rows: Table) -> StringValue:
    """The same day, before the shop opens: earlier than every other version."""
    return rows["Last Changed"].substr(0, 10) + " 00:00:05"


def _in_next_file(rows: Table) -> dict[str, ibis.Value]:
    return {
        "file": rows.file + 1,
        "cents": rows.cents * 2,
        "Net Amount": german_amount(rows.cents * 2),
        "Last Changed": _early(rows),
    }


def _unknown_customer(rows: Table) -> dict[str, ibis.Value]:
    return {"Customer No.": (rows.row % 1_000 + NEVER_ISSUED).cast("string")}
