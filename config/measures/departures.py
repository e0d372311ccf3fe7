"""Measures of why customers went, and how far that is known."""

from __future__ import annotations

from config.measures.entries import MeasureEntry, RateEntry

REASON = ("departures.reason_code",)
MEASURES: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="left_notified_customers",
        label="Told us",
        unit="customers",
        sign="minus",
        needs=("departures.departed_on",),
        description="Of those who left: a departure is recorded around the day on which they went. Told us comes before contract ended.",
    ),
    MeasureEntry(
        name="left_ended_customers",
        label="Contract ended",
        unit="customers",
        sign="minus",
        needs=("contracts.starts_on",),
        description="Of those who left: a contract ended, and no departure is recorded around that day.",
    ),
    MeasureEntry(
        name="left_notified_amount",
        label="Told us, value",
        unit="money",
        sign="minus",
        needs=("departures.departed_on",),
        description="What customers who left and told us were worth at opening.",
    ),
    MeasureEntry(
        name="left_ended_amount",
        label="Contract ended, value",
        unit="money",
        sign="minus",
        needs=("contracts.starts_on",),
        description="What customers who left as a contract ended, without telling us, were worth at opening.",
    ),
    MeasureEntry(
        name="reason_known_customers",
        label="Reason known",
        unit="customers",
        needs=REASON,
        description="Customers out of whom at least one silo knows why they went, by a reason of the company's list.",
    ),
    MeasureEntry(
        name="reason_known_amount",
        label="Value lost, reason known",
        unit="money",
        needs=REASON,
        description="What the customers out were worth of whom a reason of the company's list is known.",
    ),
    MeasureEntry(
        name="reason_conflict_customers",
        label="Reasons in conflict",
        unit="customers",
        needs=REASON,
        description="Customers out of whom two silos know different reasons; the company's order of trust decides between them.",
    ),
    MeasureEntry(
        name="unmapped_reason_customers",
        label="Reason not mapped",
        unit="customers",
        needs=REASON,
        description="Customers out whose reason is a code that is not in the company's list; listed, never dropped.",
    ),
    MeasureEntry(
        name="unmapped_reason_amount",
        label="Value lost, reason not mapped",
        unit="money",
        needs=REASON,
        description="What the customers out were worth whose reason is a code that is not in the company's list.",
    ),
    MeasureEntry(
        name="told_departure_customers",
        label="Departure recorded",
        unit="customers",
        needs=REASON,
        description="Customers of whom a departure was recorded in the period, whether or not they went: who keeps one of two "
        "contracts has not.",
    ),
    MeasureEntry(
        name="told_departure_amount",
        label="Value, departure recorded",
        unit="money",
        needs=REASON,
        description="What the customers of whom a departure was recorded were worth at opening; who came in the period, what they brought.",
    ),
    MeasureEntry(
        name="departures_told_count",
        label="Departures recorded",
        unit="count",
        needs=REASON,
        description="Departures that were recorded in the period; one customer may have several.",
    ),
)
RATES: tuple[RateEntry, ...] = (
    RateEntry(
        name="reason_coverage_rate",
        label="Reason coverage",
        numerator="reason_known_customers",
        denominator="customers_out",
        description="Share of the customers out of whom a reason is known.",
    ),
    RateEntry(
        name="reason_coverage_amount_rate",
        label="Reason coverage in value",
        numerator="reason_known_amount",
        denominator="customers_out_amount",
        description="Share of the value lost of which a reason is known.",
    ),
)
