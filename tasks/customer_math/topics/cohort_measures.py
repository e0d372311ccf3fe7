"""What is measured of intakes: customers, first purchases, second purchases, value and stays at equal ages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.measures.cohorts import cohort_rates
from tasks.customer_math.measures import Breakdown, Catalogue, Measure, count_flag, sum_of, with_formulas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.topic_settings import CohortSettings


def cohort_catalogue(rules: CohortSettings) -> Catalogue:
    """Everything that is measured of intakes, at the company's own ages."""
    of_ages = (measure for days in rules.ages_days for measure in _at_age(days))
    measures = {measure.name: measure for measure in (*_came(), *_second(rules.horizon_days), *of_ages)}
    return Catalogue(measures, cohort_rates(rules), tuple(_splits(tuple(measures))))


def _came() -> tuple[Measure, ...]:
    return with_formulas(
        {
            "intake_customers": lambda cohorts: cohorts.customer_id.notnull().cast("int64"),
            "intake_first_purchase_amount": sum_of("first_purchase_amount"),
        }
    )


def _second(horizon_days: int) -> tuple[Measure, ...]:
    formulas = {"intake_horizon_customers": count_flag("has_reached_horizon"), "intake_second_customers": count_flag("has_second")}
    return with_formulas(formulas, days=horizon_days)


def _at_age(days: int) -> tuple[Measure, ...]:
    return with_formulas(
        {
            "intake_reached_{days}_customers": count_flag(f"has_reached_{days}"),
            "intake_stayed_{days}_customers": count_flag(f"is_customer_{days}"),
            "intake_value_{days}_amount": sum_of(f"value_{days}_amount"),
        },
        days=days,
    )


def _splits(names: tuple[str, ...]) -> Iterator[Breakdown]:
    yield Breakdown("intake", "Intake", "The month in which customers came for the first time.", lambda cohorts: cohorts.intake, names)
    yield Breakdown(
        "channel",
        "Channel of the intakes",
        "Where the customers of the intakes came from.",
        lambda cohorts: cohorts.came_by_channel,
        names,
        needs=("acquisitions.channel",),
    )
    yield Breakdown(
        "campaign",
        "Campaign of the intakes",
        "Which campaign brought the customers of the intakes.",
        lambda cohorts: cohorts.came_by_campaign,
        names,
        needs=("acquisitions.campaign",),
    )
    yield Breakdown(
        "came_by_referral",
        "Referral of the intakes",
        "Whether the customers of the intakes had been recommended to us before they came.",
        lambda cohorts: cohorts.came_by_referral,
        names,
        needs=("referrals.referred_customer_id",),
    )
