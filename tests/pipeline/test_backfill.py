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


def figures_of(period: str, edition: Path) -> set[str]:
    """What an edition says of a period that it shows: its own, or one beside it, of which it says less."""
    lines = (edition / "figures.csv").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line.startswith(f"{period},")}


def test_a_range_is_published_with_what_cannot_be_reported_and_a_second_time_changes_nothing(
    golden_edition: GoldenEdition, pipelines: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.backfill import Summary, one_period

    company, home = golden_edition.copied_to(tmp_path), tmp_path / "home"
    august = changed_at(home)
    company.add("orders.csv", "99 | c02 | 2026-08-30 | 75.00 | EUR | shipped | 2026-09-04")
    done = backfilled(home, company.folder, "2026-07", "2026-10", "--only-missing")
    assert done.returncode == 1, done.stderr
    assert done.stdout == "2026-07 to 2026-10: 2 published, 1 left as published before, 1 refused\n"
    assert done.stderr.splitlines()[-1].startswith("2026-10: refused: sales extract contracts ends 2026-09-30, 2026-10 needs 2026-10-31")
    assert "3 of 3: " in done.stderr
    assert {name: at for name, at in changed_at(home).items() if "/2026-08/" in name} == august
    assert list(home.glob("shop/**/*.partial")) == []

    shown_in_august = figures_of("2026-07", golden_edition.edition())
    assert shown_in_august
    assert shown_in_august <= figures_of("2026-07", home / "shop" / "scorecards" / "2026-07" / "edition-1")

    before, stages = changed_at(home), pipelines.read_and_validate(company.folder, home)
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(home))
    once_more = one_period.fn(str(company.folder), "2026-09", tuple(stages.accepted.values()), stages.context.as_of)
    assert Summary((once_more,)).sentence == "2026-09 to 2026-09: 1 unchanged, 0 refused"
    assert changed_at(home) == before


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
