"""The extract of cancellations: what the sales team wrote down of customers who ended a contract, and why it thinks they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from tasks.sample.chance import happens, one_of
from tasks.sample.invented import BUYS
from tasks.sample.orders import NEVER_ISSUED
from tasks.sample.service import USUAL_REASONS, Departures, reasons_of
from tasks.sample.wording import ISO_DAY, customer_no, days, padded, text_from
from tasks.sample.workshop import Dirt, own_columns

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.plan import Plan
    from tasks.sample.workshop import Workshop

CANCELLATION_CODES = ("PREIS", "WETTBEWERB", "UMZUG", "AUFGABE", "PRODUKT", "BETREUUNG", "VERSAND", "")
"""Why customers leave, in sales' codes, in the order of service's; empty: not known."""
WRITTEN_DOWN_PER_MILLE = 700
SEES_IT_ALIKE_PER_MILLE = 820


def cancellations_of(plan: Plan) -> Departures:
    """Contracts whose end sales wrote down; now and then it sees another reason than the service desk."""
    spells = plan.spells.at(plan.spells.is_over & plan.spells.is_end_told)
    spells = spells.at(plan.customers.way[spells.customer] != BUYS)
    place = spells.customer + spells.ended_on
    spells = spells.at(happens("cancellation written down", place, per_mille=WRITTEN_DOWN_PER_MILLE))
    spells = spells.at(np.lexsort((spells.customer, spells.ended_on)))
    sees_it_alike = happens("sales sees it alike", spells.customer, per_mille=SEES_IT_ALIKE_PER_MILLE)
    code = np.where(sees_it_alike, reasons_of(plan, spells), one_of("reason as sales sees it", spells.customer, weights=USUAL_REASONS))
    return Departures(spells.customer, spells.ended_on, code)


def write_cancellations(shop: Workshop, plan: Plan) -> None:
    """Cancellations with sales' own codes, which are words."""
    told = cancellations_of(plan)
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
