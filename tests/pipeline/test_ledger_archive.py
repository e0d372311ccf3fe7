"""The months that a changed extract has computed again, and no other; their figures are those of a computation from nothing."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from config.definitions import Calendar
from flows.stages import compute
from tasks.customer_math.ledger.periods import Plan, period_named
from tasks.store.engine import Home, engine
from tasks.tidy import forget_computed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

MONTHS = ("2026-07", "2026-08", "2026-09")


def touched(company: Any) -> None:
    path = company.folder / "orders.csv"
    os.utime(path, (1, 1))


def a_row_more(company: Any) -> None:
    company.add("orders.csv", "20 | c08 | 2026-09-20 | 10.00 | EUR | shipped | 2026-09-20")


def an_old_row_changed(company: Any) -> None:
    company.change("orders.csv", "4,c03,2026-06-15,30.00,", "4,c03,2026-06-15,31.00,")


def a_row_deleted(company: Any) -> None:
    company.change("orders.csv", "8,c08,2026-07-20,50.00,EUR,shipped,2026-07-20\n", "")


def an_end_moved_near(company: Any) -> None:
    company.change("contracts.csv", "k3,c11,2026-05-05,,100.00", "k3,c11,2026-05-05,2026-12-15,100.00")


def an_end_moved_beyond_what_anybody_asks(company: Any) -> None:
    company.change("contracts.csv", "k3,c11,2026-05-05,2026-12-15,100.00", "k3,c11,2026-05-05,2027-05-05,100.00")


EDITS: tuple[tuple[Callable[[Any], None], tuple[str, ...]], ...] = (
    (touched, ()),
    (a_row_more, ("2026-09",)),
    (an_old_row_changed, MONTHS),
    (a_row_deleted, MONTHS),
    (an_end_moved_near, ("2026-09",)),
    (an_end_moved_beyond_what_anybody_asks, ()),
)
"""Each upon those before it, with the months that are computed again; an end so far away looks as none did, which was computed before."""


def figures_of(stages: Any, plan: Plan) -> list[dict[str, Any]]:
    """Every figure of a plan's periods, in an order of its own."""
    computed = compute(stages.context, tuple(stages.accepted.values()), plan)
    with engine(stages.settings) as connection:
        rows = connection.read_parquet(computed.figures).to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: tuple(map(str, row.values())))


def test_a_month_that_was_shown_in_full_serves_the_trend_of_the_next(
    shop: Any, pipelines: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    company = shop(tmp_path / "shop")
    june, july, august, september = (period_named(f"2026-0{month}", Calendar()) for month in (6, 7, 8, 9))
    next_month = Plan(september, august, None, (june, july, august, september))
    figures_of(pipelines.read_and_validate(company.folder, tmp_path / "home"), Plan(august, july, None, (june, july, august)))
    a_row_more(company)
    with caplog.at_level("INFO", logger="tasks.assemble"):
        found = figures_of(pipelines.read_and_validate(company.folder, tmp_path / "home"), next_month)
    assert "computed 1 of 4 ledgers: 2026-09" in caplog.messages
    assert found == figures_of(pipelines.read_and_validate(company.folder, tmp_path / "other"), next_month)


def test_only_months_that_see_an_edit_are_computed_again_and_figures_are_those_of_nothing_before(
    shop: Any, pipelines: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    company, home = shop(tmp_path / "shop"), tmp_path / "home"
    again: dict[str, tuple[str, ...]] = {}
    figures: Any = None
    with caplog.at_level("INFO", logger="tasks.assemble"):
        for edit in (None, *(edit for edit, _months in EDITS)):
            if edit:
                edit(company)
            caplog.clear()
            figures = pipelines.read_and_validate(company.folder, home).figure_rows(MONTHS)
            lines = [record.getMessage() for record in caplog.records]
            again[edit.__name__ if edit else ""] = tuple(line.split()[1] for line in lines if line.startswith("assembled"))
    assert again == {"": MONTHS, **{edit.__name__: months for edit, months in EDITS}}
    forget_computed(Home(home / "shop"), now=datetime.now(UTC), waits=False)
    assert pipelines.read_and_validate(company.folder, home).figure_rows(MONTHS) == figures
