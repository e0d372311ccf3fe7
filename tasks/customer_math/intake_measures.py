"""What is measured of intakes: customers, first purchases, second purchases, value and stays at equal ages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.customer_math.measures import Catalogue, Measure, Rate, Split, counted_in, flagged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.questions import Intakes

CAME: tuple[Measure, ...] = (
    Measure(
        "intake_customers",
        "Customers of the intakes",
        "Customers who came for the first time in one of the months that are looked at, the latest that was over and those before.",
        "customers",
        lambda intakes: intakes.customer_id.notnull().cast("int64"),
    ),
    Measure(
        "intake_first_purchase_amount",
        "First purchases of the intakes",
        "What the customers of the intakes bought on their first day, and what contracts that started on it bring in a year.",
        "money",
        counted_in("first_purchase_amount"),
    ),
)


def intake_catalogue(rules: Intakes) -> Catalogue:
    """Everything that is measured of intakes, at the company's own ages."""
    ages = [measure for days in rules.ages_days for measure in _at_age(days)]
    measures = {measure.name: measure for measure in (*CAME, *_second(rules.horizon_days), *ages)}
    return Catalogue(measures, tuple(_rates(rules)), tuple(_splits(tuple(measures))))


def _second(horizon_days: int) -> Iterator[Measure]:
    yield Measure(
        "intake_horizon_customers",
        f"Known for {horizon_days} days",
        f"Customers of the intakes of which everyone came at least {horizon_days} days before the period's end.",
        "customers",
        flagged("has_reached_horizon"),
    )
    yield Measure(
        "intake_second_customers",
        f"Came again within {horizon_days} days",
        f"Of those known for {horizon_days} days: who bought on a later day, or agreed to a further contract, within that time.",
        "customers",
        flagged("has_second"),
    )


def _at_age(days: int) -> Iterator[Measure]:
    yield Measure(
        f"intake_reached_{days}_customers",
        f"Reached {days} days",
        f"Customers of the intakes of which everyone came at least {days} days before the period's end.",
        "customers",
        flagged(f"has_reached_{days}"),
    )
    yield Measure(
        f"intake_stayed_{days}_customers",
        f"Customers after {days} days",
        f"Of those who reached {days} days: who was a customer so many days after the first.",
        "customers",
        flagged(f"is_customer_{days}"),
    )
    yield Measure(
        f"intake_value_{days}_amount",
        f"Value after {days} days",
        f"What those who reached {days} days bought in their first {days} days, and what contracts brought in them, day by day.",
        "money",
        counted_in(f"value_{days}_amount"),
    )


def _rates(rules: Intakes) -> Iterator[Rate]:
    yield Rate(
        "intake_second_rate",
        "Share that came again",
        f"Customers who came again within {rules.horizon_days} days, of those known for so long.",
        "intake_second_customers",
        "intake_horizon_customers",
    )
    for days in rules.ages_days:
        yield Rate(
            f"intake_stayed_{days}_rate",
            f"Share of customers after {days} days",
            f"Customers {days} days after they came, of those who came so long ago.",
            f"intake_stayed_{days}_customers",
            f"intake_reached_{days}_customers",
        )


def _splits(names: tuple[str, ...]) -> Iterator[Split]:
    yield Split("intake", "Intake", "The month in which customers came for the first time.", lambda intakes: intakes.intake, names)
    yield Split(
        "channel",
        "Channel of the intakes",
        "Where the customers of the intakes came from.",
        lambda intakes: intakes.came_by_channel,
        names,
        needs=("acquisitions.channel",),
    )
    yield Split(
        "campaign",
        "Campaign of the intakes",
        "Which campaign brought the customers of the intakes.",
        lambda intakes: intakes.came_by_campaign,
        names,
        needs=("acquisitions.campaign",),
    )
    yield Split(
        "came_by_referral",
        "Referral of the intakes",
        "Whether the customers of the intakes had been recommended to us before they came.",
        lambda intakes: intakes.came_by_referral,
        names,
        needs=("referrals.referred_customer_id",),
    )
