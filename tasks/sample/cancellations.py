"""The extract of cancellations: what the sales team wrote down of customers who ended a contract, and why it thinks they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tasks.sample.extract_writer import NEVER_ISSUED, Defect, own_columns
from tasks.sample.text_formats import ISO_DAY, customer_no, days, padded, text_from

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.departures import Departures
    from tasks.sample.extract_writer import ExtractWriter

CANCELLATION_CODES = ("PREIS", "WETTBEWERB", "UMZUG", "AUFGABE", "PRODUKT", "BETREUUNG", "VERSAND", "")
"""Why customers leave, in sales' codes, in the order of service's; empty: not known."""


def write_cancellations(writer: ExtractWriter, cancellations: Departures) -> None:
    """Cancellations with sales' own codes, which are words."""
    columns = {
        **own_columns("cancellations", cancellations.day),
        "customer": cancellations.customer,
        "day": days(cancellations.day),
        "code": text_from(CANCELLATION_CODES, cancellations.code),
    }
    rows = writer.corrupted("cancellations", _rows(writer.table("cancellations_numbers", columns)), defects=_defects())
    writer.write_csv(rows, "sales/cancellations.csv", delimiter="\t")


def _rows(numbers: Table) -> Table:
    written = {
        "Cancellation": ibis.literal("C") + padded(numbers.row + 1, 7),
        "Customer": customer_no(numbers.customer),
        "Ends": numbers.day.strftime(ISO_DAY),
        "Reason": numbers.code.nullif(""),
    }
    return numbers.select("row", "sorted_on", "tie_breaker", "cents", **written)


def _defects() -> tuple[Defect, ...]:
    key = "Cancellation"
    return (
        Defect("exact_duplicate", 10, "superseded", {}),
        Defect("customer_missing", 4, "set_aside", {"Customer": ibis.null("string")}, key=key),
        Defect("customer_unknown", 4, "set_aside", lambda rows: {"Customer": (rows.row + NEVER_ISSUED).cast("string")}, key=key),
    )
