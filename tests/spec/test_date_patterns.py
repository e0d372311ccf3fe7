"""What a strptime pattern of `read.dates` accepts, and which patterns name no day."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.date_patterns import date_pattern, has_short_year, looks_as

PATTERNS = ("%Y-%m-%d", "%d.%m.%y", "%Y%m%d", "%d%b%Y", "%A, %d %B %Y", "%c", "%x", "%Y-%m-%dT%H:%M:%S.%f%z", "%I:%M %p %Y-%j", "%G-W%V-%u")


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 12, 31), timezones=st.just(UTC)), st.sampled_from(PATTERNS))  # noqa: DTZ001 - bounds are without a zone by contract
def test_what_is_written_by_a_pattern_looks_as_it_says(moment: datetime, pattern: str) -> None:
    written = pattern.replace("%c", "%Y-%m-%d %H:%M:%S").replace("%x", "%Y-%m-%d")
    assert re.search(looks_as(pattern), moment.strftime(written))


@pytest.mark.parametrize(
    ("pattern", "text", "looks_so"),
    [
        ("%Y-%m-%d", "2026-7-5", True),
        ("%Y-%m-%d", "26-07-05", False),
        ("%Y-%m-%d", "infinity", False),
        ("%Y-%m-%d", "2026-07-05x", False),
        ("%Y%m%d", "20260705", True),
        ("%Y%m%d", "2026075", False),
        ("%-d/%-m/%Y", "5/7/2026", True),
        ("%b %d, %Y", "Jul  5, 2026", True),
        ("%d.%m.%Y", "05x07x2026", False),
        ("%Y-%m-%d %Z", "2026-07-05 Europe/Berlin", True),
        ("%Y-%m-%d %Z", "infinity", False),
        ("%Y-%m-%d %z", "2026-07-05 +25:00", False),
        ("100%% %Y-%m-%d", "100% 2026-07-05", True),
        ("%s", "1788231600", True),
        ("%s", "20260801", False),
        ("%s", "1788231600000", False),
        ("%ms", "1788231600000", True),
        ("%ms", "1788231600", False),
        ("excel_1900", "46023.5", True),
        ("excel_1904", "2026", False),
    ],
)
def test_a_text_looks_as_its_pattern_says_or_does_not(pattern: str, text: str, *, looks_so: bool) -> None:
    assert date_pattern(pattern) == pattern
    assert bool(re.search(looks_as(pattern), text)) is looks_so


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%Y-%Q", "with no %Q"),
        ("%-Y-%m-%d", "with no %-Y"),
        ("%s %Y", "with no %s"),
        ("excel", "names a year"),
        ("%Y-%m-%d%", "with no single %"),
        ("%H:%M", "names a year"),
        ("", "names a year"),
        ("%d %Y", "a month where it names a day"),
    ],
)
def test_a_pattern_that_names_no_day_is_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        date_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "is_short"), [("%d.%m.%y", True), ("%-y-%m-%d", True), ("%d.%m.%Y", False), ("%s", False), ("%c", False)]
)
def test_a_pattern_of_two_digit_years_leaves_the_century_out(pattern: str, *, is_short: bool) -> None:
    assert has_short_year(pattern) is is_short
