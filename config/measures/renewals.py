"""Measures of terms due and renewed, repeat buying, reasons for staying, and what comes due next."""

from __future__ import annotations

from config.measures.entries import MeasureEntry, RateEntry

TERMS = ("contracts.ends_on",)
BUYING = ("purchases.amount",)
STAYING = ("surveys.reason_code", "surveys.occasion")
TERMS_DUE: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="terms_due_count",
        label="Terms due",
        unit="count",
        needs=TERMS,
        description="Terms whose end falls in the period.",
    ),
    MeasureEntry(
        name="terms_due_amount",
        label="Value of terms due",
        unit="money",
        needs=TERMS,
        description="What terms whose end falls in the period brought in a year, at the exchange rate of their last day.",
    ),
    MeasureEntry(
        name="terms_renewed_count",
        label="Terms renewed",
        unit="count",
        needs=TERMS,
        description="Terms due whose customer has a contract on their end, or within the company's grace days after it.",
    ),
    MeasureEntry(
        name="terms_renewed_amount",
        label="Value of terms renewed",
        unit="money",
        needs=TERMS,
        description="What the terms renewed brought in a year, at the exchange rate of their last day; not what the contracts after "
        "them bring.",
    ),
    MeasureEntry(
        name="terms_early_count",
        label="Terms renewed early",
        unit="count",
        needs=TERMS,
        description="Terms followed by a contract that started before their end, and after their start.",
    ),
    MeasureEntry(
        name="terms_early_amount",
        label="Value of terms renewed early",
        unit="money",
        needs=TERMS,
        description="What terms followed by a contract that started before their end, and after their start brought in a year, at the "
        "exchange rate of their last day.",
    ),
    MeasureEntry(
        name="terms_on_time_count",
        label="Terms renewed on time",
        unit="count",
        needs=TERMS,
        description="Terms followed by a contract that starts on the day of their end.",
    ),
    MeasureEntry(
        name="terms_on_time_amount",
        label="Value of terms renewed on time",
        unit="money",
        needs=TERMS,
        description="What terms followed by a contract that starts on the day of their end brought in a year, at the exchange rate of "
        "their last day.",
    ),
    MeasureEntry(
        name="terms_late_count",
        label="Terms renewed late",
        unit="count",
        needs=TERMS,
        description="Terms followed by a contract that starts after their end, within the grace days.",
    ),
    MeasureEntry(
        name="terms_late_amount",
        label="Value of terms renewed late",
        unit="money",
        needs=TERMS,
        description="What terms followed by a contract that starts after their end, within the grace days brought in a year, at the "
        "exchange rate of their last day.",
    ),
    MeasureEntry(
        name="terms_beside_count",
        label="Terms kept by another",
        unit="count",
        needs=TERMS,
        description="Terms whose customer keeps another contract, at least as old, and no new one.",
    ),
    MeasureEntry(
        name="terms_beside_amount",
        label="Value of terms kept by another",
        unit="money",
        needs=TERMS,
        description="What terms whose customer keeps another contract, at least as old, and no new one brought in a year, at the "
        "exchange rate of their last day.",
    ),
    MeasureEntry(
        name="terms_not_renewed_count",
        label="Terms not renewed",
        unit="count",
        needs=TERMS,
        description="Terms due without any contract of their customer up to the last of the grace days.",
    ),
    MeasureEntry(
        name="terms_not_renewed_amount",
        label="Value of terms not renewed",
        unit="money",
        needs=TERMS,
        description="What terms due without any contract of their customer up to the last of the grace days brought in a year, at the "
        "exchange rate of their last day.",
    ),
    MeasureEntry(
        name="terms_in_grace_count",
        label="Terms in grace",
        unit="count",
        needs=TERMS,
        description="Terms not renewed whose grace days are not over on the last day that the extracts cover, and of which no departure is "
        "recorded.",
    ),
    MeasureEntry(
        name="terms_in_grace_amount",
        label="Value of terms in grace",
        unit="money",
        needs=TERMS,
        description="What terms not renewed whose grace days are not over on the last day that the extracts cover, and of which no "
        "departure is recorded, brought in a year, at the exchange rate of their last day.",
    ),
    MeasureEntry(
        name="terms_decided_count",
        label="Terms decided",
        unit="count",
        needs=TERMS,
        description="Terms due that are not in grace: renewed, or not to be renewed any more.",
    ),
    MeasureEntry(
        name="terms_decided_amount",
        label="Value of terms decided",
        unit="money",
        needs=TERMS,
        description="What terms due that are not in grace brought in a year, at the exchange rate of their last day.",
    ),
)
"""Numbers of terms, and what they brought in a year."""
CUSTOMERS_DUE: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="due_customers",
        label="Customers with a term due",
        unit="customers",
        needs=TERMS,
        description="Customers with at least one term whose end falls in the period.",
    ),
    MeasureEntry(
        name="renewed_customers",
        label="Customers who renewed all",
        unit="customers",
        needs=TERMS,
        description="Customers with a term due, all of whose terms due are renewed.",
    ),
    MeasureEntry(
        name="not_renewed_customers",
        label="Customers who did not renew all",
        unit="customers",
        needs=TERMS,
        description="Customers with a term due, at least one of whose terms due is not renewed.",
    ),
    MeasureEntry(
        name="in_grace_customers",
        label="Customers in grace",
        unit="customers",
        needs=TERMS,
        description="Customers with a term due who renewed all but terms that are in grace.",
    ),
    MeasureEntry(
        name="decided_customers",
        label="Customers decided",
        unit="customers",
        needs=TERMS,
        description="Customers with a term due who renewed all of them, or did not renew one that is not in grace.",
    ),
)
REPEAT_BUYING: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="bought_again_customers",
        label="Bought again",
        unit="customers",
        needs=BUYING,
        description="Customers at opening who made a qualifying purchase in the period.",
    ),
    MeasureEntry(
        name="bought_again_amount",
        label="Value bought again",
        unit="money",
        needs=BUYING,
        description="Net amount of the period's purchases by customers who bought again, refunds taken off.",
    ),
)
REASONS_FOR_STAYING: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="stayed_customers",
        label="Customers who stayed",
        unit="customers",
        needs=STAYING,
        description="Customers at closing who were customers at opening, or had a term due in the period.",
    ),
    MeasureEntry(
        name="stayed_amount",
        label="Value that stayed",
        unit="money",
        needs=STAYING,
        description="What the customers who stayed were worth at closing.",
    ),
    MeasureEntry(
        name="staying_reason_known_customers",
        label="Reason for staying known",
        unit="customers",
        needs=STAYING,
        description="Customers who stayed and said why when they were asked at renewal in the period.",
    ),
    MeasureEntry(
        name="staying_reason_known_amount",
        label="Value that stayed, reason known",
        unit="money",
        needs=STAYING,
        description="What the customers were worth at closing who stayed and said why when they were asked at renewal in the period.",
    ),
    MeasureEntry(
        name="unmapped_staying_reason_customers",
        label="Reason for staying not mapped",
        unit="customers",
        needs=STAYING,
        description="Customers who stayed and gave a reason whose code is not in the company's list; listed, never dropped.",
    ),
)
DUE_AHEAD: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="due_ahead_1_count",
        label="Terms due ahead, first",
        unit="count",
        side="closing",
        needs=TERMS,
        description="Terms that end within the first of the company's numbers of days after the period.",
    ),
    MeasureEntry(
        name="due_ahead_1_customers",
        label="Customers due ahead, first",
        unit="customers",
        side="closing",
        needs=TERMS,
        description="Customers with a term that ends within the first of the company's numbers of days after the period.",
    ),
    MeasureEntry(
        name="due_ahead_1_amount",
        label="Value due ahead, first",
        unit="money",
        side="closing",
        needs=TERMS,
        description="What the terms that end within the first of the company's numbers of days after the period bring in a year, at "
        "the exchange rate of the period's last day.",
    ),
    MeasureEntry(
        name="due_ahead_2_count",
        label="Terms due ahead, second",
        unit="count",
        side="closing",
        needs=TERMS,
        description="Terms that end within the second of the company's numbers of days after the period.",
    ),
    MeasureEntry(
        name="due_ahead_2_customers",
        label="Customers due ahead, second",
        unit="customers",
        side="closing",
        needs=TERMS,
        description="Customers with a term that ends within the second of the company's numbers of days after the period.",
    ),
    MeasureEntry(
        name="due_ahead_2_amount",
        label="Value due ahead, second",
        unit="money",
        side="closing",
        needs=TERMS,
        description="What the terms that end within the second of the company's numbers of days after the period bring in a year, at "
        "the exchange rate of the period's last day.",
    ),
    MeasureEntry(
        name="due_ahead_3_count",
        label="Terms due ahead, third",
        unit="count",
        side="closing",
        needs=TERMS,
        description="Terms that end within the third of the company's numbers of days after the period.",
    ),
    MeasureEntry(
        name="due_ahead_3_customers",
        label="Customers due ahead, third",
        unit="customers",
        side="closing",
        needs=TERMS,
        description="Customers with a term that ends within the third of the company's numbers of days after the period.",
    ),
    MeasureEntry(
        name="due_ahead_3_amount",
        label="Value due ahead, third",
        unit="money",
        side="closing",
        needs=TERMS,
        description="What the terms that end within the third of the company's numbers of days after the period bring in a year, at "
        "the exchange rate of the period's last day.",
    ),
)
"""The company chooses up to three numbers of days; what lies within the later ones holds what lies within the earlier."""
RATES: tuple[RateEntry, ...] = (
    RateEntry(
        name="renewal_rate",
        label="Renewal rate",
        numerator="terms_renewed_count",
        denominator="terms_decided_count",
        description="Terms renewed of the terms due that are not in grace.",
    ),
    RateEntry(
        name="renewal_amount_rate",
        label="Renewal rate in value",
        numerator="terms_renewed_amount",
        denominator="terms_decided_amount",
        description="Value of the terms renewed of the value of the terms due that are not in grace.",
    ),
    RateEntry(
        name="renewed_customers_rate",
        label="Share of customers who renewed all",
        numerator="renewed_customers",
        denominator="decided_customers",
        description="Customers all of whose terms due are renewed, of the customers with a term due who do not wait for terms in grace.",
    ),
    RateEntry(
        name="repeat_buying_rate",
        label="Repeat-buying rate",
        numerator="bought_again_customers",
        denominator="opening_customers",
        description="Customers at opening who bought in the period, of the customers at opening; no retention rate.",
    ),
    RateEntry(
        name="staying_reason_coverage_rate",
        label="Coverage of reasons for staying",
        numerator="staying_reason_known_customers",
        denominator="stayed_customers",
        description="Share of the customers who stayed of whom a reason for staying is known.",
    ),
    RateEntry(
        name="staying_reason_coverage_amount_rate",
        label="Coverage of reasons for staying in value",
        numerator="staying_reason_known_amount",
        denominator="stayed_amount",
        description="Share of the value that stayed of which a reason for staying is known.",
    ),
)
MEASURES = (*TERMS_DUE, *CUSTOMERS_DUE, *REPEAT_BUYING, *REASONS_FOR_STAYING, *DUE_AHEAD)
