"""The extract of customers: with region, type and channel, people who only registered, and names that break careless programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from tasks.sample.assumptions import CHANNELS, CUSTOMER_TYPES, REGIONS
from tasks.sample.extract_writer import Defect, own_columns
from tasks.sample.names import AWKWARD_NAMES, FIRST_PARTS, FORMS, SECOND_PARTS
from tasks.sample.random_numbers import Numbers, below, between, chosen
from tasks.sample.scenario import COVERED_FROM, COVERED_THROUGH, Customers
from tasks.sample.text_formats import GERMAN_DAY, customer_no, days, moment, one_from, text_from

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.extract_writer import ExtractWriter
    from tasks.sample.scenario import Scenario

SECONDS_OF_A_DAY = 86_400


def write_customers(writer: ExtractWriter, scenario: Scenario, *, movers: Numbers) -> None:
    """Customers with region, type and channel; people who only registered; awkward names among those who moved."""
    everyone = Customers.drawn(scenario.registered_count)
    numbers = np.arange(everyone.count, dtype=np.int64)
    registered = between("registered", numbers, first=COVERED_FROM, last=COVERED_THROUGH)
    registered[: scenario.customers.count] = scenario.first_started_on - below(
        "registered before", numbers[: scenario.customers.count], limit=30
    )
    columns = {
        **own_columns("customers", numbers),
        "region": text_from([region.name for region in REGIONS], everyone.region),
        "customer_type": everyone.customer_type,
        "channel": text_from([channel.name for channel in CHANNELS], everyone.channel),
        "registered": days(registered),
        "changed": days(np.minimum(registered + below("customer changed", numbers, limit=300), COVERED_THROUGH)),
        "first_part": below("first part of the name", numbers, limit=len(FIRST_PARTS)),
        "second_part": below("second part of the name", numbers, limit=len(SECOND_PARTS)),
        "awkward": _awkward_names(numbers, movers),
    }
    rows = writer.corrupted("customers", _customer_rows(writer.table("customers_numbers", columns)), defects=_customer_defects())
    writer.write_csv(rows, "sales/customers.csv", delimiter=";", encoding="utf-8-sig")


def _awkward_names(numbers: Numbers, movers: Numbers) -> Numbers:
    names = np.full(len(numbers), -1)
    bearers = chosen("awkward name", movers, count=min(len(AWKWARD_NAMES), len(movers)))
    names[bearers] = np.arange(len(bearers))
    return names


def _customer_rows(numbers: Table) -> Table:
    first_part, second_part = one_from(FIRST_PARTS, numbers.first_part), one_from(SECOND_PARTS, numbers.second_part)
    usual = first_part + second_part + " " + (numbers.row % 997).cast("string") + " " + one_from(FORMS, numbers.customer_type)
    is_awkward = numbers.awkward >= 0
    return numbers.select(
        "row",
        "sorted_on",
        "tie_breaker",
        "cents",
        **{
            "Customer No.": customer_no(numbers.row),
            "Name": is_awkward.ifelse(one_from(AWKWARD_NAMES, is_awkward.ifelse(numbers.awkward, 0)), usual),
            "Created": numbers.registered.strftime(GERMAN_DAY),
            "Region": numbers.region,
            "Customer Type": one_from([kind.name for kind in CUSTOMER_TYPES], numbers.customer_type),
            "Sales Channel": numbers.channel,
            "Last Changed": moment(numbers.changed, numbers.tie_breaker % SECONDS_OF_A_DAY),
        },
    )


def _customer_defects() -> tuple[Defect, ...]:
    moved = {"Region": "Germany North", "Sales Channel": "Partner", "Last Changed": "2021-12-30 08:00:00"}
    return (
        Defect("older_version", 60, "superseded", moved),
        Defect("exact_duplicate", 25, "superseded", {}),
        Defect("customer_missing", 3, "set_aside", {"Customer No.": ibis.null("string")}),
        Defect("unreadable_day", 4, "noted", {"Created": "unknown"}, key="Customer No."),
    )
