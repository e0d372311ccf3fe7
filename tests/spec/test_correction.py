"""The answer in a digest's thread after its figures changed: old and new, the difference, and why."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tasks.reporting.pages.edition_changes import Correction, HeadlineFigure, correction_note

OUT = HeadlineFigure("Customers out", 27_000, 27_012)
CORRECTION = Correction(1, 2, [OUT], ["other rows in orders"], None, "EUR", 2)


def lines(correction: Correction) -> list[str]:
    """What the note says, line by line."""
    return correction_note(correction).blocks[0]["text"]["text"].splitlines()


def test_a_figure_that_changed_is_said_with_old_new_and_difference() -> None:
    assert lines(CORRECTION) == ["*Edition 1 → 2*", "Customers out 27,000 → 27,012 (+12)", "*Why:* other rows in orders"]


def test_the_notification_says_the_first_change() -> None:
    assert correction_note(CORRECTION).text == "Edition 1 → 2: Customers out 27,000 → 27,012 (+12)"


def test_figures_that_did_not_change_go_unsaid() -> None:
    same = HeadlineFigure("Customers in", 22_000, 22_000)
    assert lines(replace(CORRECTION, figures=[same, OUT])) == lines(CORRECTION)


def test_money_changes_are_said_to_the_minor_unit() -> None:
    more = HeadlineFigure("Value in", Decimal("9.40"), Decimal("10.00"))
    less = HeadlineFigure("Value out", Decimal(7000), Decimal("6999.50"))
    assert lines(replace(CORRECTION, figures=[more, less]))[1:3] == [
        "Value in EUR 9.40 → EUR 10.00 (+EUR 0.60)",
        "Value out EUR 7,000.00 → EUR 6,999.50 (-EUR 0.50)",
    ]


def test_a_figure_that_an_edition_lacks_has_no_difference() -> None:
    assert lines(replace(CORRECTION, figures=[HeadlineFigure("Opening", None, 5)]))[1] == "Opening not known → 5"


def test_where_only_the_rest_changed_it_is_said_to_be_in_the_workbook() -> None:
    said = lines(replace(CORRECTION, figures=[], causes=[]))
    assert said[1:] == ["No headline figure changed; the workbook shows what did", "*Why:* no cause known"]


def test_a_reason_that_was_given_is_shown_and_calls_nobody() -> None:
    said = lines(replace(CORRECTION, reason="*late* till of <!channel> @here"))
    assert said[-1].startswith("*Reason given:* ")
    assert not {"<", ">", "@"} & set(said[-1])
    assert said[-1].count("*") == 2
