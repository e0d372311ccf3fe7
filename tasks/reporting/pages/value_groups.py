"""The page of customer groups: what each brings and costs, which cost more than they bring, and who moved between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.measures.table import entries_of
from config.topic_settings import NOT_A_CUSTOMER
from tasks.reporting.blocks import Bars, Column, Page, Series, Share, Table, column_of, compared, details
from tasks.reporting.model import ALL, named
from tasks.reporting.pages.migration import at_end, describe_flow, flow_figures, flows, flows_table, matrices
from tasks.reporting.sentences import FigureName, Sentence
from tasks.reporting.text import (
    format_day,
    measure_heading,
    money_exact,
    money_short,
    none_or_number,
    whole_percent,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData

GOODS, TICKETS, TICKET_COST = "purchases.cost_amount", "tickets.opened_on", "costs.ticket_amount"
COMPARED = entries_of(
    "revenue_amount",
    "purchases_amount",
    "contracts_amount",
    "cost_of_goods_amount",
    "cost_to_serve_amount",
    "tickets_count",
    "profit_amount",
    "profit_rate",
)
BY_VALUE_GROUP = (gettext_noop("Revenue by value group, {currency}"), gettext_noop("Revenue and profit by value group, {currency}"))
NAMED_COUNT = 3
"""How many groups that cost more than they bring are named; the tables show all."""
DIGEST_FLOWS_COUNT = 3
NO_GOODS = gettext_noop(
    "No cost data: the extracts carry no cost of goods, so profit is not told. Map cost_amount of `purchases` in sources.yaml to what "
    "the goods of each row cost."
)
NO_GOODS_OF_CONTRACTS = gettext_noop(
    "No cost data: contracts carry no cost, so profit is not told. Bring what was delivered under them, with amount and cost_amount, as an "
    "extract of `purchases` in sources.yaml."
)
NO_TICKETS = gettext_noop(
    "The cost to serve is not known: bring an extract of `tickets` in sources.yaml, and set costs.ticket_amount in definitions.yaml."
)
NO_TICKET_COST = gettext_noop("The cost to serve is not known: set costs.ticket_amount in definitions.yaml to what one ticket costs.")


@dataclass(frozen=True)
class Earning:
    """One group of customers, of whatever kind, and how to ask for its figures."""

    name: str
    figure: Callable[[str], int | Decimal]
    published_of: Mapping[str, str] = field(default_factory=dict)
    """Which group or part a figure of it is published of, as FigureName has it."""

    @property
    def profit(self) -> Decimal:
        """What is left of its revenue."""
        return Decimal(self.figure("profit_amount"))


def customer_groups_page(data: ScorecardData) -> Page:
    """What each group of customers brings and costs, and how customers moved between the value groups."""
    title = gettext("Customer groups")
    question = gettext("What does each group of customers bring, what does it cost, and who rises or falls?")
    if not _is_measured(data):
        label = data.labels[data.period]
        return Page(title, question, gettext("Nothing was measured by customer group in {period}.", period=label))
    return Page(
        title,
        question,
        _sentence(data),
        bars=_bars(data),
        tables=(
            _by_value_group(data),
            *_flow_tables(data),
            *details([compared(data, COMPARED)]),
            *details(_by_segment(data)),
            *_matrix_tables(data),
        ),
        missing=tuple(_notes(data)),
    )


def customer_groups_lines(data: ScorecardData) -> list[Sentence]:
    """For the digest: the biggest flows between value groups, and the groups that cost more than they bring."""
    if not _is_measured(data):
        return []
    largest, costly = flows(data)[:DIGEST_FLOWS_COUNT], _costly(data)
    text = "; ".join(describe_flow(flow, data).replace(": ", ", ") for flow in largest)
    line = gettext("Between value groups: {flows}.", flows=text)
    lines = [Sentence("flows", line, flow_figures(largest, data.period))] if largest else []
    if costly:
        figures = (FigureName("profit_amount", data.period, **group.published_of) for group in costly)
        lines.append(Sentence("costly", gettext("Cost more than they bring: {groups}.", groups=_named(data, costly)), tuple(figures)))
    return lines


def _sentence(data: ScorecardData) -> str:
    revenue, label = data.money("revenue_amount"), data.labels[data.period]
    groups = [group for group in _value_groups(data) if group.name != NOT_A_CUSTOMER]
    leading = max(groups, key=lambda group: group.figure("revenue_amount"))
    brought = Decimal(leading.figure("revenue_amount"))
    if brought <= 0:
        revenue_text = gettext("Customers brought {revenue} in {period}", revenue=money_short(revenue, data.currency), period=label)
    else:
        revenue_text = ngettext(
            "{group}, {part} of {count} customer at closing, brought {brought} of {revenue} revenue{rate} in {period}",
            "{group}, {part} of {count} customers at closing, brought {brought} of {revenue} revenue{rate} in {period}",
            data.count("closing_customers"),
            group=leading.name,
            part=none_or_number(int(leading.figure("closing_customers"))),
            brought=money_short(brought, data.currency),
            revenue=money_short(revenue, data.currency),
            rate=_percent(brought, revenue),
            period=label,
        )
    return f"{revenue_text}; {_describe_costs(data)}."


def _describe_costs(data: ScorecardData) -> str:
    if not _is_costed(data):
        return gettext("what the groups cost is not known (no cost data)")
    profit = money_short(data.money("profit_amount"), data.currency)
    costly = _costly(data)
    if not costly:
        return gettext("profit was {profit}, and no group cost more than it brought", profit=profit)
    return ngettext(
        "profit was {profit}, and {groups} cost more than it brought",
        "profit was {profit}, and {groups} cost more than they brought",
        len(costly),
        profit=profit,
        groups=_named(data, costly),
    )


def _named(data: ScorecardData, costly: Sequence[Earning]) -> str:
    """The groups that cost the most beyond what they bring, each with what it lost, and how many more there are."""
    names = [f"{group.name} ({money_short(group.profit, data.currency)})" for group in costly[:NAMED_COUNT]]
    more = len(costly) - len(names)
    if more:
        names.append(ngettext("{count} more", "{count} more", more))
    return gettext(" and ").join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _costly(data: ScorecardData) -> list[Earning]:
    """The groups of every kind whose profit is below zero, the largest loss first; of those who are no customers the table tells."""
    if not _is_costed(data):
        return []
    by_value = [group for group in _value_groups(data) if group.name != NOT_A_CUSTOMER]
    by_segment = [group for name in data.segment_by for group in _segment_groups(data, name, is_qualified=True)]
    return sorted((group for group in (*by_value, *by_segment) if group.profit < 0), key=lambda group: (group.profit, group.name))


def _is_measured(data: ScorecardData) -> bool:
    return bool(data.value_groups) and data.figure("revenue_amount") is not None


def _is_costed(data: ScorecardData) -> bool:
    return data.figure("profit_amount") is not None


def _value_groups(data: ScorecardData) -> list[Earning]:
    """The value groups, the most valuable first; last those who were no customers, if they brought or cost anything."""
    parts = data.parts("value_group")
    names = (*data.value_groups, *([NOT_A_CUSTOMER] if NOT_A_CUSTOMER in parts else []))

    def figure_of(name: str) -> Callable[[str], int | Decimal]:
        return lambda measure: parts.get(name, {}).get(measure, _nothing(measure))

    return [Earning(name, figure_of(name), {"split_by": "value_group", "split": name}) for name in names]


def _segment_groups(data: ScorecardData, segment_by: str, *, is_qualified: bool = False) -> list[Earning]:
    """The groups of one way of grouping, the most revenue first; where they are said, each with its way of grouping."""

    def figure_of(segment: str) -> Callable[[str], int | Decimal]:
        return lambda measure: data.figure(measure, segment_by=segment_by, segment=segment) or _nothing(measure)

    groups = [
        Earning(
            f"{named(segment)} ({segment_by.replace('_', ' ')})" if is_qualified else named(segment),
            figure_of(segment),
            {"segment_by": segment_by, "segment": segment},
        )
        for segment in data.segments_of(segment_by)
    ]
    return sorted(groups, key=lambda group: (-group.figure("revenue_amount"), group.name))


def _nothing(measure: str) -> int | Decimal:
    return Decimal(0) if measure.endswith("_amount") else 0


def _bars(data: ScorecardData) -> Bars:
    groups = [group for group in _value_groups(data) if group.name != NOT_A_CUSTOMER]
    series = [Series(measure_heading("revenue_amount"), tuple(group.figure("revenue_amount") for group in groups))]
    if _is_costed(data):
        series.append(Series(measure_heading("profit_amount"), tuple(group.figure("profit_amount") for group in groups), "in"))
    title = gettext(BY_VALUE_GROUP[len(series) - 1], currency=data.currency)
    return Bars(title, tuple(group.name for group in groups), tuple(series), is_money=True)


def _by_value_group(data: ScorecardData) -> Table:
    """A row a value group: its customers at both ends, what it lost, what it brought and cost."""
    rows = []
    for group in _value_groups(data):
        is_none = group.name == NOT_A_CUSTOMER
        opening = None if is_none else at_end(data, group.name, "opening")
        closing = None if is_none else int(group.figure("closing_customers"))
        out, lost = (None, None) if is_none else (group.figure("customers_out"), group.figure("customers_out_amount"))
        rows.append((named(group.name), opening, closing, out, lost, *_brought(data, group)))
    everyone = _everyone(data)
    measures = ("opening_customers", "closing_customers", "customers_out", "customers_out_amount")
    return Table(
        gettext("By value group"),
        (Column("", "text"), *map(column_of, measures), *_brought_columns(data)),
        tuple(rows),
        total=(gettext("All"), *(everyone.figure(measure) for measure in measures), *_brought(data, everyone)),
        description=gettext("What customers brought and cost counts for the group that they are in at closing, or were in when they went."),
    )


def _by_segment(data: ScorecardData) -> Iterator[Table]:
    everyone = _everyone(data)
    columns = (Column("", "text"), column_of("closing_customers"), Column("Share of customers", "share"), *_brought_columns(data))

    def row(name: str, group: Earning) -> tuple[CellValue, ...]:
        customers = group.figure("closing_customers")
        return (name, customers, Share(customers, everyone.figure("closing_customers")), *_brought(data, group))

    for segment_by in data.segment_by:
        rows = tuple(row(group.name, group) for group in _segment_groups(data, segment_by))
        title = gettext("By {group}", group=segment_by.replace("_", " "))
        yield Table(title, columns, rows, total=row(gettext("All"), everyone))


def _everyone(data: ScorecardData) -> Earning:
    return Earning(ALL, lambda measure: data.figure(measure) or _nothing(measure))


def _brought_columns(data: ScorecardData) -> tuple[Column, ...]:
    return tuple(column for column, _ in _shown_of_group(data))


def _brought(data: ScorecardData, group: Earning) -> tuple[CellValue, ...]:
    return tuple(cell_of(group) for _, cell_of in _shown_of_group(data))


def _shown_of_group(data: ScorecardData) -> Iterator[tuple[Column, Callable[[Earning], CellValue]]]:
    """What a table shows of each group, as far as the company supplies it: the column, and its cell of a group."""
    yield column_of("revenue_amount"), lambda group: group.figure("revenue_amount")
    yield Column("Share of revenue", "share"), lambda group: Share(group.figure("revenue_amount"), data.money("revenue_amount"))
    for measure in ("cost_of_goods_amount", "cost_to_serve_amount"):
        if data.figure(measure) is not None:
            yield column_of(measure), lambda group, measure=measure: group.figure(measure)
    if _is_costed(data):
        yield column_of("profit_amount"), lambda group: group.figure("profit_amount")
        yield Column("Share of profit", "share"), lambda group: Share(group.figure("profit_amount"), data.money("profit_amount"))
        yield column_of("profit_rate"), lambda group: Share(group.figure("profit_amount"), group.figure("revenue_amount"))


def _flow_tables(data: ScorecardData) -> Iterator[Table]:
    yield flows_table(data, title=gettext("The biggest flows between value groups, {period}", period=data.labels[data.period]))
    if _year(data):
        yield from details(
            [flows_table(data, title=gettext("The biggest flows since the same day a year before"), period=data.year_through)]
        )


def _matrix_tables(data: ScorecardData) -> Iterator[Table]:
    customers, *worth = matrices(data, since=gettext("from opening to closing of {period}", period=data.labels[data.period]))
    yield customers
    yield from details(worth)
    if _year(data):
        yield from details(matrices(data, since=gettext("from the same day a year before"), period=data.year_through))


def _year(data: ScorecardData) -> bool:
    """Whether the twelve months to the last day are known, and are not the period itself."""
    return data.year_through not in (None, data.period)


def _notes(data: ScorecardData) -> Iterator[str]:
    """What is missing and how to supply it, what no cost is known of, and how the groups were cut."""
    if not _is_costed(data):
        yield gettext(NO_GOODS if data.has("purchases.amount") else NO_GOODS_OF_CONTRACTS)
    if not data.has(TICKETS):
        yield gettext(NO_TICKETS)
    elif not data.has(TICKET_COST):
        yield gettext(NO_TICKET_COST)
    uncosted = data.figure("uncosted_amount")
    if uncosted:
        revenue = data.money("revenue_amount")
        among = f" ({gettext('contracts are part of it')})" if data.figure("contracts_amount") else ""
        exact = _exact(data, Decimal(uncosted))
        yield gettext(
            "{amount} of the revenue{rate} has no known cost of goods{among}: nothing was taken off it.",
            amount=exact,
            rate=_percent(Decimal(uncosted), revenue),
            among=among,
        )
    yield from _cut_note(data)


def _percent(part: Decimal, whole: Decimal) -> str:
    """A part of an amount in brackets; nothing where it is no part of it."""
    return f" ({whole_percent(part / whole)})" if 0 < part <= whole else ""


def _cut_note(data: ScorecardData) -> Iterator[str]:
    """From which value on a customer is in each group, and on which day that was decided."""
    starts = data.tables.get("value_groups", ())
    if not starts:
        return
    limits = ", ".join(
        gettext("{group} from {amount}", group=row["value_group"], amount=_exact(data, row["from_amount"])) for row in starts
    )
    cut_on = starts[0]["cut_on"]
    if cut_on is None:
        yield gettext("Value groups are cut by fixed amounts: {starts}; the others are {last}.", starts=limits, last=data.value_groups[-1])
        return
    is_opening = starts[0]["is_at_year_opening"]
    when = gettext("when the year opened") if is_opening else gettext("nobody was a customer when the year opened")
    yield gettext(
        "Value groups were cut by the ranking of {day} ({when}): {starts}; the others are {last}.",
        day=format_day(cut_on),
        when=when,
        starts=limits,
        last=data.value_groups[-1],
    )


def _exact(data: ScorecardData, amount: Decimal) -> str:
    return money_exact(amount, data.currency, minor_units=data.minor_units)
