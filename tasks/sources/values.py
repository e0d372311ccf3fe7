"""Text as a source writes it, read as what it means: a day, an amount, a number, yes or no."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from config.date_patterns import looks_as
from tasks.sources.engine_functions import instant_by, instant_of, local_time, local_time_by
from tasks.sources.raw_tables import TYPED_DATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.datasets import Kind
    from config.sources import Read
    from tasks.sources.engine_functions import Values

AMOUNT = "decimal(18, 4)"
RATE = "decimal(18, 8)"
FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years outside of these are slips of the pen, such as 20211 or 0024."""
CURRENCY_MARK = r"(?:[A-Z]{3}|[A-Z]{0,2}\p{Sc})"
"""A currency beside an amount: EUR, R$, a currency sign."""
MIDNIGHT = r" 00:00:00(?:\.0+)?(?:\+00:00)?$"
"""What a source's own type adds to a day without an hour."""
HOUR_OF_PATTERN = re.compile(r"%-?[HIMSpfgnLTXcs]")
ZONE_OF_PATTERN = re.compile(r"%[zZ]")


@dataclass(frozen=True)
class Reading:
    """How an extract writes its values."""

    read: Read
    from_zone: str
    """Zone of instants that do not name their own."""
    to_zone: str
    """The company's zone, in which a day begins and ends."""
    has_typed_values: bool
    """Whether dates may be written as the source's own type is, besides the declared patterns."""


def value_of(text: Values, *, kind: Kind, reading: Reading) -> Values:
    """The value that a text means, by its column's kind; NULL where it means none."""
    read = reading.read
    values: dict[Kind, Callable[[], Values]] = {
        "id": lambda: text.strip().nullif(""),
        "text": lambda: text,
        "date": lambda: day(text, reading),
        "amount": lambda: number(text, read, AMOUNT),
        "rate": lambda: number(text, read, RATE),
        "integer": lambda: whole_number(text, read),
        "boolean": lambda: yes_or_no(text, read),
    }
    return values[kind]()


def open_or_text(text: Values, reading: Reading) -> Values:
    """The text, or nothing where it is one by which the company says that an end is open."""
    if not reading.read.open_ended:
        return text
    plain = text.strip().re_replace(MIDNIGHT, "") if reading.has_typed_values else text.strip()
    return ibis.cases((plain.isin(reading.read.open_ended), ibis.null("string")), else_=text)


def day(text: Values, reading: Reading) -> Values:
    """The local day of a date or an instant, by the first pattern that fits; NULL outside the years 1900 to 2200."""
    patterns = dict.fromkeys((*reading.read.dates, *(TYPED_DATES if reading.has_typed_values else ())))
    found = [_day_by(text.strip(), pattern, reading) for pattern in patterns]
    plausible = [ibis.cases((value.year().between(FIRST_YEAR, LAST_YEAR), value)) for value in found]
    return ibis.coalesce(*plausible)


def _day_by(text: Values, pattern: str, reading: Reading) -> Values:
    has_hour = bool(HOUR_OF_PATTERN.search(pattern))
    # A letter Z after an hour is the zone UTC, whether the pattern names a zone or the letter itself.
    zoned = re.sub(r"Z$", "%z", pattern) if has_hour and not pattern.endswith("%Z") else pattern
    if ZONE_OF_PATTERN.search(zoned):
        return local_time(reading.to_zone, _by(instant_by, text.re_replace("[Zz]$", "+00:00"), zoned)).date()
    moment = _by(local_time_by, text, pattern)
    if has_hour and reading.from_zone != reading.to_zone:
        return local_time(reading.to_zone, instant_of(reading.from_zone, moment)).date()
    return moment.date()


def _by(reader: Callable[[Values, str], Values], text: Values, pattern: str) -> Values:
    """What a reader makes of a text that looks as the pattern says, to the letter; NULL of any other."""
    return ibis.cases((text.re_search(looks_as(pattern)), reader(text, pattern)))


def number(text: Values, read: Read, kind: str) -> Values:
    """An exact number, with the extract's marks; a minus behind it, parentheses and a currency beside it are understood."""
    body = text.strip().replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ").replace("\u2019", "'")
    digits = body.re_replace(f"[^0-9{re.escape(read.decimal)}]", "").replace(read.decimal, ".")
    size: Values = digits.try_cast(kind)
    is_negative: Values = body.contains("-") | body.contains("(")
    signed = ibis.cases((body.re_search(_number_pattern(read)), is_negative.ifelse(-size, size).cast(kind)))
    if read.decimal == ".":
        # Most numbers are written plainly; the engine reads those fastest.
        return ibis.coalesce(text.try_cast(kind), signed)
    return signed


def _number_pattern(read: Read) -> str:
    """What a number looks like; marks between thousands only where three digits follow the last."""
    mark, point = re.escape(read.thousands), re.escape(read.decimal)
    whole = rf"(?:[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}|[0-9]+)" if mark else "[0-9]+"
    size = rf"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)"
    beside, after = rf"(?:{CURRENCY_MARK}\s*)?", rf"(?:\s*{CURRENCY_MARK})?"
    forms = (
        rf"[-+]?\s*{beside}{size}{after}",
        rf"{CURRENCY_MARK}\s*[-+]\s*{size}",
        rf"{beside}{size}{after}\s*-",
        rf"{beside}\(\s*{beside}{size}{after}\s*\){after}",
    )
    return f"^(?:{'|'.join(forms)})$"


def whole_number(text: Values, read: Read) -> Values:
    """A whole number; one with a fraction is none."""
    found = number(text, read, AMOUNT)
    whole = found.cast("int64")
    return ibis.cases((whole.cast(AMOUNT) == found, whole))


def yes_or_no(text: Values, read: Read) -> Values:
    """Yes or no, in the extract's words, whatever their case."""
    said = text.strip().lower()
    is_yes = said.isin([word.lower() for word in read.true_texts])
    is_no = said.isin([word.lower() for word in read.false_texts])
    return ibis.cases((is_yes, True), (is_no, False))
