"""Everything that a scorecard shows, as one value: the workbook, the digest and the pages are rendered from it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import groupby, takewhile
from operator import itemgetter
from shlex import quote
from typing import TYPE_CHECKING, Any, Literal

from config.language import gettext, gettext_noop, look_up
from config.localization import HOUSE, Localization
from config.measures.table import label_of
from config.topic_settings import NOT_A_CUSTOMER
from tasks.reporting.retention import Whereabouts
from tasks.reporting.sentences import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from expectations.tie_out import AppliedCorrection, TieOut
    from expectations.verdict import ControlTotals, MatchedKeys, RuleResult
    from tasks.reporting.beginning import DataBeginning
    from tasks.reporting.customer_base import CustomerBase
    from tasks.reporting.experience import ExperienceLinks
    from tasks.reporting.restated import RestatedPeriod
    from tasks.reporting.retention import ExcessLoss, Retention
    from tasks.reporting.what_if import LapseWindow, Presets, SteadyRate
    from tasks.reporting.worth import Worth

SCORECARD_FILE, CUSTOMERS_FILE = "scorecard.xlsx", "customers.xlsx"
"""What the workbooks of an edition are called: the one names no customer, the other lists them."""
PAGE_FILE, PAGE_PDF_FILE = "page.html", "page.pdf"
"""The same as a page for a browser, and its front as a page to print."""
NOT_RECORDED = gettext_noop("not recorded")
"""The group of customers of whom nobody knows to which they belong."""
CUSTOMERS_IN, CUSTOMERS_OUT = label_of("customers_in"), label_of("customers_out")
"""Titles of the lists of who came and who went."""
OF_EVERYONE = "opening_customers"
"""A measure of every group that had customers in a period; a group of earlier newcomers alone has figures too, but not this one."""
Unit = Literal["customers", "count", "money", "share"]
FigureKey = tuple[str, str, str, str]
"""Period, segment_by, segment, measure."""
SplitKey = tuple[str, str, str, str]
"""Period, segment_by, segment, split_by."""
Parts = Mapping[str, Mapping[str, "int | Decimal"]]
"""Figures of one split: part, then measure; a part to which nobody contributes is not there."""


@dataclass(frozen=True)
class GlossaryEntry:
    """One entry of the glossary: a measure or a word, and what it means."""

    name: str
    label: str
    description: str
    unit: Unit | None = None
    short_label: str = ""
    """What it is called where there is little room; empty where the label is short enough."""


@dataclass(frozen=True)
class SettingInForce:
    """One choice of the company: what was chosen, what it means, who owns it."""

    name: str
    value: str
    description: str
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
class StatusProfile:
    """One state of an extract's purchases or contracts; amounts are in the rows' own currencies, added up as they stand."""

    extract: str
    status: str
    """As the extract writes it, once mapped; empty: none is recorded."""
    rows_count: int
    positive_count: int
    zero_count: int
    negative_count: int
    amount: Decimal
    positive_amount: Decimal
    """Sum of the amounts above 0."""
    is_counted: bool
    """Whether the company counts rows in this state."""


@dataclass(frozen=True)
class CustomerList:
    """Customers to look at for one reason, a row each, as the columns are named."""

    title: str
    """The sheet's name, a message."""
    description: str
    """Who they are, after their number, such as `with terms that come due within 90 days, the most valuable first`."""
    columns: tuple[str, ...]
    rows: Iterable[tuple[object, ...]]
    count: int
    """How many rows there are."""


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
    further: tuple[CustomerList, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """Names of the sheets of all lists, in their order and in the language in force."""
        return tuple(map(look_up, (CUSTOMERS_IN, CUSTOMERS_OUT, *(listing.title for listing in self.further))))


@dataclass(frozen=True)
class ScorecardData:
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
    glossary: tuple[GlossaryEntry, ...]
    settings: tuple[SettingInForce, ...]
    covered: tuple[CoveredExtract, ...]
    totals: tuple[ControlTotals, ...]
    verdicts: tuple[RuleResult, ...]
    notes: tuple[str, ...]
    """Sentences that a reader of the figures must know."""
    edition: int
    as_of: datetime
    data_through: date
    beginning: DataBeginning | None = None
    """Where the data begin; none: nobody was a customer before them."""
    splits: Mapping[SplitKey, Parts] = field(default_factory=dict)
    """Figures told apart by reason, group, channel and the like."""
    year_to_date: str | None = None
    year_to_date_before: str | None = None
    year_through: str | None = None
    """The twelve months up to the period's last day; none where the data does not reach back."""
    supplied: frozenset[str] = frozenset()
    """What the company supplies, as `dataset.column` and `costs.setting`."""
    reason_labels: Mapping[str, str] = field(default_factory=dict)
    """What codes of reasons for leaving say."""
    staying_reason_labels: Mapping[str, str] = field(default_factory=dict)
    """What codes of reasons for staying say; a code may stand in both lists and say something else."""
    value_groups: tuple[str, ...] = ()
    """Names of the value groups, the most valuable first."""
    tenure_groups: tuple[str, ...] = ()
    """Names of the groups of tenure, the shortest first."""
    tenure_days: tuple[int, ...] = ()
    """The last day of each but the longest of them."""
    due_days: tuple[int, ...] = ()
    """What comes due within so many days after the period is told ahead, the fewest first."""
    cohort_ages_days: tuple[int, ...] = ()
    """The ages at which the company looks at its new customers, the youngest first."""
    smallest_rate_base: int = 1
    """A rate on fewer than these is shown as its two numbers only."""
    alignment_threshold_rate: Decimal = Decimal("0.05")
    """The digest tells a silo's difference from the company's count when it is at least this share of the count."""
    tables: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    """Small tables of other shapes, by name, a mapping a row."""
    retention: Retention | None = None
    """How much of the base was retained, and whether that fell, rose or is steady; none where it was not asked."""
    whereabouts: Whereabouts = field(default_factory=Whereabouts)
    """Where customers were lost."""
    steady_rate: SteadyRate | None = None
    """A retention rate that did not change, and what it hides; none where there is nothing to warn of."""
    lapse_window: LapseWindow | None = None
    """The lapse window in force beside the one that the purchases suggest."""
    presets: Presets | None = None
    """The headline under other systems' choices."""
    customer_base: CustomerBase | None = None
    """The customer base from five sides; none where it was not looked at."""
    worth: Worth | None = None
    """What customers are still expected to bring."""
    experience: ExperienceLinks | None = None
    """Which experiences precede which losses; none where nobody had any."""
    tie_outs: tuple[TieOut, ...] = ()
    """What sources themselves say that their extracts hold, against what was read."""
    corrections: tuple[AppliedCorrection, ...] = ()
    """What became of the company's own corrections."""
    matched: tuple[MatchedKeys, ...] = ()
    """Whose rows the extracts have: keys that stand for one customer, for nobody, for several."""
    statuses: tuple[StatusProfile, ...] = ()
    """The states of purchases and contracts."""
    restated: tuple[RestatedPeriod, ...] = ()
    """Published periods of which some figures are others now."""
    folder_name: str = ""
    """What the company is called on the command line."""
    shares_customers: bool = False
    """Whether the workbook that lists customers goes to those who read the message."""
    localization: Localization = HOUSE
    """How its documents write numbers and days, and in which language."""

    @property
    def excess_losses(self) -> tuple[ExcessLoss, ...]:
        """Groups that lost more than they should have, beyond chance, the most valuable excess first."""
        return self.whereabouts.named

    @property
    def is_opening_unknown(self) -> bool:
        """Whether nobody knows who was a customer when the period opened, since the data begin in it."""
        return self.beginning is not None and self.beginning.is_opening_unknown

    @property
    def trend_with_customers(self) -> tuple[str, ...]:
        """The trend from the first period on that anybody was a customer in, this one at the latest."""
        seen = ("customers_in", "customers_out", "closing_customers")
        empty = takewhile(lambda period: not any(self.figure(measure, period=period) for measure in seen), self.trend[:-1])
        return self.trend[len(list(empty)) :]

    def figure(self, measure: str, *, period: str | None = None, segment_by: str = ALL, segment: str = ALL) -> int | Decimal | None:
        """One figure; none where that period was not computed."""
        return self.figures.get((period or self.period, segment_by, segment, measure))

    def count(self, measure: str, *, period: str | None = None, segment_by: str = ALL, segment: str = ALL) -> int:
        """A figure in customers, terms or recommendations; raises KeyError where there is none."""
        return int(self.figures[period or self.period, segment_by, segment, measure])

    def money(self, measure: str, *, period: str | None = None, segment_by: str = ALL, segment: str = ALL) -> Decimal:
        """A figure in money; raises KeyError where there is none."""
        value = self.figures[period or self.period, segment_by, segment, measure]
        assert not isinstance(value, int), f"{measure} is not money"
        return value

    def has(self, *needs: str) -> bool:
        """Whether the company supplies all of these."""
        return self.supplied.issuperset(needs)

    def parts(self, split_by: str, *, period: str | None = None, segment_by: str = ALL, segment: str = ALL) -> Parts:
        """The figures of one split, part by part."""
        return self.splits.get((period or self.period, segment_by, segment, split_by), {})

    def segments_of(self, segment_by: str) -> tuple[str, ...]:
        """The groups of one way of grouping that had customers in this period, by name."""
        return self._segments.get(segment_by, ())

    @cached_property
    def _segments(self) -> dict[str, tuple[str, ...]]:
        of_ledger = ((by, segment) for (period, by, segment, measure) in self.figures if (period, measure) == (self.period, OF_EVERYONE))
        return {by: tuple(segment for _, segment in group) for by, group in groupby(sorted(of_ledger), key=itemgetter(0))}


def where_listed(data: ScorecardData, title: str, measure: str) -> str:
    """Where readers find customers by name: in a workbook where they have it, and otherwise by a command."""
    if data.shares_customers:
        return gettext("in {file}, {list}", file=CUSTOMERS_FILE, list=gettext(title))
    return gettext("by {command}", command=f"`customer-math explain {data.period} {measure} --company {quote(data.folder_name)}`")


def named(group: str) -> str:
    """A group by its name; those that the company did not name, but the ledger, in the language in force."""
    return gettext(group) if group in {NOT_RECORDED, NOT_A_CUSTOMER} else group
