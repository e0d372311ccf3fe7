"""Days that are counted from a first one, that leave out the century, or that name their zone by letters."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from conftest import Desk


def days(desk: Desk, texts: list[str], *, company_zone: str = "UTC", **read: Any) -> list[str | None]:
    """The days that some texts mean; every text that means none is kept as unreadable."""
    rows = "".join(f"{number}\tada\t{text}\t1\n" for number, text in enumerate(texts, start=1))
    desk.write("orders.csv", f"id\tcustomer\tday\tamount\n{rows}")
    landed = desk.land(desk.purchases(read={"delimiter": "\t", **read}), time_zone=company_zone)
    rows_read = desk.rows("purchased_on, unreadable", landed)
    assert [unreadable for day, unreadable in rows_read if not day] == [
        f"purchased_on='{text}'" for text, (day, _) in zip(texts, rows_read, strict=True) if not day
    ]
    return [day and day.isoformat() for day, _ in rows_read]


def test_seconds_and_milliseconds_since_1970_are_days_of_the_company_s_zone(desk: Desk) -> None:
    texts = ["1788231600", "1788231599", "1788235200", "1788231600.0", "1788231600000"]
    # 1788231600 is 2026-09-01 03:00 UTC, which is 23:00 of the day before in New York.
    assert days(desk, texts, company_zone="America/New_York", dates=["%s", "%ms"]) == [
        "2026-08-31",
        "2026-08-31",
        "2026-09-01",
        "2026-08-31",
        "2026-08-31",
    ]
    assert days(desk, texts, dates=["%s"]) == ["2026-09-01"] * 4 + [None]


def test_no_number_is_a_day_unless_that_is_declared(desk: Desk) -> None:
    texts = ["1788231600", "1788231600000", "46023", "20260801", "2026"]
    assert days(desk, texts) == [None] * 5
    assert days(desk, texts, dates=["%s", "%ms", "excel_1900"]) == ["2026-09-01", "2026-09-01", "2026-01-01", None, None]


def test_day_numbers_of_a_sheet_are_read_by_the_calendar_that_is_declared(desk: Desk) -> None:
    assert days(desk, ["46023", "46244", "46023.0"], dates=["excel_1900"]) == ["2026-01-01", "2026-08-10", "2026-01-01"]
    assert days(desk, ["44561", "46023"], dates=["excel_1904"]) == ["2026-01-01", "2030-01-02"]


def test_a_day_number_with_a_fraction_is_an_instant_of_the_extract_s_zone(desk: Desk) -> None:
    texts = ["46023", "46023.9375", "46023.5"]
    assert days(desk, texts, dates=["excel_1900"]) == ["2026-01-01"] * 3
    # Half past ten in the evening, and noon, are the next day in Auckland, which is thirteen hours ahead in January.
    assert days(desk, texts, company_zone="Pacific/Auckland", dates=["excel_1900"], time_zone="UTC") == [
        "2026-01-01",
        "2026-01-02",
        "2026-01-02",
    ]


def test_a_workbook_whose_days_are_numbers_without_a_format_is_read_where_that_is_declared(desk: Desk) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in [("id", "customer", "day", "amount"), (1, "ada", 46023, 5), (2, "bob", datetime(2026, 8, 10), 7)]:  # noqa: DTZ001 - Excel knows no zones
        book.active.append(row)
    book.save(desk.folder / "orders.xlsx")
    undeclared = desk.land(desk.purchases(path="orders.xlsx"))
    assert desk.rows("purchased_on::varchar, unreadable", undeclared) == [(None, "purchased_on='46023'"), ("2026-08-10", None)]
    declared = desk.land(desk.purchases(path="orders.xlsx", read={"dates": ["excel_1900"]}))
    assert desk.rows("purchased_on::varchar, unreadable", declared) == [("2026-01-01", None), ("2026-08-10", None)]


def test_a_year_of_two_digits_is_read_only_where_the_century_is_plain_or_declared(desk: Desk) -> None:
    texts = ["01/01/26", "31/12/68", "31/12/69", "31/12/99", "01/01/00"]
    pattern = ["%d/%m/%y"]
    assert days(desk, texts, dates=pattern) == ["2026-01-01", "2068-12-31", None, None, "2000-01-01"]
    assert days(desk, texts, dates=pattern, two_digit_years_from=2000) == [
        "2026-01-01",
        "2068-12-31",
        "2069-12-31",
        "2099-12-31",
        "2000-01-01",
    ]
    assert days(desk, texts, dates=pattern, two_digit_years_from=1930) == [
        "2026-01-01",
        "1968-12-31",
        "1969-12-31",
        "1999-12-31",
        "2000-01-01",
    ]


def test_a_leap_day_is_none_in_a_century_that_has_none(desk: Desk) -> None:
    assert days(desk, ["29/02/00", "28/02/00"], dates=["%d/%m/%y"], two_digit_years_from=1900) == [None, "1900-02-28"]


def test_the_century_is_declared_for_instants_too(desk: Desk) -> None:
    assert days(desk, ["31.12.99 23:30 +0000"], dates=["%d.%m.%y %H:%M %z"], two_digit_years_from=1970) == ["1999-12-31"]
    assert days(desk, ["31.12.99 23:30 +0000"], dates=["%d.%m.%y %H:%M %z"]) == [None]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", ["2026-07-31", "2026-01-31", None, "2026-08-01", "2026-07-31", None]),
        ("America/Chicago", [None, None, "2026-01-01", "2026-08-01", "2026-07-31", None]),
        ("Asia/Shanghai", [None, None, "2025-12-31", "2026-08-01", "2026-07-31", None]),
    ],
)
def test_letters_are_a_zone_only_where_the_extract_s_own_zone_is_called_so(desk: Desk, zone: str, expected: list[str | None]) -> None:
    texts = [
        "2026-08-01 00:30:00 CEST",
        "2026-02-01 00:30:00 CET",
        "2026-01-01 00:30:00 CST",
        "2026-08-01 00:30:00 UTC",
        "2026-08-01 00:30:00 Europe/Berlin",
        "2026-08-01 00:30:00 XYZ",
    ]
    pattern = ["%Y-%m-%d %H:%M:%S %Z"]
    assert days(desk, texts, dates=pattern, time_zone="UTC") == [None, None, None, "2026-08-01", "2026-07-31", None]
    assert days(desk, texts, dates=pattern, time_zone=zone) == expected


def test_letters_of_a_zone_may_stand_before_the_year(desk: Desk) -> None:
    pattern = ["%a %b %d %H:%M:%S %Z %Y"]
    assert days(desk, ["Sat Aug 01 00:30:00 CEST 2026"], company_zone="Europe/Berlin", dates=pattern) == ["2026-08-01"]
