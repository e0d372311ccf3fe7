"""What customers are still expected to bring, from extracts to sheet, file and explanation: of a simulated company, with costs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import openpyxl
import pytest
import yaml

from tasks.explain import ExplainRequest, UnknownNameError, explain
from tasks.prove import prove
from tasks.reporting.text import money_short

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

PERIOD, THROUGH = "2026-08", date(2026, 9, 30)
COST_RATE = 0.6
TICKETS = {
    "silo": "service",
    "dataset": "tickets",
    "path": "tickets.csv",
    "columns": {"customer_id": "customer", "opened_on": "opened", "is_complaint": "complaint"},
    "key": ["customer"],
    "covers_through": "2026-09-30",
}
SILENT_SINCE = (date(2026, 2, 2), date(2026, 3, 4))
"""Whose last purchase fell between these lapses in August 2026."""
LINES = "opening lost unwinding received changed_expectation new returned changed_assumptions closing"
SUMMED = """
    SELECT
        sum(opening_equity_amount), sum(lost_equity_amount), sum(unwinding_amount), sum(received_margin_amount),
        sum(changed_expectation_amount), sum(new_equity_amount), sum(returned_equity_amount), sum(changed_assumptions_amount),
        sum(closing_equity_amount)
    FROM read_parquet(?)
