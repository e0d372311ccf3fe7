"""The tables of what customers are still worth: the flow statement, tenths, groups, channels, who is at risk, the last year held out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.localization import number, percentage, significant_number
from config.measures.table import label_of
from config.measures.worth import MEASURES as LINES
from tasks.reporting.blocks import Column, Marked, Share, Table, details
from tasks.reporting.model import CUSTOMERS_FILE, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.measures.entries import MeasureEntry
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.worth import (
        ChannelLine,
        EquityFlow,
        GroupLine,
        HeldOut,
        HeldOutLine,
        LostLine,
        ParameterLine,
        ScoreLead,
        Worth,
        WorthDecile,
    )

AT_RISK = gettext_noop("At risk")
"""The list of the customers at risk."""
ENDS = {"opening_equity_amount", "closing_equity_amount"}
ALL_MARGIN = "all_margin_amount"
WIDTHS = (36, *(15,) * 6)
DIGITS = 4
"""Of a parameter."""


def worth_tables(worth: Worth, *, shares_customers: bool = False) -> Iterator[Table]:
    """All of them, those to look things up in as such."""
    if worth.flow is not None:
        yield _flow_table(worth, worth.flow)
        yield from details([_return_table(worth, worth.flow)])
        yield _lost_table(worth.flow.lost)
        if worth.flow.channels:
            yield _channel_table(worth, worth.flow.channels)
    yield from details([_decile_table(worth)])
    if worth.flow is not None and worth.flow.groups:
        yield from details([_group_table(worth, worth.flow.groups)])
    yield from details([_risk_table(worth, shares_customers=shares_customers)])
    if worth.held_out is not None:
        yield from details(_held_out_tables(worth, worth.held_out))
    if worth.parameters:
        yield from details([_parameter_table(worth)])


def _held_out_tables(worth: Worth, held: HeldOut) -> Iterator[Table]:
    yield _held_out_table(worth, (gettext("Held out, by tenths of what was expected"), gettext("Tenth")), held.deciles)
    yield _held_out_table(worth, (gettext("Held out, by when customers came"), gettext("Came in")), held.cohorts)
    if held.lead is not None:
        yield _lead_table(held.lead)


def _flow_table(worth: Worth, flow: EquityFlow) -> Table:
    title = (
        gettext("Customer equity flow statement")
        if worth.is_equity
        else gettext("What became of the {kind} still to come", kind=gettext(worth.kind))
    )
    columns = (Column("", "text"), Column(gettext("Amount"), "money"), Column(gettext("Customers")))
    rows = tuple(_flow_row(flow, line) for line in LINES if line.name != ALL_MARGIN)
    how = gettext("The lines add up; what is taken off is negative. Customers: those of whom a line is not 0.")
    return Table(title, columns, rows, description=how)


def _flow_row(flow: EquityFlow, line: MeasureEntry) -> tuple[CellValue, ...]:
    """A line with its sign, so that the column adds up; both ends stand out."""
    amount = flow.amounts[line.name] * (-1 if line.sign == "minus" else 1)
    is_end = line.name in ENDS
    return (Marked(gettext(line.label), is_bold=is_end), Marked(amount, is_bold=is_end), Marked(flow.customers[line.name], is_bold=is_end))


def _return_table(worth: Worth, flow: EquityFlow) -> Table:
    """What was received beside what was expected, and the return where it is margin and there was equity at opening."""
    columns = (Column("", "text"), Column(gettext("Amount"), "money"))
    rows: list[tuple[CellValue, ...]] = [
        (gettext("Expected in the period of the customers at opening"), flow.expected_margin_amount),
        (gettext("Received of them"), flow.margin_of_opening_amount),
        (gettext(label_of(ALL_MARGIN)), flow.amounts[ALL_MARGIN]),
    ]
    below = ""
    opening = flow.amounts["opening_equity_amount"]
    if worth.is_equity and opening > 0:
        cost = flow.acquisition_cost_amount
        gained = flow.amounts[ALL_MARGIN] - (cost or 0) + _closing_as_before(flow) - opening
        rows += [*([] if cost is None else [(gettext("Cost of acquisition"), cost)]), (gettext("Gained on customers"), gained)]
        rate = percentage(gained / opening, decimals=1)
        below = gettext("Return on customer: {rate} of the equity at opening, changed assumptions left out.", rate=rate)
        if cost is None:
            below = f"{below} {gettext('No extract says what acquisition cost.')}"
    return Table(gettext("Beside the statement"), columns, tuple(rows), below=below)


def _closing_as_before(flow: EquityFlow) -> Decimal:
    return flow.amounts["closing_equity_amount"] - flow.amounts["changed_assumptions_amount"]


def _channel_table(worth: Worth, channels: tuple[ChannelLine, ...]) -> Table:
    """What new customers are expected to bring beside what it cost to win them."""
    columns = (
        Column(gettext("Channel"), "text"),
        Column(gettext("Customers")),
        Column(gettext("To come"), "money"),
        Column(gettext("Cost"), "money"),
        Column(gettext("Cost, part of it"), "share"),
        Column(gettext("Paid back"), "text"),
    )
    rows = tuple(
        (named(line.channel), line.customers_count, line.equity_amount, line.cost_amount, _share_of_cost(line), _pay_back(line))
        for line in channels
    )
    title = gettext("New in the period, by channel")
    if all(line.cost_amount is None for line in channels):
        return Table(title, columns[:3], tuple(row[:3] for row in rows), description=gettext("No extract says what these channels cost."))
    kind = gettext(worth.kind)
    costs = (
        gettext(
            "Cost: what the channel's campaigns cost in the period. Paid back by {kind}: what came in the period, and what is to come "
            "after it, discounted.",
            kind=kind,
        )
        if worth.is_margin
        else gettext(
            "Cost: what the channel's campaigns cost in the period. Paid back by {kind}, which is not yet margin: what came in the period, "
            "and what is to come after it, discounted.",
            kind=kind,
        )
    )
    return Table(title, columns, rows, description=costs)


def _pay_back(line: ChannelLine) -> str:
    """Within how many years from closing the cost has come back; nothing where no cost is recorded."""
    if line.cost_amount is None:
        return ""
    if line.pay_back_years is None:
        return gettext("not within the horizon")
    if line.pay_back_years == 0:
        return gettext("in the period")
    return ngettext("within a year", "within {count} years", line.pay_back_years)


def _lost_table(lost: tuple[LostLine, ...]) -> Table:
    """What went with the customers who went: what they were worth, and what had been expected of them."""
    columns = (
        Column("", "text"),
        Column(gettext("Customers")),
        Column(gettext("Worth then"), "money"),
        Column(gettext("To come then"), "money"),
    )
    labels = {"left": gettext(label_of("left_customers")), "lapsed": gettext(label_of("lapsed_customers"))}
    rows = tuple((labels[line.movement], line.customers_count, line.value_amount, line.equity_amount) for line in lost)
    sums = [sum(values) for values in zip(*(row[1:] for row in rows), strict=True)]
    total = (gettext("Together"), *sums) if rows else None
    return Table(gettext("With the customers who went"), columns, rows, description=gettext("Then: at opening."), total=total)


def _share_of_cost(line: ChannelLine) -> Share | None:
    return None if line.cost_amount is None or line.equity_amount <= 0 else Share(line.cost_amount, line.equity_amount)


def _decile_table(worth: Worth) -> Table:
    rows = tuple(_to_come(worth, _tenth(decile), decile) for decile in worth.deciles)
    total = (gettext("Everybody"), worth.customers_count, worth.value_amount, worth.equity_amount, None)
    title = gettext("Tenths of the customers by what is still to come")
    return Table(title, _columns_to_come(gettext("Tenth")), rows, total=total)


def _columns_to_come(heading: str) -> tuple[Column, ...]:
    """Headings of some customers' line, whatever they have in common."""
    return (
        Column(heading, "text"),
        Column(gettext("Customers")),
        Column(gettext("Worth today"), "money"),
        Column(gettext("To come"), "money"),
        Column(gettext("Part"), "share"),
    )


