"""What is published of the customers who stay: how many show each sign, what they are worth, and what the signs come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks.customer_math.measures import Measure, Rate, Split, flagged, money_where

if TYPE_CHECKING:
    from collections.abc import Iterator

MAY_SHOW_SEVERAL = "A customer may show several signs, so they do not add up."


@dataclass(frozen=True)
class Sign:
    """One sign of a relationship that weakens or grows stronger."""

    column: str
    label: str
    says: str
    """Of whom it is, as a sentence without its subject and full stop."""
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What its measures are named after."""
        return self.column.partition("_")[2]


WEAKENING_SIGNS: tuple[Sign, ...] = (
    Sign(
        "is_silent_beyond_habit",
        "Silent beyond habit",
        "have not bought for gap_rate times their own usual gap between days of purchase, or longer",
        ("purchases.purchased_on",),
    ),
    Sign(
        "has_fewer_groups",
        "Fewer product groups",
        "bought of fewer product groups in the value days up to closing than in those up to opening",
        ("purchases.product_group",),
    ),
    Sign("has_fewer_seats", "Fewer seats", "have fewer seats under contract at closing than at opening", ("contracts.seats_count",)),
    Sign("has_fallen_twice", "Value fell twice", "lost value beyond the tolerance in this period and in the one before it"),
    Sign("has_first_complaint", "First complaint", "complained for the first time ever in the period", ("tickets.is_complaint",)),
)
STRENGTHENING_SIGNS: tuple[Sign, ...] = (
    Sign(
        "has_shorter_gaps",
        "Buys more often",
        "bought in the period with gaps that were on average no longer than their usual gap divided by gap_rate, and are not silent",
        ("purchases.purchased_on",),
    ),
    Sign(
        "has_more_groups",
        "More product groups",
        "bought of more product groups in the value days up to closing than in those up to opening",
        ("purchases.product_group",),
    ),
    Sign("has_more_seats", "More seats", "have more seats under contract at closing than at opening", ("contracts.seats_count",)),
    Sign("has_risen_twice", "Value rose twice", "gained value beyond the tolerance in this period and in the one before it"),
)
ALTOGETHER: tuple[Sign, ...] = (
    Sign("is_staying", "Stayed through the period", "were customers at opening and at closing"),
    Sign("is_weakening", "Weakening", "show at least one sign of a relationship that weakens"),
    Sign("is_strengthening", "Strengthening", "show at least one sign of a relationship that grows stronger"),
)
SIGNS = (*WEAKENING_SIGNS, *STRENGTHENING_SIGNS)


def _measures() -> Iterator[Measure]:
    for sign in (*ALTOGETHER, *SIGNS):
        heads = f"Customers who {sign.says}." if sign.column == "is_staying" else f"Customers who stayed and {sign.says}."
        money = f"What the customers are worth at closing who {sign.says}."
        note = f" {MAY_SHOW_SEVERAL}" if sign in SIGNS else ""
        yield Measure(f"{sign.name}_customers", sign.label, heads + note, "customers", flagged(sign.column), needs=sign.needs)
        amount = money_where("closing_amount", sign.column)
        yield Measure(f"{sign.name}_amount", f"{sign.label}: value", money + note, "money", amount, needs=sign.needs)


MEASURES: tuple[Measure, ...] = tuple(_measures())
RATES: tuple[Rate, ...] = (
    Rate(
        "weakening_rate",
        "Weakening rate",
        "Customers who weaken, of the customers who stayed.",
        "weakening_customers",
        "staying_customers",
    ),
    Rate(
        "strengthening_rate",
        "Strengthening rate",
        "Customers who grow stronger, of the customers who stayed.",
        "strengthening_customers",
        "staying_customers",
    ),
)
SPLITS: tuple[Split, ...] = (
    Split(
        "behaviour",
        "Behaviour",
        "Whether a customer who stayed shows signs of weakening, of growing stronger, both, or none (steady).",
        lambda ledger: ledger.behaviour,
        ("staying_customers", "staying_amount"),
    ),
)
