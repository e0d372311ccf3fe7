"""What an extract says of its rows as wholes: which of them are one, and which of its settings do not go together."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from config.sources import Extract

CONTRACTS: dict[str, Any] = {
    "silo": "sales",
    "dataset": "contracts",
    "path": "contracts.csv",
    "key": ["id"],
    "columns": {"contract_id": "id", "customer_id": "who", "starts_on": "start", "recurring_amount": "fee"},
}


def contracts(**changes: Any) -> Extract:
    return Extract.model_validate(CONTRACTS | changes)


@pytest.mark.parametrize(("key", "columns"), [(["id", "line"], ("id", "line")), ("place_in_file", ()), ("nth_of_equal_rows", ())])
def test_a_key_names_columns_or_is_made_by_reading(key: Any, columns: tuple[str, ...]) -> None:
    assert contracts(key=key).key_columns == columns


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param(
            {"key": "nth_of_equal_rows", "sql": "select * from others", "path": None},
            "`key: nth_of_equal_rows` compares the extract's own files, and `sql` alone has none; name the columns of a key instead",
            id="files that sql joins",
        ),
        pytest.param(
            {
                "nets_with": "customer",
                "dataset": "purchases",
                "columns": {"customer_id": "who", "purchased_on": "day", "amount": "fee"},
            },
            "`nets_with` is about negative lines of contracts; remove it",
            id="netting of purchases",
        ),
        pytest.param(
            {"versions": True},
            "`versions: true` is for contracts that have a `key` of columns and `changed_at`; declare them, or remove it",
            id="versions without their days",
        ),
        pytest.param(
            {"correction_column": "corrects"},
            "`correction_column` is about versions that are a history; add `versions: true`, or remove it",
            id="corrections of no history",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_with_what_to_do(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        contracts(**changes)
    assert problem in str(refused.value)


def test_what_says_when_and_why_a_version_was_written_is_read() -> None:
    extract = contracts(versions=True, changed_at="updated", correction_column="corrects")
    assert extract.version_columns == ("updated", "corrects")


DATABASE: dict[str, Any] = {
    "path": None,
    "database": "sqlite:///shop.db",
    "table": "contracts",
    "key": ["id"],
    "changed_at": "updated",
    "read": {"incremental": True, "lookback_days": 3},
}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"changed_at": None}, "needs a `key` of columns and `changed_at`; declare them, or remove it"),
        ({"key": "place_in_file"}, "needs a `key` of columns and `changed_at`; declare them, or remove it"),
        (
            {"database": None, "path": "contracts.csv"},
            "is about a `database`; remove it: a file that did not change is not read again anyway",
        ),
        ({"sql": "SELECT * FROM contracts"}, "keeps the columns that are mapped, and `sql` may read any; use `query`, or remove it"),
        ({"dataset": None}, "keeps the columns that are mapped, and `sql` may read any; use `query`, or remove it"),
        ({"versions": True}, "keeps one row a `key`, and `versions: true` has several; remove one of them"),
        ({"read": {"lookback_days": 3}}, "`read.lookback_days` is about `read.incremental: true`; add it, or remove `lookback_days`"),
    ],
)
def test_reading_only_what_changed_is_refused_where_it_cannot_be_seen(changes: dict[str, Any], problem: str) -> None:
    assert contracts(**DATABASE).read.lookback_days == 3
    with pytest.raises(ValidationError) as refused:
        contracts(**DATABASE | changes)
    assert problem in str(refused.value)
