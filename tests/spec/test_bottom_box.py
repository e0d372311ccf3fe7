"""What low scores are about: the latest answer of each customer, held against all others."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from config.topic_settings import Experience
from tasks.customer_math.analysis.bottom_box import answers_by_driver, drivers
from tasks.customer_math.ledger.experiences import KINDS

HEAD = ("customer_id", "experienced_on", "score", "category", "stage", "channel", "themes")
ANSWERS = (
    ("anna", "2026-06-01", 2, "late", "delivery", "mail", ["Late", "Price"]),
    ("anna", "2026-05-01", 9, "price", None, "mail", None),
    ("bert", "2026-06-01", 9, "late", None, "mail", []),
    ("cleo", "2026-06-01", None, "late", None, "mail", None),
)


def test_the_latest_score_of_each_customer_is_counted_once_for_everything_it_is_about(connection: Any) -> None:
    rows = [dict(zip(HEAD, row, strict=True), kind="answer", experience_id=str(number)) for number, row in enumerate(ANSWERS)]
    columns = {name: [row.get(name) for row in rows] for name in KINDS}
    schema = {name: "string" if kind == "date" else kind for name, kind in KINDS.items()}
    happened = ibis.memtable(columns, schema=schema).cast(KINDS)
    found = connection.to_pyarrow(answers_by_driver(happened, Experience())).to_pylist()
    assert [tuple(row.values()) for row in found] == [
        ("", "", 2, 1),
        ("category", "late", 2, 1),
        ("channel", "mail", 2, 1),
        ("stage", "delivery", 1, 1),
        ("theme", "Late", 1, 1),
        ("theme", "Price", 1, 1),
    ]


def row(driver: str, part: str, answers: int, low: int) -> dict[str, Any]:
    return {"driver": driver, "part": part, "answers_count": answers, "low_count": low}


def test_what_is_low_more_often_than_the_others_is_demonstrated_and_the_rare_is_only_counted() -> None:
    rows = [row("", "", 3_000, 350), row("stage", "delivery", 400, 90), row("channel", "mail", 900, 105), row("theme", "Price", 12, 3)]
    first, second, third = drivers(rows, fewest_events_count=5)
    assert (first.part, first.others_count, first.others_low_count, first.is_demonstrated) == ("delivery", 2_600, 260, True)
    assert first.risk is not None
    assert first.risk.ratio == pytest.approx((90 / 400) / (260 / 2_600))
    assert (second.part, second.is_demonstrated, second.risk is None) == ("mail", False, False)
    assert (third.part, third.risk, third.q_value) == ("Price", None, None)


def test_without_answers_there_is_nothing_that_they_are_about() -> None:
    assert drivers([], fewest_events_count=5) == []
