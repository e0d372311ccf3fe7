"""The page of behaviour: the customers who stay, and the signs that their relationship weakens or grows stronger."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tasks.reporting.pages import Bars, Column, Page, Series, Share, Table, by_segment, compared
from tasks.reporting.wording import customers_in_words, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.facts import Facts
    from tasks.reporting.pages import Asked, Cell

TITLE, QUESTION = "Behaviour", "Of those who stay, who weakens, and who grows stronger?"
TO_BE_CALLED = "Weakening customers"
"""The sheet that lists the most valuable customers who weaken."""


@dataclass(frozen=True)
class Sign:
    """A sign as the page tells it; its measures are named after it."""

    name: str
    label: str
    needs: str = ""
    """What the company must supply, and how: said where it is missing."""


PURCHASES, GROUPS, SEATS, COMPLAINTS = (
    "purchases.purchased_on",
    "purchases.product_group",
    "contracts.seats_count",
    "tickets.is_complaint",
)
WEAKENING = (
    Sign("silent_beyond_habit", "Silent beyond habit", PURCHASES),
    Sign("fewer_groups", "Fewer product groups", GROUPS),
    Sign("fewer_seats", "Fewer seats", SEATS),
    Sign("fallen_twice", "Value fell twice"),
    Sign("first_complaint", "First complaint", COMPLAINTS),
)
STRENGTHENING = (
    Sign("shorter_gaps", "Buys more often", PURCHASES),
    Sign("more_groups", "More product groups", GROUPS),
    Sign("more_seats", "More seats", SEATS),
    Sign("risen_twice", "Value rose twice"),
)
HOW_TO_SUPPLY = {
    PURCHASES: "Whether customers buy less often than they used to is not known: bring an extract of `purchases` in sources.yaml.",
    GROUPS: "Whether customers buy of fewer product groups is not known: map product_group of `purchases` in sources.yaml.",
    SEATS: "Whether customers hold fewer seats is not known: map seats_count of `contracts` in sources.yaml.",
    COMPLAINTS: "First complaints are not known: map is_complaint of `tickets` in sources.yaml.",
}


@dataclass(frozen=True)
class Direction:
    """The way in which signs point; its measures are named after it."""

    name: str
    one: str
    many: str
    signs: tuple[Sign, ...]


WEAKENS = Direction("weakening", "weakens", "weaken", WEAKENING)
STRENGTHENS = Direction("strengthening", "grows stronger", "grow stronger", STRENGTHENING)
IN_WORDS = {"weakens": "Weakens only", "both": "Signs both ways", "strengthens": "Grows stronger only", "steady": "No sign"}
TINY_RATE = Decimal("0.005")
"""Below this a rate would be said as 0%."""
SUMMED: tuple[tuple[str, Asked], ...] = (
    ("Stayed", "staying_customers"),
    ("Weakening", "weakening_customers"),
    ("Weakening of stayed", ("weakening_customers", "staying_customers")),
    ("Value of the weakening", "weakening_amount"),
    ("Strengthening", "strengthening_customers"),
    ("Strengthening of stayed", ("strengthening_customers", "staying_customers")),
    ("Value of the strengthening", "strengthening_amount"),
)
MOVED: tuple[tuple[str, Asked], ...] = (
    ("Increased", "increased_customers"),
    ("Increase", "increased_amount"),
    ("Decreased", "decreased_customers"),
    ("Decrease", "decreased_amount"),
)


def behaviour_page(facts: Facts) -> Page:
    """The customers who stay by the signs that they show, with heads, value, and the same by segment."""
    missing = tuple(says for need, says in HOW_TO_SUPPLY.items() if not facts.has(need))
    if facts.figure("staying_customers") is None:
        return Page(TITLE, QUESTION, "How customers behave who stay was not measured.", missing=missing)
    tables = (_signs(facts), _both_ways(facts), compared(facts, (*SUMMED, *MOVED)), *by_segment(facts, (*SUMMED, *MOVED)))
    return Page(TITLE, QUESTION, f"{_sentence(facts)}.", bars=_bars(facts), tables=tables, missing=missing)


def behaviour_lines(facts: Facts) -> list[str]:
    """For the digest: how many of those who stay weaken, what they are worth, and where they are listed."""
    if not facts.figure("weakening_customers"):
        return []
    weak, stayed = facts.heads("weakening_customers"), facts.heads("staying_customers")
    listed = "the most valuable are listed in the workbook"
    return [f"Weakening: {_with_rate(facts, weak)} of {customers_in_words(stayed)} who stayed{_worth(facts, WEAKENS)}; {listed}."]


def _sentence(facts: Facts) -> str:
    label, stayed = facts.labels[facts.period], facts.heads("staying_customers")
    if not stayed:
        return f"No customer stayed from the opening of {label} to its end"
    weak, strong = (facts.heads(f"{name}_customers") for name in ("weakening", "strengthening"))
    if not weak and not strong:
        who = "The one customer who" if stayed == 1 else f"None of the {whole_number(stayed)} customers who"
        return f"{who} stayed through {label} shows {'no' if stayed == 1 else 'a'} sign of weakening or of growing stronger"
    weakening, strengthening = (_part(facts, direction) for direction in (WEAKENS, STRENGTHENS))
    return f"Of {customers_in_words(stayed)} who stayed through {label}, {weakening}, and {strengthening}"


def _part(facts: Facts, direction: Direction) -> str:
    """How many of those who stayed weaken, or grow stronger, and what they are worth."""
    heads = facts.heads(f"{direction.name}_customers")
    if not heads:
        return f"none {direction.one}"
    return f"{_with_rate(facts, heads)} {direction.one if heads == 1 else direction.many}{_worth(facts, direction)}"


def _with_rate(facts: Facts, heads: int) -> str:
    """A number of those who stayed, with its rate where they are enough for one."""
    rate = Share(heads, facts.heads("staying_customers")).rate
    if rate is None or facts.heads("staying_customers") < facts.smallest_rate_base:
        return whole_number(heads)
    return f"{whole_number(heads)} ({'under 1%' if rate < TINY_RATE else f'{rate:.0%}'})"


def _worth(facts: Facts, direction: Direction) -> str:
    most = _most_often(facts, direction.signs)
    worth = money_short(facts.money(f"{direction.name}_amount"), facts.currency)
    return f", worth {worth} a year{f' (most often: {most})' if most else ''}"


def _most_often(facts: Facts, signs: tuple[Sign, ...]) -> str:
    """The sign that most customers show, with their number; nothing where none is shown."""
    shown = [(facts.heads(f"{sign.name}_customers"), sign.label.lower()) for sign in signs if _is_known(facts, sign)]
    count, label = max(shown, key=lambda each: each[0], default=(0, ""))
    return f"{label}, {whole_number(count)}" if count else ""


def _is_known(facts: Facts, sign: Sign) -> bool:
    return facts.figure(f"{sign.name}_customers") is not None


def _known(facts: Facts) -> list[tuple[str, Sign]]:
    """The signs that are measured, each with the way in which it points."""
    return [(each.one, sign) for each in (WEAKENS, STRENGTHENS) for sign in each.signs if _is_known(facts, sign)]


def _bars(facts: Facts) -> Bars:
    known = _known(facts)
    heads = [facts.heads(f"{sign.name}_customers") for _, sign in known]
    weak = Series("Weakens", tuple(count if way == "weakens" else 0 for count, (way, _) in zip(heads, known, strict=True)), tone="out")
    strong = Series(
        "Grows stronger", tuple(0 if way == "weakens" else count for count, (way, _) in zip(heads, known, strict=True)), tone="in"
    )
    title = f"Customers who stayed, by sign, {facts.labels[facts.period]}"
    return Bars(title, tuple(sign.label for _, sign in known), (weak, strong), is_stacked=True)


def _signs(facts: Facts) -> Table:
    columns = [Column("Sign", "text"), Column("Points to", "text"), Column("Customers"), Column("Of those who stayed", "share")]
    columns += [Column("Value at closing", "money")]
    columns += [Column(facts.labels[facts.previous]), Column("Change")] if facts.previous else []
    rows = tuple(tuple(_sign_row(facts, way, sign)) for way, sign in _known(facts))
    return Table("Signs", tuple(columns), rows, says=_signs_says(facts))


def _sign_row(facts: Facts, way: str, sign: Sign) -> Iterator[Cell]:
    heads = facts.heads(f"{sign.name}_customers")
    yield from (sign.label, way, heads, Share(heads, facts.heads("staying_customers")), facts.money(f"{sign.name}_amount"))
    if facts.previous:
        then = facts.figure(f"{sign.name}_customers", period=facts.previous)
        yield then
        yield None if then is None else heads - int(then)


def _signs_says(facts: Facts) -> str:
    """What a reader must know of the signs, with the company's choices where they are known."""
    chosen = {setting.name: setting.value for setting in facts.settings}
    rate, gaps, days = (chosen.get(f"behaviour.{name}") for name in ("gap_rate", "fewest_gaps_count", "fewest_silent_days_count"))
    several = "A customer may show several signs, so they do not add up; each is held against its own past."
    if rate is None or not _is_known(facts, WEAKENING[0]):
        return several
    habit = f"{rate} times the customer's usual gap between purchases or longer, of at least {gaps} gaps"
    return f"{several} Silent beyond habit: {habit}, and for {days} days or more."


def _both_ways(facts: Facts) -> Table:
    """Those who stayed, each once: weakening, growing stronger, both, or neither."""
    parts, stayed = facts.parts("behaviour"), facts.heads("staying_customers")
    columns = (Column("", "text"), Column("Customers"), Column("Of those who stayed", "share"), Column("Value at closing", "money"))
    rows = tuple(
        (says, heads, Share(heads, stayed), Decimal(parts.get(part, {}).get("staying_amount", 0)))
        for part, says in IN_WORDS.items()
        for heads in (int(parts.get(part, {}).get("staying_customers", 0)),)
    )
    total = ("All who stayed", stayed, Share(stayed, stayed), facts.money("staying_amount"))
    says = f"Each customer once. The sheet “{TO_BE_CALLED}” lists the most valuable who weaken, for action."
    return Table("Every customer who stayed, once", columns, rows, total=total, says=says)
