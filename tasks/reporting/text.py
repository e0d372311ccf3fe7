"""Numbers as people read them: whole customers with thousands marks, money short or exact, differences with their sign."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from config.language import gettext, look_up, ngettext, pgettext
from config.localization import ENGLISH, currency_amount, localization, long_day, number, percentage, short_currency_amount
from config.measures.table import heading_of, label_of

if TYPE_CHECKING:
    from datetime import date

STEPS = ((Decimal(1_000), "k"), (Decimal(1_000_000), "m"), (Decimal(1_000_000_000), "bn"))
"""What a short amount is counted in, smallest first."""
WHOLE_BELOW = Decimal(10_000)
"""An amount below this is short enough in full."""
NO_DECIMAL_FROM = 100
"""A short amount of so many thousands, millions or billions carries no decimal."""
LEAST_SEEN = Decimal("0.5")
"""An amount below this is shown as nothing."""
ONE_DECIMAL = Decimal("0.1")
HALF_PERCENT, ONE_PERCENT = Decimal("0.005"), Decimal("0.01")
THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_UP)


def whole_number(count: int) -> str:
    """A number of people, such as 22,000."""
    return number(count)


def in_full(amount: int | Decimal) -> str:
    """A number with the decimals that it has, such as 1,204 or 1,234.50."""
    decimals = len(f"{amount:f}".partition(".")[2]) if isinstance(amount, Decimal) else 0
    return number(amount, decimals=decimals)


def format_horizon(years_count: int) -> str:
    """Years ahead, such as 5 years, behind a preposition."""
    return ngettext("{count} year", "{count} years", years_count)


def format_customers(count: int) -> str:
    """A number of customers with the word: no customers, 1 customer, 22,000 customers."""
    if count == 0:
        return gettext("no customers")
    return ngettext("{count} customer", "{count} customers", count)


def whole_percent(rate: Decimal) -> str:
    """A rate without decimals; what would be none or all by rounding alone is said so: under 1%, 24%, over 99%."""
    if 0 < rate <= HALF_PERCENT:
        return gettext("under {rate}", rate=percentage(ONE_PERCENT))
    return gettext("over {rate}", rate=percentage(1 - ONE_PERCENT)) if 1 - HALF_PERCENT <= rate < 1 else percentage(rate)


def measure_label(name: str) -> str:
    """What a measure or a rate is called, in the language in force."""
    return look_up(label_of(name))


def measure_heading(name: str) -> str:
    """The same where there is little room."""
    return look_up(heading_of(name))


def lowered(label: str) -> str:
    """A label of the code, in the language in force, as it stands within a sentence: in English it begins small."""
    own = gettext(label)
    return own[:1].lower() + own[1:] if localization().language == ENGLISH else pgettext("within a sentence", label)


def none_or_number(count: int) -> str:
    """A number of people at the end of a sentence: none, or 22,000."""
    return whole_number(count) if count else gettext("none")


def signed_number(count: int) -> str:
    """A difference in people, such as +1,200 or -5,000; 0 has no sign."""
    return f"+{number(count)}" if count > 0 else number(count)


def signed_points(points: float) -> str:
    """A difference in points of per cent, such as +1.2 or -0.4."""
    rounded = Decimal(f"{points:.1f}") + 0  # so that nothing has no sign of its own
    return f"{'+' if rounded >= 0 else ''}{number(rounded, decimals=1)}"


def money_exact(amount: Decimal, currency: str, *, minor_units: int) -> str:
    """An amount to its last minor unit, such as EUR 9,412,345.60."""
    return currency_amount(amount, currency, decimals=minor_units)


def money_short(amount: Decimal, currency: str) -> str:
    """An amount as one says it, such as EUR 9.4m or EUR 950k."""
    if abs(amount) < WHOLE_BELOW:
        whole = amount.quantize(Decimal(1), ROUND_HALF_UP) + 0  # so that nothing has no sign
        return currency_amount(whole, currency, decimals=0)
    locale = localization().locale
    if locale:
        return short_currency_amount(amount, currency, locale=locale)
    return f"{'-' if amount < 0 else ''}{currency} {_abbreviated(abs(amount))}"


def signed_money_short(amount: Decimal, currency: str) -> str:
    """A difference in money as one says it, such as +EUR 1.8m or -EUR 950k."""
    return f"{'+' if amount >= LEAST_SEEN else ''}{money_short(amount, currency)}"


def format_day(day: date) -> str:
    """A day without doubt about its month, such as 30 September 2026."""
    return long_day(day)


def _abbreviated(amount: Decimal) -> str:
    leading = THREE_DIGITS.plus(amount)  # 999,960 is one million, not a thousand thousand
    step, letter = max((step, letter) for step, letter in STEPS if step <= leading)
    in_steps = (amount / step).quantize(ONE_DECIMAL, ROUND_HALF_UP)
    decimals = 0 if in_steps >= NO_DECIMAL_FROM else 1
    return f"{number((amount / step).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP), decimals=decimals)}{letter}"
