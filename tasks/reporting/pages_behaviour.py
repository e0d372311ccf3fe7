"""The page of behaviour: the customers who stay, and the signs that their relationship weakens or grows stronger."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tasks.reporting.pages import Bars, Column, Page, Series, Share, Table, by_segment, compared, share_in_words
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
IN_WORDS = {"weakens": "Weakens only", "both": "Signs both ways", "strengthens": "Grows stronger only", "steady": "No sign"}
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
    most = _most_often(facts, WEAKENING)
    said = f"most often {most}; the most valuable are listed in the workbook" if most else "the most valuable are listed in the workbook"
    return [f"*Weakening*: {_shown(facts, 'weakening')}; {said}."]


def _sentence(facts: Facts) -> str:
    label, stayed = facts.labels[facts.period], facts.heads("staying_customers")
    if not stayed:
        return f"No customer stayed from the opening of {label} to its end"
    weak, strong = (facts.heads(f"{name}_customers") for name in ("weakening", "strengthening"))
    if not weak and not strong:
        who = "The one customer who" if stayed == 1 else f"None of the {whole_number(stayed)} customers who"
        return f"{who} stayed through {label} shows {'no' if stayed == 1 else 'a'} sign of weakening or of growing stronger"
    weakening = f"{_shown(facts, 'weakening')}{_with(_most_often(facts, WEAKENING))}" if weak else "nobody weakens"
    strengthening = f"{_shown(facts, 'strengthening')}{_with(_most_often(facts, STRENGTHENING))}" if strong else "nobody grows stronger"
    verbs = ("weakening: " if weak else "", "growing stronger: " if strong else "")
    return f"Of {customers_in_words(stayed)} who stayed through {label}, {verbs[0]}{weakening}; {verbs[1]}{strengthening}"


def _with(most: str) -> str:
    return f" (most often: {most})" if most else ""


def _shown(facts: Facts, name: str) -> str:
    """How many of those who stayed, and what they are worth."""
    part, whole = facts.heads(f"{name}_customers"), facts.heads("staying_customers")
    worth = money_short(facts.money(f"{name}_amount"), facts.currency)
    return f"{share_in_words(part, whole, smallest=facts.smallest_rate_base)}, worth {worth} a year"


def _most_often(facts: Facts, signs: tuple[Sign, ...]) -> str:
    """The sign that most customers show, with their number; nothing where none is shown."""
    shown = [(facts.heads(f"{sign.name}_customers"), sign.label.lower()) for sign in signs if _is_known(facts, sign)]
    count, label = max(shown, key=lambda each: each[0], default=(0, ""))
    return f"{label}, {whole_number(count)}" if count else ""


def _is_known(facts: Facts, sign: Sign) -> bool:
    return facts.figure(f"{sign.name}_customers") is not None


def _known(facts: Facts) -> list[tuple[str, Sign]]:
    """The signs that are measured, each with the way in which it points."""
    both = (("weakens", WEAKENING), ("grows stronger", STRENGTHENING))
    return [(way, sign) for way, signs in both for sign in signs if _is_known(facts, sign)]


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
    rate, gaps = chosen.get("behaviour.gap_rate"), chosen.get("behaviour.fewest_gaps_count")
    several = "A customer may show several signs, so they do not add up; each is held against its own past."
    if rate is None or gaps is None:
        return several
    return f"{several} Silent beyond habit: {rate} times the customer's usual gap between purchases or longer, of at least {gaps} gaps."


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
