"""Pages: what one sheet of the scorecard says of one question, as values that any sheet or digest can be rendered from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from config.language import gettext, gettext_noop, look_up
from config.localization import number
from config.measures.entries import MeasureEntry
from config.measures.table import ENTRIES
from tasks.reporting.model import ALL, named
from tasks.reporting.text import in_full, measure_heading, whole_percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from config.measures.entries import Entry
    from tasks.reporting.model import ScorecardData

Kind = Literal[
    "text", "count", "signed_count", "money", "signed_money", "share", "signed_share", "day", "figure", "signed_figure", "times", "gap"
]
"""What a column's cells are; figures are of several units, as each row's measure has it, times are ratios, and a gap holds nothing."""
TabKind = Literal["question", "depth", "notes"]
ON_THE_LEFT: frozenset[Kind] = frozenset({"text", "day"})
"""Kinds of cells that begin on the left; numbers end on the right."""
"""What a tab is for, which its colour says."""
BarColourRole = Literal["base", "in", "out"]
ColourRole = Literal["base", "in", "out", "quiet"]
"""Colours of text: as the bars have them, and one that steps back."""
NARROWEST_MONEY = 15
"""In characters, what looks well."""


@dataclass(frozen=True)
class Share:
    """A part of a whole, shown as a percentage only where the whole is large enough for one."""

    part: int | Decimal
    whole: int | Decimal

    @property
    def rate(self) -> Decimal | None:
        """The part as a rate of the whole; none of nothing, nor of less, such as of revenue where more was refunded."""
        return Decimal(self.part) / Decimal(self.whole) if self.whole > 0 else None


@dataclass(frozen=True)
class Marked:
    """A value that stands out of its column, or steps back in it."""

    value: str | int | Decimal | date | None
    colour_role: ColourRole | None = None
    is_bold: bool = False
    kind: Kind | None = None
    """What kind of cell it is, where that is not its column's."""
    is_indented: bool = False


CellValue = str | int | Decimal | date | Share | Marked | None


@dataclass(frozen=True)
class Column:
    """One column of a table: what stands above it, and what kind of cells it holds."""

    heading: str
    kind: Kind = "count"
    colour_role: ColourRole | None = None
    is_indented: bool = False
    """Whether its text keeps away from the numbers before it."""
    spans: int = 1
    """Columns of the sheet that it takes; only the last column of a table may take more than one."""
    is_shaded: bool = False
    """Whether each of its numbers is shaded by its size, the same distance from zero in the same strength on both sides."""
    is_more_worse: bool = False
    """Whether its shades are those of losses where numbers are large, and of gains where they are below 0."""


def column_of(name: str) -> Column:
    """The column of a measure or a rate of the table, called and formatted as the table has it."""
    return Column(measure_heading(name), kind_of(ENTRIES[name]))


