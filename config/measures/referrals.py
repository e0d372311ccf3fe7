"""Measures of who recommends us, and whom that brings."""

from __future__ import annotations

from config.measures.entries import MeasureEntry, RateEntry

REFERRED_ON = ("referrals.referred_on",)
CAME = ("referrals.referred_customer_id",)
REFUSED = ("referrals.reason_code",)
MEASURES: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="period_customers",
        label="Customers of the period",
        unit="customers",
        needs=REFERRED_ON,
        description="Everybody who was a customer on any day from the one before the period opens to its last: who could recommend us.",
    ),
    MeasureEntry(
        name="referring_customers",
        label="Recommended us",
        unit="customers",
        needs=REFERRED_ON,
        description="Customers of the period who recommended us in it, once or more often.",
    ),
    MeasureEntry(
        name="referring_former_customers",
        label="Recommended us, no customers",
        unit="customers",
        needs=REFERRED_ON,
        description="People who recommended us in the period without being customers on any day of it; no part of the referral rate.",
    ),
    MeasureEntry(
        name="referrals_count",
        label="Recommendations",
        unit="count",
        needs=REFERRED_ON,
        description="Recommendations made in the period, by whomever.",
    ),
    MeasureEntry(
        name="referred_new_customers",
        label="New by recommendation",
        unit="customers",
        needs=CAME,
        description="New customers who had been recommended to us on the day they came, or before; they count where they are.",
    ),
    MeasureEntry(
        name="referred_won_count",
        label="Won by recommending",
        unit="count",
        needs=CAME,
        description="New customers by recommendation, counted where those are who recommended us to them first.",
    ),
    MeasureEntry(
        name="refusals_count",
        label="Refusals",
        unit="count",
        needs=REFUSED,
        description="How often somebody said in the period why he would not recommend us.",
    ),
    MeasureEntry(
        name="refusing_customers",
        label="Would not recommend us",
        unit="customers",
        needs=REFUSED,
        description="People who said in the period why they would not recommend us; of several reasons the latest counts.",
    ),
    MeasureEntry(
        name="referred_new_amount",
        label="New value by recommendation",
        unit="money",
        needs=CAME,
        description="What new customers by recommendation were worth at closing, at the exchange rates of the opening.",
    ),
    MeasureEntry(
        name="referred_won_amount",
        label="Value won by recommending",
        unit="money",
        needs=CAME,
        description="The new value by recommendation, counted where those are who recommended us first.",
    ),
)
RATES: tuple[RateEntry, ...] = (
    RateEntry(
        name="referral_rate",
        label="Referral rate",
        numerator="referring_customers",
        denominator="period_customers",
        description="Customers of the period who recommended us in it, of all customers of the period.",
    ),
    RateEntry(
        name="referred_new_rate",
        label="Share of new by recommendation",
        numerator="referred_new_customers",
        denominator="new_customers",
        description="New customers by recommendation, of all new customers.",
    ),
)
