"""The page of behaviour: the customers who stay, and the signs that their relationship weakens or grows stronger."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext, ngettext_noop
from config.measures.table import entries_of, label_of
from tasks.reporting.blocks import Bars, Column, Page, Series, Share, Table, by_segment, column_of, compared, details
from tasks.reporting.model import where_listed
from tasks.reporting.sentences import Sentence, named_figures
from tasks.reporting.text import format_customers, in_full, lowered, measure_label, money_short, whole_number, whole_percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData

TITLE, QUESTION = gettext_noop("Behaviour"), gettext_noop("Of those who stay, who weakens, and who grows stronger?")
TO_BE_CALLED = gettext_noop("Weakening customers")
"""The list of the most valuable customers who weaken."""


PURCHASES, GROUPS, SEATS, COMPLAINTS = (
    "purchases.purchased_on",
    "purchases.product_group",
    "contracts.seats_count",
    "tickets.is_complaint",
)
SILENT = "silent_beyond_habit_customers"
Signals = dict[str, str]
"""What measures those who show a signal, and the value of these."""
WEAKENING: Signals = {
    SILENT: "silent_beyond_habit_amount",
    "fewer_groups_customers": "fewer_groups_amount",
    "fewer_seats_customers": "fewer_seats_amount",
    "fallen_twice_customers": "fallen_twice_amount",
    "first_complaint_customers": "first_complaint_amount",
}
STRENGTHENING: Signals = {
    "shorter_gaps_customers": "shorter_gaps_amount",
    "more_groups_customers": "more_groups_amount",
    "more_seats_customers": "more_seats_amount",
    "risen_twice_customers": "risen_twice_amount",
}
HOW_TO_SUPPLY = {
    PURCHASES: gettext_noop(
        "Whether customers buy less often than they used to is not known: bring an extract of `purchases` in sources.yaml."
    ),
    GROUPS: gettext_noop("Whether customers buy of fewer product groups is not known: map product_group of `purchases` in sources.yaml."),
    SEATS: gettext_noop("Whether customers hold fewer seats is not known: map seats_count of `contracts` in sources.yaml."),
    COMPLAINTS: gettext_noop("First complaints are not known: map is_complaint of `tickets` in sources.yaml."),
}


@dataclass(frozen=True)
class Direction:
    """The way in which signs point: who shows any of them, what these are worth, and how that is said."""

    customers: str
    amount: str
    one: str
    nobody: str
    count_of: tuple[str, str]
    """One and many of those who show any sign, with their number, its rate and what they are worth."""
    signals: Signals


WEAKENS = Direction(
    "weakening_customers",
    "weakening_amount",
    gettext_noop("weakens"),
    gettext_noop("none weakens"),
    ngettext_noop("{number} weakens{worth}", "{number} weaken{worth}"),
    WEAKENING,
)
STRENGTHENS = Direction(
    "strengthening_customers",
    "strengthening_amount",
    gettext_noop("grows stronger"),
    gettext_noop("none grows stronger"),
    ngettext_noop("{number} grows stronger{worth}", "{number} grow stronger{worth}"),
    STRENGTHENING,
)
SIGN_LABELS = {
    "weakens": gettext_noop("Weakens only"),
    "both": gettext_noop("Signs both ways"),
    "strengthens": gettext_noop("Grows stronger only"),
    "steady": gettext_noop("No sign"),
}
SHOWN = entries_of(
    "staying_customers",
    "weakening_customers",
    "weakening_rate",
    "weakening_amount",
    "strengthening_customers",
    "strengthening_rate",
    "strengthening_amount",
    "increased_customers",
    "increased_amount",
    "decreased_customers",
    "decreased_amount",
)


def behaviour_page(data: ScorecardData) -> Page:
    """The customers who stay by the signs that they show, with heads, value, and the same by segment."""
    missing = tuple(gettext(text) for need, text in HOW_TO_SUPPLY.items() if not data.has(need))
    if data.figure("staying_customers") is None:
        unknown = gettext("How customers behave who stay was not measured.")
        return Page(gettext(TITLE), gettext(QUESTION), unknown, missing=missing)
    tables = (_signs(data), _direction_table(data), *details([compared(data, SHOWN)]), *by_segment(data, SHOWN))
    return Page(gettext(TITLE), gettext(QUESTION), f"{_sentence(data)}.", bars=_bars(data), tables=tables, missing=missing)


def behaviour_lines(data: ScorecardData) -> list[Sentence]:
    """For the digest: how many of those who stay weaken, what they are worth, and where they are listed."""
    if not data.figure("weakening_customers"):
        return []
    weak, stayed = data.count("weakening_customers"), data.count("staying_customers")
    line = ngettext(
        "{label}: {weak} of {count} customer who stayed{worth}; the most valuable are listed {where}.",
        "{label}: {weak} of {count} customers who stayed{worth}; the most valuable are listed {where}.",
        stayed,
        label=measure_label(WEAKENS.customers),
        weak=_with_rate(data, weak),
        worth=_worth(data, WEAKENS),
        where=where_listed(data, TO_BE_CALLED, WEAKENS.customers),
    )
    signs = (name for name in WEAKENS.signals if data.figure(name) is not None)
    measures = (WEAKENS.customers, "staying_customers", WEAKENS.amount, *signs)
    return [Sentence("weakening", line, named_figures(data.period, *measures))]


def _sentence(data: ScorecardData) -> str:
    label, stayed = data.labels[data.period], data.count("staying_customers")
    if not stayed:
        return gettext("No customer stayed from the opening of {period} to its end", period=label)
    weak, strong = (data.count(direction.customers) for direction in (WEAKENS, STRENGTHENS))
    if not weak and not strong:
        return ngettext(
            "The one customer who stayed through {period} shows no sign of weakening or of growing stronger",
            "None of the {count} customers who stayed through {period} shows a sign of weakening or of growing stronger",
            stayed,
            period=label,
        )
    weakening, strengthening = (_part(data, direction) for direction in (WEAKENS, STRENGTHENS))
    return ngettext(
        "Of {customers} who stayed through {period}, {weakening}, and {strengthening}",
        "Of {customers} who stayed through {period}, {weakening}, and {strengthening}",
        stayed,
        customers=format_customers(stayed),
        period=label,
        weakening=weakening,
        strengthening=strengthening,
    )


def _part(data: ScorecardData, direction: Direction) -> str:
    """How many of those who stayed weaken, or grow stronger, and what they are worth."""
    customers = data.count(direction.customers)
    if not customers:
        return gettext(direction.nobody)
    return ngettext(*direction.count_of, customers, number=_with_rate(data, customers), worth=_worth(data, direction))


def _with_rate(data: ScorecardData, customers: int) -> str:
    """A number of those who stayed, with its rate where they are enough for one."""
    rate = Share(customers, data.count("staying_customers")).rate
    if rate is None or data.count("staying_customers") < data.smallest_rate_base:
        return whole_number(customers)
    return f"{whole_number(customers)} ({whole_percent(rate)})"


def _worth(data: ScorecardData, direction: Direction) -> str:
    most = _most_often(data, direction.signals)
    worth = money_short(data.money(direction.amount), data.currency)
    often = f" ({gettext('most often: {sign}', sign=most)})" if most else ""
    return f", {gettext('worth {worth} a year', worth=worth)}{often}"


def _most_often(data: ScorecardData, signals: Iterable[str]) -> str:
    """The sign that most customers show, with their number; nothing where none is shown."""
    shown = [(data.count(name), lowered(label_of(name))) for name in signals if data.figure(name) is not None]
    count, label = max(shown, key=lambda pair: pair[0], default=(0, ""))
    return f"{label}, {whole_number(count)}" if count else ""


def _measured_signs(data: ScorecardData) -> list[tuple[Direction, str]]:
    """The signs that are measured, each with the way in which it points."""
    return [(direction, name) for direction in (WEAKENS, STRENGTHENS) for name in direction.signals if data.figure(name) is not None]


def _bars(data: ScorecardData) -> Bars:
    signs = _measured_signs(data)
    weak, strong = (tuple(data.count(name) if direction is wanted else 0 for direction, name in signs) for wanted in (WEAKENS, STRENGTHENS))
    series = (Series(gettext("Weakens"), weak, colour_role="out"), Series(gettext("Grows stronger"), strong, colour_role="in"))
    title = gettext("Customers who stayed, by sign, {period}", period=data.labels[data.period])
    return Bars(title, tuple(measure_label(name) for _, name in signs), series, is_stacked=True)


def _signs(data: ScorecardData) -> Table:
    columns = [Column("Sign", "text"), Column("Points to", "text"), Column("Customers"), Column("Of those who stayed", "share")]
    columns += [column_of("closing_amount")]
    columns += [Column(data.labels[data.previous]), Column("Change", "signed_count")] if data.previous else []
    rows = tuple(tuple(_signal_row(data, direction, name)) for direction, name in _measured_signs(data))
    return Table(gettext("Signs"), tuple(columns), rows, description=_describe_signs(data))


def _signal_row(data: ScorecardData, direction: Direction, name: str) -> Iterator[CellValue]:
    customers, amount = data.count(name), data.money(direction.signals[name])
    yield from (measure_label(name), gettext(direction.one), customers, Share(customers, data.count("staying_customers")), amount)
    if data.previous:
        previous = data.figure(name, period=data.previous)
        yield previous
        yield None if previous is None else customers - int(previous)


def _describe_signs(data: ScorecardData) -> str:
    """What a reader must know of the signs, with the company's choices where they are known."""
    chosen = {setting.name: setting.value for setting in data.settings}
    rate, gaps, days = (chosen.get(f"behaviour.{name}") for name in ("gap_rate", "fewest_gaps_count", "fewest_silent_days_count"))
    several = gettext("A customer may show several signs, so they do not add up; each is held against its own past.")
    if rate is None or data.figure(SILENT) is None:
        return several
    habit = gettext(
        "{label}: {rate} times the customer's usual gap between purchases or longer, of at least {gaps} gaps, and for {days} days or more.",
        label=measure_label(SILENT),
        rate=in_full(Decimal(rate)),
        gaps=gaps,
        days=days,
    )
    return f"{several} {habit}"


def _direction_table(data: ScorecardData) -> Table:
    """Those who stayed, each once: weakening, growing stronger, both, or neither."""
    parts, stayed = data.parts("behaviour"), data.count("staying_customers")
    columns = (Column("", "text"), Column("Customers"), Column("Of those who stayed", "share"), column_of("closing_amount"))
    rows = tuple(
        (gettext(label), customers, Share(customers, stayed), Decimal(parts.get(part, {}).get("staying_amount", 0)))
        for part, label in SIGN_LABELS.items()
        for customers in (int(parts.get(part, {}).get("staying_customers", 0)),)
    )
    total = (gettext("All who stayed"), stayed, Share(stayed, stayed), data.money("staying_amount"))
    description = gettext(
        "Each customer once. The most valuable who weaken are listed {where}.",
        where=where_listed(data, TO_BE_CALLED, WEAKENS.customers),
    )
    return Table(gettext("Every customer who stayed, once"), columns, rows, total=total, description=description)
