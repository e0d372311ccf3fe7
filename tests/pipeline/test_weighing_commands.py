"""The commands `lapse-window` and `presets`: what they print, what they write, and how they refuse."""

from __future__ import annotations

import csv
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline.environments import is_of_others

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Answer = tuple[int, str, str]
"""Exit status, standard output and standard error."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def company(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    definitions = {"lapse_window": {"fewest_watched_count": 1, "within_days": 30, "tolerance_rate": 0.5}}
    return str(shop(tmp_path_factory.mktemp("companies") / "shop", definitions=definitions).folder)


@pytest.fixture
def ask(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Asks the command, within this process."""
    for name in filter(is_of_others, [*os.environ]):
        monkeypatch.delenv(name)
    for name, value in {"CUSTOMER_MATH_HOME": home, "PREFECT_HOME": home / "prefect", "PREFECT_LOGGING_LEVEL": "CRITICAL"}.items():
        monkeypatch.setenv(name, str(value))
    from flows.cli.main import main

    def answer(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["customer-math", *arguments])
        status: object = 0
        try:
            main()
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return int(str(status or 0)), said.out, said.err

    return answer


def test_the_suggested_window_is_printed_beside_the_setting_and_written_by_option(
    ask: Callable[..., Answer], company: str, tmp_path: Path
) -> None:
    table, curves = tmp_path / "window.csv", tmp_path / "curves.csv"
    status, out, err = ask("lapse-window", "--company", company, "--output", str(table), "--curves", str(curves))
    assert status == 0, err
    assert out.startswith("In force: a buyer has lapsed after 60 days of silence. ")
    assert "The suggestion changes nothing; the company decides." in out
    lines = [line.split() for line in out.splitlines()]
    (whole,) = [line for line in lines if line[:2] == ["all", "buyers"]]
    with table.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["segment"] for row in rows] == ["all", "North", "South", "not recorded", "household"]
    assert (rows[0]["suggested_days"], rows[0]["in_force_days"], rows[0]["silences_count"]) == (whole[2], "60", "12")
    with curves.open(encoding="utf-8-sig") as file:
        days = list(csv.DictReader(file))
    assert [int(row["day"]) for row in days] == list(range(len(days)))
    assert float(days[0]["silent_rate"]) == 1


def test_a_company_without_purchases_is_told_why_and_nothing_is_tabulated(ask: Callable[..., Answer], shop: Any, tmp_path: Path) -> None:
    folder = shop(tmp_path / "by_contract", only=["customers", "contracts", "rates"]).folder
    assert ask("lapse-window", "--company", str(folder))[:2] == (
        0,
        "The company sells nothing by repeat purchase: its customers leave when their contracts end, and no silence is interpreted.\n",
    )


def test_the_headline_is_printed_under_every_rule_that_the_extracts_tell(ask: Callable[..., Answer], company: str) -> None:
    status, out, err = ask("presets", "2026-08", "--company", company)
    assert status == 0, err
    assert out.startswith("August 2026: Lost 3 (Came and went: dropped) to 5 (Every move counted) depending on the rule; 4 by ours.\n")
    rules = {line.strip().partition("  ")[0]: line.split()[-7:] for line in out.splitlines()}
    assert rules["rule"] == ["returned", "in", "and", "out", "in", "out", "closing"]
    assert rules["Our definitions"] == ["8", "1", "1", "1", "3", "4", "7"]
    assert rules["Lost at the end of the period"] == ["8", "2", "1", "0", "3", "0", "11"]
    assert "Lost at notice: not told by the extracts: no contract has the day of its notice (`notice_on` in sources.yaml)" in out


def test_the_headline_counts_customers_who_are_one_once(ask: Callable[..., Answer], shop: Any, tmp_path: Path) -> None:
    folder = shop(tmp_path / "merged").folder
    said = "reason: One household that registered twice, owner: Berta, date: 2026-09-01, expiry: 9999-12-31"
    (folder / "corrections.yaml").write_text(f"corrections:\n  - {{merge: [c08], into: c09, {said}}}\n", encoding="utf-8")
    status, out, err = ask("presets", "2026-08", "--company", str(folder))
    assert status == 0, err
    (ours,) = (line.split()[-7:] for line in out.splitlines() if line.strip().startswith("Our definitions"))
    assert ours == ["7", "1", "1", "1", "3", "4", "6"]


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("presets", "2026-13"), 2, "Cannot: "),
        (("presets", "2026-10"), 1, "Refused: "),
        (("lapse-window", "--company", "nobody"), 2, "Cannot: nobody: expected a company's folder"),
    ],
    ids=["no such month", "not covered", "no such company"],
)
def test_what_cannot_be_weighed_is_refused_in_a_sentence(
    ask: Callable[..., Answer], company: str, arguments: tuple[str, ...], status: int, says: str
) -> None:
    given = arguments if "--company" in arguments else (*arguments, "--company", company)
    found, out, err = ask(*given)
    assert (found, out) == (status, "")
    assert says in err
    assert "Traceback" not in err
