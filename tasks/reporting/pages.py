"""Pages: what one sheet of the scorecard says of one question, as values that any sheet or digest can be rendered from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from tasks.reporting.facts import ALL
from tasks.reporting.wording import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.reporting.facts import Facts

Kind = Literal["text", "count", "signed_count", "money", "signed_money", "share", "day"]
Tone = Literal["base", "in", "out"]
Asked = str | tuple[str, str]
"""A measure by its name, or a rate by the names of the two measures that it is made of."""


@dataclass(frozen=True)
class Share:
    """A part of a whole, shown as a percentage only where the whole is large enough for one."""

    part: int | Decimal
    whole: int | Decimal

    @property
    def rate(self) -> Decimal | None:
        """The part as a rate of the whole; none of nothing."""
        return Decimal(self.part) / Decimal(self.whole) if self.whole else None


Cell = str | int | Decimal | date | Share | None


@dataclass(frozen=True)
class Column:
    """One column of a table: what stands above it, and what kind of cells it holds."""

    heading: str
    kind: Kind = "count"


@dataclass(frozen=True)
class Table:
    """A table of a page."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    says: str = ""
    """What a reader must know to read it."""


@dataclass(frozen=True)
class Series:
    """The bars of one colour."""

    name: str
    values: tuple[int | Decimal, ...]
    tone: Tone = "base"


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
class Page:
    """One sheet: a question, the sentence that answers it, a picture, and tables."""

    title: str
    """The sheet's name."""
    question: str
    sentence: str
    """What happened, in one sentence made from the figures."""
    bars: Bars | None = None
    tables: tuple[Table, ...] = ()
    missing: tuple[str, ...] = ()
    """What the extracts do not tell, and how to supply it, a sentence each."""
    waterfalls: tuple[Waterfall, ...] = ()
    """Further charts, below one another."""


def share_in_words(part: int | Decimal, whole: int | Decimal, *, smallest: int) -> str:
    """A rate with its two numbers: 1,204 of 5,000 (24%); without a percentage where the whole is smaller than the smallest."""
    numbers = f"{part:,} of {whole:,}" if isinstance(part, Decimal) else f"{whole_number(part)} of {whole:,}"
    rate = Share(part, whole).rate
    return f"{numbers} ({rate:.0%})" if rate is not None and whole >= smallest else numbers


def asked(facts: Facts, what: Asked, *, period: str | None = None, segment_by: str = ALL, segment: str = ALL) -> Cell:
    """A figure, or a share of two figures; none where it was not computed."""
    if isinstance(what, str):
        return facts.figure(what, period=period, segment_by=segment_by, segment=segment)
    part, whole = (facts.figure(name, period=period, segment_by=segment_by, segment=segment) for name in what)
    return None if part is None or whole is None else Share(part, whole)


def kind_of(what: Asked) -> Kind:
    """The kind of cells that a measure, by its name, or a rate fills."""
    if not isinstance(what, str):
        return "share"
    sign = "signed_" if what.startswith("net_") else ""
    return f"{sign}money" if what.endswith("_amount") else f"{sign}count"  # pyright: ignore[reportReturnType] - one of the kinds by construction


def compared(facts: Facts, asked_for: Sequence[tuple[str, Asked]], *, title: str = "Compared") -> Table:
    """A row a measure: this period, the one before and a year before with the changes, this year to date and the last."""
    periods = tuple(dict.fromkeys(period for period in (facts.previous, facts.year_before) if period))
    spans = tuple(period for period in (facts.year_to_date, facts.year_to_date_before) if period and period != facts.period)
    headings = [Column(facts.labels[facts.period])]
    for period in periods:
        headings += [Column(facts.labels[period]), Column("Change")]
    headings += [Column(facts.labels[period]) for period in spans]
    known = [(label, what) for label, what in asked_for if asked(facts, what) is not None]
    rows = tuple((label, *_across(facts, what, periods=periods, spans=spans)) for label, what in known)
    without = "" if facts.year_before else "There is no data of a year before."
    return Table(title, (Column("", "text"), *headings), rows, says=without)


def _across(facts: Facts, what: Asked, *, periods: Sequence[str], spans: Sequence[str]) -> Iterator[Cell]:
    now = asked(facts, what)
    yield now
    for period in periods:
        then = asked(facts, what, period=period)
        yield then
        yield _change(now, then)
    for period in spans:
        yield asked(facts, what, period=period)


def _change(now: Cell, then: Cell) -> Cell:
    """The difference of two numbers; of two rates there is none in people, so nothing is shown."""
    if isinstance(now, int | Decimal) and isinstance(then, int | Decimal):
        return now - then
    return None


def by_segment(facts: Facts, asked_for: Sequence[tuple[str, Asked]], *, says: str = "") -> tuple[Table, ...]:
    """A table a segment, a row a group, the largest first by the first measure, with the whole below."""
    columns = (Column("", "text"), *(Column(heading, kind_of(what)) for heading, what in asked_for))
    whole = ("All customers", *(asked(facts, what) for _, what in asked_for))
    tables = []
    for name in facts.segment_by:
        rows = [
            (segment, *(asked(facts, what, segment_by=name, segment=segment) for _, what in asked_for))
            for segment in facts.segments_of(name)
        ]
        rows.sort(key=_largest_first)
        tables.append(Table(f"By {name.replace('_', ' ')}", columns, tuple(rows), total=whole, says=says))
    return tuple(tables)


def _largest_first(row: tuple[Cell, ...]) -> tuple[Decimal, str]:
    first = row[1]
    size = first.part if isinstance(first, Share) else first
    return -Decimal(size) if isinstance(size, int | Decimal) else Decimal(0), str(row[0])
