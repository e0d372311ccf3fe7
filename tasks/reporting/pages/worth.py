"""What customers are still worth: what is to come of them, how that changed in the period, and how well it would have been expected."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.localization import number, percentage
from tasks.reporting.blocks import Bars, Page, Series, details
from tasks.reporting.pages.relative_value import relative_value_sentences, relative_value_tables
from tasks.reporting.pages.worth_tables import WIDTHS, worth_tables
from tasks.reporting.text import format_customers, format_day, format_horizon, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.worth import HeldOut, Worth

TITLE = gettext_noop("Worth")
STRONG = 0.2
"""A correlation of how often and how much from which on the model of spend is off by more than its interval says."""
RULE_DAYS = 365
"""As many days of purchases the plain rule takes once more."""
METHOD_OF_THE_RULE = (
    gettext_noop("Still to come, by the plain rule: what was bought in the last 365 days once more, and a year of the contracts in force."),
    gettext_noop(
        "The rule looks one year ahead, discounted from its middle. It knows nobody who stops: nothing is taken off for customers to be "
        "lost."
    ),
    gettext_noop("Where the extracts reach back less than a year, the rule knows less than a year's purchases."),
)
METHOD = (
    gettext_noop(
        "Still to come: what each customer is expected to bring within the horizon, what comes in each year discounted from its middle."
    ),
    gettext_noop(
        "Expected by models: how often buyers buy and when they stop (MBG/NBD), what they spend (Gamma-Gamma), how contracts renew (sBG)."
    ),
    gettext_noop("The models never decide who is a customer. Whose they are, and how sure, is said in docs/methods.md."),
    gettext_noop("95% intervals hold what comes of not knowing the models' parameters; what a single customer does is far less sure."),
    gettext_noop("Purchases of before the extracts begin are not known: customers of then are taken for newer than they are."),
)


def worth_page(data: ScorecardData, worth: Worth) -> Page:
    """What is still to come and why, the flow statement, tenths of the customers, what is at risk, and the last year held out."""
    compared = details(relative_value_tables(data))
    why_not = [gettext("Nothing is expected of anybody: {why}.", why=worth.why_not)] if worth.why_not else []
    page = Page(
        title=gettext(TITLE),
        heading=gettext("Worth"),
        question=_question(worth),
        sentence="\n".join([*(why_not or worth_sentences(data, worth)), *relative_value_sentences(data)]),
        tables=compared,
        widths=WIDTHS,
    )
    if why_not:
        return page
    method = METHOD_OF_THE_RULE if worth.why_rule else METHOD
    return replace(
        page,
        bars=_bars(worth, worth.held_out) if worth.held_out else None,
        tables=(*worth_tables(worth, shares_customers=data.shares_customers), *compared),
        small_print=(*map(gettext, method), *_assumptions(worth)),
    )


def _question(worth: Worth) -> str:
    if worth.is_equity:
        return gettext("What our customers are still worth: customer equity.")
    return gettext("What our customers are still worth: expected {kind} still to come.", kind=gettext(worth.kind))


def worth_sentences(data: ScorecardData, worth: Worth) -> list[str]:
    """What is still to come, what was lost of it, and how well it would have been expected; a sentence each."""
    return [_to_come_sentence(data, worth), _lost_sentence(data, worth), _held_out_sentence(data, worth)]


def _to_come_sentence(data: ScorecardData, worth: Worth) -> str:
    """What is expected of everybody with its interval; by the plain rule without one, and why."""
    assert worth.equity_amount is not None
    expected = {
        "to_come": money_short(worth.equity_amount, data.currency),
        "kind": gettext(worth.kind),
        "customers": format_customers(worth.customers_count),
        "rate": percentage(worth.discount_rate),
    }
    if worth.why_rule:
        return gettext(
            "By the plain rule that everybody brings in the next year what it is worth today, {to_come} of {kind} is to come "
            "of {customers}, discounted at {rate} a year. No model could be fitted: {why}.",
            **expected,
            why=worth.why_rule,
        )
    assert worth.low_amount is not None
    assert worth.high_amount is not None
    return gettext(
        "{to_come} of {kind} is still expected of {customers} in the next {horizon}, discounted at {rate} a year (95%: {low} to {high}).",
        **expected,
        horizon=format_horizon(worth.horizon_years),
        low=money_short(worth.low_amount, data.currency),
        high=money_short(worth.high_amount, data.currency),
    )


def _lost_sentence(data: ScorecardData, worth: Worth) -> str:
    if worth.flow is None:
        return gettext("How it changed in the period cannot be told: {why}.", why=worth.why_no_flow)
    gone = sum(line.customers_count for line in worth.flow.lost)
    if not gone:
        return gettext("Nothing of it was lost with customers who went.")
    value = sum((line.value_amount for line in worth.flow.lost), Decimal(0))
    return gettext(
        "With {customers} who went, {lost} of it was lost, beside the {value} that they were worth at opening.",
        customers=format_customers(gone),
        lost=money_short(worth.flow.amounts["lost_equity_amount"], data.currency),
        value=money_short(value, data.currency),
    )


def _held_out_sentence(data: ScorecardData, worth: Worth) -> str:
    held = worth.held_out
    if held is None:
        return gettext("How well it would have been expected before cannot be told: {why}.", why=worth.why_not_held_out)
    amounts = {"expected": held.whole.expected_amount, "came": held.whole.actual_amount}
    shown = {
        "day": format_day(held.day),
        "days": whole_number(held.days_count),
        "customers": format_customers(held.whole.customers_count),
        **{name: money_short(amount, data.currency) for name, amount in amounts.items()},
    }
    if worth.why_rule:
        text = gettext(
            "On {day} the plain rule would have expected {expected} in {days} days of the {customers} who had come by then; {came} came.",
            **shown,
        )
        return f"{text}{_short_past(held)}"
    return gettext(
        "On {day} {expected} would have been expected in {days} days of the {customers} who had come by then; {came} came. "
        "What they had brought in the {days} days before was {rule}: {verdict}.",
        **shown,
        rule=money_short(held.whole.rule_amount, data.currency),
        verdict=_verdict(held),
    )


def _short_past(held: HeldOut) -> str:
    """That the rule knew less than a year, where the extracts did not reach back further."""
    if held.recorded_days_count >= RULE_DAYS:
        return ""
    days = whole_number(held.recorded_days_count)
    return " " + gettext("By then {days} days were recorded, so that the rule did not know a whole year.", days=days)


def _verdict(held: HeldOut) -> str:
    """Whether the models were nearer than the plain rule, in all and customer by customer; worse is said."""
    if held.is_nearer_in_total and held.is_nearer_by_customer:
        return gettext("the models were nearer than that plain rule, in all and customer by customer")
    if held.is_nearer_in_total:
        return gettext("the models were nearer in all, but customer by customer the rule was: do not choose customers by them")
    if held.is_nearer_by_customer:
        return gettext("the models were nearer customer by customer, but in all the rule was")
    return gettext("the models were worse than that plain rule, in all and customer by customer: do not rely on them")


def _bars(worth: Worth, held: HeldOut) -> Bars:
    """By when customers came: tenths differ so much in size that only the first could be seen."""
    by_rule = gettext("Plain rule")
    expected = Series(by_rule if worth.why_rule else gettext("Expected"), tuple(line.expected_amount for line in held.cohorts), "base")
    came = Series(gettext("Came"), tuple(line.actual_amount for line in held.cohorts), "in")
    rule = Series(by_rule, tuple(line.rule_amount for line in held.cohorts), "out")
    series = (expected, came) if worth.why_rule else (expected, came, rule)
    title = gettext("Held out: what {days} days brought, by when customers came", days=whole_number(held.days_count))
    return Bars(title, tuple(line.label for line in held.cohorts), series, is_money=True)


def _assumptions(worth: Worth) -> Iterator[str]:
    """What was believed beside the models."""
    if worth.is_margin:
        rate = percentage(worth.margin_rate, decimals=1)
        yield gettext("Of an amount {rate} is left after goods and service, as in the year to the period's end.", rate=rate)
    if worth.dependence is not None:
        names = ("correlation", "low", "high")
        shown = {name: number(Decimal(f"{value:.2f}"), decimals=2) for name, value in zip(names, worth.dependence, strict=True)}
        yield (
            gettext(
                "How often and how much go together with a correlation of {correlation} (95%: {low} to {high}), "
                "so that what frequent buyers bring is misjudged.",
                **shown,
            )
            if abs(worth.dependence[0]) >= STRONG
            else gettext(
                "How often and how much go together with a correlation of {correlation} (95%: {low} to {high}), "
                "weak enough for the model of spend.",
                **shown,
            )
        )