def _to_come(worth: Worth, label: str, line: WorthDecile | GroupLine) -> tuple[CellValue, ...]:
    """What is to come of some customers, beside what they are worth today."""
    part = Share(line.equity_amount, worth.equity_amount) if worth.equity_amount else None
    return label, line.customers_count, line.value_amount, line.equity_amount, part


def _tenth(decile: WorthDecile) -> str:
    """Which tenth; of the first what makes it so."""
    return gettext("{number} (most to come)", number=decile.number) if decile.number == 1 else f"{decile.number}"


def _group_table(worth: Worth, groups: tuple[GroupLine, ...]) -> Table:
    rows = (_to_come(worth, f"{group.segment_by.replace('_', ' ').capitalize()}: {named(group.segment)}", group) for group in groups)
    return Table(gettext("Groups of the customers, by what is still to come"), _columns_to_come(""), tuple(rows))


def _risk_table(worth: Worth, *, shares_customers: bool) -> Table:
    columns = (Column("", "text"), Column(gettext("Customers")), Column(gettext("To come"), "money"))
    reasons = {"weakening": gettext("Show signs of weakening"), "coming_due": gettext("Have terms that come due")}
    rows = tuple((text, *worth.at_risk[reason]) for reason, text in reasons.items() if worth.at_risk.get(reason, (0,))[0])
    below = ""
    if rows and worth.flow is not None and shares_customers:
        below = gettext("Those of whom most is to come are listed in {file}, {list}.", file=CUSTOMERS_FILE, list=gettext(AT_RISK))
    return Table(gettext("At risk"), columns, rows, description=gettext("One customer may be in both lines."), below=below)


