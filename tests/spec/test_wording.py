"""How numbers are said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tasks.reporting import text


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "EUR 0"),
        ("0.40", "EUR 0"),
        ("-0.40", "EUR 0"),
        ("0.50", "EUR 1"),
        ("9999.49", "EUR 9,999"),
        ("9999.50", "EUR 10,000"),
        ("10000", "EUR 10.0k"),
        ("99949", "EUR 99.9k"),
        ("99950", "EUR 100k"),
        ("950000", "EUR 950k"),
        ("999499", "EUR 999k"),
        ("999500", "EUR 1.0m"),
        ("9412345.60", "EUR 9.4m"),
        ("-11200000", "-EUR 11.2m"),
        ("999999999", "EUR 1.0bn"),
        ("1234000000000", "EUR 1,234bn"),
    ],
)
def test_money_is_said_in_three_digits_with_its_step(amount: str, said: str) -> None:
    assert text.money_short(Decimal(amount), "EUR") == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("1800000", "+EUR 1.8m"),
        ("-1800000", "-EUR 1.8m"),
        ("0", "EUR 0"),
        ("0.2", "EUR 0"),
        ("-0.2", "EUR 0"),
        ("0.9", "+EUR 1"),
        ("10", "+EUR 10"),
    ],
)
def test_a_difference_in_money_has_a_sign_unless_nothing_of_it_is_seen(amount: str, said: str) -> None:
    assert text.signed_money_short(Decimal(amount), "EUR") == said


@pytest.mark.parametrize(
    ("amount", "minor_units", "said"),
    [("9412345.6", 2, "EUR 9,412,345.60"), ("-5", 0, "-EUR 5"), ("1.2345", 3, "EUR 1.234"), ("0", 2, "EUR 0.00")],
)
def test_exact_money_has_the_currencys_minor_units(amount: str, minor_units: int, said: str) -> None:
    assert text.money_exact(Decimal(amount), "EUR", minor_units=minor_units) == said


@pytest.mark.parametrize(("count", "said"), [(0, "no customers"), (1, "1 customer"), (2, "2 customers"), (22_000, "22,000 customers")])
def test_customers_are_counted_in_words(count: int, said: str) -> None:
    assert text.format_customers(count) == said


def test_nobody_is_none_at_the_end_of_a_sentence() -> None:
    assert text.none_or_number(0) == "none"
    assert text.none_or_number(27_000) == "27,000"


@pytest.mark.parametrize(("count", "said"), [(1_200, "+1,200"), (-5_000, "-5,000"), (0, "0")])
def test_a_difference_in_people_has_a_sign(count: int, said: str) -> None:
    assert text.signed_number(count) == said


def test_a_day_names_its_month() -> None:
    assert text.format_day(date(2026, 9, 3)) == "3 September 2026"


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ("0", "0%"),
        ("0.0049", "under 1%"),
        ("0.005", "under 1%"),
        ("0.0051", "1%"),
        ("0.24", "24%"),
        ("0.9949", "99%"),
        ("0.995", "over 99%"),
        ("0.9999", "over 99%"),
        ("1", "100%"),
        ("1.2", "120%"),
    ],
)
def test_what_is_none_or_all_by_rounding_alone_is_said_so(rate: str, said: str) -> None:
    assert text.whole_percent(Decimal(rate)) == said
