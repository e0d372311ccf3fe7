"""An edition as frames: every column has its type, the recipe of the docs runs, and nothing of a run imports pandas."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd
import pytest

from tasks.open_edition import OpenEdition, open_edition
from tasks.store.engine import engine

if TYPE_CHECKING:
    from tests.pipeline.golden_edition import GoldenEdition

RECIPE = Path(__file__).parents[2] / "docs" / "notebooks.md"
PERIOD = "2026-08"


@pytest.fixture(scope="module")
def opened(golden_edition: GoldenEdition, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> OpenEdition:
    folder = tmp_path_factory.mktemp("opened")
    return open_edition(golden_edition.copied_to(folder).folder, PERIOD, settings=pipelines.settings_in(folder / "home"))


def test_amounts_are_decimals_days_are_dates_and_periods_are_categories_in_order(opened: OpenEdition) -> None:
    periods = opened.figures["period"].cat
    assert periods.ordered
    assert list(periods.categories)[-3:] == ["2026-06", "2026-07", PERIOD]
    assert {str(opened.movements.dtypes[name]) for name in ("opening_amount", "closing_amount")} == {"decimal128(18, 2)[pyarrow]"}
    assert isinstance(opened.figures["value"].sum(), Decimal)
    assert str(opened.movements.dtypes["went_on"]) == "date32[day][pyarrow]"
    assert isinstance(opened.movements.dtypes["movement"], pd.CategoricalDtype)
    kinds = {str(kind) for frame in (opened.figures, opened.movements, *opened.lists.values()) for kind in frame.dtypes}
    assert not {kind for kind in kinds if kind in {"object", "float64"}}


def test_periods_stand_in_the_order_of_their_last_days_and_runs_of_days_among_them(opened: OpenEdition) -> None:
    names = ["2026", "2026-Q3", "2026-01-01--2026-09-30", "2026-09", "2025-Q3", "2026-W40"]
    with engine(opened.settings) as connection:
        frame = opened.frame(connection, ibis.memtable({"period": names}))
    expected = ["2025-Q3", "2026-09", "2026-Q3", "2026-01-01--2026-09-30", "2026-W40", "2026"]
    assert list(frame["period"].cat.categories) == expected


def test_every_list_adds_up_to_its_figure(opened: OpenEdition) -> None:
    figures = opened.figures
    whole = figures[(figures["segment_by"] == "all") & (figures["split_by"] == "all") & (figures["period"] == PERIOD)]
    now = whole.set_index("measure")["value"]
    assert set(opened.lists) == {"customers_in", "customers_out", "coming_due", "weakening"}
    for name, measure in {"customers_in": "customers_in", "customers_out": "customers_out", "weakening": "weakening"}.items():
        counted = measure if measure in now.index else f"{measure}_customers"
        assert len(opened.lists[name]) == now[counted], name
        assert opened.lists[name]["amount"].sum() == now[f"{measure}_amount"], name
    assert opened.restatements.empty


def test_the_recipe_of_the_docs_runs(opened: OpenEdition, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(opened.settings.home))
    cells = re.findall(r"```python\n(.+?)```", RECIPE.read_text(encoding="utf-8"), re.DOTALL)
    text = "\n".join(cells).replace('"demo"', repr(str(opened.company.folder))).replace("2026-Q3", PERIOD)
    exec(compile(text, RECIPE.name, "exec"), {})
    printed = capsys.readouterr().out
    assert "in 3, out 4" in printed
    assert "North" in printed


def test_nothing_but_an_opened_edition_imports_pandas() -> None:
    """What a run is made of, asked of a fresh interpreter: Great Expectations brings its own pandas, so it stays out."""
    modules = "flows.cli.main, tasks.assemble, tasks.measure, tasks.customer_lists, tasks.reporting.render.scorecard"
    command = f"import sys, {modules}; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0
    sources = [path for folder in ("flows", "tasks", "config", "expectations") for path in RECIPE.parents[1].joinpath(folder).rglob("*.py")]
    assert [path.name for path in sources if re.search(r"^\s*(import|from) pandas", path.read_text(encoding="utf-8"), re.MULTILINE)] == [
        "open_edition.py"
    ]
