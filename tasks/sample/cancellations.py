"""The extract of cancellations: what the sales team wrote down of customers who ended a contract, and why it thinks they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tasks.sample.wording import ISO_DAY, customer_no, days, padded, text_from
from tasks.sample.workshop import NEVER_ISSUED, Dirt, own_columns

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.departing import Departures
    from tasks.sample.workshop import Workshop

CANCELLATION_CODES = ("PREIS", "WETTBEWERB", "UMZUG", "AUFGABE", "PRODUKT", "BETREUUNG", "VERSAND", "")
"""Why customers leave, in sales' codes, in the order of service's; empty: not known."""


def write_cancellations(shop: Workshop, told: Departures) -> None:
    """Cancellations with sales' own codes, which are words."""
    columns = {
        **own_columns("cancellations", told.day),
        "customer": told.customer,
        "day": days(told.day),
        "code": text_from(CANCELLATION_CODES, told.code),
    }
    rows = shop.spoilt("cancellations", _rows(shop.table("cancellations_numbers", columns)), dirts=_dirt())
    shop.write_csv(rows, "sales/cancellations.csv", delimiter="\t")


def _rows(numbers: Table) -> Table:
    written = {
        "Cancellation": ibis.literal("C") + padded(numbers.row + 1, 7),
        "Customer": customer_no(numbers.customer),
        "Ends": numbers.day.strftime(ISO_DAY),
        "Reason": numbers.code.nullif(""),
    }
    return numbers.select("row", "sorted_on", "lot", "cents", **written)


def _dirt() -> tuple[Dirt, ...]:
    key = "Cancellation"
    return (
        Dirt("exact_duplicate", 10, "superseded", {}),
        Dirt("customer_missing", 4, "set_aside", {"Customer": ibis.null("string")}, key=key),
        Dirt("customer_unknown", 4, "set_aside", lambda rows: {"Customer": (rows.row + NEVER_ISSUED).cast("string")}, key=key),
    )
