"""Every published measure, declared once: its name, what it says, its unit, and what each customer contributes to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import ibis

from tasks.customer_math.movements import change_amount

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.expr.types import NumericValue, Table

    from tasks.customer_math.movements import Movement

Unit = Literal["customers", "money"]


@dataclass(frozen=True)
class Measure:
    """One number of the scorecard: the sum, over the ledger's customers, of what each contributes."""

    name: str
    label: str
    says: str
    unit: Unit
    contribution: Callable[[Table], NumericValue]
    """From the ledger to a column: 0 for a customer who has no part in the number."""


def _heads_of(*kinds: Movement) -> Callable[[Table], NumericValue]:
    return lambda ledger: ledger.movement.isin(kinds).cast("int64")


def _money_of(column: str, *kinds: Movement) -> Callable[[Table], NumericValue]:
    return lambda ledger: ledger.movement.isin(kinds).ifelse(ledger[column], _nothing(ledger))


def _change_of(kind: Movement, *, sign: int = 1) -> Callable[[Table], NumericValue]:
    return lambda ledger: (ledger.movement == kind).ifelse(sign * change_amount(ledger), _nothing(ledger))


def _came_in_amount(ledger: Table) -> NumericValue:
    return _change_of("new")(ledger) + _change_of("returned")(ledger) + ledger.in_and_out_amount


def _went_out_amount(ledger: Table) -> NumericValue:
    return _money_of("opening_amount", "left", "lapsed")(ledger) + ledger.in_and_out_amount


def _nothing(ledger: Table) -> NumericValue:
    return ibis.literal(0).cast(ledger.opening_amount.type())


