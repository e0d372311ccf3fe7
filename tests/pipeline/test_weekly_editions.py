"""Six weeks of a small company, published while rows arrive late, are corrected and deleted, and customers prove to be one."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import yaml
from openpyxl import Workbook

from config.company import load_company
from flows.cli.published import edition_history
from flows.replay import replay
from tasks.customer_math.catalogue import MEASURES
from tasks.customer_math.ledger.periods import Plan, period_before
from tasks.store.editions import editions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from config.definitions import Calendar
    from tasks.customer_math.ledger.beginning import Beginning
    from tasks.customer_math.ledger.periods import Period
    from tasks.store.editions import Edition

FIRST_MONDAY = date(2026, 7, 6)
"""Week 28 opens."""
WEEKS = tuple(range(28, 34))
COVERED = {"covers_through": "2026-12-31"}
LAPSE_DAYS = 14


@dataclass
class Extracts:
    """What the shop exports, changed from week to week."""

    folder: Path
    orders: dict[str, dict[str, str]] = field(default_factory=dict)
    customers: dict[str, dict[str, str]] = field(default_factory=dict)
    rates: list[dict[str, str]] = field(default_factory=list)
    corrections: list[dict[str, Any]] = field(default_factory=list)

    def order(self, key: str, customer: str, on: date, amount: str, currency: str = "EUR") -> None:
        day = on.isoformat()
        row = {"id": key, "customer": customer, "day": day, "amount": amount, "currency": currency, "state": "shipped", "changed": day}
        self.orders[key] = row

    def write(self) -> None:
        for name, rows in (("orders", list(self.orders.values())), ("customers", list(self.customers.values())), ("rates", self.rates)):
            with (self.folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        content = yaml.safe_dump({"corrections": self.corrections}, sort_keys=False)
        (self.folder / "corrections.yaml").write_text(content, encoding="utf-8")


def correction(**what: Any) -> dict[str, Any]:
    about = {"reason": "The service desk found it out.", "owner": "sales operations", "date": "2026-07-06", "expiry": "2026-12-31"}
    return {**about, **what}


def monday(week: int) -> date:
    return FIRST_MONDAY + timedelta(weeks=week - WEEKS[0])


def weekly_orders(extracts: Extracts, week: int) -> None:
    """Every customer buys two weeks of four; two of them in francs; one who comes later, and two more who prove to be one."""
    for number in range(12):
        if (number * 7 + week * 3) % 4 < 2:
            currency = "CHF" if number in {4, 9} else "EUR"
            on = monday(week) + timedelta(days=(number + week) % 7)
            extracts.order(f"{week}-{number:02}", f"c{number:02}", on, f"{10 + number}.{week}", currency)
    for customer, first_week in (("c12", 29), ("c13", 29), ("c14", 30)):
        if week >= first_week:
            extracts.order(f"{week}-{customer}", customer, monday(week) + timedelta(days=1), f"7.{week}")


def a_late_row(extracts: Extracts) -> None:
    extracts.order("late", "c01", monday(28) + timedelta(days=2), "99.00")


def a_corrected_row(extracts: Extracts) -> None:
    extracts.orders["28-03"] |= {"amount": "500.00", "changed": "2026-07-17"}


def a_deleted_row(extracts: Extracts) -> None:
    del extracts.orders["28-08"]


def a_merge(extracts: Extracts) -> None:
    extracts.corrections.append(correction(merge=["c12"], into="c13"))


def a_late_and_a_corrected_row(extracts: Extracts) -> None:
    extracts.order("late 2", "c07", monday(29) + timedelta(days=3), "45.00")
    extracts.orders["29-07"] |= {"amount": "1.00", "changed": "2026-07-27"}


def another_region(extracts: Extracts) -> None:
    extracts.customers["c14"]["region"] = "West"


def a_rate(extracts: Extracts) -> None:
    extracts.rates.append({"currency": "CHF", "day": monday(31).isoformat(), "rate": "1.05"})


def a_split(extracts: Extracts) -> None:
    extracts.corrections[:] = [each for each in extracts.corrections if "merge" not in each]


def another_rate(extracts: Extracts) -> None:
    extracts.rates[-1]["rate"] = "1.10"


def another_definition_and_a_test_left_out(extracts: Extracts) -> None:
    path = extracts.folder / "definitions.yaml"
    path.write_text(path.read_text().replace(f"lapse_days: {LAPSE_DAYS}", f"lapse_days: {LAPSE_DAYS - 3}"))
    extracts.corrections.append(correction(extract="orders", key="32-03", drop=True))


HAPPENS: dict[int, tuple[Callable[[Extracts], None], ...]] = {
    29: (a_late_row, a_corrected_row, a_deleted_row),
    30: (a_merge, a_late_and_a_corrected_row),
    31: (another_region, a_rate),
    32: (a_split, another_rate),
    33: (another_definition_and_a_test_left_out,),
}
"""What becomes known in the run after the week, beside the week's own orders."""


