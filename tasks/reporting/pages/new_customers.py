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
from tasks.reporting.pages.acquisition_tables import campaign_tables, channel_tables, cost_tables, funnel_tables
from tasks.reporting.pages.cohorts import ages, at_same_age, cohort_label, monthly_cohorts, per_customer, reached, shown, value_after
from tasks.reporting.sentences import Sentence, named_figures
from tasks.reporting.text import measure_label, money_short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config.measures.entries import Entry, RateEntry
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.pages.cohorts import Cohort, SameAge

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


def new_customers_page(data: ScorecardData) -> Page:
    """How many new customers came, what they are worth at equal ages, by what they came and what they cost."""
    return Page(
        gettext("New customers"),
        gettext("Who came for the first time, from where, and do they become better or worse customers than those before them?"),
        _sentence(data),
        bars=_bars(data),
        tables=(
            compared(data, COMPARED),
            *_age_tables(data),
            *details(_cohort_tables(data)),
            *by_segment(data, _by_segment(data), description=_segment_note(data)),
            *channel_tables(data),
            *details(funnel_tables(data)),
            *cost_tables(data),
            *details(campaign_tables(data)),
        ),
        missing=tuple(_missing(data)),
    )


def new_customers_lines(data: ScorecardData) -> list[Sentence]:
    """The quality and the cost of new customers, a line each, where there is something to say."""
    lines = []
    same_age = _headline_age(data)
    if same_age:
        compared_with = (same_age.latest, *same_age.before)
        measures = (reached(same_age.days), value_after(same_age.days))
        figures = (name for cohort in compared_with for name in named_figures(data.period, *measures, split_by="intake", split=cohort.name))
        lines.append(Sentence("new_customers", f"{gettext('New customers')}: {_quality(data, same_age)}.", tuple(figures)))
    spent = [row for row in data.tables.get("intake_costs", ()) if row["cost_by"] == ALL and row["cost_amount"]]
    cost = per_customer(spent[-1]["cost_amount"], spent[-1]["customers_count"], data) if spent else None
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
        shown_cost = money_short(cost, data.currency)
        line = gettext("Cost of a new customer: {cost} in {month}; {latest}.", cost=shown_cost, month=_month(spent[-1]), latest=latest)
        of_month = {"split_by": "intake", "split": str(spent[-1]["intake"])}
        lines.append(Sentence("cost_of_new", line, named_figures(data.period, "intake_customers", **of_month)))
    return lines


def _sentence(data: ScorecardData) -> str:
    same_age = _headline_age(data)
    return f"{_newcomers(data)}; {_quality(data, same_age)}." if same_age else f"{_newcomers(data)}."


def _newcomers(data: ScorecardData) -> str:
    """Everybody whose first spell ever started in the period: those who are customers at its end, and those who left again inside it."""
    customers = data.count("new_customers")
    inside = int(data.figure("first_time_customers") or customers) - customers
    gone = ngettext("{count} newcomer, who left again inside the period", "{count} newcomers, who left again inside the period", inside)
    if not customers:
        return gone if inside else gettext("No new customers in {period}", period=data.labels[data.period])
    worth = money_short(data.money("new_amount"), data.currency)
    came = ngettext("{count} new customer, worth {worth}", "{count} new customers, worth {worth}", customers, worth=worth)
    return gettext("{came}, and {gone}", came=came, gone=gone) if inside else came