@dataclass(frozen=True)
class Table:
    """A table of a page."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[CellValue, ...], ...]
    total: tuple[CellValue, ...] | None = None
    description: str = ""
    """What a reader must know to read it."""
    note: str = ""
    """The same, where it is short enough to stand beside the title."""
    note_column: int = 1
    """Where the note stands, counted from 0."""
    below: str = ""
    """What a reader must know after it."""
    has_headings: bool = True
    when_empty: str = gettext_noop("None in this period.")
    """What stands there instead of rows, a message of the catalogue."""
    is_joined: bool = False
    """Whether it follows what is above it without a space."""
    is_wrapped: bool = False
    """Whether its rows are as high as their texts need."""
    is_ruled: bool = False
    """Whether there is a line above every row but those that begin with nothing, which go on with the row above."""
    is_detail: bool = False
    """Whether it is for those who look something up: it stands below what is printed."""
    folded_from: int | None = None
    """From which row on, counted from 0, its rows are folded away; none where all are shown."""

    def __post_init__(self) -> None:
        """Head the columns in the language in force, as they are made where nobody knows it yet; keep words away from numbers before."""
        before: tuple[Kind, ...] = ("gap", *(column.kind for column in self.columns))
        headed = (
            replace(column, heading=look_up(column.heading), is_indented=column.is_indented or _follows_numbers(column, kind_before))
            for column, kind_before in zip(self.columns, before, strict=False)
        )
        object.__setattr__(self, "columns", tuple(headed))


def _follows_numbers(column: Column, kind_before: Kind) -> bool:
    """Whether a column begins on the left where the one before it ends on the right."""
    return column.kind in ON_THE_LEFT and kind_before not in {*ON_THE_LEFT, "gap"}


def details(tables: Iterable[Table]) -> tuple[Table, ...]:
    """The tables as ones to look things up in, which are not printed."""
    return tuple(replace(table, is_detail=True) for table in tables)


@dataclass(frozen=True)
class Series:
    """The bars of one colour."""

    name: str
    values: tuple[int | Decimal, ...]
    colour_role: BarColourRole = "base"


@dataclass(frozen=True)
class Bars:
    """A bar chart: a group of bars for each category."""

    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    is_money: bool = False
    is_stacked: bool = False

    @property
    def highest(self) -> int | Decimal:
        """The highest bar, or the lowest where it reaches further below zero."""
        return max((abs(value) for series in self.series for value in series.values), default=0)


@dataclass(frozen=True)
class Waterfall:
    """A chart from one number to another through changes, each up or down."""

    title: str
    opening: tuple[str, int]
    changes: tuple[tuple[str, int], ...]
    closing: tuple[str, int]


@dataclass(frozen=True)
class Curves:
    """A chart of rates over whole numbers, drawn from a table of the same page, with upright lines at some of them."""

    title: str
    across: str
    """What the numbers are that the curves run over."""
    until: int
    """Where the chart ends."""
    numbers: Table
    """A row a point: the number, then a column a curve, then what is not drawn."""
    colour_roles: tuple[ColourRole, ...]
    """Of the curves, in the order of their columns."""
    uprights: tuple[tuple[str, int], ...]
    """What each upright line is called, and where it stands."""

    @property
    def ends(self) -> Table:
        """Both ends of each upright line, in the columns of the number and of the first curve."""
        columns = (Column(""), Column("", "share"), Column("", "text", colour_role="quiet"))
        rows = tuple((at, end, name) for name, at in self.uprights for end in (0, 1))
        return Table("", columns, rows, has_headings=False, is_joined=True)


@dataclass(frozen=True)
class Interval:
    """A number with the ends of its interval."""

    name: str
    low: Decimal
    middle: Decimal
    high: Decimal
    is_sure: bool
    """Whether it is drawn in the colour of what is demonstrated, and not in grey."""


@dataclass(frozen=True)
class Intervals:
    """A chart of intervals, one below another, drawn from a table of the same page."""

    title: str
    rows: tuple[Interval, ...]
    until: Decimal
    """Where the chart ends; what lies beyond is cut there."""

    @property
    def numbers(self) -> Table:
        """A row an interval: where it begins, and how far it is from there to its number and on to its end, sure or not."""
        sure, other = (gettext("Sure: to ratio"), gettext("Sure: to end")), (gettext("Other: to ratio"), gettext("Other: to end"))
        columns = (Column("", "text"), *(Column(heading, "times") for heading in (gettext("Begins at"), *sure, *other)))
        return Table(gettext("The chart is drawn from these numbers"), columns, tuple(self._lengths(row) for row in self.rows))

    def _lengths(self, row: Interval) -> tuple[CellValue, ...]:
        low, middle, high = (min(number, self.until) for number in (row.low, row.middle, row.high))
        lengths, nothing = (middle - low, high - middle), (Decimal(0), Decimal(0))
        return (row.name, low, *(lengths if row.is_sure else nothing), *(nothing if row.is_sure else lengths))


@dataclass(frozen=True)
class RunChart:
    """A chart of lines over periods, drawn from a table of the same page: the periods, then a column a line."""

    title: str
    numbers: Table
    colour_roles: tuple[ColourRole, ...]
    """Of the lines, in the order of their columns."""


@dataclass(frozen=True)
class Page:
    """One sheet: a question, the sentence that answers it, a picture, and tables; one to look things up in has tables alone."""

    title: str
    """The sheet's name."""
    question: str
    """Or what the sheet holds, where it answers none."""
    sentence: str = ""
    """What happened, in one sentence made from the figures."""
    bars: Bars | None = None
    tables: tuple[Table, ...] = ()
    missing: tuple[str, ...] = ()
    """What a reader must know first, a sentence each: what the extracts do not tell, and how to supply it."""
    waterfalls: tuple[Waterfall, ...] = ()
    """Further charts, below one another."""
    curves: Curves | None = None
    """A chart whose numbers are the last table of the page."""
    intervals: Intervals | None = None
    """Another such chart."""
    run_chart: RunChart | None = None
    """And another."""
    small_print: tuple[str, ...] = ()
    """What a reader may ask after the tables, a sentence each."""
    heading: str = ""
    """What stands above it, where that is not the sheet's name."""
    widths: tuple[float, ...] = ()
    """Of the columns, in characters; where none are given they follow from what the columns hold."""
    minor_units: int | None = None
    """Decimals of its amounts, where they are not the currency's."""
    is_headed_once: bool = False
    """Whether the headings of the first table are those of all, and stay in sight with the first column."""


@dataclass(frozen=True)
class Tab:
    """One tab of the workbook: the pages of one subject below one another."""

    title: str
    """The tab's name in every language, which places on the page go by; a message."""
    about: str
    """What it is good for, as the contents have it."""
    pages: tuple[Page, ...]
    kind: TabKind = "question"
    widths: tuple[float, ...] = ()
    """Of the columns, in characters; where none are given they follow from the pages."""
    minor_units: int | None = None
    """Decimals of amounts, where they are not the currency's; cells hold them to the last one nevertheless."""

    @property
    def heading(self) -> str:
        """What it is called in the language in force."""
        return look_up(self.title)


