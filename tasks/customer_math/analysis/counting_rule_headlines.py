"""The headline under other choices: the same movements, from a history as another system would tell it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import later
from tasks.customer_math.ledger.first_purchases import first_days
from tasks.customer_math.ledger.history import EXTRACT_MONEY_TYPE, OPEN_ENDED, agreements, counted_contracts, counted_purchases, no_money
from tasks.customer_math.ledger.movements import movement_of, presence_in
from tasks.customer_math.ledger.periods import period_before
from tasks.customer_math.ledger.spells import active_intervals, is_qualifying, spells_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ibis.expr.types import BooleanValue, DateValue, Table

    from config.definitions import Definitions
    from tasks.customer_math.analysis.counting_rules import Choices
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.periods import Period

HEADLINE_COLUMNS = ("opening_count", "new_count", "returned_count", "in_and_out_count", "in_count", "out_count", "closing_count")


@dataclass(frozen=True)
class AcceptedRows:
    """The rows that the ledger was made from, those in states that it leaves out included; none where there are none.

    `contracts`: customer_id, starts_on, ends_on (may be empty), notice_on, status, recurring_amount, recurring_per, currency,
    and the days on which each version holds (see `versions`).
    `purchases`: customer_id, purchased_on, sale_on, amount, currency, status.
    """

    contracts: Table | None
    purchases: Table | None


def what_is_recorded(rows: AcceptedRows) -> Table:
    """One row that says what the accepted rows tell apart: has_notice, has_sale_of_refund, has_refund."""
    parts: list[Table] = []
    nothing = {name: ibis.literal(False) for name in ("has_notice", "has_sale_of_refund", "has_refund")}
    if rows.contracts is not None:
        contracts = rows.contracts.agg(has_notice=rows.contracts.notice_on.notnull().any())
        parts.append(contracts.select(**{**nothing, "has_notice": contracts.has_notice}))
    if rows.purchases is not None:
        is_refund = rows.purchases.amount < 0
        has_sale = (is_refund & rows.purchases.sale_on.notnull()).any()
        purchases = rows.purchases.agg(has_sale_of_refund=has_sale, has_refund=is_refund.any())
        flags = {name: purchases[name] for name in ("has_sale_of_refund", "has_refund")}
        parts.append(purchases.select(**{**nothing, **flags}))
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return every.agg(**{name: every[name].fill_null(False).any() for name in nothing})


def history_under(choices: Choices, history: History, rows: AcceptedRows, *, period: Period, definitions: Definitions) -> History:
    """The history as a system with these choices would tell it; the same one where they are the company's own."""
    adjusted = history
    if choices.refunds == "at_sale" and rows.purchases is not None:
        adjusted = replace(adjusted, purchases=_refunded_at_sale(rows.purchases, adjusted, definitions), prepared=None)
    if (choices.loss == "notice" or choices.paused != "as_defined" or choices.free != "as_defined") and rows.contracts is not None:
        adjusted = replace(adjusted, contracts=_contracts_under(choices, rows.contracts, definitions), prepared=None)
    return _to_the_end_of_the_period(adjusted, period, definitions) if choices.loss == "period_end" else adjusted


def movements_without_value(history: History, period: Period, definitions: Definitions) -> Table:
    """How each customer touched a period, what it was worth aside: customer_id, movement, came_on and where it stood at both ends.

    Everybody who stayed without a gap is `unchanged`; a headline asks for no more.
    """
    presence = presence_in(history, period, definitions.activity)
    nothing = no_money(history.minor_units)
    came = first_days(history) if history.prepared is None else history.prepared.first_days
    customers = presence.join(came, "customer_id").mutate(opening_amount=nothing, closing_amount=nothing, fx_effect_amount=nothing)
    at_both_ends = ("is_active_at_opening", "is_active_at_closing")
    return customers.select("customer_id", "came_on", *at_both_ends, movement=movement_of(customers, period, definitions.value))


