"""Measures of the customers who came for the first time."""

from __future__ import annotations

from config.measures.entries import MeasureEntry

MEASURES: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="first_time_customers",
        label="Came for the first time",
        unit="customers",
        description="Customers whose first spell ever started in the period: the new ones, and those in and out who had never come before.",
    ),
    MeasureEntry(
        name="first_purchase_amount",
        label="First purchases",
        unit="money",
        description="What customers who came for the first time bought on that day, and what contracts that start on it bring in a year.",
    ),
)
