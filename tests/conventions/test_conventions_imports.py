"""What a command does not need it does not import: each claim is tried in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

OF_ONE_PURPOSE = {"great_expectations", "pandas", "openpyxl", "matplotlib", "sqlalchemy", "psycopg", "scipy", "babel"}
"""The judge, and what only some extracts or a new edition need."""
NOT_FOR_HELP = {*OF_ONE_PURPOSE, "prefect", "duckdb", "ibis", "pyarrow", "numpy", "httpx", "slack_sdk", "yaml"}
EVERY_HELP = """
from typer.main import get_command
from flows.cli.main import app
command = get_command(app)
for name in (None, *command.commands):
    command([*filter(None, [name]), "--help"], prog_name="customer-math", standalone_mode=False)
assert len(command.commands) > 10
"""
CHECK = """
from flows.cli.main import app
app(["check", "--company", {folder!r}], standalone_mode=False)
"""


@pytest.fixture
def imported_by(tmp_path: Path) -> Any:
    """The packages that a program has imported by its end."""

    def run(program: str) -> set[str]:
        told = "\nimport sys\nprint(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
        settings = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "CUSTOMER_MATH_"))}
        ended = subprocess.run(
            [sys.executable, "-c", program + told],
            env={**settings, "CUSTOMER_MATH_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return set(ended.stderr.splitlines()[-1].split())

    return run


def test_the_help_of_every_command_needs_nothing_but_the_command_line(imported_by: Any) -> None:
    packages = imported_by(EVERY_HELP)
    assert "typer" in packages
    assert packages & NOT_FOR_HELP == set()


def test_a_folder_is_looked_at_without_the_workflow_engine_and_the_judge(imported_by: Any, shop: Any, tmp_path: Path) -> None:
    packages = imported_by(CHECK.format(folder=str(shop(tmp_path / "shop").folder)))
    assert "pydantic" in packages
    assert packages & {*OF_ONE_PURPOSE, "prefect"} == {"pandas"}, "which Ibis imports where its engine hands rows over"


def test_the_flow_brings_nothing_that_only_some_runs_need(imported_by: Any) -> None:
    packages = imported_by("import flows.scorecard")
    assert "prefect" in packages
    assert packages & OF_ONE_PURPOSE == set()


def test_the_judge_loads_nothing_for_charts_and_distributions_that_no_rule_asks_for(imported_by: Any) -> None:
    packages = imported_by("import expectations.duckdb_engine\nimport sys\nassert 'scipy.stats' not in sys.modules")
    assert "great_expectations" in packages
    assert packages & {"altair"} == set()
