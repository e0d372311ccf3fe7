"""The bench: what it compares is equal, what worsened is said, and the README shows what is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from config.settings import PROJECT_FOLDER
from tasks.store.engine import engine
from tests.bench import alternatives, made_up_orders, stage_rows
from tests.bench.bench import IN_README, ROWS, STORED, results_of, table, worse
from tests.bench.measuring import Cost, peak_mb

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two thousand orders, and the project's own movement table of them."""
    made_up_orders.write_tables(folder := tmp_path_factory.mktemp("bench"), 2_000)
    stage_rows.FEWEST_SECONDS, usual = 0.001, stage_rows.FEWEST_SECONDS
    with engine(made_up_orders.settings()) as connection:
        stage_rows.movement_table(connection, folder)
    stage_rows.FEWEST_SECONDS = usual
    return folder


@pytest.mark.parametrize("name", alternatives.ROWS)
def test_every_alternative_finds_the_same_movements_and_amounts(folder: Path, name: str) -> None:
    alternatives.ROWS[name](folder)
    alternatives.check_equal(folder, name)


def test_an_alternative_that_misses_a_customer_is_called_different(folder: Path) -> None:
    with engine(made_up_orders.settings()) as connection:
        fewer = connection.read_parquet(folder / "movement_table.parquet").order_by("customer_id").limit(5, offset=1)
        connection.to_parquet(fewer, folder / "fewer.parquet")
    with pytest.raises(AssertionError, match="fewer differs from the movement table, such as"):
        alternatives.check_equal(folder, "fewer")


def results(ratio: float) -> dict[str, Any]:
    costs = {row.name: Cost(1.0, 100.0) for row in ROWS} | {"movement_table": Cost(ratio, 100.0)}
    return results_of({1_000_000: costs})


def test_a_ratio_that_is_a_quarter_above_the_stored_one_is_said_in_a_sentence() -> None:
    assert list(worse(results(1.25), results(1.0))) == []
    (sentence,) = worse(results(1.26), results(1.0))
    assert sentence.startswith("movement table, 1,000,000 orders: expected at most 1.25 times the stored ratio 1.00, found 1.26;")


def test_what_others_need_longer_for_is_no_fault_of_ours() -> None:
    slower = results_of({1_000_000: {row.name: Cost(1.0 if row.is_ours else 9.0, 100.0) for row in ROWS if row.module != "pipeline_rows"}})
    assert list(worse(slower, results(1.0))) == []


def test_the_readme_shows_the_figures_that_are_stored() -> None:
    lines = "\n".join(table(json.loads(STORED.read_text(encoding="utf-8")), IN_README))
    assert lines in (PROJECT_FOLDER / "README.md").read_text(encoding="utf-8"), f"README.md: expected this table:\n{lines}"


def test_a_process_knows_its_own_peak_of_memory() -> None:
    assert peak_mb() > 10
