"""The funnel: every prospect once, whether it was won, and whether it ever became a customer."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest

from tasks.customer_math.topics.funnel import funnel

THROUGH = date(2026, 6, 30)
TEXTS = dict.fromkeys(("lead_id", "customer_id", "channel"), pa.string())
LEADS = """
lead | customer | channel | day
1    | ann      | Fair    | 2026-06-01
2    | ben      | Fair    | 2026-06-30
3    |          | Search  | 2026-06-02
4    |          |         | 2026-06-03
5    | cay      | Fair    | 2026-07-01
-    | dan      | Search  | 2026-06-04
"""
DEALS = """
lead | customer | channel | day
1    | ann      | Sales   | 2026-06-05
2    | ben      | Sales   | 2026-07-05
3    | eve      | Sales   | 2026-06-06
3    | eve      | Sales   | 2026-06-20
9    | fay      | Sales   | 2026-06-07
-    | gus      | Sales   | 2026-07-08
"""
NOTHING = {"-": None, "": None}
FIRST = {"ann": date(2026, 6, 6), "ben": date(2026, 7, 6), "dan": THROUGH, "eve": date(2026, 6, 7), "fay": date(2020, 1, 1)}


def table(told: Any, text: str, day: str) -> ibis.Table:
    rows = told.rows(text)
    columns = {name: pa.array([NOTHING.get(row[at], row[at]) for row in rows], kind) for at, (name, kind) in enumerate(TEXTS.items())}
    return ibis.memtable(pa.table({**columns, day: pa.array([date.fromisoformat(row[3]) for row in rows])}))


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        pytest.param(
            ("leads", "deals"),
            {"Fair": (2, 1, 1, 1), "Search": (2, 1, 2, 0), "not recorded": (1, 0, 0, 0), "Sales": (0, 1, 1, 0)},
            id="a deal belongs to its lead's channel, and one without a known lead to its own",
        ),
        pytest.param(
            ("leads",), {"Fair": (2, 0, 1, 0), "Search": (2, 0, 1, 0), "not recorded": (1, 0, 0, 0)}, id="leads alone, by who they became"
        ),
        pytest.param(("deals",), {"Sales": (0, 4, 4, 0)}, id="deals alone"),
    ],
)
def test_every_prospect_counts_once_by_its_channel(connection: Any, told: Any, tables: Any, expected: dict[str, Any]) -> None:
    first = ibis.memtable(pa.table({"customer_id": list(FIRST), "first_came_on": list(FIRST.values())}))
    leads = table(told, LEADS, "created_on") if "leads" in tables else None
    deals = table(told, DEALS, "won_on") if "deals" in tables else None
    rows = connection.to_pyarrow(funnel(leads, deals, first, through=THROUGH)).to_pylist()
    names = ("leads_count", "won_count", "customers_count", "won_later_count")
    assert {row["channel"]: tuple(row[name] for name in names) for row in rows} == expected
