"""Where the data begin: the day from which on it is known who was a customer."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from ibis import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ibis.expr.types import Table

MONTHS_LOOKED_AHEAD = 6
"""So many months say how many rows a whole month holds."""
PARTS_OF_A_WHOLE_MONTH = 10
"""A month with less than the tenth part of what those hold is no beginning: a few rows that lie ahead of the rest."""


@dataclass(frozen=True)
class Beginning:
    """The day on which the data begin, and which extract says so."""

    day: date
    extract: str
    is_assumed: bool
    """Whether it follows from the rows alone, and nobody has declared it."""

    def is_opening_unknown(self, opens_on: date) -> bool:
        """Whether it is not known who was a customer when a period opened: the data begin on that day or later."""
        return opens_on <= self.day


def rows_by_month(rows: Table, on: str) -> Table:
    """How many rows each month holds: month (its first day), rows_count, first_on; oldest first."""
    dated = rows.filter(rows[on].notnull())
    return dated.group_by(month=dated[on].truncate("M")).agg(rows_count=_.count(), first_on=dated[on].min()).order_by("month")


def first_whole_month(months: Sequence[tuple[date, int, date]], *, through: date) -> date | None:
    """The first day of the first month that holds a tenth of the median of the next six, as far as these are covered.

    `months` are (first day of the month, rows, first day with a row), oldest first; a month without rows need not be among them
    and counts as 0. None where there are no rows.

    2 rows in March, then 40, 50, 45, 60, 55 and 50 in the next six: March holds less than 5, so the data begin in April.
    """
    counts = {month: rows_count for month, rows_count, _first_on in months}
    for month, rows_count, first_on in months:
        following = [counts.get(next_month, 0) for next_month in _months_after(month) if next_month <= through]
        if PARTS_OF_A_WHOLE_MONTH * rows_count >= median(following or [0]):
            return first_on
    return None


def _months_after(month: date) -> list[date]:
    ordinals = (month.year * 12 + month.month + number for number in range(MONTHS_LOOKED_AHEAD))
    return [month.replace(year=ordinal // 12, month=ordinal % 12 + 1, day=1) for ordinal in ordinals]