HEADS: tuple[Measure, ...] = (
    Measure(
        "opening_customers",
        "Customers at opening",
        "Customers who were active on the day before the period opened.",
        "customers",
        lambda ledger: ledger.is_active_at_opening.cast("int64"),
    ),
    Measure(
        "new_customers",
        "New",
        "Customers at closing, not at opening, whose first spell ever started in the period.",
        "customers",
        _heads_of("new"),
    ),
    Measure(
        "returned_customers",
        "Returned",
        "Customers at closing, not at opening, who had been customers before the period.",
        "customers",
        _heads_of("returned"),
    ),
    Measure(
        "in_and_out_customers",
        "In and out",
        "Customers who came and went inside the period; they count once in and once out.",
        "customers",
        _heads_of("in_and_out"),
    ),
    Measure(
        "customers_in",
        "Customers in",
        "New, returned, and in and out together.",
        "customers",
        lambda ledger: ledger.in_count,
    ),
    Measure(
        "left_customers",
        "Left",
        "Customers at opening, not at closing, who told us: contract ended, account closed or departure recorded.",
        "customers",
        _heads_of("left"),
    ),
    Measure(
        "lapsed_customers",
        "Lapsed",
        "Customers at opening, not at closing, who went silent: no purchase within the company's lapse days.",
        "customers",
        _heads_of("lapsed"),
    ),
    Measure(
        "customers_out",
        "Customers out",
        "Left, lapsed, and in and out together.",
        "customers",
        lambda ledger: ledger.out_count,
    ),
    Measure(
        "net_customers",
        "Net",
        "Customers in less customers out: by how many the base grew or shrank.",
        "customers",
        lambda ledger: ledger.in_count - ledger.out_count,
    ),
    Measure(
        "closing_customers",
        "Customers at closing",
        "Customers who were active on the last day of the period: opening plus in less out.",
        "customers",
        lambda ledger: ledger.is_active_at_closing.cast("int64"),
    ),
    Measure(
        "increased_customers",
        "Increased",
        "Customers who stayed and were worth more at closing than at opening, beyond the tolerance.",
        "customers",
        _heads_of("increased"),
    ),
    Measure(
        "decreased_customers",
        "Decreased",
        "Customers who stayed and were worth less at closing than at opening, beyond the tolerance.",
        "customers",
        _heads_of("decreased"),
    ),
    Measure(
        "unchanged_customers",
        "Unchanged",
        "Customers who stayed and were worth the same, within the tolerance.",
        "customers",
        _heads_of("unchanged"),
    ),
    Measure(
        "out_and_back_customers",
        "Out and back",
        "Customers at opening and closing who were not customers on some day between; nobody's loss, on a line of its own.",
        "customers",
        _heads_of("out_and_back"),
    ),
)
MONEY: tuple[Measure, ...] = (
    Measure(
        "opening_amount",
        "Value at opening",
        "What the customers at opening were worth on the day before the period opened.",
        "money",
        lambda ledger: ledger.opening_amount,
    ),
    Measure(
        "new_amount",
        "New value",
        "What new customers were worth at closing, at the exchange rates of the opening.",
        "money",
        _change_of("new"),
    ),
    Measure(
        "returned_amount",
        "Returned value",
        "What returned customers were worth at closing, at the exchange rates of the opening.",
        "money",
        _change_of("returned"),
    ),
    Measure(
        "in_and_out_amount",
        "In and out value",
        "What customers who came and went inside the period were worth on their last day; beside the roll-forward, since it came and went.",
        "money",
        lambda ledger: ledger.in_and_out_amount,
    ),
    Measure(
        "customers_in_amount",
        "Value in",
        "What new and returned customers were worth at closing, and what those in and out brought.",
        "money",
        _came_in_amount,
    ),
    Measure("increased_amount", "Increase", "By how much customers who increased were worth more.", "money", _change_of("increased")),
    Measure(
        "decreased_amount", "Decrease", "By how much customers who decreased were worth less.", "money", _change_of("decreased", sign=-1)
    ),
    Measure("left_amount", "Left value", "What customers who left were worth at opening.", "money", _money_of("opening_amount", "left")),
    Measure(
        "lapsed_amount", "Lapsed value", "What customers who lapsed were worth at opening.", "money", _money_of("opening_amount", "lapsed")
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
        _change_of("unchanged"),
    ),
    Measure(
        "out_and_back_amount",
        "Out and back change",
        "By how much customers who were out and back are worth more, or less.",
        "money",
        _change_of("out_and_back"),
    ),
    Measure(
        "fx_effect_amount",
        "Exchange rates",
        "What changed because exchange rates did, on contracts in other currencies.",
        "money",
        lambda ledger: ledger.fx_effect_amount,
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
        lambda ledger: ledger.closing_amount,
    ),
)
MEASURES: dict[str, Measure] = {measure.name: measure for measure in (*HEADS, *MONEY)}
WORDS: tuple[tuple[str, str], ...] = (
    ("Customer", "One unit as the company counts them (account, person, household), never a subscription, an order or a product."),
    ("Active", "On a day: has a contract that covers it, or a qualifying purchase not longer ago than the lapse days."),
    ("Spell", "An unbroken run of active days of one customer."),
    ("Period", "A week, month, quarter or year in the company's time zone, from its first day to its last."),
    ("Opening base", "The customers on the day before the period opens."),
    ("Closing base", "The customers on the last day of the period."),
    ("Movement", "The one way in which a customer touches a period."),
    ("Value", "Net amount of the last value days, and what the contracts in force bring in a year."),
    ("Set aside", "A row that breaks a rule; it is kept with its reasons and counted, but not used."),
    ("Superseded", "An older version of a row that came again; the latest one is used."),
    ("Edition", "One publication of a period; a later one never overwrites it."),
    (
        "Restatement",
        "A published figure that is another now, with the cause of every customer's change; the causes add up to the difference.",
    ),
    ("Settled", "A period for which late rows are no longer expected; it is published again only when it is asked for."),
    ("Correction", "What a company knows better than an extract, with a reason, an owner and an expiry."),
)
"""The words of the scorecard that are no measures."""
