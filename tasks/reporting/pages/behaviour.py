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
from tasks.reporting.text import customers_in_words, in_full, lowered, measure_label, money_short, whole_number, whole_percent

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
IN_WORDS = {
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


def behaviour_page(facts: ScorecardData) -> Page:
    """The customers who stay by the signs that they show, with heads, value, and the same by segment."""
    missing = tuple(gettext(says) for need, says in HOW_TO_SUPPLY.items() if not facts.has(need))
    if facts.figure("staying_customers") is None:
        unknown = gettext("How customers behave who stay was not measured.")
        return Page(gettext(TITLE), gettext(QUESTION), unknown, missing=missing)
    tables = (_signs(facts), _both_ways(facts), *details([compared(facts, SHOWN)]), *by_segment(facts, SHOWN))
    return Page(gettext(TITLE), gettext(QUESTION), f"{_sentence(facts)}.", bars=_bars(facts), tables=tables, missing=missing)


def behaviour_lines(facts: ScorecardData) -> list[Sentence]:
    """For the digest: how many of those who stay weaken, what they are worth, and where they are listed."""
    if not facts.figure("weakening_customers"):
        return []
    weak, stayed = facts.heads("weakening_customers"), facts.heads("staying_customers")
    line = ngettext(
        "{label}: {weak} of {count} customer who stayed{worth}; the most valuable are listed {where}.",
        "{label}: {weak} of {count} customers who stayed{worth}; the most valuable are listed {where}.",
        stayed,
        label=measure_label(WEAKENS.customers),
        weak=_with_rate(facts, weak),
        worth=_worth(facts, WEAKENS),
        where=where_listed(facts, TO_BE_CALLED, WEAKENS.customers),
    )
    signs = (name for name in WEAKENS.signals if facts.figure(name) is not None)
    measures = (WEAKENS.customers, "staying_customers", WEAKENS.amount, *signs)
    return [Sentence("weakening", line, named_figures(facts.period, *measures))]


def _sentence(facts: ScorecardData) -> str:
    label, stayed = facts.labels[facts.period], facts.heads("staying_customers")
    if not stayed:
        return gettext("No customer stayed from the opening of {period} to its end", period=label)
    weak, strong = (facts.heads(direction.customers) for direction in (WEAKENS, STRENGTHENS))
    if not weak and not strong:
        return ngettext(
            "The one customer who stayed through {period} shows no sign of weakening or of growing stronger",
            "None of the {count} customers who stayed through {period} shows a sign of weakening or of growing stronger",
            stayed,
            period=label,
        )
    weakening, strengthening = (_part(facts, direction) for direction in (WEAKENS, STRENGTHENS))
    return ngettext(
        "Of {customers} who stayed through {period}, {weakening}, and {strengthening}",
        "Of {customers} who stayed through {period}, {weakening}, and {strengthening}",
        stayed,
        customers=customers_in_words(stayed),
        period=label,
        weakening=weakening,
        strengthening=strengthening,
    )


def _part(facts: ScorecardData, direction: Direction) -> str:
    """How many of those who stayed weaken, or grow stronger, and what they are worth."""
    heads = facts.heads(direction.customers)
    if not heads:
        return gettext(direction.nobody)
    return ngettext(*direction.count_of, heads, number=_with_rate(facts, heads), worth=_worth(facts, direction))


def _with_rate(facts: ScorecardData, heads: int) -> str:
    """A number of those who stayed, with its rate where they are enough for one."""
    rate = Share(heads, facts.heads("staying_customers")).rate
    if rate is None or facts.heads("staying_customers") < facts.smallest_rate_base:
        return whole_number(heads)
    return f"{whole_number(heads)} ({whole_percent(rate)})"


def _worth(facts: ScorecardData, direction: Direction) -> str:
    most = _most_often(facts, direction.signals)
    worth = money_short(facts.money(direction.amount), facts.currency)
    often = f" ({gettext('most often: {sign}', sign=most)})" if most else ""
    return f", {gettext('worth {worth} a year', worth=worth)}{often}"


def _most_often(facts: ScorecardData, signals: Iterable[str]) -> str:
    """The sign that most customers show, with their number; nothing where none is shown."""
    shown = [(facts.heads(name), lowered(label_of(name))) for name in signals if facts.figure(name) is not None]
    count, label = max(shown, key=lambda each: each[0], default=(0, ""))
    return f"{label}, {whole_number(count)}" if count else ""


def _known(facts: ScorecardData) -> list[tuple[Direction, str]]:
    """The signs that are measured, each with the way in which it points."""
    return [(each, name) for each in (WEAKENS, STRENGTHENS) for name in each.signals if facts.figure(name) is not None]


def _bars(facts: ScorecardData) -> Bars:
    known = _known(facts)
    weak, strong = (
        tuple(facts.heads(name) if direction is wanted else 0 for direction, name in known) for wanted in (WEAKENS, STRENGTHENS)
    )
    series = (Series(gettext("Weakens"), weak, tone="out"), Series(gettext("Grows stronger"), strong, tone="in"))
    title = gettext("Customers who stayed, by sign, {period}", period=facts.labels[facts.period])
    return Bars(title, tuple(measure_label(name) for _, name in known), series, is_stacked=True)


def _signs(facts: ScorecardData) -> Table:
    columns = [Column("Sign", "text"), Column("Points to", "text"), Column("Customers"), Column("Of those who stayed", "share")]
    columns += [column_of("closing_amount")]
    columns += [Column(facts.labels[facts.previous]), Column("Change", "signed_count")] if facts.previous else []
    rows = tuple(tuple(_signal_row(facts, direction, name)) for direction, name in _known(facts))
    return Table(gettext("Signs"), tuple(columns), rows, says=_signs_says(facts))


def _signal_row(facts: ScorecardData, direction: Direction, name: str) -> Iterator[CellValue]:
    heads, amount = facts.heads(name), facts.money(direction.signals[name])
    yield from (measure_label(name), gettext(direction.one), heads, Share(heads, facts.heads("staying_customers")), amount)
    if facts.previous:
        then = facts.figure(name, period=facts.previous)
        yield then
        yield None if then is None else heads - int(then)


def _signs_says(facts: ScorecardData) -> str:
    """What a reader must know of the signs, with the company's choices where they are known."""
    chosen = {setting.name: setting.value for setting in facts.settings}
    rate, gaps, days = (chosen.get(f"behaviour.{name}") for name in ("gap_rate", "fewest_gaps_count", "fewest_silent_days_count"))
    several = gettext("A customer may show several signs, so they do not add up; each is held against its own past.")
    if rate is None or facts.figure(SILENT) is None:
        return several
    habit = gettext(
        "{label}: {rate} times the customer's usual gap between purchases or longer, of at least {gaps} gaps, and for {days} days or more.",
        label=measure_label(SILENT),
        rate=in_full(Decimal(rate)),
        gaps=gaps,
        days=days,
    )
    return f"{several} {habit}"


def _both_ways(facts: ScorecardData) -> Table:
    """Those who stayed, each once: weakening, growing stronger, both, or neither."""
    parts, stayed = facts.parts("behaviour"), facts.heads("staying_customers")
    columns = (Column("", "text"), Column("Customers"), Column("Of those who stayed", "share"), column_of("closing_amount"))
    rows = tuple(
        (gettext(says), heads, Share(heads, stayed), Decimal(parts.get(part, {}).get("staying_amount", 0)))
        for part, says in IN_WORDS.items()
        for heads in (int(parts.get(part, {}).get("staying_customers", 0)),)
    )
    total = (gettext("All who stayed"), stayed, Share(stayed, stayed), facts.money("staying_amount"))
    says = gettext(
        "Each customer once. The most valuable who weaken are listed {where}.",
        where=where_listed(facts, TO_BE_CALLED, WEAKENS.customers),
    )
    return Table(gettext("Every customer who stayed, once"), columns, rows, total=total, says=says)
