"""Where the data begin, from a company's folder to its edition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from flows.stages import plan_of
from tasks.customer_math.ledger.periods import PeriodError, period_named
from tests.pipelines import Stages, read_and_validate
from tests.small_company import small_company

if TYPE_CHECKING:
    from pathlib import Path


def stages_of(folder: Path, covers_from: str | None) -> Stages:
    orders: dict[str, Any] = {"covers_from": covers_from} if covers_from else {}
    return read_and_validate(small_company(folder / "company", orders=orders).folder, folder / "home")


def begun(stages: Stages, name: str) -> tuple[str | None, list[str]]:
    plan = plan_of(stages.context, tuple(stages.accepted.values()), period_named(name, stages.company.definitions.calendar))
    return (str(plan.beginning.day) if plan.beginning else None), [each.name for each in plan.trend]


@pytest.mark.parametrize(
    ("covers_from", "day", "trend"),
    [
        # May holds one order, and the median of the next months, 2, 4, 8 and 1, is 3.
        pytest.param(None, "2026-05-02", ["2026-06", "2026-07", "2026-08"], id="assumed from the rows"),
        pytest.param("2026-06-30", "2026-06-30", ["2026-07", "2026-08"], id="declared"),
        pytest.param("founding", None, ["2026-05", "2026-06", "2026-07", "2026-08"], id="nobody was a customer before"),
    ],
)
def test_the_data_begin_as_declared_or_with_the_first_whole_month(
    tmp_path: Path, covers_from: str | None, day: str | None, trend: list[str]
) -> None:
    assert begun(stages_of(tmp_path, covers_from), "2026-08") == (day, trend)


def test_a_period_that_opens_before_a_declared_beginning_is_refused_with_the_line_to_write(tmp_path: Path) -> None:
    stages = stages_of(tmp_path, "2026-08-01")
    with pytest.raises(PeriodError, match=r"orders begins 2026-08-01: .* write `covers_from: founding` for orders in .*sources.yaml"):
        stages.publish("2026-08")


def test_an_assumed_beginning_in_the_period_is_told_instead_of_who_came(tmp_path: Path) -> None:
    published = stages_of(tmp_path, None).publish("2026-05")
    assert published.headline == "The data begin on 2 May 2026 (assumed): who came and who went is not known; 3 customers at the end."
    thread = (published.folder / "thread.txt").read_text(encoding="utf-8")
    assert "Nobody knows who was a customer before 2 May 2026, so how many came" in thread


def test_whoever_came_in_the_month_in_which_the_data_begin_is_in_no_intake(tmp_path: Path) -> None:
    intakes = {}
    for covers_from in (None, "founding"):
        stages = stages_of(tmp_path / str(covers_from), covers_from)
        rows = stages.figure_rows(["2026-08"])
        intakes[covers_from] = {row["segment"] for row in rows if row["segment_by"] == "intake" or row["split_by"] == "intake"}
        intakes[covers_from] |= {row["split"] for row in rows if row["split_by"] == "intake"}
    assert {each for each in intakes["founding"] if each.startswith("2026")} - intakes[None] == {"2026-05"}
