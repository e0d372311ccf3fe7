"""Where the data begin: before it nobody knows who was a customer, and no page says 0."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import pytest

from config.definitions import Calendar
from config.topic_settings import CohortSettings
from tasks.customer_math.ledger.beginning import Beginning, first_whole_month, rows_by_month
from tasks.customer_math.ledger.periods import period_named, plan_for
from tasks.customer_math.topics.cohorts import CohortSpec
from tasks.reporting.beginning import DataBeginning
from tasks.reporting.pages.front import front_lines
from tasks.reporting.pages.headline import headline, value_line
from tasks.reporting.pages.message import message_sentences
from tasks.reporting.pages.roll_forward import roll_forward
from tasks.reporting.pages.thread import thread_lines
from tasks.reporting.render.slack import digest

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

MAY = date(2026, 5, 3)
DECLARED = Beginning(MAY, "orders", is_assumed=False)
SHOWN = DataBeginning(MAY, "orders", is_assumed=False, openings={"August 2026": date(2026, 7, 31), "July 2026": date(2026, 6, 30)})


@pytest.mark.parametrize(
    ("counts", "begins"),
    [
        pytest.param((2, 40, 50, 45, 60, 55, 50), 2, id="fewer than a tenth of 50 lie ahead of the data"),
        pytest.param((5, 40, 50, 45, 60, 55, 50), 1, id="a tenth is a beginning"),
        pytest.param((1, 0, 0, 0, 0, 30, 30, 30, 30, 30, 30), 1, id="after a single row nothing for half a year: the median is 0"),
        pytest.param((7,), 1, id="one month alone"),
        pytest.param((), None, id="no rows"),
    ],
)
def test_the_data_begin_with_the_first_month_that_holds_a_tenth_of_the_next_six(counts: tuple[int, ...], begins: int | None) -> None:
    months = [(date(2026, month, 1), count, date(2026, month, 3)) for month, count in enumerate(counts, 1) if count]
    assert first_whole_month(months, through=date(2026, 12, 31)) == (date(2026, begins, 3) if begins else None)


def test_rows_are_counted_by_the_month_of_their_day(connection: Any) -> None:
    days = [date(2026, 3, 9), date(2026, 3, 7), date(2026, 5, 1), None]
    rows = ibis.memtable([{"on": day} for day in days], schema={"on": "date"})
    assert connection.to_pyarrow(rows_by_month(rows, "on")).to_pylist() == [
        {"month": date(2026, 3, 1), "rows_count": 2, "first_on": date(2026, 3, 7)},
        {"month": date(2026, 5, 1), "rows_count": 1, "first_on": date(2026, 5, 1)},
    ]


def test_months_that_are_not_covered_yet_do_not_count_as_empty() -> None:
    months = [(date(2026, 1, 1), 2, date(2026, 1, 3)), (date(2026, 2, 1), 40, date(2026, 2, 1))]
    assert first_whole_month(months, through=date(2026, 2, 28)) == date(2026, 2, 1)
    assert first_whole_month(months, through=date(2026, 12, 31)) == date(2026, 1, 3)


@pytest.mark.parametrize(
    ("day", "trend", "previous"),
    [
        pytest.param(date(2026, 6, 30), ["2026-07", "2026-08"], "2026-07", id="the day before July opens"),
        pytest.param(date(2026, 7, 1), ["2026-08"], None, id="July's first day: who was a customer before it is not known"),
        pytest.param(date(2026, 8, 9), ["2026-08"], None, id="in the period itself"),
    ],
)
def test_no_period_is_held_against_one_in_which_the_data_begin(day: date, trend: list[str], previous: str | None) -> None:
    plan = plan_for(period_named("2026-08", Calendar()), Calendar(), covers_from=None, beginning=Beginning(day, "orders", is_assumed=True))
    assert [each.name for each in plan.trend] == trend
    assert (plan.previous.name if plan.previous else None) == previous
    assert (plan.year_before, plan.year_to_date, plan.year_through) == (None, None, None)


def test_where_nobody_was_a_customer_before_the_first_period_is_held_against() -> None:
    plan = plan_for(period_named("2026-08", Calendar()), Calendar(), covers_from=date(2026, 7, 1))
    assert plan.previous is not None
    assert [each.name for each in plan.trend] == ["2026-07", "2026-08"]


@pytest.mark.parametrize(
    ("day", "first"),
    [
        pytest.param(None, date(2025, 7, 1), id="nobody was a customer before"),
        pytest.param(date(2026, 1, 1), date(2026, 2, 1), id="January is no intake"),
        pytest.param(date(2025, 12, 31), date(2026, 1, 1), id="the day before January opens"),
        pytest.param(date(2026, 8, 2), date(2026, 9, 1), id="no intake yet"),
    ],
)
def test_whoever_came_in_the_month_in_which_the_data_begin_is_no_intake(day: date | None, first: date) -> None:
    beginning = Beginning(day, "orders", is_assumed=False) if day else None
    spec = CohortSpec.at(period_named("2026-08", Calendar()), CohortSettings(ages_days=(1,)), Calendar(), beginning=beginning)
    assert spec.first_came_on == first


def test_opening_customers_and_values_are_called_too_few_until_their_days_have_passed() -> None:
    (note,) = replace(SHOWN, lapse_days=60, value_days=90).notes()
    # 60 days from 3 May are over on 1 July, 90 on 31 July.
    assert note == (
        "Opening customers of July 2026 are too few, since until 1 July 2026 whoever last bought before the data begin is not among them, "
        "can be called new, and cannot lapse. Opening value of July 2026 is too low, since until 31 July 2026 purchases from before the "
        "data begin are not in it, so that more customers are worth more, and fewer are worth less. "
        "The data begin on 3 May 2026, as is declared of orders."
    )
    assert not list(replace(SHOWN, lapse_days=59, value_days=59).notes())
    assert not list(SHOWN.notes())


def test_an_assumed_beginning_names_the_setting_that_says_it() -> None:
    assumed = replace(SHOWN, is_assumed=True)
    assert "`covers_from: founding`" in assumed.sentence
    assert assumed.label == "on 3 May 2026 (assumed)"


def test_where_the_data_begin_in_the_period_no_sentence_says_who_came_or_went(data: ScorecardData) -> None:
    begun = replace(data, beginning=replace(SHOWN, is_assumed=True, is_opening_unknown=True), previous=None, year_before=None)
    lines = [each.line for each in message_sentences(begun)]
    closing = f"{begun.count('closing_customers'):,}"
    assert lines[0] == f"The data begin on 3 May 2026 (assumed): who came and who went is not known; {closing} customers at the end."
    assert lines[1].endswith("retention is not known, since nobody knows who was a customer at opening")
    assert lines[2].startswith(f"not known → {closing} customers, not known → ")
    assert not [line for line in lines if line.startswith(("In: ", "Out: ", "Where: ", "Why: "))]
    assert value_line(begun).startswith(f"what came in and what went is not known; base at the end {closing}, ")
    assert "Out" not in str(digest(begun, workbook_name="scorecard.xlsx").blocks)
    assert not [
        line for line in thread_lines(begun, workbook_name="scorecard.xlsx", segments_count=3) if line.startswith(("In: ", "Out: "))
    ]
    assert not [line for line in front_lines(begun) if line.text.startswith("Value ")]
    opening, *_others, final = roll_forward(begun)
    assert (opening["customers"], opening["value"], final["customers"]) == ("not known", "not known", closing)
    assert headline(data) != lines[0]
    assert begun.beginning is not None
    (note,) = begun.beginning.notes()
    assert note.startswith("Nobody knows who was a customer before 3 May 2026, so ")
