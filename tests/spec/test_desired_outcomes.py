"""What customers want: the latest rating of each counts, and the opportunity is importance plus what satisfaction lacks of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pytest

from config.topic_settings import Experience
from tasks.customer_math.analysis.desired_outcomes import DesiredOutcome, desired_outcomes, ratings_by_outcome
from tasks.customer_math.analysis.exposures import Landmark, exposed
from tasks.customer_math.ledger.experiences import KINDS

HEAD = ("customer_id", "experienced_on", "desired_outcome", "importance", "satisfaction")
RATINGS = (
    ("anna", "2026-06-01", "On the day", 9, 3),
    ("anna", "2026-05-01", "On the day", 2, 10),
    ("bert", "2026-06-01", "On the day", 8, 8),
    ("cleo", "2026-06-01", "On the day", 7, 9),
    ("dora", "2026-06-01", "On the day", 9, None),
    ("emil", "2025-09-30", "On the day", 10, 0),
    ("fritz", "2025-10-01", "Easy to clean", 10, 0),
    ("gina", "2026-10-01", "Easy to clean", 10, 0),
    ("hans", "2026-06-01", None, 10, 0),
)
RATED = ("surveys.desired_outcome", "surveys.importance", "surveys.satisfaction")


@pytest.fixture
def recorded() -> Any:
    rows = [dict(zip(HEAD, row, strict=True), kind="answer", experience_id=str(number)) for number, row in enumerate(RATINGS)]
    schema = {name: "string" if kind == "date" else kind for name, kind in KINDS.items()}
    return ibis.memtable({name: [row.get(name) for row in rows] for name in KINDS}, schema=schema).cast(KINDS)


def test_the_latest_rating_of_the_year_counts_of_each_customer_and_outcome(connection: Any, recorded: Any) -> None:
    rows = connection.to_pyarrow(ratings_by_outcome(recorded, date(2026, 9, 30), Experience())).to_pylist()
    assert [tuple(row.values()) for row in rows] == [("Easy to clean", 1, 1, 0, 0), ("On the day", 3, 2, 2, 1)]


def test_who_is_not_satisfied_with_what_matters_had_that_experience_before_the_period(connection: Any, recorded: Any) -> None:
    had = exposed(recorded, Landmark(date(2026, 7, 1), Experience()), supplied=RATED)
    assert had is not None
    rows = connection.to_pyarrow(had.order_by("customer_id")).to_pylist()
    assert [(row["experience"], row["part"], row["customer_id"]) for row in rows] == [("unmet_outcome", "On the day", "anna")]


@pytest.mark.parametrize(
    ("important", "satisfied", "opportunity"),
    [(90, 40, 9 + (9 - 4)), (40, 90, 4), (50, 50, 5), (0, 0, 0), (100, 0, 20), (100, 100, 10)],
)
def test_the_opportunity_is_importance_plus_what_satisfaction_lacks_of_it(important: int, satisfied: int, opportunity: float) -> None:
    both = max(important + satisfied - 100, 0)
    each = DesiredOutcome("any", 100, important, satisfied, both)
    assert each.opportunity == pytest.approx(opportunity)
    assert each.interval is not None
    assert 0 <= each.interval[0] <= opportunity <= each.interval[1] <= 20


def test_the_interval_is_that_of_one_answer_a_customer_and_none_of_few_customers() -> None:
    """Of 100, 40 want it and lack it (2), 30 are both (1), 10 are satisfied only (-1): 20 neither."""
    each = DesiredOutcome("any", 100, 70, 40, 30)
    mean, squares = (40 * 2 + 30 - 10) / 100, (40 * 4 + 30 + 10) / 100
    reach = 10 * 1.959964 * ((squares - mean**2) / 100) ** 0.5
    assert each.interval == pytest.approx((10 * mean - reach, 10 * mean + reach))
    assert DesiredOutcome("any", 29, 20, 10, 5).interval is None


def test_the_largest_opportunity_comes_first() -> None:
    rows = [
        {"name": name, "customers_count": 50, "important_count": important, "satisfied_count": 10, "both_count": 5}
        for name, important in (("a", 20), ("b", 40), ("c", 20))
    ]
    assert [each.name for each in desired_outcomes(rows)] == ["b", "a", "c"]
