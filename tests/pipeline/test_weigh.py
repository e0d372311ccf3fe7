"""Other choices weighed from a company's own extracts: what the edition says, what the commands say, and that the two are one."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import yaml

from flows.stages import analysis_inputs
from tasks import analyse
from tasks.customer_math.ledger.periods import period_named
from tasks.store.engine import engine

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.reporting.what_if import CustomerCounts, LapseWindow, Presets

TODAY = date(2026, 11, 1)
PERIOD = "2026-08"
NOTICES = {"k1": "2026-07-15", "k3": "2026-08-10"}
STATES = {"k1": "paused", "k3": "trial"}
ORDERS_HEADING = "id,customer,day,amount,currency,state,changed"
SALES = {"11": "2026-07-20"}


@dataclass(frozen=True)
class Weighed:
    """What was weighed of a company, and what its edition says of the period."""

    presets: Presets
    lapse_window: LapseWindow
    published: dict[str, int]
    book: Any

    def heads(self, name: str) -> CustomerCounts:
        """The headline under one set of choices."""
        heads = {line.name: line.counts for line in self.presets.lines}[name]
        assert heads is not None, name
        return heads


def with_columns(folder: Path, name: str, columns: dict[str, dict[str, str]]) -> None:
    """Add columns to one of the company's files: for each, what it holds by the row's first value."""
    path = folder / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([*heading, *columns])
        csv.writer(file).writerows([*row, *(values.get(row[0], "") for values in columns.values())] for row in rows)


def a_company_that_tells_everything(shop: Any, folder: Path) -> Path:
    """The small company, with days of notice, states of contracts and the sales that refunds take back."""
    definitions = {"presets": {"paused_statuses": ["paused"], "free_statuses": ["trial"]}, "lapse_window": {"fewest_watched_count": 1}}
    company = shop(folder, definitions=definitions).folder
    with_columns(company, "contracts", {"notice": NOTICES, "state": STATES})
    with_columns(company, "orders", {"sale": SALES})
    sources = yaml.safe_load((company / "sources.yaml").read_text(encoding="utf-8"))
    sources["extracts"]["contracts"]["columns"] |= {"notice_on": "notice", "status": "state"}
    sources["extracts"]["orders"]["columns"] |= {"sale_on": "sale"}
    (company / "sources.yaml").write_text(yaml.safe_dump(sources), encoding="utf-8")
    return company


def weighed_of(stages: Any, name: str = PERIOD) -> tuple[Presets, LapseWindow]:
    """What is weighed of a period, without publishing it."""
    period = period_named(name, stages.company.definitions.calendar)
    rests = analysis_inputs(stages.context, tuple(stages.accepted.values()), period)
    with engine(stages.settings) as connection:
        return analyse.presets(connection, stages.company, rests, period=period), analyse.lapse_window(connection, stages.company, rests)


@pytest.fixture(scope="module")
def folder(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_company_that_tells_everything(shop, tmp_path_factory.mktemp("companies") / "shop")


@pytest.fixture(scope="module")
def weighed(pipelines: Any, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Weighed:
    stages = pipelines.read_and_validate(folder, tmp_path_factory.mktemp("home"))
    presets, window = weighed_of(stages)
    edition = stages.publish(PERIOD).folder
    with (edition / "figures.csv").open(encoding="utf-8") as file:
        figures = {
            row["measure"]: int(float(row["value"]))
            for row in csv.DictReader(file)
            if (row["period"], row["segment_by"], row["split_by"]) == (PERIOD, "all", "all") and row["unit"] != "share"
        }
    return Weighed(presets, window, figures, openpyxl.load_workbook(edition / "scorecard.xlsx"))


def test_our_own_choices_give_what_was_published(weighed: Weighed) -> None:
    published = weighed.published
    assert asdict(weighed.heads("own")) == {
        "opening_count": published["opening_customers"],
        "new_count": published["new_customers"],
        "returned_count": published["returned_customers"],
        "in_and_out_count": published["in_and_out_customers"],
        "in_count": published["customers_in"],
        "out_count": published["customers_out"],
        "closing_count": published["closing_customers"],
    }


def test_under_every_preset_opening_and_in_less_out_make_closing(weighed: Weighed) -> None:
    assert [line.missing for line in weighed.presets.lines if line.missing] == []
    assert len(weighed.presets.lines) == 16
    for line in weighed.presets.lines:
        heads = weighed.heads(line.name)
        assert heads.opening_count + heads.in_count - heads.out_count == heads.closing_count, line.name


@pytest.mark.parametrize(
    ("name", "opening", "came", "went"),
    [
        ("own", 8, 3, 4),
        ("inside_netted", 8, 3 - 1, 4 - 1),
        ("every_move", 8, 3 + 1, 4 + 1),
        ("loss_at_notice", 8 - 1, 3, 3 + 1),
        ("paused_out", 8 - 1, 3, 3),
        ("free_out", 8 - 1, 3, 4),
        ("returned_within_limit", 8, 3, 4),
    ],
)
def test_each_choice_moves_the_customers_that_it_is_about(weighed: Weighed, name: str, opening: int, came: int, went: int) -> None:
    heads = weighed.heads(name)
    assert (heads.opening_count, heads.in_count, heads.out_count) == (opening, came, went)


def test_the_edition_shows_what_was_weighed(weighed: Weighed) -> None:
    rows = [[cell.value for cell in row] for row in weighed.book["Notes"].iter_rows()]
    labels = {line.label for line in weighed.presets.lines}
    shown = {row[0]: tuple(row[3:11]) for row in rows if row[0] in labels and isinstance(row[3], int)}
    expected = {
        line.label: (h.opening_count, h.new_count, h.returned_count, h.in_and_out_count, h.in_count, h.out_count, h.in_count - h.out_count)
        for line in weighed.presets.lines
        if (h := line.counts)
    }
    assert {label: figures[:7] for label, figures in shown.items()} == expected
    assert any("In force: a buyer has lapsed after 60 days of silence. " in str(row[0]) for row in rows)


def test_the_silences_of_the_small_company_are_told_by_group(weighed: Weighed) -> None:
    window = weighed.lapse_window
    assert (window.in_force_days, window.why_not) == (60, None)
    assert [(line.segment_by, line.segment) for line in window.lines] == [
        ("all", "all"),
        *(("region", name) for name in ("North", "South", "not recorded")),
        ("size", "household"),
    ]
    whole = window.whole
    assert (whole.customers_count, whole.silences_count, whole.returns_count) == (8, 13 - 1, 4)
    assert whole.active_in_force_count == 5
    assert window.curve[0].watched_count == whole.silences_count


def test_a_company_that_sells_by_contract_alone_is_told_why_it_has_no_window(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", only=["customers", "contracts", "rates"]).folder
    presets, window = weighed_of(pipelines.read_and_validate(folder, tmp_path / "home"))
    assert window.why_not == analyse.NO_PURCHASES
    missing = {line.name: line.missing for line in presets.lines}
    assert missing["refunds_at_sale"] == ()
    assert missing["loss_at_notice"] == ("no contract has the day of its notice (`notice_on` in sources.yaml)",)
    assert missing["own"] == ()


def test_a_company_that_nobody_has_bought_from_has_no_silence(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    company = shop(tmp_path / "shop", only=["customers", "orders"], definitions={"rules": {"largest_set_aside_rate": 0.2}})
    (company.folder / "orders.csv").write_text(f"{ORDERS_HEADING}\n11,c09,2026-09-20,-30.00,EUR,shipped,2026-09-20\n", encoding="utf-8")
    presets, window = weighed_of(pipelines.read_and_validate(company.folder, tmp_path / "home"), "2026-09")
    assert window.why_not == analyse.NOBODY_BOUGHT
    assert {line.counts.opening_count for line in presets.lines if line.counts} == {0}