REPLAYED = [(28, 1), (28, 2), (29, 2), (30, 1), (31, 1), (31, 2), (32, 2), (33, 1)]
"""Which editions are computed again: the latest of each week, the very first, and one of when two customers were thought to be one."""


@dataclass(frozen=True)
class Published:
    """What six runs left."""

    folder: Path
    home: Path
    editions: dict[str, list[Edition]]
    settings: Any

    @property
    def rows(self) -> list[tuple[Edition, dict[str, Any]]]:
        """Every row of every restatement, by the edition that holds it."""
        every = [edition for published in self.editions.values() for edition in published]
        return [(edition, row) for edition in every for row in pq.read_table(edition.folder / "restatements.parquet").to_pylist()]

    @property
    def customers(self) -> list[dict[str, Any]]:
        paths = [edition.folder / "restated-customers.parquet" for published in self.editions.values() for edition in published]
        return [row for path in paths if path.is_file() for row in pq.read_table(path).to_pylist()]


@pytest.fixture(scope="module")
def short() -> Iterator[None]:
    """Editions that show a week beside the two before it, and whose workbook is empty: what is tried here is in their tables."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.stages.plan_for", three_weeks)
        patch.setattr("tasks.reporting.render.workbook.workbook", lambda _facts, _lists: Workbook())
        patch.setattr("tasks.reporting.render.png.trend_picture", lambda _facts: b"")
        patch.setattr("tasks.publish.with_choices_weighed", lambda _connection, data, **_rests: data)
        yield


def three_weeks(period: Period, calendar: Calendar, *, covers_from: date | None, beginning: Beginning | None) -> Plan:
    weeks = [period]
    while len(weeks) < 3:
        weeks.insert(0, period_before(weeks[0], calendar))
    shown = tuple(each for each in weeks if covers_from is None or each.closing_day >= covers_from)
    return Plan(period, shown[-2] if len(shown) > 1 else None, None, shown, beginning=beginning)


@pytest.fixture(scope="module")
def published(short: None, shop: Any, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("weekly")
    definitions = {
        "activity": {"lapse_days": LAPSE_DAYS},
        "segments": {"region": {"says": "Where the customer is at home", "from": "customers.region"}},
        "restatements": {"settled_days": 14, "recast": "always"},
    }
    company = shop(folder / "shop", only=["customers", "orders", "rates"], orders=COVERED, rates=COVERED, definitions=definitions).folder
    extracts = Extracts(company)
    for number in range(15):
        who = {"number": f"c{number:02}", "name": f"Quux {number}", "region": "North" if number % 3 else "South", "size": "one"}
        extracts.customers[f"c{number:02}"] = who
    extracts.rates.append({"currency": "CHF", "day": "2026-06-29", "rate": "1.05"})
    for week in WEEKS:
        weekly_orders(extracts, week)
        for happens in HAPPENS.get(week, ()):
            happens(extracts)
        extracts.write()
        today = monday(week + 1)
        stages = pipelines.read_and_validate(company, folder / "home", today=today)
        stages.publish(f"2026-W{week}", now=datetime(today.year, today.month, today.day, 6, tzinfo=UTC))
    scorecards = folder / "home" / "shop" / "scorecards"
    found = {path.name: editions(path) for path in sorted(scorecards.iterdir())}
    return Published(company, folder / "home", found, pipelines.settings_in(folder / "home"))


def figures_of(edition: Edition) -> dict[tuple[Any, ...], Decimal]:
    table = pq.read_table(edition.folder / "figures.parquet")
    keys = [name for name in table.column_names if name not in {"value", "numerator", "denominator", "unit"}]
    return {tuple(row[name] for name in keys): row["value"] for row in table.to_pylist()}


def key_of(row: dict[str, Any], edition: Edition) -> tuple[Any, ...]:
    names = pq.read_schema(edition.folder / "figures.parquet").names
    return tuple(row[name] for name in names if name not in {"value", "numerator", "denominator", "unit"})


def test_six_weeks_are_published_and_those_that_changed_more_than_once(published: Published) -> None:
    assert list(published.editions) == [f"2026-W{week}" for week in WEEKS]
    counts = {period: len(found) for period, found in published.editions.items()}
    recast = {f"2026-W{week}" for week in range(28, 33)} - {"2026-W30"}  # a customer who moves is in its new region from then on
    assert counts == {period: 2 if period in recast else 1 for period in counts}


def test_the_causes_of_every_restatement_add_up_to_its_difference(published: Published) -> None:
    parts: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for edition, row in published.rows:
        parts[edition.folder, row["edition_to"], key_of(row, edition)].append(row)
    assert len(parts) > 300
    for rows in parts.values():
        assert sum(row["cause_difference"] for row in rows) == rows[0]["difference"] == rows[0]["value_to"] - rows[0]["value_from"]
        assert len({row["cause"] for row in rows}) == len(rows)


def test_a_restatement_leads_from_what_was_published_to_what_was_published_then(published: Published) -> None:
    numbered = {(period, each.number): figures_of(each) for period, found in published.editions.items() for each in found}
    for edition, row in published.rows:
        key = key_of(row, edition)
        assert numbered[row["period"], row["edition_from"]].get(key, Decimal(0)) == row["value_from"]
        if row["edition_to"]:
            assert numbered[row["period"], row["edition_to"]].get(key, Decimal(0)) == row["value_to"]


def test_a_recast_edition_restates_every_figure_of_its_period_that_changed(published: Published) -> None:
    told = {(row["period"], row["edition_to"], key_of(row, edition)) for edition, row in published.rows}
    for period, found in published.editions.items():
        for before, after in pairwise(found):
            then, now = figures_of(before), figures_of(after)
            changed = {key for key in {*then, *now} if then.get(key, Decimal(0)) != now.get(key, Decimal(0))}
            of_period = {key for key in changed if period in key and key[-1] in MEASURES}  # a rate follows from its two sums
            assert of_period == {key for where, number, key in told if (where, number) == (period, after.number)}


def test_every_change_has_a_cause_that_was_found(published: Published) -> None:
    causes = {cause for _edition, row in published.rows for cause in row["cause"].split(" and ")}
    assert causes == {
        *("late row", "corrected row", "deleted row", "group limits", "fx rate"),
        *("identity merged", "identity split", "definition change"),
    }
    assert {row["cause"] for row in published.customers} >= {"corrected row and late row"}


def test_merged_and_split_customers_are_neither_lost_nor_new(published: Published) -> None:
    absorbed = [row for row in published.customers if row["customer_id"] == "c12"]
    merged = [row for row in absorbed if row["movement_to"] == "merged"]
    split = [row for row in absorbed if row["movement_from"] == "split"]
    assert {row["cause"] for row in merged} == {"identity merged"}
    assert {row["cause"] for row in split} == {"identity split"}


def test_a_settled_week_is_told_of_and_not_recast(published: Published) -> None:
    settled = [row for _edition, row in published.rows if not row["is_recast"]]
    assert settled
    assert {row["edition_to"] for row in settled} == {None}


def test_what_is_told_of_every_period_says_what_was_published_when_and_why(published: Published) -> None:
    company = load_company(published.folder)
    paragraphs, is_whole = edition_history(company, "2026-W28", settings=published.settings)
    assert is_whole
    assert paragraphs[0] == "Week 28 of 2026 was published in 2 editions."
    assert "Edition 2, published 20 July 2026 06:00 UTC" in paragraphs[2]
    assert "orders changed (6 → 14 rows)" in paragraphs[2]
    assert (
        "Reason: rows that arrived late, rows that were corrected, rows that were deleted and value groups whose limits moved. "
        "Effect: recast: edition 2 replaces"
    ) in paragraphs[2]


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place in which editions are computed again, with nothing in it of the runs that published them."""
    return tmp_path_factory.mktemp("apart")


@pytest.mark.parametrize(("week", "number"), REPLAYED)
def test_editions_computed_again_are_identical(published: Published, apart: Path, week: int, number: int) -> None:
    company, period = load_company(published.folder), f"2026-W{week}"
    replayed = replay(company, period, edition=number, settings=published.settings, apart=apart)
    assert replayed.differences == ()
    assert replayed.figures_count == len(figures_of(published.editions[period][number - 1]))


def test_the_latest_edition_of_every_week_is_computed_again(published: Published) -> None:
    assert {(int(period[-2:]), len(found)) for period, found in published.editions.items()} <= {*REPLAYED}
