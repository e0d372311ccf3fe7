"""Numbers and days as silos write them: customer numbers, decimal commas, four ways of writing a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import IntegerValue, StringValue, Value

    from tasks.sample.random_numbers import Flags, Numbers

GERMAN_DAY = "%d.%m.%Y"
ISO_DAY = "%Y-%m-%d"
AMERICAN_DAY = "%m/%d/%Y"
SHORT_MONTH_DAY = "%b %d, %Y"


def days(numbers: Numbers, *, where: Flags | None = None) -> pa.Array:
    """Numbers of days as days; empty where there is none."""
    return pa.array(numbers.astype("M8[D]"), mask=None if where is None else ~where)


def customer_no(number: IntegerValue) -> StringValue:
    """A customer's number with its leading zeros."""
    return number.cast("string").lpad(10, "0")


def customer_text(number: int) -> str:
    """One customer's number with its leading zeros."""
    return f"{number:010d}"


def padded(number: IntegerValue, digits: int) -> StringValue:
    """A number with leading zeros."""
    return number.cast("string").lpad(digits, "0")


def one_from(texts: Sequence[str], index: IntegerValue) -> StringValue:
    """The text at an index of a list."""
    return ibis.array(list(texts))[index]


def text_from(texts: Sequence[str], indexes: Numbers) -> pa.Array:
    """The texts at indexes of a list."""
    return pa.array(texts, type=pa.string()).take(pa.array(indexes))


def amount_text(cents: IntegerValue, *, decimal: str, thousands: str) -> StringValue:
    """An amount with its marks, such as 1.234,56."""
    size = cents.abs()
    whole = size // 100
    grouped = (whole >= 1000).ifelse((whole // 1000).cast("string") + thousands + padded(whole % 1000, 3), whole.cast("string"))
    return (cents < 0).ifelse("-", "") + grouped + decimal + padded(size % 100, 2)


def german_amount(cents: IntegerValue) -> StringValue:
    """An amount with decimal comma and points between thousands."""
    return amount_text(cents, decimal=",", thousands=".")


def american_amount(cents: IntegerValue) -> StringValue:
    """An amount with decimal point and commas between thousands."""
    return amount_text(cents, decimal=".", thousands=",")


def moment(day: Value, second: IntegerValue, *, between: str = " ") -> StringValue:
    """A day and a time of day."""
    return (day.cast("timestamp") + second.as_interval("s")).strftime(f"{ISO_DAY}{between}%H:%M:%S")
