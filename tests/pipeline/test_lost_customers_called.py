"""Lost customers are called: a list is written, executives write into it, and the next run reads their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import yaml
from openpyxl import load_workbook

from expectations.verdict import RefusedError
from tasks.call_list import EXTRACT, write_call_list

if TYPE_CHECKING:
    from pathlib import Path

PERIOD = "2026-08"
REVIEW = {"lost_review": {"executives": ["Ada", "Bo"], "customers_count": 2}}


@pytest.fixture
def reviewed(shop: Any, tmp_path: Path) -> Any:
    """The small company with two executives who call."""
    return shop(tmp_path / "shop", definitions=REVIEW)


def reasons_of(edition: Any) -> dict[str, tuple[str, str, int]]:
    rows = pq.read_table(edition.folder / "movements.parquet").to_pylist()
    return {row["customer_id"]: (row["movement"], row["reason_code"], row["departures_told_count"]) for row in rows if row["out_count"]}


def rows_of(book: Any) -> dict[str, Any]:
    return {row[1].value: row for row in book.active.iter_rows(min_row=2)}


def written_into(book: Any, outcomes: dict[str, tuple[str | None, ...]]) -> None:
    """What executives write beside customers: called_on, outcome, reason_code and comment."""
    for customer, values in outcomes.items():
        for cell, value in zip(rows_of(book)[customer][7:], values, strict=True):
            cell.value = value


def declare_calls(folder: Path) -> None:
    """The lines that the command says, written under `extracts`."""
    sources = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
    sources["extracts"] |= yaml.safe_load(f"extracts:\n{EXTRACT}")["extracts"]
    (folder / "sources.yaml").write_text(yaml.safe_dump(sources, sort_keys=False), encoding="utf-8")


def test_what_executives_write_into_the_list_is_the_next_run_s_reason(reviewed: Any, pipelines: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    stages = pipelines.read_and_validate(reviewed.folder, home)
    first = stages.publish(PERIOD)
    listed = write_call_list(stages.company, PERIOD, settings=stages.settings)
    assert listed.path == reviewed.folder / "calls" / f"{PERIOD}.xlsx"
    assert EXTRACT in "".join(listed.sentences)
    book = load_workbook(listed.path)
    rows = rows_of(book)
    lost = reasons_of(first)
    assert rows.keys() == lost.keys()
    named, reasons = ({row[place].value for row in rows.values()} for place in (0, 6))
    assert (named, reasons) == ({"Ada", "Bo"}, {"Too expensive", "no reason known"})
    sheet = [row[:2] for row in load_workbook(first.folder / "customers.xlsx")["Call list"].iter_rows(values_only=True)]
    assert {(row[0].value, row[1].value) for row in rows.values()} <= set(sheet)

    silent, other = sorted(customer for customer, (_movement, code, _told) in lost.items() if code == "no_reason_known")[:2]
    written_into(book, {silent: ("2026-10-05", "reached", "price", "Too dear"), other: ("2026-10-05", "not_reached", None, None)})
    book.save(listed.path)
    declare_calls(reviewed.folder)

    second_stages = pipelines.read_and_validate(reviewed.folder, home)
    second = second_stages.publish(PERIOD)
    assert (first.edition, second.edition, second.headline) == (1, 2, first.headline)
    assert reasons_of(second) == {**lost, silent: (lost[silent][0], "price", 0)}
    assert "Call list" not in load_workbook(second.folder / "customers.xlsx").sheetnames
    after = load_workbook(second.folder / "scorecard.xlsx")
    assert any("2 were called and 1 reached" in str(row[0]) for row in after["Who left"].iter_rows(values_only=True))
    assert second_stages.accepted["calls"].totals.rows_used_count == len(rows)

    with pytest.raises(RefusedError, match="is there already, and may hold what executives wrote"):
        write_call_list(second_stages.company, PERIOD, settings=second_stages.settings)
    again = write_call_list(second_stages.company, PERIOD, settings=second_stages.settings, output=tmp_path / "again.csv")
    assert len(again.sentences) == 2


def test_without_executives_or_an_edition_there_is_a_sentence(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    stages = pipelines.read_and_validate(shop(tmp_path / "quiet").folder, tmp_path / "home")
    with pytest.raises(RefusedError, match="nobody is to call; write `lost_review:"):
        write_call_list(stages.company, PERIOD, settings=stages.settings)
    called = pipelines.read_and_validate(shop(tmp_path / "shop", definitions=REVIEW).folder, tmp_path / "other")
    with pytest.raises(RefusedError, match="was not published; publish it first"):
        write_call_list(called.company, PERIOD, settings=called.settings)
