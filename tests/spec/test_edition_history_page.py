"""What is told of a period whose editions are not as they were published."""

from __future__ import annotations

from tasks.reporting.pages.edition_history import history


def test_what_is_wrong_with_a_period_is_named_though_no_edition_is_left() -> None:
    broken = ["edition-1: is no longer there", "edition-2: is no longer there"]
    (told,) = history("Week 38 of 2026", [], "EUR", broken=broken)
    assert told.splitlines() == ["Week 38 of 2026 is not as it was published:", *(f"  {line}" for line in broken)]


def test_of_a_period_without_editions_nothing_is_told() -> None:
    assert list(history("Week 38 of 2026", [], "EUR")) == []
