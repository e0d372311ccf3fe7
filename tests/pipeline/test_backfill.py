"""A backfill as people run it: every period of a range, several at once, and again where it ended."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from config.company import load_company
from tasks.customer_math.ledger.periods import PeriodNameError
from tests.pipeline.environments import own_environment
from tests.pipeline.served import PATIENCE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.golden_edition import GoldenEdition


def backfilled(home: Path, company: Path, *asked: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flows.cli.main", "backfill", *asked, "--company", str(company)]
    environment = own_environment(CUSTOMER_MATH_HOME=str(home))
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


def changed_at(home: Path) -> dict[str, float]:
    """When each file of an edition was written."""
    return {str(path.relative_to(home)): path.stat().st_mtime for path in home.glob("shop/scorecards/*/edition-*/*")}


def test_a_range_is_published_with_what_cannot_be_reported_and_a_second_time_changes_nothing(
    shop: Any, golden_edition: GoldenEdition, tmp_path: Path
) -> None:
    company, home = shop(tmp_path / "shop").folder, tmp_path / "home"
    first = backfilled(home, company, "2026-08", "2026-10")
    assert first.returncode == 1, first.stderr
    assert first.stdout == "2026-08 to 2026-10: 2 published, 1 refused\n"
    assert first.stderr.splitlines()[-1].startswith("2026-10: refused: sales extract contracts ends 2026-09-30, 2026-10 needs 2026-10-31")
    assert "3 of 3: " in first.stderr
    figures = home / "shop" / "scorecards" / "2026-08" / "edition-1" / "figures.csv"
    assert figures.read_bytes() == (golden_edition.edition() / "figures.csv").read_bytes()

    before = changed_at(home)
    once_more = backfilled(home, company, "2026-08", "2026-09")
    assert (once_more.returncode, once_more.stdout) == (0, "2026-08 to 2026-09: 2 unchanged, 0 refused\n"), once_more.stderr
    assert changed_at(home) == before
    assert list(home.glob("shop/**/*.partial")) == []

    with (company / "orders.csv").open("a", encoding="utf-8") as orders:
        orders.write("99,c02,2026-08-30,75.00,EUR,shipped,2026-09-04\n")
    missing = backfilled(home, company, "2026-07", "2026-08", "--only-missing")
    assert (missing.returncode, missing.stdout) == (0, "2026-07 to 2026-08: 1 published, 1 left as published before, 0 refused\n")
    assert {name: at for name, at in changed_at(home).items() if "/2026-07/" not in name} == before


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2026-W01", "2026-03", "from 2026-W01 to 2026-03: expected two periods of one kind, found a week and a month"),
        ("2026-W09", "2026-W02", "from 2026-W09 to 2026-W02: expected the earlier period first, and at most 1000 of them"),
        ("1990-W01", "2026-W02", "from 1990-W01 to 2026-W02: expected the earlier period first, and at most 1000 of them"),
    ],
)
def test_two_periods_that_make_no_range_are_told(shop: Any, tmp_path: Path, first: str, last: str, says: str) -> None:
    from flows.backfill import range_of

    with pytest.raises(PeriodNameError, match=says):
        range_of(load_company(shop(tmp_path / "shop").folder), first, last)


def test_a_range_holds_every_period_from_the_first_to_the_last_across_years(shop: Any, tmp_path: Path) -> None:
    from flows.backfill import range_of

    company = load_company(shop(tmp_path / "shop").folder)
    weeks = range_of(company, "2024-W40", "2026-W39")
    assert (len(weeks), weeks[0].name, weeks[-1].name) == (52 - 39 + 52 + 39, "2024-W40", "2026-W39")
    assert [each.name for each in range_of(company, "2026-Q2", "2026-Q2")] == ["2026-Q2"]
    assert datetime(2026, 9, 28, tzinfo=UTC).date() == weeks[-1].closes_on
