"""The page of new customers: how many came, what they brought, whether they are better than those before, what they cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from config.language import gettext, gettext_noop, look_up, ngettext
from config.measures.cohorts import SECOND_PURCHASE_RATE, STAYED_RATE
from config.measures.entries import at
from config.measures.table import entries_of
from tasks.reporting.blocks import Bars, Column, Page, Series, Share, Table, by_segment, compared, details
from tasks.reporting.model import ALL
from tasks.reporting.pages.acquisition_tables import campaign_tables, cost_tables, funnel_tables, way_tables
from tasks.reporting.pages.cohorts import ages, at_same_age, each, intake_label, intakes, reached, shown, value_after
from tasks.reporting.sentences import Sentence, named_figures
from tasks.reporting.text import measure_label, money_short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.measures.entries import Entry, RateEntry
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.pages.cohorts import Intake, SameAge

COMPARED = entries_of("new_customers", "new_amount", "first_time_customers", "first_purchase_amount")
NO_CHANNEL = gettext_noop(
    "Where new customers came from is not known: no extract of leads or deals names both customer and channel. "
    "Map customer_id and channel of `leads` or `deals` in sources.yaml."
)
NO_CAMPAIGN = gettext_noop("Which campaign brought new customers is not known: map customer_id and campaign of `leads` in sources.yaml.")
NO_COST = gettext_noop(
    "What new customers cost, and when they pay it back, is not known: bring an extract of `campaigns` with campaign, "
    "spent_on and cost_amount in sources.yaml."
)
NO_GOODS = gettext_noop("The pay-back is told without the cost of goods: map cost_amount of `purchases` in sources.yaml.")


def new_customers_page(facts: ScorecardData) -> Page:
    """How many new customers came, what they are worth at equal ages, by what they came and what they cost."""
    return Page(
        gettext("New customers"),
        gettext("Who came for the first time, from where, and do they become better or worse customers than those before them?"),
        _sentence(facts),
        bars=_bars(facts),
        tables=(
            compared(facts, COMPARED),
            *_age_tables(facts),
            *details(_intake_tables(facts)),
            *by_segment(facts, _by_segment(facts), says=_segment_note(facts)),
            *way_tables(facts),
            *details(funnel_tables(facts)),
            *cost_tables(facts),
            *details(campaign_tables(facts)),
        ),
        missing=tuple(_missing(facts)),
    )


def new_customers_lines(facts: ScorecardData) -> list[Sentence]:
    """The quality and the cost of new customers, a line each, where there is something to say."""
    lines = []
    same_age = _told_age(facts)
    if same_age:
        compared_with = (same_age.latest, *same_age.before)
        measures = (reached(same_age.days), value_after(same_age.days))
        figures = (name for each in compared_with for name in named_figures(facts.period, *measures, split_by="intake", split=each.name))
        lines.append(Sentence("new_customers", f"{gettext('New customers')}: {_quality(facts, same_age)}.", tuple(figures)))
    spent = [row for row in facts.tables.get("intake_costs", ()) if row["cost_by"] == ALL and row["cost_amount"]]
    cost = each(spent[-1]["cost_amount"], spent[-1]["customers_count"], facts) if spent else None
    if cost is not None:
        paid = [row for row in spent if row["paid_back_days"] is not None]
        latest = gettext("no intake has paid back yet")
        if paid:
            latest = ngettext(
                "{month} is the latest intake to have paid back, after {count} day",
                "{month} is the latest intake to have paid back, after {count} days",
                paid[-1]["paid_back_days"],
                month=_month(paid[-1]),
            )
        shown_cost = money_short(cost, facts.currency)
        line = gettext("Cost of a new customer: {cost} in {month}; {latest}.", cost=shown_cost, month=_month(spent[-1]), latest=latest)
        of_month = {"split_by": "intake", "split": str(spent[-1]["intake"])}
        lines.append(Sentence("cost_of_new", line, named_figures(facts.period, "intake_customers", **of_month)))
    return lines


def _sentence(facts: ScorecardData) -> str:
    same_age = _told_age(facts)
    return f"{_newcomers(facts)}; {_quality(facts, same_age)}." if same_age else f"{_newcomers(facts)}."


def _newcomers(facts: ScorecardData) -> str:
    """Everybody whose first spell ever started in the period: those who are customers at its end, and those who left again inside it."""
    heads = facts.heads("new_customers")
    inside = int(facts.figure("first_time_customers") or heads) - heads
    gone = ngettext("{count} newcomer, who left again inside the period", "{count} newcomers, who left again inside the period", inside)
    if not heads:
        return gone if inside else gettext("No new customers in {period}", period=facts.labels[facts.period])
    worth = money_short(facts.money("new_amount"), facts.currency)
    came = ngettext("{count} new customer, worth {worth}", "{count} new customers, worth {worth}", heads, worth=worth)
    return gettext("{came}, and {gone}", came=came, gone=gone) if inside else came


def _told_age(facts: ScorecardData) -> SameAge | None:
    """The comparison that is said in a sentence: at the middle age, or at another one that has enough customers on both sides."""
    known = ages(facts)
    for days in sorted(known, key=lambda days: abs(known.index(days) - len(known) // 2)):
        same_age = at_same_age(facts, days)
        if same_age and min(same_age.latest_customers, same_age.before_customers) >= facts.smallest_rate_base:
            return same_age
    return None


def _quality(facts: ScorecardData, same_age: SameAge) -> str:
    """What the latest intake was worth at an age, against those before it at the same age."""
    latest = each(same_age.latest_amount, same_age.latest_customers, facts)
    before = each(same_age.before_amount, same_age.before_customers, facts)
    assert latest is not None
    assert before is not None
    brought, compared_with = (money_short(amount, facts.currency) for amount in (latest, before))
    count = len(same_age.before)
    others = ngettext("the intake before it", "the {count} intakes before it", count)
    spread = _spread(facts, same_age)
    without = money_short(spread["mean_without_largest"], facts.currency) if spread.get("mean_without_largest") is not None else ""
    one = f" ({gettext('without one customer {amount}', amount=without)})" if without and without != brought else ""
    values = {"days": same_age.days, "intake": same_age.latest.label, "amount": brought}
    said = f"{gettext('{days} days on, those who came in {intake} had brought {amount} each', **values)}{one}"
    if brought == compared_with or not spread.get("is_beyond_chance"):
        return said
    if latest > before:
        return gettext("{quality}, more than the {amount} of {others} at that age", quality=said, amount=compared_with, others=others)
    return gettext("{quality}, less than the {amount} of {others} at that age", quality=said, amount=compared_with, others=others)


def _spread(facts: ScorecardData, same_age: SameAge) -> Mapping[str, Any]:
    """Whether the latest intake differs beyond chance, and what it is without the one customer who makes its mean; empty: not judged."""
    rows = facts.tables.get("intake_spreads", ())
    return next((row for row in rows if (row["days"], row["intake"]) == (same_age.days, same_age.latest.name)), {})


def _bars(facts: ScorecardData) -> Bars | None:
    """What each intake was worth at the age that is compared; where none is old enough, how many came."""
    same_age, told = _told_age(facts), shown(intakes(facts))
    if same_age:
        old = [intake for intake in (*same_age.before, same_age.latest) if intake.heads(reached(same_age.days))]
        values = tuple(intake.money(value_after(same_age.days)) / intake.heads(reached(same_age.days)) for intake in old)
        title = gettext("Value of a new customer after {days} days, by the month in which it came", days=same_age.days)
        return Bars(title, tuple(intake.label for intake in old), (Series(gettext("Value each"), values, "in"),), is_money=True)
    if not told:
        return None
    counts = tuple(intake.heads("intake_customers") for intake in told)
    title = gettext("{label}, by month", label=measure_label("intake_customers"))
    return Bars(title, tuple(intake.label for intake in told), (Series(gettext("Customers"), counts, "in"),))


def _age_tables(facts: ScorecardData) -> Iterator[Table]:
    """The latest intake at each age beside those before it at the same age."""
    columns = (
        Column("Age", "text"),
        Column("Latest intake", "text"),
        Column("Its customers"),
        Column("Value each", "money"),
        Column("Intakes before"),
        Column("Their customers"),
        Column("Value each", "money"),
        Column("Change", "signed_money"),
    )
    rows = tuple(_age_row(facts, same_age) for days in ages(facts) if (same_age := at_same_age(facts, days)))
    if rows:
        says = gettext(
            "An intake is all who came for the first time in one month. It is shown at an age once every one of them has reached it."
        )
        yield Table(gettext("The latest intake against those before it, at the same age"), columns, rows, says=says)


def _age_row(facts: ScorecardData, same_age: SameAge) -> tuple[CellValue, ...]:
    now = each(same_age.latest_amount, same_age.latest_customers, facts)
    then = each(same_age.before_amount, same_age.before_customers, facts)
    change = None if now is None or then is None else now - then
    latest = (same_age.latest.label, same_age.latest_customers, now)
    return (gettext("{days} days", days=same_age.days), *latest, len(same_age.before), same_age.before_customers, then, change)


def _intake_tables(facts: ScorecardData) -> Iterator[Table]:
    """A row an intake, with what is known of it at every age that it has reached."""
    told = shown(intakes(facts))
    by_age = [
        column
        for days in ages(facts)
        for column in (
            Column(gettext("Value each, {days} days", days=days), "money"),
            Column(at(STAYED_RATE, days).heading, "share"),
        )
    ]
    columns = (
        Column("Came in", "text"),
        Column("Customers"),
        Column("First purchase each", "money"),
        Column(_second_rate(facts).heading, "share"),
        *by_age,
    )
    if told:
        few = f" {gettext('A value each needs {count} customers.', count=facts.smallest_rate_base)}" if facts.smallest_rate_base > 1 else ""
        says = f"{gettext('Empty: not every customer of the month is so old yet.')}{few}"
        title = gettext("New customers by the month in which they came")
        yield Table(title, columns, tuple(_intake_row(facts, intake) for intake in told), says=says)


def _intake_row(facts: ScorecardData, intake: Intake) -> tuple[CellValue, ...]:
    cells: list[CellValue] = [intake.label, intake.heads("intake_customers")]
    cells.append(each(intake.money("intake_first_purchase_amount"), intake.heads("intake_customers"), facts))
    cells.append(_share(intake, SECOND_PURCHASE_RATE))
    for days in ages(facts):
        cells.append(each(intake.money(value_after(days)), intake.heads(reached(days)), facts))
        cells.append(_share(intake, at(STAYED_RATE, days)))
    return tuple(cells)


def _share(intake: Intake, rate: RateEntry) -> Share | None:
    part, whole = intake.heads(rate.numerator), intake.heads(rate.denominator)
    return Share(part, whole) if whole else None


def _by_segment(facts: ScorecardData) -> tuple[Entry, ...]:
    """What is told of every group: new customers of the period, and the quality of its intakes."""
    if not ages(facts):
        return COMPARED
    return (*COMPARED, _second_rate(facts), *(at(STAYED_RATE, days) for days in ages(facts)))


def _segment_note(facts: ScorecardData) -> str:
    told = intakes(facts)
    return (
        gettext("Shares are of all who came since {month} and have reached the age.", month=told[0].label) if told and ages(facts) else ""
    )


def _second_rate(facts: ScorecardData) -> RateEntry:
    """The share of second purchases, with the company's horizon as the glossary prints it."""
    said = (look_up(word.label) for word in facts.glossary if word.name == SECOND_PURCHASE_RATE.name)
    return replace(SECOND_PURCHASE_RATE, short_label=next(said, look_up(SECOND_PURCHASE_RATE.short_label)))


def _month(row: Mapping[str, object]) -> str:
    return intake_label(str(row["intake"]))


def _missing(facts: ScorecardData) -> Iterator[str]:
    if not facts.has("acquisitions.channel"):
        yield gettext(NO_CHANNEL)
    elif not facts.has("acquisitions.campaign"):
        yield gettext(NO_CAMPAIGN)
    if "intake_costs" not in facts.tables:
        yield gettext(NO_COST)
    elif facts.has("purchases.amount") and not facts.has("purchases.cost_amount"):
        yield gettext(NO_GOODS)
