"""Numbers as people read them: whole customers with thousands marks, money short or exact, differences with their sign."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

STEPS = ((Decimal(1_000), "k"), (Decimal(1_000_000), "m"), (Decimal(1_000_000_000), "bn"))
"""What a short amount is counted in, smallest first."""
WHOLE_BELOW = Decimal(10_000)
"""An amount below this is short enough in full."""
NO_DECIMAL_FROM = 100
"""A short amount of so many thousands, millions or billions carries no decimal."""
ONE_DECIMAL = Decimal("0.1")
HALF_PERCENT = Decimal("0.005")
THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)


def whole_number(count: int) -> str:
    """A number of people, such as 22,000."""
    return f"{count:,}"


def customers_in_words(count: int) -> str:
    """A number of customers with the word: no customers, 1 customer, 22,000 customers."""
    if count == 0:
        return "no customers"
    return f"{count:,} {'customer' if count == 1 else 'customers'}"


def whole_percent(rate: Decimal) -> str:
    """A rate without decimals; what would be none or all by rounding alone is said so: under 1%, 24%, over 99%."""
    if 0 < rate <= HALF_PERCENT:
        return "under 1%"
    return "over 99%" if 1 - HALF_PERCENT <= rate < 1 else f"{rate:.0%}"


def lowered(label: str) -> str:
    """A label within a sentence: it begins small."""
    return label[:1].lower() + label[1:]


def none_or_number(count: int) -> str:
    """A number of people at the end of a sentence: none, or 22,000."""
    return whole_number(count) if count else "none"


def signed_number(count: int) -> str:
    """A difference in people, such as +1,200 or -5,000; 0 has no sign."""
    return f"{count:+,}" if count else "0"


def money_exact(amount: Decimal, currency: str, *, minor_units: int) -> str:
    """An amount to its last minor unit, such as EUR 9,412,345.60."""
    return f"{_sign(amount)}{currency} {abs(amount):,.{minor_units}f}"


def money_short(amount: Decimal, currency: str) -> str:
    """An amount as one says it, such as EUR 9.4m or EUR 950k."""
    number = _short(abs(amount))
    return f"{_sign(amount) if number != '0' else ''}{currency} {number}"


def signed_money_short(amount: Decimal, currency: str) -> str:
    """A difference in money as one says it, such as +EUR 1.8m or -EUR 950k."""
    said = money_short(amount, currency)
    return f"+{said}" if amount > 0 and not said.endswith(" 0") else said


def day_in_words(day: date) -> str:
    """A day without doubt about its month, such as 30 September 2026."""
    return f"{day.day} {day:%B %Y}"


def _sign(amount: Decimal) -> str:
    return "-" if amount < 0 else ""


def _short(amount: Decimal) -> str:
    if amount < WHOLE_BELOW:
        return f"{amount.quantize(Decimal(1), ROUND_HALF_UP):,}"
    leading = THREE_DIGITS.plus(amount)  # 999,960 is one million, not a thousand thousand
    step, letter = max((step, letter) for step, letter in STEPS if step <= leading)
    number = (amount / step).quantize(ONE_DECIMAL, ROUND_HALF_UP)
    if number >= NO_DECIMAL_FROM:
        number = (amount / step).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{number:,}{letter}"
