"""Measures of how customers rate us beside others, and of our share of what they spend."""

from __future__ import annotations

from typing import Any

from config.measures.entries import MeasureEntry, RateEntry

Number = Any
"""A number, or a column of the engine: arithmetic is written alike for both."""
COMPARED = ("surveys.own_worth", "surveys.competitor_worth")
USED = ("surveys.brands_count", "surveys.brand_rank")
SPENT = (*USED, "surveys.category_spend_amount")
MEASURES: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="comparing_customers",
        label="Rated us and a competitor",
        unit="customers",
        needs=COMPARED,
        description=(
            "Customers of the period who rated in it what they get for what they pay, from us and from the best competitor; of several "
            "answers the latest counts."
        ),
    ),
    MeasureEntry(
        name="own_points_count",
        label="Our rated worth, points",
        short_label="Our points",
        unit="count",
        needs=COMPARED,
        description="The points that they gave us, added up.",
    ),
    MeasureEntry(
        name="competitor_points_count",
        label="Best competitor's rated worth, points",
        short_label="Competitor's points",
        unit="count",
        needs=COMPARED,
        description="The points that the same customers gave the best competitor that each of them knows, added up.",
    ),
    MeasureEntry(
        name="ranking_customers",
        label="Said which brands they use",
        unit="customers",
        needs=USED,
        description=(
            "Customers of the period who said in it how many brands they use in the category, and which place we have among them; of "
            "several answers the latest counts."
        ),
    ),
    MeasureEntry(
        name="spending_customers",
        label="Said what they spend",
        unit="customers",
        needs=SPENT,
        description="Those of them who also said what they spend in the category.",
    ),
    MeasureEntry(
        name="category_spend_amount",
        label="Spent in the category",
        unit="money",
        needs=SPENT,
        description="What those who said it spend a year in the category, with everybody.",
    ),
    MeasureEntry(
        name="wallet_amount",
        label="Of it with us, by our place",
        unit="money",
        needs=SPENT,
        description="Our share of it by the wallet allocation rule: (1 - place / (brands + 1)) x 2 / brands of what each of them spends.",
    ),
)
RATES: tuple[RateEntry, ...] = (
    RateEntry(
        name="relative_value",
        label="Relative value",
        numerator="own_points_count",
        denominator="competitor_points_count",
        description="What customers get from us for what they pay, over what they get from the best competitor: customer value added.",
    ),
    RateEntry(
        name="wallet_rate",
        label="Share of wallet",
        numerator="wallet_amount",
        denominator="category_spend_amount",
        description="Our part, by our place among the brands that customers use, of what they spend in the category.",
    ),
)


def share_of_wallet(rank: Number, brands: Number) -> Number:
    """The part of a customer's spending that goes to the brand at a place, 1 the first, of so many that it uses.

    Of three brands the first has .5, the second .333, the third .167; the parts of all brands add up to 1, also where two that are
    liked alike share the mean of their places.
    """
    return (1 - rank / (brands + 1)) * 2 / brands