def movements_under(
    choices: Choices, history: History, *, own: History, movements: Table, period: Period, definitions: Definitions
) -> Table:
    """The movements in a history that choices tell otherwise than the company's own, of which the movements are there.

    A customer moves by its own rows alone: only customers of whom both do not tell the same are looked at again.
    """
    if choices.loss == "period_end":  # tells of everybody otherwise
        return movements_without_value(history, period, definitions)
    others = ibis.union(*_moving_otherwise(history, own), distinct=True)
    theirs = history.narrowed(
        purchases=lambda purchases: purchases.customer_id.isin(others.customer_id),
        contracts=lambda contracts: contracts.customer_id.isin(others.customer_id),
    )
    return movements.anti_join(others, "customer_id").union(movements_without_value(theirs, period, definitions))


def _moving_otherwise(history: History, own: History) -> Iterator[Table]:
    """The customers who bought on other days in one history than in another, or agreed on other ones: customer_id."""
    for table, own_table, active in ((history.purchases, own.purchases, _days_bought), (history.contracts, own.contracts, _days_agreed)):
        if table is not None and own_table is not None and table is not own_table:
            yield active(table).difference(active(own_table)).select("customer_id")
            yield active(own_table).difference(active(table)).select("customer_id")


def _days_bought(purchases: Table) -> Table:
    return purchases.filter(is_qualifying(purchases)).select("customer_id", "purchased_on")


def _days_agreed(contracts: Table) -> Table:
    return agreements(contracts).select("customer_id", "starts_on", "ends_on")


def headline_under(choices: Choices, ledger: Table, history: History, *, period: Period, definitions: Definitions) -> Table:
    """One row with the headline: customers at opening, in with the parts, out, at closing; opening + in - out = closing.

    `ledger` is the movements of that period in `history`, which is told under the same choices; it may be without value.
    """
    movement_counts = {name: (ledger.movement == name).sum() for name in ("new", "returned", "in_and_out", "out_and_back")}
    counted = ledger.agg(
        **movement_counts,
        gone_count=ledger.movement.isin(("left", "lapsed")).sum(),
        opening_count=ledger.is_active_at_opening.sum(),
        closing_count=ledger.is_active_at_closing.sum(),
    )
    forgotten = _forgotten(ledger, history, period=period, definitions=definitions) if choices.returned == "within_limit" else None
    counted = counted.cross_join(forgotten) if forgotten is not None else counted.mutate(forgotten_count=0)
    counted = counted.mutate({name: counted[name].fill_null(0).cast("int64") for name in counted.columns})
    inside = {"counted": counted.in_and_out, "dropped": 0, "netted": 0, "every_move": counted.in_and_out + counted.out_and_back}
    in_and_out = {**inside, "netted": counted.in_and_out}
    return counted.select(
        "opening_count",
        "closing_count",
        new_count=counted.new + counted.forgotten_count,
        returned_count=counted.returned - counted.forgotten_count,
        in_and_out_count=ibis.literal(0) + in_and_out[choices.inside],
        in_count=counted.new + counted.returned + inside[choices.inside],
        out_count=counted.gone_count + inside[choices.inside],
    ).select(*HEADLINE_COLUMNS)


def _forgotten(ledger: Table, history: History, *, period: Period, definitions: Definitions) -> Table:
    """How many of those who returned were gone for longer than the limit: one row, forgotten_count."""
    limit_days = definitions.presets.returned_within_days
    recent = spells_around(
        history, definitions.activity, first_day=period.opens_on - timedelta(days=limit_days + 1), last_day=period.closing_day
    )
    ended = recent.select("customer_id", "ended_on")
    returned = ledger.filter(ledger.movement == "returned").select("customer_id", "came_on")
    remembered = returned.join(ended, "customer_id")
    remembered = remembered.filter(
        (remembered.ended_on <= remembered.came_on) & (remembered.ended_on >= later(remembered.came_on, -limit_days))
    )
    forgotten = returned.anti_join(remembered, "customer_id")
    return forgotten.agg(forgotten_count=forgotten.count())


