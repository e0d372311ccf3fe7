"""Who saved and won back customers: whom an owner had looked after who complained and stayed, or who had gone and came back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.analysis.exposures import LOST
from tasks.customer_math.ledger.dates import as_day, later

if TYPE_CHECKING:
    from collections.abc import Collection

    from ibis.expr.types import Table, Value

    from tasks.customer_math.analysis.exposures import Landmark

CALL_COUNTS_DAYS = 365
"""A call says nothing of a customer who comes back longer after it."""
LOOKED_AFTER = {"customer_id": "string", "owner": "string", "team": "string"}


def with_complaint(tickets: Table, landmark: Landmark) -> Table:
    """The customers who complained in the exposure days before a period: customer_id, owner and team of the latest complaint."""
    first_day = landmark.opens_on - timedelta(days=landmark.choices.exposure_days)
    inside = tickets.opened_on.between(as_day(first_day), as_day(landmark.opens_on - timedelta(days=1)))
    complaints = tickets.filter(tickets.is_complaint.fill_null(False) & inside)
    return _latest(complaints, complaints.opened_on, complaints.record_key)


def called_back(calls: Table, ledger: Table) -> Table:
    """The customers who came back in the period after a call about their going: customer_id, owner and team of the latest call."""
    returned = ledger.filter(ledger.movement == "returned").select("customer_id", "came_on")
    joined = calls.filter(calls.called_on.notnull()).join(returned, "customer_id")
    since = later(joined.came_on, -CALL_COUNTS_DAYS)
    before = joined.filter((joined.called_on <= joined.came_on) & (joined.lost_on <= joined.called_on) & (joined.called_on >= since))
    before = before.mutate(owner=before.executive, team=ibis.null("string"))
    return _latest(before, before.called_on, before.executive)


def signed_again(contracts: Table, ledger: Table, *, excluded_statuses: Collection[str]) -> Table:
    """The customers who came back in the period by a contract: customer_id, owner and team of the latest that covers that day."""
    counts = contracts.filter(~contracts.status.isin(list(excluded_statuses)).fill_null(False)) if excluded_statuses else contracts
    joined = counts.join(ledger.filter(ledger.movement == "returned").select("customer_id", "came_on"), "customer_id")
    covers = (joined.starts_on <= joined.came_on) & (joined.ends_on.isnull() | (joined.ends_on > joined.came_on))
    covering = joined.filter(covers)
    return _latest(covering, covering.starts_on, covering.record_key)


def _latest(rows: Table, day: Value, key: Value) -> Table:
    """One row a customer, its owner's and team's name empty where nobody is named."""
    latest = ibis.window(group_by="customer_id", order_by=[ibis.desc(day), ibis.desc(key)])
    last = rows.mutate(nth_latest=ibis.row_number().over(latest)).filter(_.nth_latest == 0)
    return last.select(**{name: last[name].cast(kind) for name, kind in LOOKED_AFTER.items()})


def recognition(ledger: Table, *, complained: Table | None, returned: tuple[Table, ...]) -> Table:
    """What became of whom each owner had looked after, a row an owner and team (empty: nobody is named), the most valuable first.

    Columns: owner, team, complained_count and stayed_count of the customers at opening whose latest complaint it was, with
    stayed_amount at closing; returned_count and returned_amount of those who came back. Each customer counts for one owner: of
    several tables of those who came back, the first that names one decides.
    """
    parts = [_stayed(ledger, complained)] if complained is not None else []
    every = ibis.union(*parts, _came_back(ledger, returned)) if parts else _came_back(ledger, returned)
    stayed, back = every.has_stayed, every.is_back
    counted = every.group_by("owner", "team").agg(
        complained_count=(~back).cast("int64").sum(),
        stayed_count=stayed.cast("int64").sum(),
        stayed_amount=every.closing_amount.sum(where=stayed).fill_null(0),
        returned_count=back.cast("int64").sum(),
        returned_amount=every.closing_amount.sum(where=back).fill_null(0),
    )
    most_valuable = (counted.stayed_amount + counted.returned_amount).desc()
    return counted.order_by(counted.owner.isnull(), most_valuable, "owner", "team")


def _stayed(ledger: Table, complained: Table) -> Table:
    base = ledger.filter(ledger.is_active_at_opening)
    base = base.select("customer_id", "closing_amount", has_stayed=~base.movement.isin(LOST))
    return complained.join(base, "customer_id").mutate(is_back=ibis.literal(False)).select(*_COLUMNS)


def _came_back(ledger: Table, returned: tuple[Table, ...]) -> Table:
    """Everybody who came back, with whoever is named first; who comes back by nobody's doing is nobody's."""
    back = ledger.filter(ledger.movement == "returned").select("customer_id", "closing_amount")
    back = back.mutate(owner=ibis.null("string"), team=ibis.null("string"))
    for table in returned:
        named = table.filter(table.owner.notnull()).select("customer_id", named_owner="owner", named_team="team")
        joined = back.left_join(named, "customer_id").drop("customer_id_right")
        is_open = joined.owner.isnull()
        both = {name: is_open.ifelse(joined[f"named_{name}"], joined[name]) for name in ("owner", "team")}
        back = joined.mutate(**both).drop("named_owner", "named_team")
    return back.mutate(has_stayed=ibis.literal(False), is_back=ibis.literal(True)).select(*_COLUMNS)


_COLUMNS = ("owner", "team", "closing_amount", "has_stayed", "is_back")
