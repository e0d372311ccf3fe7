"""How a company writes numbers, money and days (its locale, by Babel), and in which language its sentences stand.

Without a locale they are written in the house's own English form, and Babel is never imported.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache, wraps
from typing import TYPE_CHECKING, Concatenate, Literal, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from babel.core import Locale
    from babel.numbers import NumberPattern

ENGLISH = "en"
SIGNIFICANT_DIGITS = 3
"""A short amount with so many digits before its decimals carries none of them."""


@dataclass(frozen=True)
class Localization:
    """How numbers and days are written, and in which language sentences stand."""

    locale: str | None = None
    """Such as de_DE; none: the house's own English form."""
    language: str = ENGLISH
    """The language of the sentences, by the name of its catalogue."""


HOUSE = Localization()
"""The house's own form, in English."""
HOUSE_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_IN_FORCE: ContextVar[Localization] = ContextVar("localization")


def localization() -> Localization:
    """The one in force."""
    return _IN_FORCE.get(HOUSE)


@contextmanager
def localized(chosen: Localization) -> Iterator[None]:
    """Write numbers, days and sentences so for as long as the block runs."""
    token = _IN_FORCE.set(chosen)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)


@contextmanager
def in_english() -> Iterator[None]:
    """Write sentences in English for as long as the block runs, numbers and days as before: pages for who runs the program."""
    with localized(replace(localization(), language=ENGLISH)):
        yield


class Localized(Protocol):
    """What says itself how it is written."""

    @property
    def localization(self) -> Localization:
        """How."""
        ...


Subject = TypeVar("Subject", bound=Localized)
Others = ParamSpec("Others")
Written = TypeVar("Written")


def as_localized(write: Callable[Concatenate[Subject, Others], Written]) -> Callable[Concatenate[Subject, Others], Written]:
    """A function that writes a whole document, in the localization of what it is about: the same facts give the same document."""

    @wraps(write)
    def written(subject: Subject, *args: Others.args, **kwargs: Others.kwargs) -> Written:
        with localized(subject.localization):
            return write(subject, *args, **kwargs)

    return written


def validate_locale(name: str) -> str:
    """The name of a locale as Babel writes it; raises ValueError."""
    from babel.core import Locale, UnknownLocaleError  # noqa: PLC0415 - a tenth of a second, and only a company with a locale needs it

    try:
        return str(Locale.parse(name.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        raise ValueError("expected a locale such as de_DE, en_GB or fr_CH: a language, and a country where they differ") from None


@cache
def _locale(name: str) -> Locale:
    from babel.core import Locale  # noqa: PLC0415 - as above

    return Locale.parse(name)


def _with_decimals(pattern: NumberPattern, decimals: int) -> NumberPattern:
    own = copy(pattern)
    own.frac_prec = (decimals, decimals)
    return own


def number(amount: int | Decimal, *, decimals: int = 0) -> str:
    """A number with its thousands marked: 22,000 or 1,234.50."""
    name = localization().locale
    if name is None:
        return f"{amount:,.{decimals}f}" if decimals or isinstance(amount, Decimal) else f"{amount:,}"
    from babel.numbers import format_decimal  # noqa: PLC0415 - as above

    return format_decimal(amount, _with_decimals(_locale(name).decimal_formats[None], decimals), locale=name)


def significant_number(value: float, *, digits: int) -> str:
    """A number of which only so many digits count, such as 0.5248; its thousands are not marked."""
    name, written = localization().locale, f"{value:.{digits}g}"
    if name is None:
        return written
    from babel.numbers import get_decimal_symbol  # noqa: PLC0415 - as above

    return written.replace(".", get_decimal_symbol(name))


def percentage(rate: float | Decimal, *, decimals: int = 0) -> str:
    """A rate in per cent: 78%, 78.3%; in every locale the same digits."""
    name, written = localization().locale, f"{rate:.{decimals}%}"
    if name is None:
        return written
    from babel.numbers import format_percent  # noqa: PLC0415 - as above

    exact = Decimal(written.removesuffix("%")) / 100
    return format_percent(exact, _with_decimals(_locale(name).percent_formats[None], decimals), locale=name)


def currency_amount(amount: Decimal, currency: str, *, decimals: int) -> str:
    """An amount with its currency, such as EUR 9,412,345.60."""
    name = localization().locale
    if name is None:
        return f"{'-' if amount < 0 else ''}{currency} {abs(amount):,.{decimals}f}"
    from babel.numbers import format_currency  # noqa: PLC0415 - as above

    pattern = _with_decimals(_locale(name).currency_formats["standard"], decimals)
    return format_currency(amount, currency, pattern, locale=name, currency_digits=False)


def short_currency_amount(amount: Decimal, currency: str, *, locale: str) -> str:
    """An amount as one says it in the locale, such as 14,8 Mio. €; in full where the locale has no short word for its size."""
    from babel.numbers import format_compact_currency  # noqa: PLC0415 - as above

    with localcontext(rounding=ROUND_HALF_UP):
        whole = amount.quantize(Decimal(1))
        short = format_compact_currency(whole, currency, locale=locale, fraction_digits=0)
        digits = "".join(filter(str.isdecimal, short))
        if digits == str(abs(whole)):
            return currency_amount(whole, currency, decimals=0)
        return short if len(digits) >= SIGNIFICANT_DIGITS else format_compact_currency(whole, currency, locale=locale, fraction_digits=1)


def long_day(day: date) -> str:
    """A day without doubt about its month, such as 30 September 2026."""
    return _day(day, "long") or f"{day.day} {day:%B %Y}"


def short_month(month: int) -> str:
    """A month in three or four letters, counted from 1."""
    name = localization().locale
    if name is None:
        return HOUSE_MONTHS[month - 1]
    return _locale(name).months["stand-alone"]["abbreviated"][month].rstrip(".")


def day_pattern() -> str:
    """How a day is written in few letters, in the letters of the Unicode consortium: d MMM y."""
    name = localization().locale
    return _locale(name).date_formats["medium"].pattern if name else "d MMM y"


def short_word(power: int) -> str:
    """What stands behind a number of thousands (3), millions (6) or billions (9): m, or Mio. with a blank; empty where nothing does."""
    name = localization().locale
    if name is None:
        return {3: "k", 6: "m", 9: "bn"}[power]
    compact = _locale(name).compact_decimal_formats["short"]["other"][str(10**power)]
    if compact.pattern.count("0") > 1:  # the word is of another size: 万 is ten thousand, and 000万 are millions
        return ""
    return compact.suffix[0].replace("'", "")


def short_day(day: date) -> str:
    """A day in few letters, such as 30 Sep 2026."""
    return _day(day, "medium") or f"{day.day} {HOUSE_MONTHS[day.month - 1]} {day.year}"


def _day(day: date, length: Literal["medium", "long"]) -> str:
    """A day as the locale writes it; empty without one."""
    name = localization().locale
    if name is None:
        return ""
    from babel.dates import format_date  # noqa: PLC0415 - as above

    return format_date(day, length, locale=name)


def month_of_year(first: date) -> str:
    """A month with its year, such as September 2026."""
    name = localization().locale
    if name is None:
        return f"{first:%B %Y}"
    from babel.dates import format_skeleton  # noqa: PLC0415 - as above

    return format_skeleton("yMMMM", first, locale=name)
