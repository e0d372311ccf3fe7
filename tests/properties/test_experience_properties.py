"""What holds for every experience: exposure lies before the period's opening, and nothing that comes later changes who was exposed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.measures.experiences import EXPERIENCES
from config.topic_settings import Experience
from tasks.customer_math.analysis.exposures import Landmark, exposed
from tasks.customer_math.ledger.experiences import KINDS

OPENS_ON = date(2026, 7, 1)
LANDMARK = Landmark(OPENS_ON, Experience(exposure_days=20, slow_days=3))
EVERYTHING = frozenset(need for entry in EXPERIENCES.values() for need in entry.needs)
DATES = {"experienced_on", "closed_on", "reopened_on", "followed_up_on"}
TYPES = {"string": pa.string(), "date": pa.date32(), "int64": pa.int64(), "boolean": pa.bool_(), "array<string>": pa.list_(pa.string())}
SCHEMA = pa.schema({name: TYPES[kind] for name, kind in KINDS.items()})
DAYS = st.integers(-40, 30).map(lambda days: OPENS_ON + timedelta(days=days))
LATER = st.integers(0, 60).map(lambda days: OPENS_ON + timedelta(days=days))
EXPERIENCE = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["anna", "bert", "cleo"]),
        "experienced_on": DAYS,
        "kind": st.sampled_from(["ticket", "ticket", "answer", "refund"]),
        "category": st.sampled_from([None, "late", "broken"]),
        "stage": st.sampled_from([None, "delivery", "use"]),
        "score": st.none() | st.integers(0, 10),
        "is_complaint": st.booleans(),
        "themes": st.none() | st.lists(st.sampled_from(["Late", "Rude"]), unique=True),
        "closed_on": st.none() | DAYS,
        "reopened_on": st.none() | DAYS,
        "followed_up_on": st.none() | DAYS,
    }
)
HAPPENED = st.lists(EXPERIENCE, min_size=1, max_size=12)


@pytest.fixture(scope="module")
def who_was_exposed(connection: Any) -> Any:
    """The exposures of a list of experiences, as rows that can be compared."""

    def of(rows: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
        numbered = [{**row, "experience_id": f"{number:03}"} for number, row in enumerate(rows)]
        found = exposed(ibis.memtable(pa.Table.from_pylist(numbered, SCHEMA)), LANDMARK, supplied=EVERYTHING)
        return {tuple(row.values()) for row in connection.to_pyarrow(found).to_pylist()}

    return of


@given(rows=HAPPENED)
def test_every_exposure_lies_in_the_days_before_the_opening(who_was_exposed: Any, rows: list[dict[str, Any]]) -> None:
    first_day, last_day = OPENS_ON - timedelta(days=20), OPENS_ON - timedelta(days=1)
    for _experience, _part, _customer, first_on, last_on, times_count in who_was_exposed(rows):
        assert first_day <= first_on <= last_on <= last_day
        assert times_count >= 1


@given(rows=HAPPENED, moved=st.data())
def test_experiences_that_are_moved_behind_the_opening_leave_no_trace(who_was_exposed: Any, rows: list[dict[str, Any]], moved: Any) -> None:
    stays = [moved.draw(st.booleans()) for _row in rows]
    later = [row if stay else {**row, "experienced_on": moved.draw(LATER)} for stay, row in zip(stays, rows, strict=True)]
    without = [row if stay else {**row, "experienced_on": OPENS_ON - timedelta(days=400)} for stay, row in zip(stays, rows, strict=True)]
    assert who_was_exposed(later) == who_was_exposed(without)


@given(rows=HAPPENED, moved=st.data())
def test_what_became_of_an_experience_after_the_opening_is_not_known_yet(
    who_was_exposed: Any, rows: list[dict[str, Any]], moved: Any
) -> None:
    columns = sorted(DATES - {"experienced_on"})
    is_later = [{name for name in columns if row[name] is None or row[name] >= OPENS_ON} for row in rows]
    filled = [row | {name: moved.draw(LATER) for name in sorted(names)} for row, names in zip(rows, is_later, strict=True)]
    emptied = [row | dict.fromkeys(names) for row, names in zip(rows, is_later, strict=True)]
    assert who_was_exposed(filled) == who_was_exposed(rows) == who_was_exposed(emptied)


@given(rows=HAPPENED, days=st.integers(-30, 30))
def test_exposures_move_with_the_calendar(connection: Any, who_was_exposed: Any, rows: list[dict[str, Any]], days: int) -> None:
    shift = timedelta(days=days)
    moved = [{name: value + shift if name in DATES and value else value for name, value in row.items()} for row in rows]
    numbered = [{**row, "experience_id": f"{number:03}"} for number, row in enumerate(moved)]
    later = Landmark(OPENS_ON + shift, LANDMARK.choices)
    found = exposed(ibis.memtable(pa.Table.from_pylist(numbered, SCHEMA)), later, supplied=EVERYTHING)
    names = {tuple(row.values())[:3] for row in connection.to_pyarrow(found).to_pylist()}
    assert names == {row[:3] for row in who_was_exposed(rows)}
