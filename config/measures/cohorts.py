"""Measures of intakes, the customers who came for the first time in one month, at ages that the company chooses.

`{days}` stands for one of the ages of `intakes.ages_days`, and in SECOND_PURCHASE for `intakes.horizon_days`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.measures.entries import MeasureEntry, RateEntry, at

if TYPE_CHECKING:
    from config.topic_settings import CohortSettings

CAME: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="intake_customers",
        label="Customers of the intakes",
        unit="customers",
        description="Customers who came for the first time in one of the months that are looked at, the latest that was over and those "
        "before.",
    ),
    MeasureEntry(
        name="intake_first_purchase_amount",
        label="First purchases of the intakes",
        unit="money",
        description="What the customers of the intakes bought on their first day, and what contracts that started on it bring in a year.",
    ),
)
SECOND_PURCHASE: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="intake_horizon_customers",
        label="Known for {days} days",
        unit="customers",
        description="Customers of the intakes of which everyone came at least {days} days before the period's end.",
    ),
    MeasureEntry(
        name="intake_second_customers",
        label="Came again within {days} days",
        unit="customers",
        description="Of those known for {days} days: who bought on a later day, or agreed to a further contract, within that time.",
    ),
)
SECOND_PURCHASE_RATE = RateEntry(
    name="intake_second_rate",
    label="Share that came again within {days} days",
    short_label="Came again",
    numerator="intake_second_customers",
    denominator="intake_horizon_customers",
    description="Customers who came again within {days} days, of those known for so long.",
)
REACHED = MeasureEntry(
    name="intake_reached_{days}_customers",
    label="Reached {days} days",
    unit="customers",
    description="Customers of the intakes of which everyone came at least {days} days before the period's end.",
)
STAYED = MeasureEntry(
    name="intake_stayed_{days}_customers",
    label="Customers after {days} days",
    unit="customers",
    description="Of those who reached {days} days: who was a customer so many days after the first.",
)
VALUE = MeasureEntry(
    name="intake_value_{days}_amount",
    label="Value after {days} days",
    unit="money",
    description="What those who reached {days} days bought in their first {days} days, and what contracts brought in them, day by day.",
)
STAYED_RATE = RateEntry(
    name="intake_stayed_{days}_rate",
    label="Share of customers after {days} days",
    short_label="Stayed {days} days",
    numerator="intake_stayed_{days}_customers",
    denominator="intake_reached_{days}_customers",
    description="Customers {days} days after they came, of those who came so long ago.",
)
MEASURES = (*CAME, *SECOND_PURCHASE, REACHED, STAYED, VALUE)
RATES = (SECOND_PURCHASE_RATE, STAYED_RATE)


def cohort_measures(settings: CohortSettings) -> tuple[MeasureEntry, ...]:
    """Every measure of intakes at the company's own numbers of days."""
    of_ages = (at(entry, days) for days in settings.ages_days for entry in (REACHED, STAYED, VALUE))
    return (*CAME, *(at(entry, settings.horizon_days) for entry in SECOND_PURCHASE), *of_ages)


def cohort_rates(settings: CohortSettings) -> tuple[RateEntry, ...]:
    """Every rate of intakes at the company's own numbers of days."""
    return (at(SECOND_PURCHASE_RATE, settings.horizon_days), *(at(STAYED_RATE, days) for days in settings.ages_days))
