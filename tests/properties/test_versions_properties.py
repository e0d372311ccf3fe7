"""What holds of every history of versions: on each day what a plain recount says, and no day twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.versions import counted_versions

FIRST_DAY = date(2026, 1, 1)
DAYS = [FIRST_DAY + timedelta(days=number) for number in range(-5, 75)]
KEYS = ("k1", "k2", "k3")
DAY = st.integers(0, 60).map(lambda number: FIRST_DAY + timedelta(days=number))


@st.composite
def version(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "record_key": draw(st.sampled_from(KEYS)),
        "changed_on": draw(DAY),
        "starts_on": draw(st.one_of(st.just(FIRST_DAY), DAY)),
        "ends_on": draw(st.one_of(st.none(), DAY)),
        "recurring_amount": Decimal(draw(st.integers(0, 9))),
        "status": draw(st.sampled_from(["active", "active", "paused"])),
    }


VERSIONS = st.lists(version(), min_size=1, max_size=15).map(lambda rows: sorted(rows, key=lambda row: row["changed_on"]))


def in_force(versions: list[dict[str, Any]], day: date) -> dict[str, Any] | None:
    """The version of a contract that holds on a day, by looking at each: the latest that was written, and that begins, by then."""
    holding = [row for number, row in enumerate(versions) if row["starts_on"] <= day and (number == 0 or row["changed_on"] <= day)]
    if not holding or (versions[-1]["ends_on"] or date.max) <= day:
        return None
    latest = holding[-1]
    return latest if day < (latest["ends_on"] or date.max) and latest["status"] != "paused" else None


@given(VERSIONS)
def test_every_day_has_the_version_that_a_recount_of_it_says(connection: Any, versions: list[dict[str, Any]]) -> None:
    counted = counted_versions(connection, versions)
    for key in {row["record_key"] for row in versions}:
        own, expected = [row for row in counted if row["contract_id"] == key], [row for row in versions if row["record_key"] == key]
        for day in DAYS:
            agreed = in_force(expected, day)
            amounts = [row["annual_amount"] for row in own if row["starts_on"] <= day < row["ends_on"]]
            assert amounts == ([agreed["recurring_amount"]] if agreed else [])


@given(VERSIONS)
def test_a_term_is_unbroken_and_comes_due_at_most_once(connection: Any, versions: list[dict[str, Any]]) -> None:
    covering = [row for row in counted_versions(connection, versions) if row["starts_on"] < row["ends_on"]]
    terms: dict[tuple[str, date, date], list[dict[str, Any]]] = {}
    for row in covering:
        terms.setdefault((row["contract_id"], row["term_starts_on"], row["term_ends_on"]), []).append(row)
    for (_contract, starts_on, ends_on), rows in terms.items():
        in_order = sorted(rows, key=lambda row: row["starts_on"])
        assert [starts_on, *(row["ends_on"] for row in in_order)] == [*(row["starts_on"] for row in in_order), ends_on]
        assert all(row["ends_on"] < row["due_on"] for row in in_order[:-1])
