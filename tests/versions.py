"""Versions of contracts as plain rows, and as the tables that are made of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from config.definitions import Definitions
from tasks.customer_math.ledger.deductions import with_deductions, without_deductions
from tasks.customer_math.ledger.history import counted_contracts
from tasks.customer_math.ledger.versions import held_in_turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ibis.backends.duckdb import Backend

    from config.sources import NetsWith

DAY, TEXT = pa.date32(), pa.string()
ROWS = pa.schema(
    {
        **dict.fromkeys(("customer_id", "record_key", "contract_id", "currency", "product_group", "recurring_per", "status"), TEXT),
        **dict.fromkeys(("starts_on", "ends_on", "changed_on"), DAY),
        "seats_count": pa.int64(),
        "recurring_amount": pa.decimal128(18, 4),
        "version_number": pa.int64(),
    }
)
DEFINITIONS = Definitions.model_validate(
    {
        "company": "Tried",
        "currency": "EUR",
        "time_zone": "UTC",
        "sells_by": ["contract"],
        "activity": {"excluded_statuses": ["paused"]},
    }
)


def counted_versions(
    connection: Backend, versions: Iterable[Mapping[str, Any]], *, nets_with: NetsWith | None = None
) -> list[dict[str, Any]]:
    """What History has of versions: rows with record_key, starts_on, ends_on, changed_on, recurring_amount and status.

    The oldest of a key comes first.
    """
    numbers: defaultdict[str, int] = defaultdict(int)
    rows: list[dict[str, Any]] = []
    for each in versions:
        usual = {"customer_id": "ann", "currency": "EUR", "recurring_per": "year", "contract_id": each["record_key"]}
        rows.append({**dict.fromkeys(ROWS.names), **usual, **each, "version_number": numbers[each["record_key"]]})
        numbers[each["record_key"]] += 1
    held = held_in_turn(ibis.memtable(pa.Table.from_pylist(rows, ROWS)), DEFINITIONS)
    netted = with_deductions(held, nets_with, DEFINITIONS) if nets_with else without_deductions(held)
    return connection.to_pyarrow(counted_contracts(netted, DEFINITIONS)).to_pylist()
