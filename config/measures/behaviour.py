"""Measures of the customers who stay, and the signals that they weaken or grow stronger."""

from __future__ import annotations

from config.measures.entries import MeasureEntry, RateEntry

PURCHASES = ("purchases.purchased_on",)
PRODUCT_GROUPS = ("purchases.product_group",)
SEATS = ("contracts.seats_count",)
COMPLAINTS = ("tickets.is_complaint",)
STAYING: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="staying_customers",
        label="Stayed through the period",
        short_label="Stayed",
        unit="customers",
        description="Customers who were customers at opening and at closing.",
    ),
    MeasureEntry(
        name="staying_amount",
        label="Stayed through the period: value",
        short_label="Stayed: value",
        unit="money",
        description="What the customers are worth at closing who were customers at opening and at closing.",
    ),
    MeasureEntry(
        name="weakening_customers",
        label="Weakening",
        unit="customers",
        description="Customers who stayed and show at least one sign of a relationship that weakens.",
    ),
    MeasureEntry(
        name="weakening_amount",
        label="Weakening: value",
        unit="money",
        description="What the customers are worth at closing who show at least one sign of a relationship that weakens.",
    ),
    MeasureEntry(
        name="strengthening_customers",
        label="Strengthening",
        unit="customers",
        description="Customers who stayed and show at least one sign of a relationship that grows stronger.",
    ),
    MeasureEntry(
        name="strengthening_amount",
        label="Strengthening: value",
        unit="money",
        description="What the customers are worth at closing who show at least one sign of a relationship that grows stronger.",
    ),
)
WEAKENING: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="silent_beyond_habit_customers",
        label="Silent beyond habit",
        unit="customers",
        needs=PURCHASES,
        description="Customers who stayed and have not bought for gap_rate times their own usual gap between days of purchase, or "
        "longer. A customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="silent_beyond_habit_amount",
        label="Silent beyond habit: value",
        unit="money",
        needs=PURCHASES,
        description="What the customers are worth at closing who have not bought for gap_rate times their own usual gap between days "
        "of purchase, or longer. A customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="fewer_groups_customers",
        label="Fewer product groups",
        unit="customers",
        needs=PRODUCT_GROUPS,
        description="Customers who stayed and bought of fewer product groups in the value days up to closing than in those up to "
        "opening. A customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="fewer_groups_amount",
        label="Fewer product groups: value",
        unit="money",
        needs=PRODUCT_GROUPS,
        description="What the customers are worth at closing who bought of fewer product groups in the value days up to closing than "
        "in those up to opening. A customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="fewer_seats_customers",
        label="Fewer seats",
        unit="customers",
        needs=SEATS,
        description="Customers who stayed and have fewer seats under contract at closing than at opening. A customer may show several "
        "signs, so they do not add up.",
    ),
    MeasureEntry(
        name="fewer_seats_amount",
        label="Fewer seats: value",
        unit="money",
        needs=SEATS,
        description="What the customers are worth at closing who have fewer seats under contract at closing than at opening. A "
        "customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="fallen_twice_customers",
        label="Value fell twice",
        unit="customers",
        description="Customers who stayed and lost value beyond the tolerance in this period and in the one before it. A customer may "
        "show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="fallen_twice_amount",
        label="Value fell twice: value",
        unit="money",
        description="What the customers are worth at closing who lost value beyond the tolerance in this period and in the one before "
        "it. A customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="first_complaint_customers",
        label="First complaint",
        unit="customers",
        needs=COMPLAINTS,
        description="Customers who stayed and complained for the first time ever in the period. A customer may show several signs, so "
        "they do not add up.",
    ),
    MeasureEntry(
        name="first_complaint_amount",
        label="First complaint: value",
        unit="money",
        needs=COMPLAINTS,
        description="What the customers are worth at closing who complained for the first time ever in the period. A customer may "
        "show several signs, so they do not add up.",
    ),
)
STRENGTHENING: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="shorter_gaps_customers",
        label="Buys more often",
        unit="customers",
        needs=PURCHASES,
        description="Customers who stayed and bought in the period with gaps that were on average no longer than their usual gap "
        "divided by gap_rate, and are not silent. A customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="shorter_gaps_amount",
        label="Buys more often: value",
        unit="money",
        needs=PURCHASES,
        description="What the customers are worth at closing who bought in the period with gaps that were on average no longer than "
        "their usual gap divided by gap_rate, and are not silent. A customer may show several signs, so they do not add "
        "up.",
    ),
    MeasureEntry(
        name="more_groups_customers",
        label="More product groups",
        unit="customers",
        needs=PRODUCT_GROUPS,
        description="Customers who stayed and bought of more product groups in the value days up to closing than in those up to "
        "opening. A customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="more_groups_amount",
        label="More product groups: value",
        unit="money",
        needs=PRODUCT_GROUPS,
        description="What the customers are worth at closing who bought of more product groups in the value days up to closing than "
        "in those up to opening. A customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="more_seats_customers",
        label="More seats",
        unit="customers",
        needs=SEATS,
        description="Customers who stayed and have more seats under contract at closing than at opening. A customer may show several "
        "signs, so they do not add up.",
    ),
    MeasureEntry(
        name="more_seats_amount",
        label="More seats: value",
        unit="money",
        needs=SEATS,
        description="What the customers are worth at closing who have more seats under contract at closing than at opening. A "
        "customer may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="risen_twice_customers",
        label="Value rose twice",
        unit="customers",
        description="Customers who stayed and gained value beyond the tolerance in this period and in the one before it. A customer "
        "may show several signs, so they do not add up.",
    ),
    MeasureEntry(
        name="risen_twice_amount",
        label="Value rose twice: value",
        unit="money",
        description="What the customers are worth at closing who gained value beyond the tolerance in this period and in the one "
        "before it. A customer may show several signs, so they do not add up.",
    ),
)
RATES: tuple[RateEntry, ...] = (
    RateEntry(
        name="weakening_rate",
        label="Weakening rate",
        numerator="weakening_customers",
        denominator="staying_customers",
        description="Customers who weaken, of the customers who stayed.",
    ),
    RateEntry(
        name="strengthening_rate",
        label="Strengthening rate",
        numerator="strengthening_customers",
        denominator="staying_customers",
        description="Customers who grow stronger, of the customers who stayed.",
    ),
)
MEASURES = (*STAYING, *WEAKENING, *STRENGTHENING)