"""


def simulated_shop(shop: Any, simulated: Any, folder: Path, *, count: int) -> Path:
    """A shop whose customers buy as the models say, over three years, and what the goods cost; those who fall silent complain oftener."""
    chance = np.random.default_rng(20_260_930)
    bought = simulated.purchases(chance, simulated.buyers(chance, count))
    columns = {"purchase_id": "id", "customer_id": "customer", "purchased_on": "day", "amount": "amount", "currency": "currency"}
    declared = {"columns": {**columns, "cost_amount": "cost"}, "changed_at": "day"}
    made = shop(folder, only=["orders"], orders=declared, definitions={"activity": {"lapse_days": 180}})
    sources = yaml.safe_load((made.folder / "sources.yaml").read_text(encoding="utf-8"))
    sources["extracts"]["tickets"] = TICKETS
    (made.folder / "sources.yaml").write_text(yaml.safe_dump(sources, sort_keys=False), encoding="utf-8")
    last = {int(buyer): int(ago) for buyer, ago in sorted(zip(bought.buyer, bought.days_ago, strict=True), key=lambda each: -each[1])}
    is_silent = {buyer: SILENT_SINCE[0] <= THROUGH - timedelta(days=ago) <= SILENT_SINCE[1] for buyer, ago in last.items()}
    complained = [f"c{buyer:05d},2026-07-15,yes" for buyer in sorted(last) if buyer % (2 if is_silent[buyer] else 12) == 0]
    (folder / "tickets.csv").write_text("\n".join(["customer,opened,complaint", *complained]) + "\n", encoding="utf-8")
    rows = [
        f"{number},c{buyer:05d},{THROUGH - timedelta(days=int(ago))},{amount:.2f},EUR,{amount * COST_RATE:.2f}"
        for number, (buyer, ago, amount) in enumerate(zip(bought.buyer, bought.days_ago, bought.amount, strict=True))
    ]
    (folder / "orders.csv").write_text("\n".join(["id,customer,day,amount,currency,cost", *rows]) + "\n")
    return folder


@pytest.fixture(scope="module")
def stages(shop: Any, simulated: Any, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = simulated_shop(shop, simulated, tmp_path_factory.mktemp("shop") / "shop", count=3_000)
    return pipelines.read_and_validate(folder, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def edition(stages: Any) -> Path:
    return stages.publish(PERIOD).folder


@pytest.fixture(scope="module")
def sheet(edition: Path) -> list[list[Any]]:
    book = openpyxl.load_workbook(edition / "scorecard.xlsx", read_only=True)
    rows = [[cell for cell in row if cell is not None] for row in book["Worth"].iter_rows(values_only=True)]
    book.close()
    return [row for row in rows if row]


@pytest.fixture(scope="module")
def lines(edition: Path) -> dict[str, Decimal]:
    sums = duckdb.sql(SUMMED, params=[str(edition / "equity.parquet")]).fetchall()[0]
    return dict(zip(LINES.split(), sums, strict=True))


def test_the_lines_of_the_edition_lead_from_opening_to_closing(lines: dict[str, Decimal]) -> None:
    stayed = lines["opening"] - lines["lost"] + lines["unwinding"] - lines["received"] + lines["changed_expectation"]
    assert stayed + lines["new"] + lines["returned"] + lines["changed_assumptions"] == lines["closing"]
    assert min(lines["opening"], lines["lost"], lines["new"], lines["returned"], lines["received"]) > 0


def test_the_sheet_says_the_equity_of_the_file_and_calls_it_so(sheet: list[list[Any]], lines: dict[str, Decimal]) -> None:
    texts = [str(cell) for row in sheet for cell in row]
    assert "What our customers are still worth: customer equity." in texts
    (to_come,) = (text for text in texts if "of margin is still expected of" in text)
    assert to_come.startswith(money_short(lines["closing"], "EUR"))
    assert [row[1] for row in sheet if row[0] == "Still to come, lost"] == [pytest.approx(-float(lines["lost"]))]
    assert any(text.startswith("Return on customer: ") for text in texts)
    assert any(text.startswith("Of an amount 40.0% is left after goods and service") for text in texts)


def test_the_year_that_was_held_out_is_foreseen_better_than_by_the_plain_rule(sheet: list[list[Any]]) -> None:
    """The customers buy as the model says, so that it must be nearer."""
    first = sheet.index(next(row for row in sheet if row[0] == "Held out, by tenths of what was expected"))
    rows = sheet[first + 2 : first + 12]
    expected, came, rule = (sum(row[place] for row in rows) for place in (2, 3, 4))
    assert abs(expected - came) < abs(rule - came)
    assert expected == pytest.approx(came, rel=0.15)
    assert [row[2] for row in rows] == sorted((row[2] for row in rows), reverse=True)


@pytest.mark.parametrize(("measure", "line"), [("closing_equity_amount", "closing"), ("lost_equity_amount", "lost")])
def test_every_line_is_explained_by_its_customers(measure: str, line: str, stages: Any, edition: Path, lines: dict[str, Decimal]) -> None:
    explanation = explain(stages.company, ExplainRequest(PERIOD, measure), settings=stages.settings, rows_count=5_000)
    place = explanation.columns.index("contribution")
    contributions: list[Any] = [row[place] for row in explanation.rows]
    assert sum(contributions) == lines[line]
    assert f"EUR {lines[line]:,.2f}, from {explanation.customers_count:,} customers" in explanation.sentence


def test_the_message_says_what_was_to_come_and_proves_it(stages: Any, edition: Path, lines: dict[str, Decimal]) -> None:
    """The customers buy as the models say, so that these beat the plain rule; of reasons and regions nothing is recorded."""
    assert edition.exists()
    (to_come,) = (each for each in prove(stages.company, PERIOD, settings=stages.settings) if each.line.startswith("To come: "))
    assert f"{money_short(lines['lost'], 'EUR')} of margin that was expected went with " in to_come.line
    assert [each.value for each in to_come.figures] == [f"EUR {lines[name]:,.2f}" for name in ("lost", "closing")]
    assert "customer-math explain 2026-08 lost_equity_amount" in to_come.figures[0].command


def test_the_message_says_what_preceded_losses_and_proves_it(stages: Any, edition: Path) -> None:
    assert edition.exists()
    (preceded,) = (each for each in prove(stages.company, PERIOD, settings=stages.settings) if each.line.startswith("What preceded: "))
    had, lost = preceded.figures
    assert preceded.line.startswith("What preceded: customers who complained left ")
    assert f"times as often as others alike ({preceded.line.split('(')[1].split(')')[0]}), {lost.value} of {had.value}; an association" in (
        preceded.line
    )
    for each, lost_only in ((had, ""), (lost, ".lost")):
        explanation = explain(stages.company, ExplainRequest(PERIOD, f"experience.complaint{lost_only}"), settings=stages.settings)
        assert each.value == f"{explanation.customers_count:,}"
        assert f"customer-math explain {PERIOD} experience.complaint{lost_only} --company" in each.command


def test_every_figure_of_message_and_thread_is_explained_by_as_much(stages: Any, edition: Path) -> None:
    assert edition.exists()
    proven = prove(stages.company, PERIOD, settings=stages.settings)
    figures = {figure for sentence in proven if sentence.is_in_thread for figure in sentence.figures if figure.name.period == PERIOD}
    assert {figure.name.split_by for figure in figures} == {"all", "intake", "migration"}
    for each in figures:
        part = f"{each.name.split_by}={each.name.split}" if each.name.split_by != "all" else None
        request = ExplainRequest(PERIOD, each.name.measure, part=part)
        found = explain(stages.company, request, settings=stages.settings, rows_count=0)
        assert f": {each.value}" in found.sentence, each.command


def test_those_at_risk_are_listed_with_what_is_still_to_come(edition: Path) -> None:
    book = openpyxl.load_workbook(edition / "customers.xlsx", read_only=True)
    title, _back, headings, *rows = book["At risk"].iter_rows(values_only=True)
    book.close()
    assert str(title[0]).endswith("with signs of weakening or terms that come due, by what is still expected of them; for action")
    place = headings.index("Still to come value, EUR")
    to_come: list[Any] = [row[place] for row in rows]
    assert to_come == sorted(to_come, reverse=True)
    assert len(to_come) > 0


def test_where_nothing_is_expected_the_explanation_says_where_it_is_said_why(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    small = pipelines.read_and_validate(shop(tmp_path / "shop", only=["orders"]).folder, tmp_path / "home")
    assert not (small.publish(PERIOD).folder / "equity.parquet").exists()
    with pytest.raises(UnknownNameError, match="edition 1 of 2026-08 has no closing_equity_amount; its sheet Worth says why"):
        explain(small.company, ExplainRequest(PERIOD, "closing_equity_amount"), settings=small.settings)
