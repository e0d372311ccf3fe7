"""The customer base from five sides: tenths, what became of them, cohorts, and the page that shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest
from openpyxl import load_workbook

from config.measures.cohorts import REACHED, STAYED, VALUE
from config.measures.entries import at
from tasks.customer_math.analysis.customer_base import LONG, RECENT, base_by_cohort, movements_by_tenth, value_tenths
from tasks.customer_math.figures import ALL
from tasks.reporting.blocks import Share, Table
from tasks.reporting.customer_base import CohortLine, CustomerBase, MovedTenth, ValueTenth
from tasks.reporting.pages.agenda import tabs
from tasks.reporting.pages.customer_base import customer_base_page
from tasks.reporting.render.workbook import workbook

if TYPE_CHECKING:
    from tasks.reporting.blocks import Page
    from tasks.reporting.model import ScorecardData

LEDGER_SCHEMA = pa.schema(
    {
        "period": pa.string(),
        "customer_id": pa.string(),
        "first_came_on": pa.date32(),
        "movement": pa.string(),
        "is_active_at_opening": pa.bool_(),
        "is_active_at_closing": pa.bool_(),
        "opening_amount": pa.decimal128(18, 2),
        "closing_amount": pa.decimal128(18, 2),
    }
)


def ledger(*rows: tuple[str, str, int, int], period: str = "2026-Q3", came: str = "2024-05-01") -> pa.Table:
    """Customers with how they moved and what they were worth at both ends; 0 at opening is nobody then."""
    return pa.Table.from_pylist(
        [
            {
                "period": period,
                "customer_id": who,
                "first_came_on": date.fromisoformat(came),
                "movement": movement,
                "is_active_at_opening": movement != "new",
                "is_active_at_closing": movement != "left",
                "opening_amount": Decimal(opening),
                "closing_amount": Decimal(closing),
            }
            for who, movement, opening, closing in rows
        ],
        LEDGER_SCHEMA,
    )


TWELVE = (("a", "unchanged", 90, 90), ("b", "left", 80, 0), ("c", "increased", 80, 95), *((f"n{n:02d}", "new", 0, 10) for n in range(9)))


def test_tenths_are_of_those_at_closing_the_most_valuable_first(connection: Any) -> None:
    """Eleven are there: two in the first tenth, one in each other."""
    rows = connection.to_pyarrow(value_tenths(ibis.memtable(ledger(*TWELVE)))).to_pylist()
    assert [row["customers_count"] for row in rows] == [2, *[1] * 9]
    assert rows[0]["value_amount"] == Decimal(95 + 90)
    assert sum(row["value_amount"] for row in rows) == Decimal(95 + 90 + 9 * 10)


def test_what_became_of_each_tenth_adds_up_to_its_customers(connection: Any) -> None:
    """Of two who were worth as much, the id decides who comes first."""
    rows = connection.to_pyarrow(movements_by_tenth(ibis.memtable(ledger(*TWELVE)))).to_pylist()
    counts = ("out_count", "decreased_count", "alike_count", "increased_count")
    assert [[row[name] for name in counts] for row in rows] == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]]
    assert [(row["customers_count"], row["opening_amount"], row["closing_amount"]) for row in rows] == [
        (1, 90, 90),
        (1, 80, 0),
        (1, 80, 95),
    ]


def test_customers_of_the_first_recorded_year_may_have_come_before(connection: Any) -> None:
    """364 days at closing are less than a year, 365 are one; nobody who left is in it."""
    came = {"2022-12-31": "x", "2024-01-01": "y", "2025-09-30": "z", "2025-10-01": "q"}
    parts = [ledger((who, "unchanged", 10, 10), came=on) for on, who in came.items()]
    every = ibis.memtable(pa.concat_tables([*parts, ledger(("gone", "left", 10, 0))]))
    days = ibis.memtable({"period": ["2026-Q3"], "closing_on": [date(2026, 9, 30)]})
    rows = connection.to_pyarrow(base_by_cohort(every, days, first_day=date(2022, 3, 1))).to_pylist()
    assert [(row["cohort"], row["tenure"], row["customers_count"], row["value_amount"]) for row in rows] == [
        ("2022 and before", LONG, 1, 10),
        ("2024", LONG, 1, 10),
        ("2025", LONG, 1, 10),
        ("2025", RECENT, 1, 10),
    ]


def of(period: str, cohort: str, tenure: str, count: int, value: str) -> CohortLine:
    return CohortLine(period, cohort, tenure, count, Decimal(value))


BASE = CustomerBase(
    tenths=(ValueTenth(1, 60, Decimal("9000.00")), ValueTenth(2, 60, Decimal("3000.00"))),
    moved=(MovedTenth(1, 50, 5, 10, 20, 15, Decimal("8000.00"), Decimal("7500.00")),),
    lines=(
        of("2026-Q2", "2023 and before", LONG, 30, "4000.00"),
        of("2026-Q2", "2025", LONG, 20, "1000.00"),
        of("2026-Q2", "2025", RECENT, 20, "1000.00"),
        of("2026-Q3", "2023 and before", LONG, 50, "6000.00"),
        of("2026-Q3", "2025", LONG, 30, "3000.00"),
        of("2026-Q3", "2026", RECENT, 40, "3000.00"),
        of("2019-Q1", "2019", RECENT, 1, "1.00"),
    ),
    tenures=(LONG, RECENT),
)


def table(page: Page, number: int) -> Table:
    (found,) = (each for each in page.tables if each.title.startswith(f"{number}. "))
    return found


def with_intakes(data: ScorecardData) -> ScorecardData:
    """The facts with two months of 2025 and one of 2026, of which only the first has reached a year."""

    def month(count: int, *, year_old: bool) -> dict[str, int | Decimal]:
        parts: dict[str, int | Decimal] = {"intake_customers": count, at(REACHED, 90).name: count, at(STAYED, 90).name: count // 2}
        parts[at(VALUE, 90).name] = Decimal(10 * count)
        aged = {at(REACHED, 365).name: count, at(STAYED, 365).name: count // 4, at(VALUE, 365).name: Decimal(30 * count)}
        return {**parts, **(aged if year_old else {})}

    months = {"2025-01": month(40, year_old=True), "2025-11": month(60, year_old=False), "2026-01": month(80, year_old=False)}
    whole = {(data.period, ALL, ALL, at(VALUE, days).name): Decimal(1) for days in (90, 365)}
    return replace(
        data,
        cohort_ages_days=(90, 365),
        splits={(data.period, ALL, ALL, "intake"): months},
        figures={**data.figures, **whole, (data.period, ALL, ALL, "weakening_customers"): 1_234},
    )


@pytest.fixture
def page(data: ScorecardData) -> Page:
    return customer_base_page(with_intakes(data), BASE)


def test_the_sentence_says_what_the_best_and_the_newest_are_worth(page: Page) -> None:
    assert page.sentence == (
        "The most valuable 60 of 120 customers are worth EUR 9,000 of EUR 12.0k (75%); 40 came within the last year, and are worth "
        "EUR 3,000 (25%)."
    )


def test_tenths_stand_with_their_part_and_the_parts_added_up(page: Page) -> None:
    value = Decimal("12000.00")
    first = table(page, 1)
    assert first.rows[0][:2] == ("1 (most valuable)", 60)
    assert [row[-2:] for row in first.rows] == [
        (Share(Decimal("9000.00"), value), Share(Decimal("9000.00"), value)),
        (Share(Decimal("3000.00"), value), Share(value, value)),
    ]
    assert first.total is not None
    assert first.total[:3] == ("Everybody", 120, value)
    assert page.curves is not None
    assert page.curves.uprights == (("Half of it", 1),)


def test_what_became_of_the_tenths_is_added_up(page: Page) -> None:
    moved = table(page, 2)
    assert moved.total == ("Everybody", 50, 5, 10, 20, 15, Decimal("8000.00"), Decimal("7500.00"))


def test_one_intake_is_followed_through_the_trend_beside_everybody(page: Page) -> None:
    """That of 2025, the first of whom all are known to have come then; both its parts of the second quarter together."""
    one = table(page, 3)
    assert one.title.endswith("who first came in 2025, as far as they were customers")
    assert [row[1:3] for row in one.rows] == [(40, Decimal("2000.00")), (30, Decimal("3000.00"))]
    assert page.run_chart is not None
    assert [row[1:] for row in page.run_chart.numbers.rows] == [(50, Decimal(6000) / 70), (100, Decimal(12000) / 120)]


def test_intakes_are_compared_at_the_same_age_with_those_that_reached_it(page: Page) -> None:
    rows = table(page, 4).rows
    assert rows[0][:7] == ("2025", 100, 100, Share(50, 100), Decimal("10.00"), 40, Share(10, 40))
    assert rows[1][-3:] == (0, None, None)


def test_the_health_of_the_base_is_who_it_is_made_of(page: Page) -> None:
    health = table(page, 5)
    assert [row[:3] for row in health.rows] == [
        ("2023 and before", 50, Share(50, 120)),
        ("2025", 30, Share(30, 120)),
        ("2026", 40, Share(40, 120)),
    ]
    assert health.below.endswith(": 1,234 of the customers who stayed.")
    assert page.bars is not None
    assert [series.values[-1] for series in page.bars.series] == [Decimal("9000.00"), Decimal("3000.00")]


def test_where_nobody_was_a_customer_the_page_says_so(data: ScorecardData) -> None:
    page = customer_base_page(data, replace(BASE, tenths=()))
    assert page.sentence.startswith("Nobody was a customer at the end of ")
    assert page.tables == ()


def test_of_no_value_no_part_is_shown(data: ScorecardData) -> None:
    """A first period has no opening customers, no second closing, and no intake that is old enough."""
    lines = tuple(
        replace(line, value_amount=Decimal(0)) for line in BASE.lines if line.period == "2026-Q3" and line.cohort == "2023 and before"
    )
    page = customer_base_page(data, replace(BASE, tenths=(ValueTenth(1, 50, Decimal(0)),), moved=(), lines=lines))
    assert page.sentence == "50 customers at closing are worth nothing together."
    assert (page.curves, page.run_chart) == (None, None)
    assert [each.title[0] for each in page.tables] == ["1", "3", "5"]
    assert table(page, 1).rows[0][-2:] == (None, None)
    assert table(page, 5).rows[0][-1] is None
    assert table(page, 5).below == ""


def test_the_workbook_has_the_sheet_where_the_base_was_looked_at(data: ScorecardData, made_up: Any) -> None:
    assert "Customer base" not in [page.title for tab in tabs(data) for page in tab.pages]
    file = BytesIO()
    workbook(replace(data, customer_base=BASE), made_up.made_up_lists()).save(file)
    book = load_workbook(file)
    assert "Customer base" in [row[0] for row in book["Groups"].iter_rows(values_only=True)]
