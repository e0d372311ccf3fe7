"""The rules about a period's ledger: what holds by construction is judged all the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.definitions import Definitions
from expectations.suites import LEDGER_KINDS
from expectations.validator import validate_ledger
from tests.landed_extracts import engine_with

if TYPE_CHECKING:
    from pathlib import Path

    from expectations.verdict import RuleResult

DEFINITIONS = Definitions.model_validate({"company": "Test", "currency": "EUR", "time_zone": "UTC", "sells_by": ["contract"]})
TYPES = {
    "id": pa.string(),
    "text": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "amount": pa.decimal128(18, 2),
}
OPENING, CAME, WENT, FIRST = Decimal(100), date(2026, 8, 3), date(2026, 8, 20), date(2025, 1, 1)


def row(of: str, /, **changes: Any) -> dict[str, Any]:
    """One customer's row, as the ledger has it for that movement."""
    comes, goes = of in {"new", "returned", "in_and_out"}, of in {"left", "lapsed", "in_and_out"}
    return {
        "period": "2026-08",
        "customer_id": f"c-{of}",
        "movement": of,
        "in_count": int(comes),
        "out_count": int(goes),
        "is_active_at_opening": not comes,
        "is_active_at_closing": not goes,
        "opening_amount": Decimal(0) if comes else OPENING,
        "closing_amount": Decimal(0) if goes else OPENING,
        "fx_effect_amount": Decimal(0),
        "in_and_out_amount": Decimal(50) if comes and goes else Decimal(0),
        "came_on": CAME if comes else None,
        "went_on": WENT if goes else None,
        "first_came_on": CAME if of == "new" else FIRST,
        "reason_code": "no_reason_known" if goes else "not_applicable",
        **changes,
    }


WHOLE = [row(name) for name in ("new", "returned", "left", "lapsed", "in_and_out", "out_and_back", "increased", "decreased", "unchanged")]


def ledger(folder: Path, rows: list[dict[str, Any]]) -> Path:
    arrays = {name: pa.array([one[name] for one in rows], type=TYPES[kind]) for name, kind in LEDGER_KINDS.items()}
    pq.write_table(pa.table(arrays), folder / "ledger.parquet")
    return folder / "ledger.parquet"


def verdicts_of(path: Path) -> tuple[RuleResult, ...]:
    with engine_with() as connection:
        return validate_ledger(connection, path, definitions=DEFINITIONS)


def broken(folder: Path, rows: list[dict[str, Any]]) -> dict[str, int]:
    verdicts = verdicts_of(ledger(folder, rows))
    assert {verdict.if_broken for verdict in verdicts} == {"stop"}
    assert all(verdict.rows_count == len(rows) and verdict.state != "errored" for verdict in verdicts)
    return {verdict.rule_id.removeprefix("ledger."): verdict.unexpected_count for verdict in verdicts if verdict.state == "broken"}


def test_a_ledger_of_all_nine_movements_breaks_no_rule(tmp_path: Path) -> None:
    assert broken(tmp_path, WHOLE) == {}


def test_a_ledger_of_nobody_breaks_no_rule(tmp_path: Path) -> None:
    assert broken(tmp_path, []) == {}


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        (row("new", customer_id="c-left"), {"customer_once": 2}),
        (row("new", movement="gone"), {"movement_known": 1}),
        (row("new", movement=None), {"movement_recorded": 1}),
        (row("new", in_count=0), {"came_counts_one": 1}),
        (row("left", in_count=1), {"others_count_none_in": 1, "came_on_a_day": 1}),
        (row("left", out_count=0), {"went_counts_one": 1}),
        (row("new", out_count=None), {"out_count_recorded": 1}),
        (row("new", is_active_at_opening=True), {"came_from_outside": 1}),
        (row("left", is_active_at_opening=False), {"others_were_customers": 1, "no_value_before": 1}),
        (row("left", is_active_at_closing=True), {"went_outside": 1}),
        (row("new", is_active_at_closing=None), {"closing_known": 1}),
        (row("lapsed", closing_amount=Decimal("0.01")), {"no_value_after": 1}),
        (row("returned", opening_amount=Decimal("-0.01")), {"no_value_before": 1}),
        (row("unchanged", closing_amount=None), {"closing_amount_recorded": 1}),
        (row("unchanged", in_and_out_amount=Decimal(1)), {"in_and_out_alone": 1}),
        (row("returned", came_on=None), {"came_on_a_day": 1}),
        (row("lapsed", went_on=None), {"went_on_a_day": 1}),
        (row("returned", first_came_on=date(2026, 8, 4)), {"first_came_first": 1}),
        (row("new", reason_code=None), {"reason_named": 1}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) and "movement" not in value else "",
)
def test_a_row_that_cannot_be_is_found(tmp_path: Path, changed: dict[str, Any], rules: dict[str, int]) -> None:
    others = [one for one in WHOLE if one["movement"] == "left" and changed["movement"] != "left"]
    assert broken(tmp_path, [*others, changed]) == rules


def test_what_is_found_in_a_ledger_names_rows_and_no_customer(tmp_path: Path) -> None:
    verdicts = verdicts_of(ledger(tmp_path, [*WHOLE, row("new")]))
    assert {verdict.found for verdict in verdicts} == {"10 rows, none breaks it", "2 rows of 10"}
