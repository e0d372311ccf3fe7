"""Which period a run means: by name, by a day in it, or the latest that was over when the run was due."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from config.company import company_names
from config.definitions import Calendar
from flows.orchestration.alerts import sentence_on
from flows.orchestration.parameters import PeriodRequest, resolve_request
from tasks.customer_math.ledger.periods import PeriodNameError

if TYPE_CHECKING:
    from pathlib import Path

    from config.definitions import PeriodKind
    from flows.orchestration.alerts import What

MONDAY = date(2026, 9, 21)


@pytest.mark.parametrize(
    ("question", "means"),
    [
        (PeriodRequest(), "2026-W38"),
        (PeriodRequest(kind="month"), "2026-08"),
        (PeriodRequest(kind="quarter"), "2026-Q2"),
        (PeriodRequest(kind="year"), "2025"),
        (PeriodRequest(day=date(2026, 9, 14)), "2026-W38"),
        (PeriodRequest(day=date(2026, 9, 20)), "2026-W38"),
        (PeriodRequest(day=date(2026, 9, 21)), "2026-W39"),
        (PeriodRequest(kind="quarter", day=date(2026, 9, 21)), "2026-Q3"),
        (PeriodRequest("2026-Q1", kind="week"), "2026-Q1"),
        (PeriodRequest("2026-08", kind="week", day=date(2026, 8, 31)), "2026-08"),
    ],
)
def test_a_period_is_meant_by_its_name_or_by_a_day_or_as_the_latest_that_is_over(question: PeriodRequest, means: str) -> None:
    assert question.answer(Calendar(), today=MONDAY).name == means


def test_a_name_and_a_day_that_do_not_agree_are_told() -> None:
    with pytest.raises(PeriodNameError, match="period 2026-08 does not hold the day 2026-09-01: leave one of the two empty"):
        PeriodRequest("2026-08", day=date(2026, 9, 1)).answer(Calendar(), today=MONDAY)


@pytest.mark.parametrize(
    ("parameters", "question"),
    [
        ({}, PeriodRequest()),
        ({"period": "", "period_kind": "month", "day_in_period": "2026-09-16"}, PeriodRequest(None, "month", date(2026, 9, 16))),
        ({"period": "2026-W38", "day_in_period": date(2026, 9, 16)}, PeriodRequest("2026-W38", "week", date(2026, 9, 16))),
    ],
)
def test_a_form_sends_a_day_as_text_and_an_empty_field_as_nothing(parameters: dict[str, Any], question: PeriodRequest) -> None:
    assert PeriodRequest.of(parameters) == question


@pytest.mark.parametrize(
    ("due", "kind", "means"),
    [
        (datetime(2026, 9, 20, 21, 59, tzinfo=UTC), "week", "2026-W37"),  # still Sunday in Berlin
        (datetime(2026, 9, 20, 22, 0, tzinfo=UTC), "week", "2026-W38"),  # Monday there
        (datetime(2026, 9, 30, 22, 30, tzinfo=UTC), "month", "2026-09"),
        (datetime(2026, 9, 30, 22, 30, tzinfo=UTC), "quarter", "2026-Q3"),
    ],
)
def test_the_latest_period_is_the_one_that_was_over_in_the_companys_zone_when_the_run_was_due(
    shop: Any, tmp_path: Path, due: datetime, kind: PeriodKind, means: str
) -> None:
    folder = shop(tmp_path / "shop").folder
    _described, period = resolve_request(str(folder), PeriodRequest(kind=kind), now=due)
    assert period.name == means


def test_companies_of_ones_own_folder_are_offered_before_the_examples(shop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUSTOMER_MATH_COMPANIES", raising=False)
    assert company_names() == ("demo", "olist", "online_retail", "ravenstack")
    shop(tmp_path / "ours" / "shop")
    monkeypatch.setenv("CUSTOMER_MATH_COMPANIES", str(tmp_path / "ours"))
    assert company_names() == ("demo", "shop", "olist", "online_retail", "ravenstack")
    described, _period = resolve_request("shop", "2026-08", now=datetime(2026, 11, 1, tzinfo=UTC))
    assert described.folder == tmp_path / "ours" / "shop"


@pytest.mark.parametrize(
    ("what", "reason", "sentence"),
    [
        ("late", "", "weekly-shop: late, nothing has picked it up since it was due; start the worker, or see what it is busy with"),
        ("failed", "ValueError: Zephyrine Quux", "2026-W38 shop: failed; its log says more"),
        ("crashed", "", "2026-W38 shop: crashed, nothing half done was published; run it again, what was complete is used again"),
        ("refused", "refused: too many rows set aside", "2026-W38 shop: refused: too many rows set aside"),
        ("no extract", "", "2026-W38 shop: refused; its last state says why"),
    ],
)
def test_operations_is_told_what_happened_and_never_what_a_fault_quotes(what: What, reason: str, sentence: str) -> None:
    assert sentence_on(what, run="2026-W38 shop", deployment="weekly-shop", reason=reason) == sentence
