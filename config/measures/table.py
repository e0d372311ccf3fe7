"""The table itself: every measure and every rate by its name, and the words that are no measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.measures import acquisition, behaviour, cohorts, departures, movements, profit, referrals, relative_value, renewals, worth
from config.measures.experiences import EXPERIENCE_TERMS, OPPORTUNITY_TERMS

if TYPE_CHECKING:
    from config.measures.entries import Entry, MeasureEntry, RateEntry
    from config.topic_settings import CohortSettings

MEASURES: dict[str, MeasureEntry] = {
    entry.name: entry
    for entry in (
        *movements.CUSTOMER_MEASURES,
        *movements.MONEY,
        *acquisition.MEASURES,
        *departures.MEASURES,
        *renewals.MEASURES,
        *profit.MEASURES,
        *referrals.MEASURES,
        *behaviour.MEASURES,
        *relative_value.MEASURES,
    )
}
"""Every measure of the ledger of a period, in the order of the glossary."""
RATES: dict[str, RateEntry] = {
    entry.name: entry
    for entry in (
        *movements.RATES,
        *departures.RATES,
        *renewals.RATES,
        *profit.RATES,
        *referrals.RATES,
        *behaviour.RATES,
        *relative_value.RATES,
    )
}
"""Every rate between them."""
ENTRIES: dict[str, Entry] = {**MEASURES, **RATES, **{entry.name: entry for entry in (*cohorts.MEASURES, *cohorts.RATES, *worth.MEASURES)}}
"""The whole table; in the names of cohorts `{days}` stands for the company's numbers of days."""
TERMS: tuple[tuple[str, str], ...] = (
    ("Customer", "One unit as the company counts them (account, person, household), never a subscription, an order or a product."),
    ("Active", "On a day: has a contract that covers it, or a qualifying purchase not longer ago than the lapse days."),
    ("Qualifying purchase", "One of more than 0 once rounded to the cent, or, by `activity.zero_amount_counts`, of 0; never a refund."),
    ("Spell", "An unbroken run of active days of one customer."),
    ("Period", "A week, month, quarter or year in the company's time zone, from its first day to its last."),
    ("Where the data begin", "The day, declared (`covers_from`) or taken from the rows, before which nobody knows who was a customer."),
    ("Opening base", "The customers on the day before the period opens."),
    ("Closing base", "The customers on the last day of the period."),
    ("Movement", "The one way in which a customer touches a period."),
    ("Value", "Net amount of the last value days, and what the contracts in force bring in a year."),
    (
        "Still to come",
        "What a customer is expected to bring from a day on, discounted to it: margin where costs are recorded, revenue where not.",
    ),
    ("Customer equity", "What is still to come of all customers, where costs are recorded; without costs it is revenue, and no equity."),
    (
        "Plain rule",
        "That customers bring ahead what they brought in as many days before; where no model can be fitted, what they are worth today.",
    ),
    ("Intake", "The customers who came for the first time ever in one month; two intakes are compared at the same age only."),
    ("Set aside", "A row that breaks a rule; it is kept with its reasons and counted, but not used."),
    ("Superseded", "An older version of a row that came again; the latest one is used."),
    ("Edition", "One publication of a period; a later one never overwrites it."),
    (
        "Restatement",
        "A published figure, of all, a group or a part, that is another now, with the causes of the difference, which add up to it.",
    ),
    ("Settled", "A period for which late rows are no longer expected; it is published again only when it is asked for."),
    ("Correction", "What a company knows better than an extract, with a reason, an owner and an expiry."),
    *EXPERIENCE_TERMS,
    *OPPORTUNITY_TERMS,
)
"""The words of the scorecard that are no measures, each with what it means."""


def label_of(name: str) -> str:
    """What a measure or a rate is called; raises KeyError where the table has none of that name."""
    return ENTRIES[name].label


def heading_of(name: str) -> str:
    """What it is called where there is little room."""
    return ENTRIES[name].heading


def entries_of(*names: str) -> tuple[Entry, ...]:
    """Some lines of the table, in that order; raises KeyError where it has none of a name."""
    return tuple(ENTRIES[name] for name in names)


def glossary_entries(settings: CohortSettings) -> tuple[Entry, ...]:
    """Every measure and every rate of one company, with its own numbers of days."""
    return (*MEASURES.values(), *RATES.values(), *cohorts.cohort_measures(settings), *cohorts.cohort_rates(settings), *worth.MEASURES)
