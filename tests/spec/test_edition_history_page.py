"""What is told of a period whose editions are not as they were published."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from tasks.reporting.pages.edition_history import Chapter, LaterDifference, history
from tasks.reporting.restated import PartOfChange, RestatedFigure, RestatedPeriod

JULY, AUGUST = datetime(2026, 7, 4, 6, tzinfo=UTC), datetime(2026, 8, 3, 6, tzinfo=UTC)
OUT = RestatedFigure(
    "customers_out", "Customers out", "customers", "all", "all", Decimal(44), Decimal(45), (PartOfChange("late row", Decimal(1), 1),)
)
FOUND = RestatedPeriod("2026-06", "June 2026", 1, None, is_material=False, customers_count=1, figures=(OUT,), changed_count=1)
FIRST = Chapter(1, "We brought in 50 customers and lost 44.", JULY, JULY, date(2026, 7, 1), (), "d", "c", None, ())


def test_what_is_wrong_with_a_period_is_named_though_no_edition_is_left() -> None:
    broken = ["edition-1: is no longer there", "edition-2: is no longer there"]
    (told,) = history("Week 38 of 2026", [], "EUR", broken=broken)
    assert told.splitlines() == ["Week 38 of 2026 is not as it was published:", *(f"  {line}" for line in broken)]


def test_of_a_period_without_editions_nothing_is_told() -> None:
    assert list(history("Week 38 of 2026", [], "EUR")) == []


def test_what_is_known_by_now_and_was_not_recast_is_told_of_the_period() -> None:
    later = LaterDifference("July 2026", 1, AUGUST, FOUND)
    assert FOUND.effect.startswith("not recast: edition 1 stands")
    opening, _first, since = history("June 2026", [FIRST], "EUR", later=later)
    assert opening == "June 2026 was published once; it has been restated since, and not recast."
    assert since.splitlines() == [
        "Since then, as edition 1 of July 2026 found, published 3 August 2026 06:00 UTC:",
        f"  1 figure changed, by 1 customer. Reason: rows that arrived late. Effect: {FOUND.effect}.",
        "  - customers out 44 → 45 (+1): +1 by rows that arrived late (1 customer)",
    ]


def test_a_period_that_no_later_one_found_other_was_never_restated() -> None:
    assert next(history("June 2026", [FIRST], "EUR")) == "June 2026 was published once and never restated."
    twice = [FIRST, replace(FIRST, edition=2)]
    assert next(history("June 2026", twice, "EUR")) == "June 2026 was published in 2 editions."
    later = LaterDifference("July 2026", 1, AUGUST, replace(FOUND, edition_from=2))
    assert next(history("June 2026", twice, "EUR", later=later)).endswith("; it has been restated since the last, and not recast.")
