"""Text as a source writes it, read as what it means: an amount, a number, yes or no, and a day as days.py reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import ibis

from config.unreadable_values import NO_VALUE, SHEET_ERRORS
from tasks.sources.days import day

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.datasets import Kind
    from config.sources import Read
    from tasks.sources.days import Reading
    from tasks.sources.engine_functions import Values

AMOUNT = "decimal(18, 4)"
RATE = "decimal(18, 8)"
CURRENCY_MARK = r"(?:[A-Z]{3}|[A-Z]{0,2}\p{Sc})"
"""A currency beside an amount: EUR, R$, a currency sign."""
DOLLARS = "USD AUD CAD NZD HKD SGD TWD MXN BRL ARS CLP COP UYU BOB NIO DOP JMD BBD BSD BZD BMD KYD FJD GYD LRD NAD SBD SRD TTD XCD"
CURRENCIES_OF_SIGNS = {
    "$": DOLLARS,
    "£": "GBP EGP FKP GIP LBP SHP SDG SSP SYP",
    "¥": "JPY CNY",
    "₩": "KRW KPW",
    **dict(zip("€₹₺₽₪฿₴₫₱₦", ("EUR", "INR", "TRY", "RUB", "ILS", "THB", "UAH", "VND", "PHP", "NGN"), strict=True)),
}
"""Which currencies a sign is written for; another sign is nobody's that is known."""
SIGNS = "".join(CURRENCIES_OF_SIGNS)
SIGNED_CURRENCIES = " ".join(sign + code for sign, codes in CURRENCIES_OF_SIGNS.items() for code in codes.split())
BLANKS, APOSTROPHES, MINUSES = (
    "\u00a0\u1680\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\u2018\u2019\u02bc",
    "\u2212",
)
OTHER_MARKS = (f"{BLANKS}{APOSTROPHES}{MINUSES}", " " * len(BLANKS) + "'" * len(APOSTROPHES) + "-" * len(MINUSES))
"""Blanks of other widths, curved apostrophes and the mathematical minus, and what they stand for in a number."""
MIDNIGHT = r" 00:00:00(?:\.0+)?(?:\+00:00)?$"
"""What a source's own type adds to a day without an hour."""
SHEET_ERROR = "#"
"""How everything begins that a sheet shows where it has no value."""
MISSING = f"^(?:{'|'.join(re.escape(text) for text in sorted(SHEET_ERRORS))})$"


def value_of(text: Values, *, kind: Kind, reading: Reading) -> Values:
    """The value that a text means, by its column's kind, ids aside (ids.py); NULL where it means none."""
    read = reading.read
    values: dict[Kind, Callable[[], Values]] = {
        "text": lambda: text,
        "date": lambda: day(text, reading),
        "amount": lambda: number(text, read, AMOUNT),
        "rate": lambda: number(text, read, RATE),
        "integer": lambda: whole_number(text, read),
        "boolean": lambda: yes_or_no(text, read),
    }
    return values[kind]()


def is_missing(text: Values) -> Values:
    """Whether a text stands for a value that is not there: what a sheet shows instead, or what its reading marked."""
    marked = text.startswith(NO_VALUE).fill_null(False)
    return ibis.cases((text.startswith(SHEET_ERROR), text.re_search(MISSING)), else_=marked)  # a pattern takes ten times as long


def unless_missing(text: Values) -> Values:
    """The text; NULL where it stands for a value that is not there."""
    return is_missing(text).ifelse(ibis.null("string"), text)


def open_or_text(text: Values, reading: Reading) -> Values:
    """The text, or nothing where it is one by which the company says that an end is open."""
    if not reading.read.open_ended:
        return text
    plain = text.strip().re_replace(MIDNIGHT, "") if reading.has_typed_values else text.strip()
    return ibis.cases((plain.isin(reading.read.open_ended), ibis.null("string")), else_=text)


def number(text: Values, read: Read, kind: str) -> Values:
    """An exact number, with the extract's marks; a minus behind it, parentheses and a currency beside it are understood."""
    body = text.translate(*OTHER_MARKS).strip()
    digits = body.re_replace(f"[^0-9{re.escape(read.decimal)}]", "").replace(read.decimal, ".")
    size: Values = digits.try_cast(kind)
    is_negative: Values = body.contains("-") | body.contains("(")
    signed = ibis.cases((body.re_search(_number_pattern(read)), is_negative.ifelse(-size, size).cast(kind)))
    # Most numbers are written plainly; the engine reads those fastest.
    if read.decimal == ".":
        return ibis.coalesce(text.try_cast(kind), signed)
    plain = text.re_search(rf"^-?[0-9]+(?:{re.escape(read.decimal)}[0-9]+)?$")
    return ibis.cases((plain, text.replace(read.decimal, ".").try_cast(kind)), else_=signed)


def is_in_another_currency(text: Values, currency: Values) -> Values:
    """Whether an amount names a currency, by its code or a sign, that is not the row's."""
    code, sign = text.re_extract("([A-Z]{3})", 1), text.re_extract(rf"([{SIGNS}])", 1)
    is_other_sign: Values = (sign != "") & ~_signed_currencies().contains(sign.concat(currency))
    return ibis.cases((text.re_search(rf"[A-Z]{{3}}|[{SIGNS}]"), ((code != "") & (code != currency)) | is_other_sign), else_=False)


def _signed_currencies() -> Any:  # noqa: ANN401 - Ibis gives a literal its type when it is made
    return ibis.literal(SIGNED_CURRENCIES)


def _number_pattern(read: Read) -> str:
    """What a number looks like; marks between thousands only where three digits follow the last."""
    mark, point = re.escape(read.thousands), re.escape(read.decimal)
    whole = rf"(?:[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}|[0-9]+)" if mark else "[0-9]+"
    size = rf"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)"
    before, after = rf"(?:{CURRENCY_MARK}\s*)?", rf"(?:\s*{CURRENCY_MARK})?"
    forms = (
        rf"[-+]?\s*{before}{size}{after}",
        rf"{CURRENCY_MARK}\s*[-+]\s*{size}",
        rf"{before}{size}{after}\s*-",
        rf"{before}\(\s*{before}{size}{after}\s*\){after}",
    )
    return f"^(?:{'|'.join(forms)})$"


def whole_number(text: Values, read: Read) -> Values:
    """A whole number; one with a fraction is none."""
    parsed = number(text, read, AMOUNT)
    whole = parsed.cast("int64")
    return ibis.cases((whole.cast(AMOUNT) == parsed, whole))


def yes_or_no(text: Values, read: Read) -> Values:
    """Yes or no, in the extract's words, whatever their case."""
    normalized = text.strip().lower()
    is_yes = normalized.isin([word.lower() for word in read.true_texts])
    is_no = normalized.isin([word.lower() for word in read.false_texts])
    return ibis.cases((is_yes, True), (is_no, False))