def _refunded_at_sale(purchases: Table, history: History, definitions: Definitions) -> Table:
    """Each day's purchases of a customer with what was later taken back of them; a day that was taken back in full is no purchase."""
    is_refund_of_a_sale = (purchases.amount < 0) & purchases.sale_on.notnull()
    moved = purchases.mutate(purchased_on=is_refund_of_a_sale.ifelse(purchases.sale_on, purchases.purchased_on))
    counted = counted_purchases(moved, history.rates, definitions)
    netted = counted.group_by("customer_id", "purchased_on").agg(
        amount=counted.amount.sum().cast(counted.amount.type()),
        is_free=(counted.amount == 0).all() & counted.is_qualifying.any(),
    )
    return netted.mutate(is_qualifying=(netted.amount > 0) | netted.is_free).drop("is_free")


def _contracts_under(choices: Choices, contracts: Table, definitions: Definitions) -> Table:
    """The contracts that count, and until when, where paused, free or noticed ones are treated otherwise."""
    presets, excluded = definitions.presets, set(definitions.activity.excluded_statuses)
    for choice, statuses in ((choices.paused, presets.paused_statuses), (choices.free, presets.free_statuses)):
        excluded = excluded - set(statuses) if choice == "in" else excluded
    for choice, statuses in ((choices.paused, presets.paused_statuses), (choices.free, presets.free_statuses)):
        excluded = excluded | set(statuses) if choice == "out" else excluded
    activity = definitions.activity.model_copy(update={"excluded_statuses": tuple(sorted(excluded))})
    remaining = contracts.filter(~_is_free(contracts, definitions)) if choices.free == "out" else contracts
    ending = remaining.mutate(ends_on=_noticed_on(remaining)) if choices.loss == "notice" else remaining
    return counted_contracts(ending, definitions.model_copy(update={"activity": activity}))


def _noticed_on(contracts: Table) -> DateValue:
    """The day of the notice, where it comes before the end; a contract covers its first day in any case."""
    ends_on = contracts.ends_on.fill_null(ibis.literal(OPEN_ENDED))
    noticed = ibis.greatest(contracts.notice_on, later(contracts.starts_on, 1))
    return contracts.notice_on.isnull().ifelse(ends_on, ibis.least(ends_on, noticed))


def _is_free(contracts: Table, definitions: Definitions) -> BooleanValue:
    costs_nothing = (contracts.recurring_amount == 0).fill_null(False)
    return costs_nothing | contracts.status.isin(definitions.presets.free_statuses).fill_null(False)


def _to_the_end_of_the_period(history: History, period: Period, definitions: Definitions) -> History:
    """Everybody who was a customer on any day of a period is one to its end: said as contracts that cost nothing."""
    intervals = active_intervals(history, definitions.activity) if history.prepared is None else history.prepared.spells
    previous_opens_on = period_before(period, definitions.calendar).opens_on
    opens, closes = ibis.literal(period.opens_on), ibis.literal(period.closes_on)
    ends_before = (intervals.ended_on > ibis.literal(previous_opens_on)) & (intervals.ended_on <= opens)
    ends_inside = (intervals.ended_on > opens) & (intervals.ended_on <= closes)
    lasting = intervals.select(
        "customer_id",
        starts_on=_.started_on,
        ends_on=ibis.cases((ends_before, opens), (ends_inside, closes), else_=intervals.ended_on),
        annual_amount=ibis.literal(0).cast(EXTRACT_MONEY_TYPE),
        is_deduction=ibis.literal(False),
        currency=ibis.literal(definitions.currency),
    )
    return replace(history, purchases=None, departures=None, contracts=lasting, prepared=None)
