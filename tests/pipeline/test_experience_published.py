"""Experience and money from extracts to an edition: what service recorded, who was exposed, and what explain lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import yaml
from openpyxl import load_workbook

from tasks.explain import ExplainRequest, UnknownNameError, explain

if TYPE_CHECKING:
    from pathlib import Path

PERIOD = "2026-08"
TICKETS = """id,customer,opened,closed,about,complaint,stage,again,called,agent
t1,c03,2026-07-20,,Delivery,yes,use,,,Kim
t2,c04,2026-07-25,2026-07-28,Delivery,yes,pay,2026-07-30,2026-07-29,Lee
t3,c08,2026-07-26,2026-08-02,Invoice,no,,,,Lee
t4,c09,2026-08-01,,Delivery,yes,use,,,Lee
"""
EXTRACT = {
    "silo": "service",
    "dataset": "tickets",
    "path": "tickets.csv",
    "columns": {
        "customer_id": "customer",
        "opened_on": "opened",
        "closed_on": "closed",
        "category": "about",
        "is_complaint": "complaint",
        "stage": "stage",
        "reopened_on": "again",
        "followed_up_on": "called",
        "owner": "agent",
    },
    "key": ["id"],
    "covers_through": "2026-09-30",
}
CHOICES = {
    "experience": {"exposure_days": 90, "slow_days": 4, "compared_within": ["size"]},
    "journey_stages": [{"code": "use", "says": "While it is used"}],
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, shop: Any, pipelines: Any) -> Any:
    """The small company with tickets, and an edition of August."""
    home = tmp_path_factory.mktemp("experience")
    made = shop(home / "shop", definitions=CHOICES)
    sources = yaml.safe_load((made.folder / "sources.yaml").read_text(encoding="utf-8"))
    sources["extracts"]["tickets"] = EXTRACT
    (made.folder / "sources.yaml").write_text(yaml.safe_dump(sources, sort_keys=False), encoding="utf-8")
    (made.folder / "tickets.csv").write_text(TICKETS, encoding="utf-8")
    stages = pipelines.read_and_validate(made.folder, home / "home")
    return stages, stages.publish(PERIOD)


def listed(published: Any, name: str, segment: str | None = None) -> list[str]:
    """The customers whom explain lists."""
    stages, _edition = published
    found = explain(stages.company, ExplainRequest(PERIOD, name, segment), settings=stages.settings)
    assert found.customers_count == len(found.rows)
    return sorted(str(row[0]) for row in found.rows)


def test_the_edition_keeps_who_had_which_experience(published: Any) -> None:
    rows = pq.read_table(published[1].folder / "experiences.parquet").to_pylist()
    assert {(row["experience"], row["part"], row["customer_id"], row["is_lost"]) for row in rows} == {
        ("complaint", "", "c03", True),
        ("complaint", "", "c04", True),
        ("complaint_about", "Delivery", "c03", True),
        ("complaint_about", "Delivery", "c04", True),
        ("complaint_at", "use", "c03", True),
        ("complaint_at", "not on the list", "c04", True),
        ("unresolved_complaint", "", "c03", True),
        ("complaint_without_follow_up", "", "c03", True),
        ("unresolved_ticket", "", "c03", True),
        ("unresolved_ticket", "", "c08", False),
        ("slow_ticket", "", "c03", True),
        ("slow_ticket", "", "c08", False),
        ("reopened_ticket", "", "c04", True),
    }


@pytest.mark.parametrize(
    ("name", "customers"),
    [
        ("experience.complaint", ["c03", "c04"]),
        ("experience.slow_ticket", ["c03", "c08"]),
        ("experience.slow_ticket.lost", ["c03"]),
        ("experience.complaint_at.not on the list.lost", ["c04"]),
    ],
)
def test_explain_lists_exactly_the_exposed_and_the_lost(published: Any, name: str, customers: list[str]) -> None:
    assert listed(published, name) == customers


def test_explain_lists_the_exposed_of_one_group(published: Any) -> None:
    assert listed(published, "experience.complaint", "region=North") == ["c03"]


def test_explain_writes_all_of_them_into_a_file(published: Any, tmp_path: Path) -> None:
    stages, _edition = published
    question = ExplainRequest(PERIOD, "experience.complaint")
    found = explain(stages.company, question, settings=stages.settings, output=tmp_path / "who.csv", rows_count=1)
    assert found.sentence.startswith(f"Complaint, {PERIOD}, edition 1: 2 customers at opening.")
    assert len(found.rows) == 1
    assert len((tmp_path / "who.csv").read_text(encoding="utf-8").splitlines()) == 3


def test_an_experience_that_nobody_had_is_answered_by_one_that_somebody_had(published: Any) -> None:
    with pytest.raises(UnknownNameError, match=r"experience 'experience.complaints.lost': did you mean experience.complaint\?"):
        listed(published, "experience.complaints.lost")


def test_the_sheet_says_that_too_few_were_lost_and_what_it_does_not_know(published: Any) -> None:
    sheet = load_workbook(published[1].folder / "scorecard.xlsx")["Experience"]
    texts = [str(row[0]) for row in sheet.iter_rows(values_only=True) if row[0]]
    assert any(text.startswith("No demonstrated link: too few customers with an experience were lost in August 2026") for text in texts)
    assert any(text.startswith("The extract tickets covers the days from 20 July 2026 to 30 September 2026 only") for text in texts)
    assert any("Experiences at a stage that is not on the company's list: 1;" in text for text in texts)
    assert any("of the same size, value group at opening" in text for text in texts)


def test_the_sheet_counts_those_whom_nobody_followed_up_beside_those_who_were(published: Any) -> None:
    sheet = load_workbook(published[1].folder / "scorecard.xlsx")["Experience"]
    rows = list(sheet.iter_rows(values_only=True))
    start = next(number for number, row in enumerate(rows) if row[0] == "Followed up, or not")
    assert [row[:6] for row in rows[start + 3 : start + 4]] == [("Complaint without follow-up", 1, 1, "1 of 1", 1, 1)]


def test_who_looked_after_complaints_is_on_the_sheet_of_the_lost(published: Any) -> None:
    rows = list(load_workbook(published[1].folder / "scorecard.xlsx")["Who left"].iter_rows(values_only=True))
    start = next(number for number, row in enumerate(rows) if row[0] == "Who saved and won back customers")
    lines = [row[:6] for row in rows[start + 1 :] if row[0] in {"Kim", "Lee"}]
    assert sorted(lines) == [("Kim", None, 1, 0, "0 of 1", 0), ("Lee", None, 1, 0, "0 of 1", 0)]


def test_complaints_are_counted_in_the_periods_that_their_extract_covers(published: Any) -> None:
    sheet = load_workbook(published[1].folder / "scorecard.xlsx")["Experience"]
    rows = list(sheet.iter_rows(values_only=True))
    start = next(number for number, row in enumerate(rows) if row[0] == "Complaints over 1 period")
    assert [row[:2] for row in rows[start + 3 : start + 6]] == [("All", 1), ("Delivery", 1), ("use", 1)]


def test_without_service_or_refunds_there_is_neither_sheet_nor_file(tmp_path: Path, shop: Any, pipelines: Any) -> None:
    made = shop(tmp_path / "shop", only=["customers", "contracts", "rates"])
    stages = pipelines.read_and_validate(made.folder, tmp_path / "home")
    edition = stages.publish(PERIOD)
    assert "Experience" not in load_workbook(edition.folder / "scorecard.xlsx").sheetnames
    assert not (edition.folder / "experiences.parquet").exists()
    with pytest.raises(UnknownNameError, match="has no experiences; bring an extract of `tickets` or `surveys`"):
        explain(stages.company, ExplainRequest(PERIOD, "experience.complaint"), settings=stages.settings)
