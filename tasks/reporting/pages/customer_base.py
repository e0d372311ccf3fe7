"""The customer base from five sides: differences, movements, one intake, intakes at one age, and the health of the base."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.measures.cohorts import REACHED
from config.measures.entries import at
from tasks.reporting.blocks import Bars, Column, Curves, Page, RunChart, Series, Share, Table, column_of, details
from tasks.reporting.pages.cohorts import ages, monthly_cohorts, per_customer, reached, stayed, value_after
from tasks.reporting.text import format_customers, in_full, measure_label, money_short, whole_number, whole_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.reporting.blocks import BarColourRole, CellValue
    from tasks.reporting.customer_base import CohortLine, CustomerBase, ValueTenth
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.pages.cohorts import Cohort

TITLE = gettext_noop("Customer base")
QUESTION = gettext_noop("How do our customers differ, what becomes of them, and how healthy is the base?")
COLOUR_ROLES: tuple[BarColourRole, ...] = ("base", "in")
VALUE_PER_CUSTOMER = gettext_noop("Value each")
VALUE = gettext_noop("Value")
ALL_TENTHS = gettext_noop("Everybody")
AND_BEFORE = " and before"
"""How a cohort's name ends whose customers may have come before the extracts begin."""
SMALL_PRINT = (
    gettext_noop(
        "After P. S. Fader, B. G. S. Hardie and M. Ross, The customer-base audit. Value is that of the scorecard, on the day that is named."
    ),
    gettext_noop(
        "Value looks back by the value days: where the extracts begin later than that before a period's end, its values are too low."
    ),
    gettext_noop("Customers of the year in which the extracts begin may have come before."),
)


def customer_base_page(data: ScorecardData, base: CustomerBase) -> Page:
    """The five sides: three pictures, which are printed, and a table or two each to look things up in."""
    if not base.tenths:
        nobody = gettext("Nobody was a customer at the end of {period}.", period=data.labels[data.period])
        return Page(gettext(TITLE), gettext(QUESTION), nobody)
    one = _one_cohort(data, base)
    return Page(
        gettext(TITLE),
        gettext(QUESTION),
        _sentence(data, base),
        bars=_bars(data, base),
        tables=details(
            (
                _tenths_table(data, base),
                *_moved_table(data, base),
                *_one_table(data, one),
                *_ages_table(data),
                _health_table(data, base),
            )
        ),
        curves=_curves(base),
        run_chart=_run_chart(data, base, one),
        small_print=tuple(map(gettext, SMALL_PRINT)),
    )


def _sentence(data: ScorecardData, base: CustomerBase) -> str:
    """How much of the value lies with the best tenth, and with those who came within the last year."""
    count, value = _whole(base)
    if value <= 0:
        return ngettext(
            "{customers} at closing are worth nothing together.",
            "{customers} at closing are worth nothing together.",
            count,
            customers=format_customers(count),
        )
    recent = [line for line in _now(data, base) if line.tenure == base.tenures[-1]]
    customers, worth = sum(line.customers_count for line in recent), sum((line.value_amount for line in recent), Decimal(0))
    best = base.tenths[0]
    shares = [money_short(amount, data.currency) for amount in (best.value_amount, value, worth)]
    return ngettext(
        "The most valuable {best} of {customers} are worth {worth} of {whole} ({rate}); {recent} came within the last year, and are worth "
        "{recent_worth} ({recent_rate}).",
        "The most valuable {best} of {customers} are worth {worth} of {whole} ({rate}); {recent} came within the last year, and are worth "
        "{recent_worth} ({recent_rate}).",
        count,
        best=whole_number(best.customers_count),
        customers=format_customers(count),
        worth=shares[0],
        whole=shares[1],
        rate=whole_percent(best.value_amount / value),
        recent=whole_number(customers),
        recent_worth=shares[2],
        recent_rate=whole_percent(worth / value),
    )


def _whole(base: CustomerBase) -> tuple[int, Decimal]:
    return sum(tenth.customers_count for tenth in base.tenths), sum((tenth.value_amount for tenth in base.tenths), Decimal(0))


def _now(data: ScorecardData, base: CustomerBase) -> list[CohortLine]:
    return [line for line in base.lines if line.period == data.period]


