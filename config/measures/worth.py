"""Measures of what customers are still expected to bring: the flow statement of customer equity."""

from __future__ import annotations

from config.measures.entries import MeasureEntry

MEASURES: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="opening_equity_amount",
        label="Still to come at opening",
        unit="money",
        description="What the customers at opening were expected to bring from then on, discounted to that day.",
    ),
    MeasureEntry(
        name="lost_equity_amount",
        label="Still to come, lost",
        unit="money",
        sign="minus",
        description="What was expected at opening of the customers who are customers no longer at closing.",
    ),
    MeasureEntry(
        name="unwinding_amount",
        label="Unwinding of the discount",
        short_label="Unwinding",
        unit="money",
        sign="plus",
        description="What was expected at opening of those who stayed is nearer by the period, so it is discounted by less.",
    ),
    MeasureEntry(
        name="received_margin_amount",
        label="Received from those who stayed",
        short_label="Received",
        unit="money",
        sign="minus",
        description="What the customers brought in the period who were there at both ends: it came, and is no longer expected.",
    ),
    MeasureEntry(
        name="changed_expectation_amount",
        label="Changed expectation",
        unit="money",
        sign="either",
        description="How much more, or less, is expected of those who stayed, by what they did in the period, under the same assumptions.",
    ),
    MeasureEntry(
        name="new_equity_amount",
        label="Still to come of new customers",
        short_label="Still to come, new",
        unit="money",
        sign="plus",
        side="closing",
        description="What is expected at closing of the customers who came for the first time in the period.",
    ),
    MeasureEntry(
        name="returned_equity_amount",
        label="Still to come of those who returned",
        short_label="Still to come, returned",
        unit="money",
        sign="plus",
        side="closing",
        description="What is expected at closing of the customers who had been gone and returned in the period.",
    ),
    MeasureEntry(
        name="changed_assumptions_amount",
        label="Changed assumptions",
        unit="money",
        sign="either",
        side="closing",
        description="How much more, or less, is expected of the customers at closing because the models have seen the period too.",
    ),
    MeasureEntry(
        name="closing_equity_amount",
        label="Still to come at closing",
        unit="money",
        side="closing",
        description="What the customers at closing are expected to bring from then on, discounted to that day.",
    ),
    MeasureEntry(
        name="all_margin_amount",
        label="Received from everybody",
        unit="money",
        description="What everybody brought in the period, customers or not: the margin where costs are recorded, the revenue where not.",
    ),
)
"""The lines of the statement from opening to closing, and what stands beside it."""
