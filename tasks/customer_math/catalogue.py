"""Every published measure, declared once: its name, what it says, its unit, and what each customer contributes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.customer_math import acquisition, behaviour, behaviour_measures, groups, profit, reasons, referrals, renewals
from tasks.customer_math.measures import Catalogue, Measure, Rate, Split, change_of, counted_in, flagged, heads_of, money_of, money_where

if TYPE_CHECKING:
    from ibis.expr.types import NumericValue, Table

    from tasks.customer_math.chapters import Chapter


def _came_in_amount(ledger: Table) -> NumericValue:
    return change_of("new")(ledger) + change_of("returned")(ledger) + ledger.in_and_out_amount


def _went_out_amount(ledger: Table) -> NumericValue:
    return money_of("opening_amount", "left", "lapsed")(ledger) + ledger.in_and_out_amount


HEADS: tuple[Measure, ...] = (
    Measure(
        "opening_customers",
        "Customers at opening",
        "Customers who were active on the day before the period opened.",
        "customers",
        flagged("is_active_at_opening"),
    ),
    Measure(
        "new_customers",
        "New",
        "Customers at closing, not at opening, whose first spell ever started in the period.",
        "customers",
        heads_of("new"),
    ),
    Measure(
        "returned_customers",
        "Returned",
        "Customers at closing, not at opening, who had been customers before the period.",
        "customers",
        heads_of("returned"),
    ),
    Measure(
        "in_and_out_customers",
        "In and out",
        "Customers who came and went inside the period; they count once in and once out.",
        "customers",
        heads_of("in_and_out"),
    ),
    Measure(
        "customers_in",
        "Customers in",
        "New, returned, and in and out together.",
        "customers",
        counted_in("in_count"),
    ),
    Measure(
        "left_customers",
        "Left",
        "Customers at opening, not at closing, who told us: contract ended, account closed or departure recorded.",
        "customers",
        heads_of("left"),
    ),
    Measure(
        "lapsed_customers",
        "Lapsed",
        "Customers at opening, not at closing, who went silent: no purchase within the company's lapse days.",
        "customers",
        heads_of("lapsed"),
    ),
    Measure(
        "customers_out",
        "Customers out",
        "Left, lapsed, and in and out together.",
        "customers",
        counted_in("out_count"),
    ),
    Measure(
        "net_customers",
        "Net",
        "Customers in less customers out: by how many the base grew or shrank.",
        "customers",
        lambda ledger: ledger.in_count - ledger.out_count,
    ),
    Measure(
        "transferred_in_customers",
        "Transferred in",
        "Customers who stayed and changed into this group of a segment; no customer of the whole.",
        "customers",
        flagged("is_transferred"),
        side="closing",
    ),
    Measure(
        "transferred_out_customers",
        "Transferred out",
        "Customers who stayed and changed out of this group of a segment; no customer of the whole.",
        "customers",
        flagged("is_transferred"),
    ),
    Measure(
        "closing_customers",
        "Customers at closing",
        "Customers who were active on the last day of the period: opening plus in less out.",
        "customers",
        flagged("is_active_at_closing"),
        side="closing",
    ),
    Measure(
        "increased_customers",
        "Increased",
        "Customers who stayed and were worth more at closing than at opening, beyond the tolerance.",
        "customers",
        heads_of("increased"),
    ),
    Measure(
        "decreased_customers",
        "Decreased",
        "Customers who stayed and were worth less at closing than at opening, beyond the tolerance.",
        "customers",
        heads_of("decreased"),
    ),
    Measure(
        "unchanged_customers",
        "Unchanged",
        "Customers who stayed and were worth the same, within the tolerance.",
        "customers",
        heads_of("unchanged"),
    ),
    Measure(
        "out_and_back_customers",
        "Out and back",
        "Customers at opening and closing who were not customers on some day between; nobody's loss, on a line of its own.",
        "customers",
        heads_of("out_and_back"),
    ),
)
MONEY: tuple[Measure, ...] = (
    Measure(
        "opening_amount",
        "Value at opening",
        "What the customers at opening were worth on the day before the period opened.",
        "money",
        counted_in("opening_amount"),
    ),
    Measure(
        "new_amount",
        "New value",
        "What new customers were worth at closing, at the exchange rates of the opening.",
        "money",
        change_of("new"),
    ),
    Measure(
        "returned_amount",
        "Returned value",
        "What returned customers were worth at closing, at the exchange rates of the opening.",
        "money",
        change_of("returned"),
    ),
    Measure(
        "in_and_out_amount",
        "In and out value",
        "What customers who came and went inside the period were worth on their last day; beside the roll-forward, since it came and went.",
        "money",
        counted_in("in_and_out_amount"),
    ),
    Measure(
        "customers_in_amount",
        "Value in",
        "What new and returned customers were worth at closing, and what those in and out brought.",
        "money",
        _came_in_amount,
    ),
    Measure("increased_amount", "Increase", "By how much customers who increased were worth more.", "money", change_of("increased")),
    Measure(
        "decreased_amount", "Decrease", "By how much customers who decreased were worth less.", "money", change_of("decreased", sign=-1)
    ),
    Measure("left_amount", "Left value", "What customers who left were worth at opening.", "money", money_of("opening_amount", "left")),
    Measure(
        "lapsed_amount", "Lapsed value", "What customers who lapsed were worth at opening.", "money", money_of("opening_amount", "lapsed")
    ),
    Measure(
        "customers_out_amount",
        "Value lost",
        "What the customers out were worth in a year: at opening, or on their last day if they also came in the period.",
        "money",
        _went_out_amount,
    ),
    Measure(
        "unchanged_drift_amount",
        "Drift within tolerance",
        "Small changes of value of customers who count as unchanged.",
        "money",
        change_of("unchanged"),
    ),
    Measure(
        "out_and_back_amount",
        "Out and back change",
        "By how much customers who were out and back are worth more, or less.",
        "money",
        change_of("out_and_back"),
    ),
    Measure(
        "fx_effect_amount",
        "Exchange rates",
        "What changed because exchange rates did, on contracts in other currencies.",
        "money",
        counted_in("fx_effect_amount"),
    ),
    Measure(
        "transferred_in_amount",
        "Transferred in value",
        "What customers who changed into this group of a segment were worth at closing.",
        "money",
        money_where("closing_amount", "is_transferred"),
        side="closing",
    ),
    Measure(
        "transferred_out_amount",
        "Transferred out value",
        "What customers who changed out of this group of a segment were worth at closing.",
        "money",
        money_where("closing_amount", "is_transferred"),
    ),
    Measure(
        "net_amount",
        "Net value",
        "Value at closing less value at opening.",
        "money",
        lambda ledger: ledger.closing_amount - ledger.opening_amount,
    ),
    Measure(
        "closing_amount",
        "Value at closing",
        "What the customers at closing were worth on the last day of the period.",
        "money",
        counted_in("closing_amount"),
        side="closing",
    ),
)
MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        *HEADS,
        *MONEY,
        *acquisition.MEASURES,
        *reasons.MEASURES,
        *renewals.MEASURES,
        *profit.MEASURES,
        *referrals.MEASURES,
        *behaviour_measures.MEASURES,
    )
}
CHAPTERS: tuple[Chapter, ...] = (
    acquisition.CHAPTER,
    reasons.CHAPTER,
    renewals.CHAPTER,
    groups.CHAPTER,
    profit.CHAPTER,
    referrals.CHAPTER,
    behaviour.CHAPTER,
)
"""What each question asks of every customer, beside how it moved."""
RATES: tuple[Rate, ...] = (
    *reasons.RATES,
    *renewals.RATES,
    *profit.RATES,
    *referrals.RATES,
    *behaviour_measures.RATES,
)
SPLITS: tuple[Split, ...] = (
    *acquisition.SPLITS,
    *reasons.SPLITS,
    *renewals.SPLITS,
    *groups.SPLITS,
    *referrals.SPLITS,
    *behaviour_measures.SPLITS,
)
CATALOGUE = Catalogue(MEASURES, RATES, SPLITS)
"""Everything that is measured on the ledger of a period."""
WORDS: tuple[tuple[str, str], ...] = (
    ("Customer", "One unit as the company counts them (account, person, household), never a subscription, an order or a product."),
    ("Active", "On a day: has a contract that covers it, or a qualifying purchase not longer ago than the lapse days."),
    ("Spell", "An unbroken run of active days of one customer."),
    ("Period", "A week, month, quarter or year in the company's time zone, from its first day to its last."),
    ("Opening base", "The customers on the day before the period opens."),
    ("Closing base", "The customers on the last day of the period."),
    ("Movement", "The one way in which a customer touches a period."),
    ("Value", "Net amount of the last value days, and what the contracts in force bring in a year."),
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
)
"""The words of the scorecard that are no measures."""
