"""Contracts that bring their history: from versions in an extract to what customers were worth on each day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from flows.stages import compute
from tasks.customer_math.ledger.periods import Plan, period_named

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = {"contract_id": "id", "customer_id": "customer", "starts_on": "from", "ends_on": "to", "recurring_amount": "amount"}
UPGRADED = """\
k1,c1,2026-01-01,,10,2026-01-01 09:00:00,no
k1,c1,2026-01-01,,100,2026-08-15 09:00:00,no
k2,c2,2026-01-01,,20,2026-01-01 09:00:00,no
"""
OPENING, INCREASED, CLOSING = "opening_amount", "increased_amount", "closing_amount"


@pytest.fixture
def subscriptions(shop: Any, pipelines: Any, tmp_path: Path) -> Any:
    """The stages of a company whose contracts are the lines of an extract, declared as told."""

    def stages(lines: str, *, corrections: str = "", **declared: Any) -> Any:
        changes = {"columns": COLUMNS, "constants": {"recurring_per": "month"}, "changed_at": "changed", "versions": True, **declared}
        company = shop(tmp_path / "shop", only=["contracts"], contracts=changes)
        (company.folder / "contracts.csv").write_text(f"id,customer,from,to,amount,changed,corrects\n{lines}", encoding="utf-8")
        if corrections:
            (company.folder / "corrections.yaml").write_text(corrections, encoding="utf-8")
        return pipelines.read_and_validate(company.folder, tmp_path / "home")

    return stages


def august(stages: Any) -> tuple[int, ...]:
    """Value at the opening of August, by how much it increased, and value at its closing."""
    figures = stages.figures(["2026-08"])
    return tuple(int(figures["2026-08", "all", "all", measure]) for measure in (OPENING, INCREASED, CLOSING))


@pytest.mark.parametrize(("versions", "expected"), [(True, (360, 1080, 1440)), (False, (1440, 0, 1440))])
def test_a_contract_that_is_upgraded_in_place_increases_on_the_day_of_its_change(
    subscriptions: Any, versions: bool, expected: tuple[int, ...]
) -> None:
    stages = subscriptions(UPGRADED, versions=versions)
    assert august(stages) == expected
    assert stages.accepted["contracts"].totals.rows_superseded_count == (0 if versions else 1)
    assert changed_in_place(stages) == ([] if versions else ["1"])


@pytest.mark.parametrize(("amount", "noted"), [("10", []), ("11", ["1"])])
def test_a_version_that_agrees_the_same_is_no_finding(subscriptions: Any, amount: str, noted: list[str]) -> None:
    assert changed_in_place(subscriptions(UPGRADED.replace(",100,", f",{amount},"), versions=False)) == noted


def changed_in_place(stages: Any) -> list[str]:
    """How many contracts the notes say to have been changed, where that is forgotten."""
    period = period_named("2026-08", stages.company.definitions.calendar)
    notes = compute(stages.context, tuple(stages.accepted.values()), Plan.alone(period)).ledger.notes
    found = [re.search(r"older versions had another amount.*: (\d+); .*`versions: true` with `changed_at`", note) for note in notes]
    return [match[1] for match in found if match]


def test_a_version_that_corrects_rewrites_what_was_before(subscriptions: Any) -> None:
    stages = subscriptions(UPGRADED.replace("2026-08-15 09:00:00,no", "2026-08-15 09:00:00,yes"), correction_column="corrects")
    assert august(stages) == (1440, 0, 1440)
    assert stages.accepted["contracts"].totals.rows_superseded_count == 1


def test_only_a_version_of_the_same_instant_is_superseded(subscriptions: Any) -> None:
    stages = subscriptions(UPGRADED + "k1,c1,2026-01-01,,50,2026-08-15T09:00:00,no\n")
    assert august(stages) == (360, 480, 840)
    totals = stages.accepted["contracts"].totals
    assert (totals.rows_used_count, totals.rows_superseded_count, totals.amount_superseded) == (3, 1, 100)


def test_a_correction_of_the_company_holds_for_every_version(subscriptions: Any) -> None:
    because = "reason: Typed in wrongly, owner: sales, date: 2026-10-01, expiry: 2027-10-01"
    wrong = f'corrections:\n  - {{extract: contracts, key: k1, column: recurring_amount, from: "10", to: "30", {because}}}\n'
    assert august(subscriptions(UPGRADED, corrections=wrong)) == (600, 840, 1440)


def test_a_version_of_no_readable_day_is_set_aside(subscriptions: Any) -> None:
    long_gone = "".join(f"k{number},c9,2020-01-01,2020-02-01,1,2020-01-01,no\n" for number in (8, 9))
    stages = subscriptions(UPGRADED + long_gone + "k2,c2,2026-01-01,,99,version 7,no\n")
    assert stages.accepted["contracts"].totals.rows_set_aside_count == 1
    assert august(stages) == (360, 1080, 1440)


def test_a_state_of_a_version_is_not_said_to_hold_for_the_whole_past(subscriptions: Any) -> None:
    paused = "k1,c1,2026-01-01,,10,2026-01-01 09:00:00,active\nk1,c1,2026-01-01,,10,2026-08-15 09:00:00,test\n"
    stages = subscriptions(paused + "k2,c2,2026-01-01,,20,2026-01-01 09:00:00,active\n", columns={**COLUMNS, "status": "corrects"})
    figures = stages.figures(["2026-08"])
    assert [int(figures["2026-08", "all", "all", name]) for name in ("opening_customers", "left_customers")] == [2, 1]


@pytest.mark.parametrize(("covers_through", "in_force"), [("2026-08-31", 120), ("2026-08-14", 30)])
def test_a_control_total_is_about_the_versions_in_force_on_the_last_day_covered(
    subscriptions: Any, covers_through: str, in_force: int
) -> None:
    stages = subscriptions(UPGRADED, covers_through=covers_through, control_total={"amount": in_force})
    tied = stages.accepted["contracts"].tie_out
    assert (tied.amount, tied.amount_difference) == (in_force, 0)