def _headline_age(data: ScorecardData) -> SameAge | None:
    """The comparison that is said in a sentence: at the middle age, or at another one that has enough customers on both sides."""
    available = ages(data)
    for days in sorted(available, key=lambda days: abs(available.index(days) - len(available) // 2)):
        same_age = at_same_age(data, days)
        if same_age and min(same_age.latest_customers, same_age.before_customers) >= data.smallest_rate_base:
            return same_age
    return None


def _quality(data: ScorecardData, same_age: SameAge) -> str:
    """What the latest intake was worth at an age, against those before it at the same age."""
    latest = per_customer(same_age.latest_amount, same_age.latest_customers, data)
    before = per_customer(same_age.before_amount, same_age.before_customers, data)
    assert latest is not None
    assert before is not None
    brought, compared_with = (money_short(amount, data.currency) for amount in (latest, before))
    count = len(same_age.before)
    others = ngettext("the intake before it", "the {count} intakes before it", count)
    spread = _spread(data, same_age)
    without = money_short(spread["mean_without_largest"], data.currency) if spread.get("mean_without_largest") is not None else ""
    one = f" ({gettext('without one customer {amount}', amount=without)})" if without and without != brought else ""
    values = {"days": same_age.days, "intake": same_age.latest.label, "amount": brought}
    quality = f"{gettext('{days} days on, those who came in {intake} had brought {amount} each', **values)}{one}"
    if brought == compared_with or not spread.get("is_beyond_chance"):
        return quality
    if latest > before:
        return gettext("{quality}, more than the {amount} of {others} at that age", quality=quality, amount=compared_with, others=others)
    return gettext("{quality}, less than the {amount} of {others} at that age", quality=quality, amount=compared_with, others=others)


def _spread(data: ScorecardData, same_age: SameAge) -> Mapping[str, Any]:
    """Whether the latest intake differs beyond chance, and what it is without the one customer who makes its mean; empty: not judged."""
    rows = data.tables.get("intake_spreads", ())
    return next((row for row in rows if (row["days"], row["intake"]) == (same_age.days, same_age.latest.name)), {})


def _bars(data: ScorecardData) -> Bars | None:
    """What each intake was worth at the age that is compared; where none is old enough, how many came."""
    same_age, shown_cohorts = _headline_age(data), shown(monthly_cohorts(data))
    if same_age:
        old = [cohort for cohort in (*same_age.before, same_age.latest) if cohort.count(reached(same_age.days))]
        values = tuple(cohort.money(value_after(same_age.days)) / cohort.count(reached(same_age.days)) for cohort in old)
        title = gettext("Value of a new customer after {days} days, by the month in which it came", days=same_age.days)
        return Bars(title, tuple(cohort.label for cohort in old), (Series(gettext("Value each"), values, "in"),), is_money=True)
    if not shown_cohorts:
        return None
    counts = tuple(cohort.count("intake_customers") for cohort in shown_cohorts)
    title = gettext("{label}, by month", label=measure_label("intake_customers"))
    return Bars(title, tuple(cohort.label for cohort in shown_cohorts), (Series(gettext("Customers"), counts, "in"),))


def _age_tables(data: ScorecardData) -> Iterator[Table]:
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
    rows = tuple(_age_row(data, same_age) for days in ages(data) if (same_age := at_same_age(data, days)))
    if rows:
        description = gettext(
            "An intake is all who came for the first time in one month. It is shown at an age once every one of them has reached it."
        )
        yield Table(gettext("The latest intake against those before it, at the same age"), columns, rows, description=description)


def _age_row(data: ScorecardData, same_age: SameAge) -> tuple[CellValue, ...]:
    now = per_customer(same_age.latest_amount, same_age.latest_customers, data)
    before = per_customer(same_age.before_amount, same_age.before_customers, data)
    change = None if now is None or before is None else now - before
    latest = (same_age.latest.label, same_age.latest_customers, now)
    return (gettext("{days} days", days=same_age.days), *latest, len(same_age.before), same_age.before_customers, before, change)


def _cohort_tables(data: ScorecardData) -> Iterator[Table]:
    """A row an intake, with what is known of it at every age that it has reached."""
    shown_cohorts = shown(monthly_cohorts(data))
    by_age = [
        column
        for days in ages(data)
        for column in (
            Column(gettext("Value each, {days} days", days=days), "money"),
            Column(at(STAYED_RATE, days).heading, "share"),
        )
    ]
    columns = (
        Column("Came in", "text"),
        Column("Customers"),
        Column("First purchase each", "money"),
        Column(_second_rate(data).heading, "share"),
        *by_age,
    )
    if shown_cohorts:
        few = f" {gettext('A value each needs {count} customers.', count=data.smallest_rate_base)}" if data.smallest_rate_base > 1 else ""
        description = f"{gettext('Empty: not every customer of the month is so old yet.')}{few}"
        title = gettext("New customers by the month in which they came")
        yield Table(title, columns, tuple(_cohort_row(data, cohort) for cohort in shown_cohorts), description=description)


def _cohort_row(data: ScorecardData, cohort: Cohort) -> tuple[CellValue, ...]:
    cells: list[CellValue] = [cohort.label, cohort.count("intake_customers")]
    cells.append(per_customer(cohort.money("intake_first_purchase_amount"), cohort.count("intake_customers"), data))
    cells.append(_share(cohort, SECOND_PURCHASE_RATE))
    for days in ages(data):
        cells.append(per_customer(cohort.money(value_after(days)), cohort.count(reached(days)), data))
        cells.append(_share(cohort, at(STAYED_RATE, days)))
    return tuple(cells)


def _share(cohort: Cohort, rate: RateEntry) -> Share | None:
    part, whole = cohort.count(rate.numerator), cohort.count(rate.denominator)
    return Share(part, whole) if whole else None


def _by_segment(data: ScorecardData) -> tuple[Entry, ...]:
    """What is told of every group: new customers of the period, and the quality of its intakes."""
    if not ages(data):
        return COMPARED
    return (*COMPARED, _second_rate(data), *(at(STAYED_RATE, days) for days in ages(data)))


def _segment_note(data: ScorecardData) -> str:
    all_cohorts = monthly_cohorts(data)
    return (
        gettext("Shares are of all who came since {month} and have reached the age.", month=all_cohorts[0].label)
        if all_cohorts and ages(data)
        else ""
    )


def _second_rate(data: ScorecardData) -> RateEntry:
    """The share of second purchases, with the company's horizon as the glossary prints it."""
    labels = (look_up(word.label) for word in data.glossary if word.name == SECOND_PURCHASE_RATE.name)
    return replace(SECOND_PURCHASE_RATE, short_label=next(labels, look_up(SECOND_PURCHASE_RATE.short_label)))


def _month(row: Mapping[str, object]) -> str:
    return cohort_label(str(row["intake"]))


def _missing(data: ScorecardData) -> Iterator[str]:
    if not data.has("acquisitions.channel"):
        yield gettext(NO_CHANNEL)
    elif not data.has("acquisitions.campaign"):
        yield gettext(NO_CAMPAIGN)
    if "intake_costs" not in data.tables:
        yield gettext(NO_COST)
    elif data.has("purchases.amount") and not data.has("purchases.cost_amount"):
        yield gettext(NO_GOODS)
