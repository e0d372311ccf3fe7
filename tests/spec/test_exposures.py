"""Experiences as one table, and who had which before a period opened: boundaries, and what was known on the day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest

from config.measures.experiences import EXPERIENCES, experience_name, label_of_name
from config.topic_settings import Experience
from tasks.customer_math.analysis.exposures import (
    CONDITIONS,
    Landmark,
    among,
    counts_of_base,
    counts_of_exposed,
    exposed,
    largest_parts,
    of_opening_base,
    opening_base,
    with_experience_name,
)
from tasks.customer_math.ledger.experiences import KINDS, NOT_LISTED, experiences

OPENS_ON = date(2026, 7, 1)
EVERYTHING = frozenset(need for entry in EXPERIENCES.values() for need in entry.needs)
DAYS = ("experienced_on", "closed_on", "reopened_on", "followed_up_on")
LEDGER = {
    "customer_id": "string",
    "movement": "string",
    "opening_amount": "decimal(18, 2)",
    "is_active_at_opening": "boolean",
    "region_at_opening": "string",
    "opening_group": "string",
    "opening_tenure_group": "string",
    "terms_due_count": "int64",
    "terms_in_grace_count": "int64",
    "terms_not_renewed_count": "int64",
}
TICKETS = {
    "customer_id": "string",
    "opened_on": "date",
    "closed_on": "date",
    "category": "string",
    "stage": "string",
    "is_complaint": "boolean",
    "record_key": "string",
}
SURVEYS = {"customer_id": "string", "answered_on": "date", "score": "int64", "stage": "string", "comment": "string", "record_key": "string"}
PURCHASES = {"customer_id": "string", "purchased_on": "date", "amount": "decimal(18, 2)", "product_group": "string"}


def table(rows: list[dict[str, Any]], kinds: dict[str, str]) -> ibis.Table:
    """Rows as a table; what a row does not say is empty."""
    columns = {name: [row.get(name) for row in rows] for name in kinds}
    return ibis.memtable(columns, schema={name: "string" if name in DAYS else kind for name, kind in kinds.items()}).cast(kinds)


def happened(*rows: dict[str, Any]) -> ibis.Table:
    """Experiences; a ticket is one, unless a row says otherwise."""
    usual = {"kind": "ticket", "is_complaint": False}
    return table([{**usual, "experience_id": str(number), **row} for number, row in enumerate(rows)], KINDS)


def had(connection: Any, *rows: dict[str, Any], supplied: frozenset[str] = EVERYTHING, **choices: Any) -> set[tuple[str, str, str]]:
    """Who had what: experience, part and customer."""
    found = exposed(happened(*rows), Landmark(OPENS_ON, Experience(exposure_days=30, **choices)), supplied=supplied)
    return {(row["experience"], row["part"], row["customer_id"]) for row in connection.to_pyarrow(found).to_pylist()}


@pytest.mark.parametrize(
    ("day", "counts"), [("2026-05-31", False), ("2026-06-01", True), ("2026-06-30", True), ("2026-07-01", False), ("2026-08-01", False)]
)
def test_only_experiences_of_the_days_before_the_opening_count(connection: Any, day: str, counts: bool) -> None:
    found = had(connection, {"customer_id": "anna", "experienced_on": day, "is_complaint": True})
    assert (("complaint", "", "anna") in found) is counts


@pytest.mark.parametrize(
    ("row", "names"),
    [
        pytest.param({}, {"unresolved_ticket", "slow_ticket"}, id="open since long"),
        pytest.param({"closed_on": "2026-07-01"}, {"unresolved_ticket", "slow_ticket"}, id="closed on the opening day, as yet unknown"),
        pytest.param({"closed_on": "2026-06-30"}, {"slow_ticket"}, id="closed on the day before"),
        pytest.param({"closed_on": "2026-06-15"}, set(), id="closed after just the slow days"),
        pytest.param({"closed_on": "2026-06-16"}, {"slow_ticket"}, id="closed after one more"),
        pytest.param({"closed_on": "2026-06-03", "reopened_on": "2026-06-30"}, {"reopened_ticket"}, id="opened again before"),
        pytest.param({"closed_on": "2026-06-03", "reopened_on": "2026-07-01"}, set(), id="opened again only then"),
        pytest.param(
            {"is_complaint": True, "closed_on": "2026-06-03", "followed_up_on": "2026-06-30"}, {"complaint"}, id="followed up before"
        ),
        pytest.param(
            {"is_complaint": True, "closed_on": "2026-06-03", "followed_up_on": "2026-07-01"},
            {"complaint", "complaint_without_follow_up"},
            id="followed up too late to count",
        ),
        pytest.param(
            {"is_complaint": True},
            {"complaint", "complaint_without_follow_up", "unresolved_complaint", "unresolved_ticket", "slow_ticket"},
            id="a complaint that nobody looked at",
        ),
        pytest.param({"kind": "refund"}, {"refund"}, id="refund"),
        pytest.param({"kind": "answer"}, set(), id="an answer without a score"),
        pytest.param({"kind": "answer", "score": 6, "followed_up_on": "2026-06-09"}, {"detractor"}, id="low and followed up"),
        pytest.param({"kind": "answer", "score": 6}, {"detractor", "detractor_without_follow_up"}, id="low and left alone"),
        pytest.param({"kind": "answer", "score": 7}, {"passive"}, id="middling"),
        pytest.param({"kind": "answer", "score": 9}, {"promoter"}, id="high"),
    ],
)
def test_an_experience_is_what_was_known_when_the_period_opened(connection: Any, row: dict[str, Any], names: set[str]) -> None:
    found = had(connection, {"customer_id": "anna", "experienced_on": "2026-06-01", **row}, slow_days=14)
    assert {name for name, _part, _customer in found} == names


def test_the_latest_score_before_the_opening_decides(connection: Any) -> None:
    found = had(
        connection,
        {"customer_id": "anna", "kind": "answer", "experienced_on": "2026-06-02", "score": 2},
        {"customer_id": "anna", "kind": "answer", "experienced_on": "2026-06-20", "score": 10},
        {"customer_id": "anna", "kind": "answer", "experienced_on": "2026-06-25"},
        {"customer_id": "anna", "kind": "answer", "experienced_on": "2026-07-01", "score": 1},
        {"customer_id": "bert", "kind": "answer", "experienced_on": "2026-06-20", "score": 10},
        {"customer_id": "bert", "kind": "answer", "experienced_on": "2026-06-20", "score": 3, "experience_id": "later"},
    )
    assert found == {("promoter", "", "anna"), ("detractor", "", "bert"), ("detractor_without_follow_up", "", "bert")}


def test_complaints_are_told_apart_by_category_and_stage(connection: Any) -> None:
    found = had(
        connection,
        {"customer_id": "anna", "experienced_on": "2026-06-02", "is_complaint": True, "category": "late", "stage": "delivery"},
        {"customer_id": "anna", "experienced_on": "2026-06-03", "is_complaint": True, "category": "late"},
        {"customer_id": "bert", "experienced_on": "2026-06-03", "category": "late", "stage": "delivery"},
        supplied=frozenset({"tickets.is_complaint", "tickets.category", "tickets.stage"}),
    )
    assert found == {("complaint", "", "anna"), ("complaint_about", "late", "anna"), ("complaint_at", "delivery", "anna")}


def test_what_the_extracts_do_not_tell_is_no_experience(connection: Any) -> None:
    row = {"customer_id": "anna", "experienced_on": "2026-06-02", "is_complaint": True}
    assert had(connection, row, supplied=frozenset({"tickets.is_complaint"})) == {("complaint", "", "anna")}
    assert exposed(happened(row), Landmark(OPENS_ON, Experience()), supplied=frozenset({"tickets.opened_on"})) is None


def test_every_experience_of_the_table_can_be_recognised() -> None:
    assert CONDITIONS.keys() == EXPERIENCES.keys()


def test_tickets_answers_and_refunds_are_one_table(connection: Any) -> None:
    tickets = table([{"customer_id": "anna", "opened_on": "2026-06-01", "stage": "use", "record_key": "t1"}], TICKETS)
    surveys = table([{"customer_id": "bert", "answered_on": "2026-06-02", "score": 3, "record_key": "s1"}], SURVEYS)
    purchases = table(
        [
            {"customer_id": "cleo", "purchased_on": "2026-06-03", "amount": "-5", "product_group": "cups"},
            {"customer_id": "cleo", "purchased_on": "2026-06-03", "amount": "5"},
        ],
        PURCHASES,
    )
    every = experiences(tickets, surveys, purchases)
    assert every is not None
    rows = sorted(connection.to_pyarrow(every).to_pylist(), key=lambda row: row["customer_id"])
    empty = dict.fromkeys(KINDS)
    assert rows == [
        {**empty, "customer_id": "anna", "experienced_on": date(2026, 6, 1), "kind": "ticket", "stage": "use", "is_complaint": False}
        | {"experience_id": "t1"},
        {**empty, "customer_id": "bert", "experienced_on": date(2026, 6, 2), "kind": "answer", "score": 3, "experience_id": "s1"},
        {**empty, "customer_id": "cleo", "experienced_on": date(2026, 6, 3), "kind": "refund", "category": "cups"},
    ]
    alone = experiences(None, surveys, None)
    assert alone is not None
    assert connection.to_pyarrow(alone).num_rows == 1
    assert experiences(None, None, None) is None


def test_a_stage_that_the_company_has_not_listed_says_so(connection: Any) -> None:
    stages = ["use", "payment", None]
    tickets = table([{"customer_id": "anna", "opened_on": "2026-06-01", "stage": stage, "record_key": "t"} for stage in stages], TICKETS)
    listed = experiences(tickets, None, None, stages=("use", "renewal"))
    assert listed is not None
    assert connection.to_pyarrow(listed)["stage"].to_pylist() == ["use", NOT_LISTED, None]


def ledger(*rows: dict[str, Any]) -> ibis.Table:
    """A ledger; its customers are ones at opening, of one stratum, and unchanged, unless a row says otherwise."""
    usual = {
        "movement": "unchanged",
        "opening_amount": "1",
        "is_active_at_opening": True,
        "region_at_opening": "North",
        "opening_group": "Gold",
        "opening_tenure_group": "new",
        **dict.fromkeys(("terms_due_count", "terms_in_grace_count", "terms_not_renewed_count"), 0),
    }
    return table([{**usual, **row} for row in rows], LEDGER)


def test_the_opening_base_is_told_apart_by_what_became_of_it(connection: Any) -> None:
    base = opening_base(
        ledger(
            {"customer_id": "left", "movement": "left"},
            {"customer_id": "lapsed", "movement": "lapsed", "terms_due_count": 1, "terms_not_renewed_count": 1},
            {"customer_id": "back", "movement": "out_and_back"},
            {"customer_id": "more", "movement": "increased", "terms_due_count": 2},
            {"customer_id": "half", "movement": "decreased", "terms_due_count": 2, "terms_not_renewed_count": 1},
            {"customer_id": "grace", "terms_due_count": 1, "terms_in_grace_count": 1, "terms_not_renewed_count": 1},
            {"customer_id": "both", "terms_due_count": 2, "terms_in_grace_count": 1, "terms_not_renewed_count": 1},
            {"customer_id": "new", "movement": "new", "is_active_at_opening": False},
        ),
        segments=("region",),
    )
    flags = ("is_lost", "is_due", "has_renewed", "has_bought_more")
    rows = connection.to_pyarrow(base).to_pylist()
    assert {row["customer_id"]: {name for name in flags if row[name]} for row in rows} == {
        "left": {"is_lost"},
        "lapsed": {"is_lost", "is_due"},
        "back": set(),
        "more": {"is_due", "has_renewed", "has_bought_more"},
        "half": {"is_due"},
        "grace": set(),
        "both": {"is_due", "has_renewed"},
    }
    assert {row["stratum"] for row in rows} == {"North | Gold | new"}


def test_counts_of_the_exposed_add_up_customers_and_what_the_lost_were_worth(connection: Any) -> None:
    base = opening_base(
        ledger(
            {"customer_id": "anna", "movement": "left", "opening_amount": "100.01"},
            {"customer_id": "bert", "movement": "lapsed", "opening_amount": "50"},
            {"customer_id": "cleo", "opening_amount": "7"},
            {"customer_id": "dora", "region_at_opening": "A|B"},
        ),
        segments=("region",),
    )
    rows = [{"customer_id": who, "experienced_on": "2026-06-01", "is_complaint": True} for who in ("anna", "bert", "cleo", "nobody")]
    found = exposed(
        happened(*rows, rows[0]), Landmark(OPENS_ON, Experience(exposure_days=30)), supplied=frozenset({"tickets.is_complaint"})
    )
    assert found is not None
    exposures = of_opening_base(found, base)
    counted = connection.to_pyarrow(counts_of_exposed(exposures, largest_parts(exposures))).to_pylist()
    assert counted == [
        {
            "experience": "complaint",
            "part": "",
            "stratum": "North | Gold | new",
            "customers_count": 3,
            "lost_count": 2,
            "due_count": 0,
            "renewed_count": 0,
            "bought_more_count": 0,
            "lost_amount": Decimal("100.01") + 50,
            "lost_amount_squared": Decimal("100.01") * Decimal("100.01") + 50 * 50,
        }
    ]
    everybody = connection.to_pyarrow(counts_of_base(base)).to_pylist()
    assert {row["stratum"]: row["customers_count"] for row in everybody} == {"A\\|B | Gold | new": 1, "North | Gold | new": 3}
    times = {row["customer_id"]: row["times_count"] for row in connection.to_pyarrow(exposures).to_pylist()}
    assert times == {"anna": 2, "bert": 1, "cleo": 1}


def test_of_many_categories_those_of_most_customers_are_looked_at(connection: Any) -> None:
    base = opening_base(ledger(*({"customer_id": f"c{number}"} for number in range(14))), segments=("region",))
    rows = [{"customer_id": f"c{number}", "category": f"kind {number}"} for number in range(14)]
    rows += [{"customer_id": "c1", "category": "kind 13"}]
    found = exposed(
        happened(*({"experienced_on": "2026-06-01", "is_complaint": True, **row} for row in rows)),
        Landmark(OPENS_ON, Experience()),
        supplied=frozenset({"tickets.is_complaint", "tickets.category"}),
    )
    assert found is not None
    parts = connection.to_pyarrow(largest_parts(of_opening_base(found, base))).to_pylist()
    shown = {row["part"] for row in parts if row["experience"] == "complaint_about" and row["is_shown"]}
    assert shown == {"kind 13", *(f"kind {number}" for number in (0, 1, 10, 11, 12, 2, 3, 4, 5, 6, 7))}


def test_an_experience_is_asked_for_by_its_name_and_its_part(connection: Any) -> None:
    exposures = ibis.memtable({"experience": ["complaint", "complaint_at"], "part": ["", "delivery"]})
    named = connection.to_pyarrow(with_experience_name(exposures))
    assert named["experience_name"].to_pylist() == ["experience.complaint", "experience.complaint_at.delivery"]


def test_who_was_followed_up_is_compared_among_those_with_the_same_experience(connection: Any) -> None:
    base = opening_base(ledger(*({"customer_id": name} for name in ("anna", "bert", "cleo"))), segments=("region",))
    exposures = ibis.memtable({"experience": ["complaint", "complaint", "refund"], "customer_id": ["anna", "anna", "bert"]})
    assert connection.to_pyarrow(among(base, exposures, "complaint"))["customer_id"].to_pylist() == ["anna"]


@pytest.mark.parametrize(
    ("experience", "part", "name", "label"),
    [
        ("complaint", "", "experience.complaint", "Complaint"),
        ("complaint_about", "Delivery v. late", "experience.complaint_about.Delivery v. late", "Complaint about: Delivery v. late"),
    ],
)
def test_the_name_by_which_an_experience_is_explained_says_what_it_is_called(experience: str, part: str, name: str, label: str) -> None:
    assert experience_name(experience, part) == name
    assert label_of_name(name) == label