def _held_out_table(worth: Worth, titles: tuple[str, str], lines: tuple[HeldOutLine, ...]) -> Table:
    """What was expected beside what came, and the plain rule where that is another."""
    title, first = titles
    by_rule, came = gettext("Plain rule"), gettext("Came")
    kinds = (by_rule, came) if worth.why_rule else (gettext("Expected"), came, by_rule)
    columns = (Column(first, "text"), Column(gettext("Customers")), *(Column(kind, "money") for kind in kinds))
    rows = tuple(
        (line.label.strip(), line.customers_count, line.expected_amount, line.actual_amount, line.rule_amount)[: len(columns)]
        for line in lines
    )
    return Table(title, columns, rows)


def _lead_table(lead: ScoreLead) -> Table:
    """Whether the survey's score says more of what comes than value and tenure do; that it does not is a result."""
    columns = (Column("", "text"), Column(gettext("Correlation"), "text"), Column(percentage(0.95), "text"), Column(gettext("Customers")))
    rows = tuple(
        (label, _correlation(value), _from_to(_correlation(low), _correlation(high)), lead.customers_count)
        for label, (value, low, high) in (
            (gettext("By itself"), lead.alone),
            (gettext("Beyond value and tenure"), lead.beyond),
        )
    )
    shown = (
        gettext("The score leads: it orders what comes better than value and tenure alone.")
        if lead.is_shown
        else gettext("The score is not shown to lead.")
    )
    return Table(gettext("Survey score, and what the same customers brought afterwards"), columns, rows, below=shown)


def _correlation(value: float) -> str:
    return number(Decimal(f"{value:.2f}"), decimals=2)


def _from_to(low: str, high: str) -> str:
    return gettext("{low} to {high}", low=low, high=high)


def _parameter_table(worth: Worth) -> Table:
    headings = (gettext("Model"), gettext("Parameter"), gettext("Value"), percentage(0.95))
    columns = (*(Column(heading, "text") for heading in headings), Column(gettext("Fitted on")))
    return Table(gettext("What the models found"), columns, tuple(map(_parameter_row, worth.parameters)))


def _parameter_row(line: ParameterLine) -> tuple[CellValue, ...]:
    model = gettext(line.model)
    value, low, high = (significant_number(estimate, digits=DIGITS) for estimate in (line.value, line.low, line.high))
    return f"{model}: {line.group}" if line.group else model, line.name, value, _from_to(low, high), line.customers_count
