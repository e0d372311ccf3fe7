"""Everything that a scorecard shows, as one value: the workbook, the digest and the pages are rendered from it alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime
    from decimal import Decimal

    from expectations.tie_out import AppliedCorrection, TieOut
    from expectations.verdict import ControlTotals, RuleVerdict
    from tasks.reporting.restated import RestatedPeriod

ALL = "all"
"""The name of the whole, as a way of grouping and as a group."""
NOT_RECORDED = "not recorded"
"""The group of customers of whom nobody knows to which they belong."""
Unit = Literal["customers", "money"]
FigureKey = tuple[str, str, str, str]
"""Period, segment_by, segment, measure."""


@dataclass(frozen=True)
class Word:
    """One entry of the glossary: a measure or a word, and what it means."""

    name: str
    label: str
    says: str
    unit: Unit | None = None


@dataclass(frozen=True)
class SettingInForce:
    """One choice of the company: what was chosen, what it means, who owns it."""

    name: str
    value: str
    says: str
    owner: str


@dataclass(frozen=True)
class CoveredExtract:
    """One extract as it was read: which silo, which files, which days."""

    extract: str
    silo: str
    dataset: str
    files: tuple[str, ...]
    covers_from: date | None
    covers_through: date | None


@dataclass(frozen=True)
class CustomerLists:
    """The customers behind the numbers, a row each, as the columns are named."""

    columns_in: tuple[str, ...]
    """customer_id, customer_name where there are names, movement, moved_on, first_came_on, amount, then the segments.

    The amounts of a list add up to the value in, or the value out, of the scorecard.
    """
    columns_out: tuple[str, ...]
    """The same, with the reason for going after the amount."""
    rows_in: Iterable[tuple[object, ...]]
    rows_out: Iterable[tuple[object, ...]]
    in_count: int
    out_count: int
    parquet_name: str
    """Name of the file beside the workbook that holds every customer, whatever Excel's limit."""


@dataclass(frozen=True)
class Facts:
    """One period of one company: its figures with what they are compared with, and what they rest on."""

    company: str
    customer: str
    """What one customer is, singular, such as account."""
    currency: str
    minor_units: int
    period: str
    previous: str | None
    """The period before; none where the data does not reach back to it."""
    year_before: str | None
    trend: tuple[str, ...]
    """Up to 13 periods, oldest first, this one last."""
    labels: Mapping[str, str]
    """How a period is called: `2026-Q3` is `Q3 2026`."""
    segment_by: Mapping[str, str]
    """The ways of grouping, and what their groups are."""
    figures: Mapping[FigureKey, int | Decimal]
    """Customers as int, money as Decimal in the company's currency."""
    glossary: tuple[Word, ...]
    settings: tuple[SettingInForce, ...]
    covered: tuple[CoveredExtract, ...]
    totals: tuple[ControlTotals, ...]
    verdicts: tuple[RuleVerdict, ...]
    notes: tuple[str, ...]
    """Sentences that a reader of the figures must know."""
    edition: int
    as_of: datetime
    data_through: date
    tie_outs: tuple[TieOut, ...] = ()
    """What sources themselves say that their extracts hold, against what was read."""
    corrections: tuple[AppliedCorrection, ...] = ()
    """What became of the company's own corrections."""
    restated: tuple[RestatedPeriod, ...] = ()
    """Published periods of which some figures are others now."""

    @property
    def trend_with_customers(self) -> tuple[str, ...]:
        """The trend from the first period on that anybody was a customer in, this one at the latest."""
        seen = ("customers_in", "customers_out", "closing_customers")
        empty = takewhile(lambda period: not any(self.figure(measure, period=period) for measure in seen), self.trend[:-1])
        return self.trend[len(list(empty)) :]

    def figure(self, measure: str, *, period: str | None = None, segment_by: str = ALL, segment: str = ALL) -> int | Decimal | None:
        """One figure; none where that period was not computed."""
        return self.figures.get((period or self.period, segment_by, segment, measure))

    def heads(self, measure: str, *, period: str | None = None, segment_by: str = ALL, segment: str = ALL) -> int:
        """A figure in customers; raises KeyError where there is none."""
        return int(self.figures[period or self.period, segment_by, segment, measure])

    def money(self, measure: str, *, period: str | None = None, segment_by: str = ALL, segment: str = ALL) -> Decimal:
        """A figure in money; raises KeyError where there is none."""
        value = self.figures[period or self.period, segment_by, segment, measure]
        assert not isinstance(value, int), f"{measure} is not money"
        return value

    def segments_of(self, segment_by: str) -> tuple[str, ...]:
        """The groups of one way of grouping in this period, by name."""
        found = {segment for (period, by, segment, _) in self.figures if period == self.period and by == segment_by}
        return tuple(sorted(found))