def _tenths_table(data: ScorecardData, base: CustomerBase) -> Table:
    """Differences in a period."""
    count, value = _whole(base)
    columns = (
        *(Column("Tenth", "text"), Column("Customers"), Column(VALUE, "money"), Column(VALUE_PER_CUSTOMER, "money")),
        *(Column("Part", "share"), Column("Part, added up", "share")),
    )
    parts = list(accumulate(tenth.value_amount for tenth in base.tenths))
    rows = tuple(
        (
            _tenth(tenth.number),
            *_with_mean(data, tenth),
            *((Share(tenth.value_amount, value), Share(part, value)) if value > 0 else (None,) * 2),
        )
        for tenth, part in zip(base.tenths, parts, strict=True)
    )
    total = (gettext(ALL_TENTHS), count, value, per_customer(value, count, data), None, None)
    return Table(gettext("1. How customers differ: tenths by what they are worth at closing"), columns, rows, total=total)


def _tenth(number: int) -> str:
    return gettext("{number} (most valuable)", number=number) if number == 1 else f"{number}"


def _with_mean(data: ScorecardData, line: ValueTenth | CohortLine) -> tuple[int, Decimal, Decimal | None]:
    return line.customers_count, line.value_amount, per_customer(line.value_amount, line.customers_count, data)


def _moved_table(data: ScorecardData, base: CustomerBase) -> Iterator[Table]:
    """Period to period."""
    if not base.moved:
        return
    headings = (gettext("Went"), gettext("Worth less"), gettext("About alike"), gettext("Worth more"))
    columns = (
        *(Column("Tenth at opening", "text"), Column("Customers"), *map(Column, headings)),
        *(column_of(name) for name in ("opening_amount", "closing_amount")),
    )
    rows = tuple((_tenth(moved.number), *(value for name, value in vars(moved).items() if name != "number")) for moved in base.moved)
    sums = [sum(values) for values in zip(*(row[1:] for row in rows), strict=True)]
    below = gettext(
        "Of those who were customers at the opening of {period}; nobody who came in it is in these numbers.",
        period=data.labels[data.period],
    )
    title = gettext("2. From opening to closing: what became of each tenth")
    yield Table(title, columns, rows, total=(gettext(ALL_TENTHS), *sums), below=below)


def _one_cohort(data: ScorecardData, base: CustomerBase) -> list[CohortLine]:
    """The oldest cohort that came after the extracts begin, or the oldest, at each closing that it was there at."""
    cohorts = sorted({line.cohort for line in _now(data, base)})
    chosen = next((name for name in cohorts if name.isdigit()), cohorts[0])
    by_period: dict[str, list[CohortLine]] = {}
    for line in base.lines:
        if line.cohort == chosen:
            by_period.setdefault(line.period, []).append(line)
    return [_together(lines) for lines in by_period.values()]


def _cohort(name: str) -> str:
    """A cohort as it is called: 2024, or 2022 and before."""
    year = name.removesuffix(AND_BEFORE)
    return name if year == name else gettext("{year} and before", year=year)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _together(lines: Sequence[CohortLine]) -> CohortLine:
    count, value = sum(line.customers_count for line in lines), sum((line.value_amount for line in lines), Decimal(0))
    return type(lines[0])(lines[0].period, lines[0].cohort, "", count, value)


def _one_table(data: ScorecardData, one: Sequence[CohortLine]) -> Iterator[Table]:
    """One cohort through the trend, in the order of its periods."""
    columns = (Column("At the end of", "text"), Column("Customers"), Column(VALUE, "money"), Column(VALUE_PER_CUSTOMER, "money"))
    rows = tuple((data.labels[line.period], *_with_mean(data, line)) for line in _in_order(data, one))
    title = gettext("3. One intake through time: who first came in {cohort}, as far as they were customers", cohort=_cohort(one[0].cohort))
    yield Table(title, columns, rows)


def _in_order(data: ScorecardData, lines: Sequence[CohortLine]) -> list[CohortLine]:
    return sorted(lines, key=lambda line: data.trend.index(line.period))


def _ages_table(data: ScorecardData) -> Iterator[Table]:
    """Cohort against cohort: each year's intakes at the same ages, of the months whose customers have all reached them."""
    all_cohorts, days = monthly_cohorts(data), ages(data)
    if not all_cohorts or not days:
        return
    columns = [Column("Came in", "text"), column_of("intake_customers")]
    for age in days:
        columns += [
            Column(at(REACHED, age).heading),
            Column("Customers then", "share"),
            Column("Had brought, each", "money"),
        ]
    years = sorted({cohort.name[:4] for cohort in all_cohorts})
    rows = tuple(_at_ages(data, [cohort for cohort in all_cohorts if cohort.name.startswith(year)], days, year=year) for year in years)
    below = gettext("Of each year the months whose customers have all been known so long; the first year and the last lack some months.")
    yield Table(gettext("4. Intakes beside each other, at the same age"), tuple(columns), rows, below=below)


