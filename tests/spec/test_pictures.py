"""The digest's picture."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tasks.reporting.render.png import trend_picture
from tasks.reporting.render.trend import short_count, short_label, short_period, tick_labels

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

BACKGROUND = (255, 255, 255)
BLUE, ORANGE = (0, 114, 178), (213, 94, 0)


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def rows_of(image: Image.Image, colour: tuple[int, int, int]) -> list[int]:
    """Rows of the picture's columns in which that colour is (the keys above and below the columns aside)."""
    width, height = image.size
    columns = image.crop((0, height // 5, width, height * 9 // 10))
    pixels = columns.load()
    assert pixels is not None
    return [row for row in range(columns.height) if any(pixels[column, row] == colour for column in range(columns.width))]


def is_clear_at_the_edges(image: Image.Image) -> bool:
    """Whether nothing is cut off: the outermost dots are all background."""
    width, height = image.size
    edges = [(0, 0, width, 4), (0, height - 4, width, height), (0, 0, 4, height), (width - 4, 0, width, height)]
    return all(image.crop(edge).getcolors() == [(((edge[2] - edge[0]) * (edge[3] - edge[1])), BACKGROUND)] for edge in edges)


def test_the_same_facts_give_the_same_bytes(data: ScorecardData) -> None:
    assert trend_picture(data) == trend_picture(data)


def test_the_picture_names_no_program_that_made_it(data: ScorecardData) -> None:
    assert b"Matplotlib" not in trend_picture(data)


def test_the_picture_is_wide_enough_for_a_phone_and_small_enough_for_a_message(data: ScorecardData) -> None:
    png = trend_picture(data)
    assert opened(png).size == (1600, 1200)
    assert len(png) < 400_000


def test_customers_in_stand_above_customers_out(data: ScorecardData) -> None:
    image = opened(trend_picture(data))
    assert max(rows_of(image, BLUE)) < min(rows_of(image, ORANGE))


@pytest.mark.parametrize("opening", [30, 120_000, 98_765_432])
def test_nothing_is_cut_off_whatever_the_size_of_the_company(made_up: Any, opening: int) -> None:
    one = opening // 10
    moves = {"2026-Q3": made_up.Moves(one, one, one, one, one)}
    assert is_clear_at_the_edges(opened(trend_picture(made_up.made_up_facts(moves, opening=opening))))


def test_a_period_in_which_nothing_happened_has_a_picture_too(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q2": made_up.Moves(), "2026-Q3": made_up.Moves()}, opening=0, opening_cents=0)
    assert is_clear_at_the_edges(opened(trend_picture(data)))


def test_a_first_period_stands_alone(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5)}, opening=0, opening_cents=0)
    assert rows_of(opened(trend_picture(data)), BLUE)


def test_marks_of_formulas_are_drawn_as_they_are(data: ScorecardData) -> None:
    labels = {**data.labels, data.period: r"$\Q3$ 2026"}
    assert trend_picture(replace(data, labels=labels)) != trend_picture(data)


@pytest.mark.parametrize(
    ("period", "said", "with_year"),
    [("2025-W36", "W36", "W36 2025"), ("2025-08", "Aug", "Aug 2025"), ("2025-Q3", "Q3", "Q3 2025"), ("2025", "2025", "2025")],
)
def test_a_period_is_named_in_a_few_letters(period: str, said: str, with_year: str) -> None:
    assert (short_period(period), short_label(period)) == (said, with_year)


def test_the_year_is_written_where_it_begins() -> None:
    assert tick_labels(["2025-11", "2025-12", "2026-01"]) == ["Nov\n2025", "Dec\n ", "Jan\n2026"]
    assert tick_labels(["2025-12"]) == ["Dec\n2025"]


def test_two_years_never_stand_side_by_side() -> None:
    assert tick_labels(["2025-12", "2026-01"]) == ["Dec\n ", "Jan\n2026"]


def test_a_year_is_not_written_twice() -> None:
    assert tick_labels(["2024", "2025"]) == ["2024\n ", "2025\n "]


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0"), (9_999, "9,999"), (10_000, "10k"), (12_500, "12.5k"), (999_000, "999k"), (1_000_000, "1m"), (2_500_000, "2.5m")],
)
def test_numbers_at_the_edge_are_short(count: int, said: str) -> None:
    assert short_count(count) == said