def money_width(data: ScorecardData) -> int:
    """Characters that hold the largest amount with its sign, and never fewer than look well."""
    return number_width(data, narrowest=NARROWEST_MONEY)


def number_width(data: ScorecardData, *, narrowest: int) -> int:
    """Characters that hold the largest figure with its sign, and never fewer than that."""
    largest = max((abs(figure) for figure in data.figures.values() if isinstance(figure, Decimal)), default=Decimal(0))
    return max(narrowest, len(f"+{number(largest, decimals=data.minor_units)}") + (2 if data.minor_units else 0))


def format_share(part: int | Decimal, whole: int | Decimal, *, smallest: int) -> str:
    """A rate with its two numbers: 1,204 of 5,000 (24%); without a percentage where the whole is smaller than the smallest."""
    numbers = gettext("{part} of {whole}", part=in_full(part), whole=in_full(whole))
    rate = Share(part, whole).rate
    return f"{numbers} ({whole_percent(rate)})" if rate is not None and whole >= smallest else numbers


def value_of(data: ScorecardData, entry: Entry, *, period: str | None = None, segment_by: str = ALL, segment: str = ALL) -> CellValue:
    """A measure's figure, or a rate's share of two figures; none where it was not computed."""
    if isinstance(entry, MeasureEntry):
        return data.figure(entry.name, period=period, segment_by=segment_by, segment=segment)
    names = (entry.numerator, entry.denominator)
    part, whole = (data.figure(name, period=period, segment_by=segment_by, segment=segment) for name in names)
    return None if part is None or whole is None else Share(part, whole)


def kind_of(entry: Entry) -> Kind:
    """The kind of cells that a measure or a rate fills."""
    if not isinstance(entry, MeasureEntry):
        return "share"
    if entry.unit == "money":
        return "signed_money" if entry.sign == "either" else "money"
    return "signed_count" if entry.sign == "either" else "count"


def compared(data: ScorecardData, entries: Sequence[Entry], *, title: str = gettext_noop("Compared")) -> Table:
    """A row a measure or a rate: this period, the one before and a year before with the changes, this year to date and the last."""
    periods = tuple(dict.fromkeys(period for period in (data.previous, data.year_before) if period))
    spans = tuple(period for period in (data.year_to_date, data.year_to_date_before) if period and period != data.period)
    headings = [Column(data.labels[data.period], "figure")]
    for period in periods:
        headings += [Column(data.labels[period], "figure"), Column("Change", "signed_figure")]
    headings += [Column(data.labels[period], "figure") for period in spans]
    computed = [entry for entry in entries if value_of(data, entry) is not None]
    rows = tuple((look_up(entry.label), *_across(data, entry, periods=periods, spans=spans)) for entry in computed)
    without = "" if data.year_before else gettext("There is no data of a year before.")
    return Table(look_up(title), (Column("", "text"), *headings), rows, description=without)


def _across(data: ScorecardData, entry: Entry, *, periods: Sequence[str], spans: Sequence[str]) -> Iterator[CellValue]:
    now = value_of(data, entry)
    yield now
    for period in periods:
        earlier = value_of(data, entry, period=period)
        yield earlier
        yield _change(now, earlier)
    for period in spans:
        yield value_of(data, entry, period=period)


def _change(now: CellValue, earlier: CellValue) -> CellValue:
    """The difference of two numbers; of two rates there is none in people, so nothing is shown."""
    if isinstance(now, int | Decimal) and isinstance(earlier, int | Decimal):
        return now - earlier
    return None


def by_segment(data: ScorecardData, entries: Sequence[Entry], *, description: str = "") -> tuple[Table, ...]:
    """A table a segment, a row a group, the largest first by the first measure, with the whole below.

    A measure that was not measured leaves its column empty: name only those that the company's extracts tell of.
    """
    columns = (Column("", "text"), *(Column(entry.heading, kind_of(entry)) for entry in entries))
    whole = (gettext("All customers"), *(value_of(data, entry) for entry in entries))
    tables = []
    for name in data.segment_by:
        rows = [
            (named(segment), *(value_of(data, entry, segment_by=name, segment=segment) for entry in entries))
            for segment in data.segments_of(name)
        ]
        rows.sort(key=_largest_first)
        tables.append(
            Table(
                gettext("By {group}", group=name.replace("_", " ")),
                columns,
                tuple(rows),
                total=whole,
                description=description,
                is_detail=True,
            )
        )
    return tuple(tables)


def _largest_first(row: tuple[CellValue, ...]) -> tuple[Decimal, str]:
    first = row[1]
    size = first.part if isinstance(first, Share) else first
    return -Decimal(size) if isinstance(size, int | Decimal) else Decimal(0), str(row[0])