def _at_ages(data: ScorecardData, year_cohorts: Sequence[Cohort], days: Sequence[int], *, year: str) -> tuple[CellValue, ...]:
    cells: list[CellValue] = [year, sum(cohort.count("intake_customers") for cohort in year_cohorts)]
    for age in days:
        old = [cohort for cohort in year_cohorts if cohort.has_reached(age)]
        count, still = (sum(cohort.count(name) for cohort in old) for name in (reached(age), stayed(age)))
        brought = sum((cohort.money(value_after(age)) for cohort in old), Decimal(0))
        cells += [count, Share(still, count) if count else None, per_customer(brought, count, data)]
    return tuple(cells)


def _health_table(data: ScorecardData, base: CustomerBase) -> Table:
    """Health of the base: of whom it is made, by when they first came."""
    count, value = _whole(base)
    lines = _now(data, base)
    cohorts = [_together([line for line in lines if line.cohort == name]) for name in sorted({line.cohort for line in lines})]
    columns = (
        *(Column("First came in", "text"), Column("Customers"), Column("Part of them", "share")),
        *(Column(VALUE, "money"), Column(VALUE_PER_CUSTOMER, "money"), Column("Part of it", "share")),
    )
    rows = tuple(
        (_cohort(line.cohort), line.customers_count, Share(line.customers_count, count), *_with_mean(data, line)[1:])
        + ((Share(line.value_amount, value),) if value > 0 else (None,))
        for line in cohorts
    )
    total = (gettext(ALL_TENTHS), count, None, value, per_customer(value, count, data), None)
    label, weak = measure_label("weakening_customers"), data.figure("weakening_customers")
    below = "" if weak is None else gettext("{label}: {count} of the customers who stayed.", label=label, count=in_full(weak))
    return Table(gettext("5. Health of the base: when the customers at closing first came"), columns, rows, total=total, below=below)


def _bars(data: ScorecardData, base: CustomerBase) -> Bars | None:
    """What the base is worth at each closing, by how long ago its customers first came."""
    periods = data.trend_with_customers
    sums = {(period, tenure): Decimal(0) for period in periods for tenure in base.tenures}
    for line in base.lines:
        if (line.period, line.tenure) in sums:
            sums[line.period, line.tenure] += line.value_amount
    series = tuple(
        Series(_capital(gettext(tenure)), tuple(sums[period, tenure] for period in periods), colour_role)
        for tenure, colour_role in zip(base.tenures, COLOUR_ROLES, strict=True)
    )
    title = gettext("5. {label}, by how long ago customers first came", label=measure_label("closing_amount"))
    return Bars(title, tuple(data.labels[period] for period in periods), series, is_money=True, is_stacked=True)


def _curves(base: CustomerBase) -> Curves | None:
    """How unequal customers are: the part of the value that the best tenths have together, beside what alike ones would have."""
    value = _whole(base)[1]
    if value <= 0:
        return None
    parts = [Decimal(0), *accumulate(tenth.value_amount / value for tenth in base.tenths)]
    rows = tuple((number, part, Decimal(number) / len(base.tenths)) for number, part in enumerate(parts))
    columns = (Column("Tenths"), Column("Part of the value", "share"), Column("If all were alike", "share"))
    half = next(number for number, part in enumerate(parts) if part >= Decimal("0.5"))
    numbers = Table(gettext("1. The chart of how customers differ is drawn from these numbers"), columns, rows)
    title = gettext("1. How customers differ: part of the value")
    across = gettext("Tenths of the customers, the most valuable first")
    return Curves(title, across, len(base.tenths), numbers, ("in", "quiet"), ((gettext("Half of it"), half),))


def _run_chart(data: ScorecardData, base: CustomerBase, one: Sequence[CohortLine]) -> RunChart | None:
    """What a customer of the one cohort is worth, beside everybody, closing by closing; none where it is there at one only."""
    lines = _in_order(data, one)
    rows = tuple((data.labels[line.period], line.value_amount / line.customers_count, _mean_of_all(base, line.period)) for line in lines)
    if len(rows) < 2:
        return None
    came = Column(gettext("Came in {cohort}", cohort=_cohort(one[0].cohort)), "money")
    columns = (Column("At the end of", "text"), came, Column(ALL_TENTHS, "money"))
    numbers = Table(gettext("3. The chart of one intake is drawn from these numbers"), columns, rows)
    title = gettext("3. Value each at closing, {currency}: one intake, and everybody", currency=data.currency)
    return RunChart(title, numbers, ("in", "quiet"))


def _mean_of_all(base: CustomerBase, period: str) -> Decimal:
    there = [line for line in base.lines if line.period == period]
    return sum((line.value_amount for line in there), Decimal(0)) / sum(line.customers_count for line in there)
