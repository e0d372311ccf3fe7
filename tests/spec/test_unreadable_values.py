"""What is said of a value that could not be read: what it seems to be, and the line that reads it."""

from __future__ import annotations

import pytest

from config.unreadable_values import cure_of, is_reason


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1788231600", 'read: {dates: ["%s"]}'),
        ("1788231600000", 'read: {dates: ["%ms"]}'),
        ("46023", 'read: {dates: ["excel_1900"]}'),
        ("31/12/99", "two_digit_years_from: 1970"),
        ("31.12.99 08:00", "two_digit_years_from: 1970"),
        ("2026-08-01T00:30:00Z", 'read: {dates: ["%Y-%m-%dT%H:%M:%S%z"]}'),
        ("2026-08-01 00:30:00 CST", "read: {time_zone: Europe/Berlin}"),
        ("Sat Aug 01 00:30:00 CEST 2026", "read: {time_zone: Europe/Berlin}"),
    ],
)
def test_a_day_that_was_not_read_says_what_it_seems_to_be(text: str, line: str) -> None:
    assert line in (cure_of(text, is_day=True) or "")
    assert cure_of(text, is_day=False) is None


@pytest.mark.parametrize("text", ["2026-02-30", "soon", "20260801", "31.12-99"])
def test_nothing_is_guessed_of_a_day_that_seems_to_be_nothing_else(text: str) -> None:
    assert cure_of(text, is_day=True) is None


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("formula without a stored value in Sheet 1!D2", "save it, so that values are stored"),
        ("hidden by merged cells in Sheet 1!D2", "unmerge the cells"),
        ("#N/A in Sheet 1!D2", '`read: {null_texts: ["#N/A"]}`'),
        ("#BEZUG!", '`read: {null_texts: ["#BEZUG!"]}`'),
    ],
)
def test_a_value_that_is_not_there_says_why_and_what_to_do(text: str, cure: str) -> None:
    assert is_reason(text)
    assert cure in (cure_of(text, is_day=False) or "")


def test_what_somebody_wrote_is_no_reason() -> None:
    assert not is_reason("in Hamburg")
    assert not is_reason("#1 in sales")


@pytest.mark.parametrize(
    ("text", "names_one"), [("$50", True), ("($7.25)", True), ("50 EUR", True), ("R$ 1,5", True), ("12k", False), ("DUE", False)]
)
def test_an_amount_that_names_a_currency_says_how_currencies_are_declared(text: str, names_one: bool) -> None:
    assert ("map a column that has it as `currency`" in (cure_of(text, is_day=False) or "")) == names_one
