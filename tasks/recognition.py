"""Recognition: who looked after customers who complained and stayed, or who had gone and came back, from all that names an owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tasks.customer_math.analysis.exposures import Landmark
from tasks.customer_math.analysis.recognition import called_back, recognition, signed_again, with_complaint
from tasks.reporting.pages.recognition import RECOGNITION
from tasks.store.engine import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Period

OWNED = {
    "tickets": ("tickets.is_complaint", "tickets.owner"),
    "calls": ("calls.executive", "calls.called_on"),
    "contracts": ("contracts.owner",),
}
"""What an extract must tell so that somebody can be recognised by it."""
COLUMNS = {
    "tickets": ("customer_id", "record_key", "opened_on", "is_complaint", "owner", "team"),
    "calls": ("customer_id", "lost_on", "executive", "called_on"),
    "contracts": ("customer_id", "record_key", "starts_on", "ends_on", "status", "owner", "team"),
}


def recognised(
    connection: Backend, company: Company, ledger: Table, *, accepted: Sequence[Accepted], period: Period
) -> dict[str, tuple[dict[str, Any], ...]]:
    """The owners of a period's customers who stayed or came back; nothing where no extract names an owner."""
    rows = {name: _rows(connection, accepted, name) for name, needs in OWNED.items() if set(needs) <= set(company.supplied)}
    if not rows:
        return {}
    definitions = company.definitions
    complained = with_complaint(rows["tickets"], Landmark(period.opens_on, definitions.experience)) if "tickets" in rows else None
    called = (called_back(rows["calls"], ledger),) if "calls" in rows else ()
    excluded = definitions.activity.excluded_statuses
    signed = (signed_again(rows["contracts"], ledger, excluded_statuses=excluded),) if "contracts" in rows else ()
    rows_by_owner = rows_of(connection, recognition(ledger, complained=complained, returned=(*called, *signed)))
    return {RECOGNITION: tuple(rows_by_owner)} if any(row["owner"] for row in rows_by_owner) else {}


def _rows(connection: Backend, accepted: Sequence[Accepted], dataset: str) -> Table:
    tables = [connection.read_parquet(extract.path).select(*COLUMNS[dataset]) for extract in accepted if extract.dataset == dataset]
    return ibis.union(*tables) if len(tables) > 1 else tables[0]
