"""From raw files alone to the first figures: what `init` writes, mended as `check` says, held against what is known of three companies."""

from __future__ import annotations

import csv
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.company import load_parts
from tasks.check import findings_of
from tasks.propose import Choices, propose
from tests.pipelines import settings_in

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]
NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
MEASURES = ("opening_customers", "new_customers", "returned_customers", "lapsed_customers", "left_customers", "closing_customers")
TRUTH_OF = {
    "opening_customers": "opening_active",
    "new_customers": "new",
    "lapsed_customers": "lost_90d",
    "closing_customers": "closing_active",
}
FILES = {
    "ravenstack": ("marketing/accounts.csv", "sales/subscriptions.csv", "service/support_tickets.csv", "service/churn_events.csv"),
    "online_retail": ("online_retail_2010_2011.csv.gz",),
    "olist": ("sales/sellers.csv", "sales/order_items.csv.gz", "marketing/closed_deals.csv", "marketing/marketing_qualified_leads.csv"),
}
CHOICES = {
    "ravenstack": Choices("USD"),
    "online_retail": Choices("GBP", "Europe/London", 90, "2011-12-09"),
    "olist": Choices("BRL", "America/Sao_Paulo", 90, "2018-08-31"),
}
"""What only the company knows: the currency, the day, how long a customer is one, the last day of the files."""


def first_folder(company: str, folder: Path) -> tuple[Path, int]:
    """The folder that `init` writes, with each rule relaxed that `check` says to relax; and how many lines that took."""
    places = [str(DATA / company / name) for name in FILES[company]]
    written = propose(folder / company, places, choices=CHOICES[company], settings=settings_in(folder / "home")).folder
    problems = findings_of(load_parts(written), settings=settings_in(folder / "home"), now=NOW).problems
    rules = [match[1] for problem in problems if (match := re.search(r"relax: \[\{rule: ([\w.]+),", problem))]
    assert len(rules) == len(problems), problems
    if rules:
        path = written / "definitions.yaml"
        definitions = yaml.safe_load(path.read_text(encoding="utf-8"))
        because = "a seller that was won enters the list of sellers with its first sale"
        definitions["rules"] = {"relax": [{"rule": rule, "to": "note", "because": because} for rule in rules]}
        path.write_text(yaml.safe_dump(definitions, sort_keys=False), encoding="utf-8")
    return written, len(rules)


def of_all(figures: dict[Any, Any], period: str) -> dict[str, Any]:
    return {measure: figures.get((period, "all", "all", measure)) for measure in MEASURES}


@pytest.mark.parametrize(("company", "periods"), [("ravenstack", ("2024-06", "2024-Q4")), ("online_retail", ("2011-06", "2011-10"))])
def test_the_folder_that_init_writes_gives_the_figures_of_the_one_written_by_hand(
    company: str, periods: tuple[str, ...], tmp_path: Path, pipelines: Any
) -> None:
    written, lines_count = first_folder(company, tmp_path)
    assert lines_count == 0
    own = pipelines.read_and_validate(written, tmp_path / "own").figures(periods)
    by_hand = pipelines.read_and_validate(f"examples/{company}", tmp_path / "by_hand").figures(periods)
    for period in periods:
        assert of_all(own, period) == of_all(by_hand, period)
        assert of_all(own, period)["closing_customers"] > 0


def test_olist_from_its_raw_files_is_as_its_own_reconciliation_has_it(tmp_path: Path, pipelines: Any) -> None:
    written, lines_count = first_folder("olist", tmp_path)
    assert lines_count == 1
    months = ("2017-03", "2017-11", "2018-08")
    figures = pipelines.read_and_validate(written, tmp_path / "own").figures(months)
    with (DATA / "olist/truth/seller_reconciliation_monthly_all_items.csv").open(encoding="utf-8") as file:
        truth = {row["month"]: row for row in csv.DictReader(file)}
    for month in months:
        own = of_all(figures, month)
        assert {measure: own[measure] for measure in TRUTH_OF} == {ours: int(truth[month][theirs]) for ours, theirs in TRUTH_OF.items()}
