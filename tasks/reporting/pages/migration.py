"""Who rose, fell, came and went between value groups: the matrices, and the biggest flows in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, ngettext
from config.topic_settings import MIGRATES, NOT_A_CUSTOMER, OUT
from tasks.reporting.blocks import Column, Table
from tasks.reporting.model import named
from tasks.reporting.sentences import named_figures
from tasks.reporting.text import LEAST_SEEN, measure_label, money_exact, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.sentences import FigureName

FLOWS_SHOWN_COUNT = 5
"""How many flows are said in words."""
Cells = dict[tuple[str, str], "int | Decimal"]
"""A number for each way from a group to a group."""


@dataclass(frozen=True)
class Flow:
    """Customers who went the same way from one group to another, and by how much their value changed."""

    start: str
    end: str
    customers: int
    amount: Decimal


def flows(data: ScorecardData, *, period: str | None = None) -> list[Flow]:
    """Every way that customers went from one group to another, the most money moved first, then the most customers."""
    all_flows = [
        Flow(start, end, max(_customers(part, "opening"), _customers(part, "closing")), Decimal(part.get("net_amount", 0)))
        for (start, end), part in _transitions(data, period=period).items()
        if start != end
    ]
    return sorted(
        (flow for flow in all_flows if flow.customers), key=lambda flow: (-abs(flow.amount), -flow.customers, flow.start, flow.end)
    )


def flow_figures(selected: Iterable[Flow], period: str) -> tuple[FigureName, ...]:
    """The published figures that flows are made of: customers at the end at which they are any, and what their value changed by."""
    return tuple(
        name
        for flow in selected
        for name in named_figures(
            period,
            "closing_customers" if flow.start == NOT_A_CUSTOMER else "opening_customers",
            "net_amount",
            split_by="migration",
            split=f"{flow.start}{MIGRATES}{flow.end}",
        )
    )


def describe_flow(flow: Flow, data: ScorecardData) -> str:
    """One flow, made from its figures: 1,204 customers fell from Gold to Silver: EUR 3.1m less a year."""
    count, values = flow.customers, {"start": flow.start, "end": flow.end, "change": _format_change(flow.amount, data)}
    if flow.start == NOT_A_CUSTOMER:
        return ngettext("{count} customer came in as {end}: {change}", "{count} customers came in as {end}: {change}", count, **values)
    if flow.end == OUT:
        return ngettext(
            "{count} customer was lost from {start}: {change}",
            "{count} customers were lost from {start}: {change}",
            count,
            **values,
        )
    if data.value_groups.index(flow.end) < data.value_groups.index(flow.start):
        return ngettext(
            "{count} customer rose from {start} to {end}: {change}",
            "{count} customers rose from {start} to {end}: {change}",
            count,
            **values,
        )
    return ngettext(
        "{count} customer fell from {start} to {end}: {change}",
        "{count} customers fell from {start} to {end}: {change}",
        count,
        **values,
    )


def flows_table(data: ScorecardData, *, title: str, period: str | None = None) -> Table:
    """The biggest flows in words."""
    rows = [(f"{describe_flow(flow, data)}.",) for flow in flows(data, period=period)[:FLOWS_SHOWN_COUNT]]
    return Table(
        title, (Column("The most money first", "text"),), tuple(rows) or ((gettext("Nobody changed from one group to another."),),)
    )


def matrices(data: ScorecardData, *, since: str, period: str | None = None) -> tuple[Table, ...]:
    """Where the customers of each group went: in heads, in value at opening, and in value at closing."""
    transitions = _transitions(data, period=period)
    customers: Cells = {pair: max(_customers(part, "opening"), _customers(part, "closing")) for pair, part in transitions.items()}
    opening, closing = (
        {pair: part.get(f"{end}_amount", Decimal(0)) for pair, part in transitions.items()} for end in ("opening", "closing")
    )
    counts = [whole_number(data.count(f"{end}_customers", period=period)) for end in ("opening", "closing")]
    worth = [
        money_exact(data.money(f"{end}_amount", period=period), data.currency, minor_units=data.minor_units)
        for end in ("opening", "closing")
    ]
    at_opening, at_closing = measure_label("opening_amount"), measure_label("closing_amount")
    return (
        _matrix(
            data,
            customers,
            title=f"{gettext('Customers')}, {since}",
            description=gettext(
                "From the group in the row to the group in the column. The rows of groups sum to {opening} at opening, their columns to "
                "{closing} at closing.",
                opening=counts[0],
                closing=counts[1],
            ),
        ),
        _matrix(
            data,
            opening,
            title=f"{at_opening}, {since}",
            description=gettext("Rows sum to {worth}, whatever became of the customers.", worth=worth[0]),
        ),
        _matrix(
            data,
            closing,
            title=f"{at_closing}, {since}",
            description=gettext("Columns sum to {worth}, wherever the customers came from.", worth=worth[1]),
        ),
    )


def at_end(data: ScorecardData, group: str, end: str, *, period: str | None = None) -> int:
    """How many customers a group had at one end: the sum of its row at opening, of its column at closing."""
    side = 0 if end == "opening" else 1
    return sum(_customers(part, end) for pair, part in _transitions(data, period=period).items() if pair[side] == group)


def _transitions(data: ScorecardData, *, period: str | None) -> dict[tuple[str, str], Mapping[str, int | Decimal]]:
    parts = data.parts("migration", period=period)
    return {(start, end): part for split, part in parts.items() for start, _, end in [split.partition(MIGRATES)]}


def _customers(part: Mapping[str, int | Decimal], end: str) -> int:
    return int(part.get(f"{end}_customers", 0))


def _matrix(data: ScorecardData, cells: Cells, *, title: str, description: str) -> Table:
    starts, ends = (*data.value_groups, NOT_A_CUSTOMER), (*data.value_groups, OUT)
    kind = "count" if all(isinstance(value, int) for value in cells.values()) else "money"
    nothing = 0 if kind == "count" else Decimal(0)

    def summed(values: Iterable[int | Decimal]) -> int | Decimal:
        return sum(values, nothing)

    rows = [(named(start), *(cells.get((start, end), nothing) for end in ends)) for start in starts]
    columns = [summed(cells.get((start, end), nothing) for start in starts) for end in ends]
    totals = [summed(value for value in row[1:] if not isinstance(value, str)) for row in rows]
    return Table(
        title,
        (
            Column("From", "text"),
            *(Column(gettext("to {group}", group=end) if end != OUT else OUT, kind) for end in ends),
            Column("All", kind),
        ),
        tuple((*row, total) for row, total in zip(rows, totals, strict=True)),
        total=(gettext("All"), *columns, summed(columns)),
        description=description,
    )


def _format_change(amount: Decimal, data: ScorecardData) -> str:
    if not amount:
        return gettext("the same value")
    is_seen = abs(amount) >= LEAST_SEEN
    worth = money_short(abs(amount), data.currency) if is_seen else money_exact(abs(amount), data.currency, minor_units=data.minor_units)
    return gettext("{worth} more a year", worth=worth) if amount > 0 else gettext("{worth} less a year", worth=worth)
