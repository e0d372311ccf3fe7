"""Days as a source writes them: by patterns, counted from a first day, with and without a zone and a century."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import ibis

from config.date_patterns import COUNTED, has_short_year, looks_as
from tasks.sources.engine_functions import instant_by, instant_of, instant_of_seconds, local_time, local_time_by
from tasks.sources.raw_tables import TYPED_DATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.sources import Read
    from tasks.sources.engine_functions import Values

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years outside of these are slips of the pen, such as 20211 or 0024."""
HOUR_OF_PATTERN = re.compile(r"%-?[HIMSpfgnLTXcs]")
ZONE_OF_PATTERN = re.compile(r"%[zZ]")
BEFORE_LETTERS, BEHIND_LETTERS = "(^|[^A-Za-z])", "([^A-Za-z]|$)"
UNAMBIGUOUS_ZONE = f"{BEFORE_LETTERS}(?:UTC|GMT|Z|[A-Za-z_]+/[A-Za-z_/]+){BEHIND_LETTERS}"
"""A zone that means the same everywhere; letters such as CST are one in Chicago and another in Shanghai."""
CENTURY_YEARS = 100
SHORT_YEAR_FROM = 2000
"""A two-digit year lies from here on, as far as 2068, where the company says nothing; 69 to 99 may be of either century."""
SECONDS_OF_PATTERN = {"%s": 1, "%ms": 1000}
"""How many units make a second."""
FIRST_DAYS = {"excel_1900": date(1899, 12, 30), "excel_1904": date(1904, 1, 1)}
"""Day 0 of Excel's calendars; that of 1900 counts a 29 February 1900, so that its day 0 is one earlier after that."""
SECONDS_OF_DAY = 86_400


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


def day(text: Values, reading: Reading) -> Values:
    """The local day of a date or an instant, by the first pattern that fits; NULL outside the years 1900 to 2200."""
    patterns = dict.fromkeys((*reading.read.dates, *(TYPED_DATES if reading.has_typed_values else ())))
    days = [_day_by(text.strip(), pattern, reading) for pattern in patterns]
    plausible = [ibis.cases((value.year().between(FIRST_YEAR, LAST_YEAR), value)) for value in days]
    return ibis.coalesce(*plausible)


def _day_by(text: Values, pattern: str, reading: Reading) -> Values:
    if pattern in SECONDS_OF_PATTERN:
        seconds = _counted(text, pattern) / SECONDS_OF_PATTERN[pattern]
        return local_time(reading.to_zone, instant_of_seconds(seconds)).date()
    if pattern in COUNTED:
        return _excel_day(text, pattern, reading)
    moment = _moment_in_named_zone(text, pattern, reading) if "%Z" in pattern else _moment(text, pattern, reading)
    return _of_century(moment, reading.read) if has_short_year(pattern) else moment.date()


def _moment(text: Values, pattern: str, reading: Reading) -> Values:
    """The company's local time of a text."""
    has_hour = bool(HOUR_OF_PATTERN.search(pattern))
    # A letter Z after an hour is the zone UTC, whether the pattern names a zone or the letter itself.
    zoned = re.sub(r"Z$", "%z", pattern) if has_hour and not pattern.endswith("%Z") else pattern
    if ZONE_OF_PATTERN.search(zoned):
        return local_time(reading.to_zone, _by(instant_by, text.re_replace("[Zz]$", "+00:00"), zoned))
    moment = _by(local_time_by, text, pattern)
    return _moved(moment, reading) if has_hour else moment


def _by(reader: Callable[[Values, str], Values], text: Values, pattern: str) -> Values:
    """What a reader makes of a text that looks as the pattern says, to the letter; NULL of any other."""
    return ibis.cases((text.re_search(looks_as(pattern)), reader(text, pattern)))


def _moved(moment: Values, reading: Reading) -> Values:
    """The company's local time of a local time of the extract's zone."""
    if reading.from_zone == reading.to_zone:
        return moment
    return local_time(reading.to_zone, instant_of(reading.from_zone, moment))


def _counted(text: Values, pattern: str) -> Values:
    return ibis.cases((text.re_search(looks_as(pattern)), text.try_cast("float64")))


def _excel_day(text: Values, pattern: str, reading: Reading) -> Values:
    """The day of a serial number; one with a fraction is an instant of the extract's zone, one without is a date."""
    serial = _counted(text, pattern)
    first_day = (FIRST_DAYS[pattern] - date(1970, 1, 1)).days
    moment = local_time("UTC", instant_of_seconds(((serial + first_day) * SECONDS_OF_DAY).round()))
    return (serial == serial.floor()).ifelse(moment.date(), _moved(moment, reading).date())


def _moment_in_named_zone(text: Values, pattern: str, reading: Reading) -> Values:
    """The company's local time of an instant that names its zone; letters are a zone only where the extract's own is called so."""
    own_letters = f"{BEFORE_LETTERS}(?:{'|'.join(sorted(map(re.escape, _abbreviations(reading.from_zone))))}){BEHIND_LETTERS}"
    without_zone = text.re_replace(own_letters, r"\1\2").strip()
    return ibis.cases(
        (text.re_search(UNAMBIGUOUS_ZONE), _moment(text, pattern, reading)),
        (text.re_search(own_letters), _moved(_by(local_time_by, without_zone, pattern.replace("%Z", "").strip()), reading)),
    )


def _abbreviations(zone: str) -> set[str]:
    """What a zone's winter and summer time are called."""
    return {datetime(2024, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).tzname() or "" for month in (1, 7)}


def _of_century(moment: Values, read: Read) -> Values:
    """Its day in the hundred years that the company says, where the engine takes 69 for 1969 and 68 for 2068."""
    first = read.two_digit_years_from
    if first is None:
        return ibis.cases((moment.year() >= SHORT_YEAR_FROM, moment.date()))
    centuries = ((moment.year() - first) / CENTURY_YEARS).floor()
    in_century = moment - (centuries * CENTURY_YEARS).cast("int64").as_interval("Y")
    # A 29 February is none in a century that has no such day.
    return ibis.cases((in_century.day() == moment.day(), in_century.date()))
