"""What holds for every period: the lines of the flow of customer equity, from opening to closing, leave nothing over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
from hypothesis import given
from hypothesis import strategies as st

from tasks.customer_math.lifetime import summaries
from tasks.customer_math.lifetime.flow import Expected, equity_flow, flow_residuals

MONEY = "decimal(18, 2)"
ENDS = {
    **dict.fromkeys(("new", "returned"), (False, True)),
    **dict.fromkeys(("left", "lapsed"), (True, False)),
    **dict.fromkeys(("increased", "decreased", "unchanged", "out_and_back"), (True, True)),
    **dict.fromkeys(("in_and_out", "not_a_customer"), (False, False)),
}
AMOUNT = st.decimals(min_value=0, max_value=10_000, places=2)
NET = st.decimals(min_value=-500, max_value=10_000, places=2)
CUSTOMERS = st.lists(st.tuples(st.sampled_from(sorted(ENDS)), NET, st.tuples(*[st.none() | AMOUNT] * 3)), min_size=1, max_size=30)
UP = ("opening_equity_amount", "unwinding_amount", "changed_expectation_amount", "new_equity_amount", "returned_equity_amount")
DOWN = ("lost_equity_amount", "received_margin_amount", "closing_equity_amount")


def ledger_of(customers: list[Any]) -> ibis.Table:
    nothing = ("contracts_amount", "cost_of_goods_amount", "cost_to_serve_amount", "opening_amount", "closing_amount")
    rows = [
        {
            **dict.fromkeys(nothing, Decimal(0)),
            "customer_id": f"{number:03d}",
            "period": "2026-Q1",
            "movement": movement,
            "is_active_at_opening": ENDS[movement][0],
            "is_active_at_closing": ENDS[movement][1],
            "purchases_amount": net,
        }
        for number, (movement, net, _expected) in enumerate(customers)
    ]
    days = {"came_on": ibis.null("date"), "went_on": ibis.null("date")}
    return ibis.memtable(rows).cast(dict.fromkeys((*nothing, "purchases_amount"), MONEY)).mutate(**days)


def expected_of(customers: list[Any], place: int) -> ibis.Table:
    rows = [(f"{number:03d}", amounts[place]) for number, (_movement, _net, amounts) in enumerate(customers) if amounts[place] is not None]
    columns = {"customer_id": [who for who, _amount in rows], "equity_amount": [str(amount) for _who, amount in rows]}
    return ibis.memtable(columns, schema={"customer_id": "string", "equity_amount": "string"}).cast({"equity_amount": MONEY})


@given(customers=CUSTOMERS, unwinding=st.sampled_from([0.0, 0.0185, 0.1]))
def test_opening_and_changes_make_closing_to_the_cent(connection: Any, customers: list[Any], unwinding: float) -> None:
    ends = Expected(*(expected_of(customers, place) for place in range(3)))
    flow = equity_flow(ledger_of(customers), ends, unwinding_rate=unwinding, is_margin=True, minor_units=2, segments=())
    assert connection.to_pyarrow(flow_residuals(flow)).num_rows == 0
    sums = {row["measure"]: row["amount"] for row in connection.to_pyarrow(summaries.flow_sums(flow)).to_pylist()}
    assert sum(sums[name] for name in UP) + sums["changed_assumptions_amount"] == sum(sums[name] for name in DOWN)
    closing = sum((amounts[2] or 0 for movement, _net, amounts in customers if ENDS[movement][1]), Decimal(0))
    assert sums["closing_equity_amount"] == closing
