"""How often an amount recurs, as a number of times a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from config.datasets import RECURS, RECURS_PER_YEAR

if TYPE_CHECKING:
    from ibis.expr.types import NumericValue, StringValue

TIMES_TYPE = "decimal(18, 8)"
"""Every 7 months is 1.71428571 times a year: exact to the cent up to a million."""


def times_a_year(recurring_per: StringValue) -> NumericValue:
    """How many times a year a `recurring_per` such as `month` or `2 years` comes round; of another text once, as `year`.

    A year has 365 days, 52 weeks, 12 months, 4 quarters and 2 half-years.
    """
    units = recurring_per.re_extract(RECURS, 2)
    per_year = ibis.cases(*((units == word, times) for word, times in RECURS_PER_YEAR.items()), else_=RECURS_PER_YEAR["year"])
    every = recurring_per.re_extract(RECURS, 1).nullif("").cast("int64").fill_null(1)
    return (per_year / every).cast(TIMES_TYPE)
