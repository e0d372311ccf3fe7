"""The ledger of customers: everyone who was a customer in a period, and the one way in which each touched it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal, get_args

import ibis
from ibis import _

from config.definitions import Calendar
from config.topic_settings import Behaviour, CohortSettings, Costs, Departing, Renewals, ValueGroups
from tasks.customer_math.ledger.dates import as_day, as_text, later
from tasks.customer_math.ledger.departures import stated_around, stated_reasons
from tasks.customer_math.ledger.history import UNKNOWN_REASON, in_company_currency, money_type, no_money
from tasks.customer_math.ledger.segments import with_segments
from tasks.customer_math.ledger.spells import is_qualifying, spells_around
from tasks.customer_math.ledger.value import amount_bought, is_covered, rates_on, value_on_own_day

if TYPE_CHECKING:
    from ibis.expr.types import DecimalValue, StringValue, Table

    from config.definitions import Activity, Definitions, Reason, Value
    from tasks.customer_math.ledger.dates import PeriodDates
    from tasks.customer_math.ledger.history import History

Movement = Literal["new", "returned", "left", "lapsed", "in_and_out", "out_and_back", "increased", "decreased", "unchanged"]
MOVEMENTS: tuple[Movement, ...] = get_args(Movement)
COMES_IN: tuple[Movement, ...] = ("new", "returned", "in_and_out")
GOES_OUT: tuple[Movement, ...] = ("left", "lapsed", "in_and_out")
AT_BOTH_ENDS = ("bought_at_opening", "bought_at_closing", "agreed_at_opening", "agreed_at_closing", "agreed_in_opening_rates")
NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class LedgerRules:
    """The company's choices that decide a ledger."""

    activity: Activity
    value: Value
    segments: tuple[str, ...]
    calendar: Calendar = field(default_factory=Calendar)
    intakes: CohortSettings = field(default_factory=CohortSettings)
    departing: Departing = field(default_factory=Departing)
    renewals: Renewals = field(default_factory=Renewals)
    value_groups: ValueGroups = field(default_factory=ValueGroups)
    costs: Costs = field(default_factory=Costs)
    behaviour: Behaviour = field(default_factory=Behaviour)
    reasons: tuple[Reason, ...] = ()
    staying_reasons: tuple[Reason, ...] = ()

    @classmethod
    def of(cls, definitions: Definitions) -> LedgerRules:
        """The choices that a company's definitions make."""
        chosen = {choice.name: getattr(definitions, choice.name) for choice in fields(cls) if choice.name != "segments"}
        return cls(**chosen, segments=tuple(definitions.segments))


def movements(history: History, period: PeriodDates, rules: LedgerRules) -> Table:
    """The ledger of one period with its segments, without topics: see `core_ledger` and `with_segments`."""
    return with_segments(core_ledger(history, period, rules), history.attributes, period=period, segments=rules.segments)


def core_ledger(history: History, period: PeriodDates, rules: LedgerRules) -> Table:
    """The ledger of one period: one row for each customer who was one on any day from the day before it opens.

    Columns: period, customer_id, movement, in_count, out_count (0 or 1), is_active_at_opening, is_active_at_closing,
    opening_amount, closing_amount, fx_effect_amount, in_and_out_amount (company's currency), came_on, went_on (first
    day in and first day out inside the period, empty where there is none), first_came_on, ended_by (of those who went: notified,
    where a departure is recorded of it, ended, or silent), reason_code. Over all rows:
    opening + in - out = closing.

    A customer whose only purchase is in the period, with a lapse that reaches beyond it, is one row `new`: in 1, out 0.
    """
    is_simple = only_silence_ends(history, period, rules.activity)
    from_purchases = is_simple and history.prepared is None
    base = (from_last_purchase if from_purchases else from_spells)(history, period, rules)
    nothing = no_money(history.minor_units)
    money = money_type(history.minor_units)
    valued = base.mutate(
        opening_amount=base.is_active_at_opening.ifelse(base.bought_at_opening + base.agreed_at_opening, nothing).cast(money),
        closing_amount=base.is_active_at_closing.ifelse(base.bought_at_closing + base.agreed_at_closing, nothing).cast(money),
        fx_effect_amount=base.is_active_at_closing.ifelse(base.agreed_at_closing - base.agreed_in_opening_rates, nothing).cast(money),
    )
    went = valued.mutate(movement=movement_of(valued, period, rules.value))
    went = went.mutate(in_and_out_amount=nothing) if is_simple else _with_in_and_out_amount(history, went, rules)
    with_reasons = _with_reasons(history, went, rules)
    return _as_ledger(with_reasons, period=period)


def from_spells(history: History, period: PeriodDates, rules: LedgerRules) -> Table:
    """Where each customer stands around a period, and what it is worth, from its spells."""
    presence = presence_in(history, period, rules.activity)
    came = presence if history.prepared is None else presence.join(history.prepared.first_days, "customer_id")
    return with_amounts_at_both_ends(came, history, period, value_days=rules.value.value_days)


def only_silence_ends(history: History, period: PeriodDates, activity: Activity) -> bool:
    """Whether customers only buy, nothing but silence ends a spell, and whoever buys in the period is one at its closing."""
    nothing_else = history.contracts is None and history.departures is None and activity.bridge_days == 0
    return nothing_else and period.is_within(activity.lapse_days)


def from_last_purchase(history: History, period: PeriodDates, rules: LedgerRules) -> Table:
    """The same as by spells where `only_silence_ends`, from one pass over the purchases (a third less time for a week)."""
    assert history.purchases is not None
    opening, closing = as_day(period.opening_day), as_day(period.closing_day)
    purchases, lapse_days = history.purchases, rules.activity.lapse_days
    counts = is_qualifying(purchases)
    reaches = counts & (purchases.purchased_on > later(opening, -lapse_days)) & (purchases.purchased_on <= opening)
    inside = counts & (purchases.purchased_on > opening) & (purchases.purchased_on <= closing)
    customers = purchases.group_by("customer_id").agg(
        **_bought_at_both_ends(purchases, period, value_days=rules.value.value_days),
        before_on=purchases.purchased_on.max(where=reaches),
        inside_on=purchases.purchased_on.min(where=inside),
    )
    customers = customers.filter(customers.before_on.notnull() | customers.inside_on.notnull())
    silent_on = later(customers.before_on, lapse_days)
    is_back = (customers.inside_on > silent_on).fill_null(False)
    was_one, is_one = customers.before_on.notnull(), customers.inside_on.notnull() | (silent_on > closing).fill_null(False)
    nothing = no_money(history.minor_units)
    return customers.mutate(
        is_active_at_opening=was_one,
        is_active_at_closing=is_one,
        spells_count=is_back.ifelse(2, 1),
        came_on=(is_back | ~was_one).ifelse(customers.inside_on, ibis.null("date")),
        went_on=(is_back | ~is_one).ifelse(silent_on, ibis.null("date")),
        is_end_observed=ibis.literal(False),
        **dict.fromkeys(("agreed_at_opening", "agreed_at_closing", "agreed_in_opening_rates"), nothing),
    )


def presence_in(history: History, period: PeriodDates, activity: Activity) -> Table:
    """When each customer was one around a period: at its opening, inside, at its closing, and since when at all."""
    opening, closing = as_day(period.opening_day), as_day(period.closing_day)
    touching = spells_around(history, activity, first_day=period.opening_day, last_day=period.closing_day)
    ends_inside = touching.ended_on <= closing
    starts_inside = touching.started_on > opening
    observed_on = touching.ended_on.max(where=ends_inside & touching.is_end_observed)
    went_on = touching.ended_on.max(where=ends_inside)
    return touching.group_by("customer_id").agg(
        is_active_at_opening=(~starts_inside).any(),
        is_active_at_closing=(~ends_inside).any(),
        spells_count=touching.count(),
        came_on=touching.started_on.min(where=starts_inside),
        went_on=went_on,
        is_end_observed=(observed_on == went_on).fill_null(False),
    )


def movement_of(ledger: Table, period: PeriodDates, value: Value) -> StringValue:
    """The one way in which a customer touches the period."""
    stays = ledger.is_active_at_opening & ledger.is_active_at_closing
    comes = ~ledger.is_active_at_opening & ledger.is_active_at_closing
    goes = ledger.is_active_at_opening & ~ledger.is_active_at_closing
    change = change_amount(ledger)
    tolerance = ibis.literal(value.tolerance_amount)
    return ibis.cases(
        (comes & (ledger.first_came_on >= as_day(period.opens_on)), "new"),
        (comes, "returned"),
        (goes & ledger.is_end_observed, "left"),
        (goes, "lapsed"),
        (~stays, "in_and_out"),
        (ledger.spells_count > 1, "out_and_back"),
        (change > tolerance, "increased"),
        (change < -tolerance, "decreased"),
        else_="unchanged",
    )


def change_amount(ledger: Table) -> DecimalValue:
    """By how much a customer's value changed, exchange rates held as they were at the opening."""
    return ledger.closing_amount - ledger.fx_effect_amount - ledger.opening_amount


def amounts_at_both_ends(history: History, period: PeriodDates, *, value_days: int) -> Table:
    """Since when each customer is known, and what it had bought and agreed at opening and closing, active or not.

    Columns: customer_id, first_came_on, bought_at_opening, bought_at_closing, agreed_at_opening, agreed_at_closing,
    agreed_in_opening_rates (the contracts at closing, in the rates of the opening).
    """
    nothing = no_money(history.minor_units)
    parts: list[Table] = []
    if history.purchases is not None:
        sums = _bought_at_both_ends(history.purchases, period, value_days=value_days)
        parts.append(history.purchases.group_by("customer_id").agg(**sums))
    if history.contracts is not None:
        parts.append(_agreed_at_both_ends(history.contracts, history, period))
    every = [part.mutate(**{name: nothing for name in AT_BOTH_ENDS if name not in part.columns}) for part in parts]
    if len(every) == 1:
        return every[0].mutate(**{name: _[name].fill_null(nothing) for name in AT_BOTH_ENDS})
    columns, money = ("customer_id", "first_came_on", *AT_BOTH_ENDS), money_type(history.minor_units)
    amounts = {name: _[name].sum().cast(money).fill_null(nothing) for name in AT_BOTH_ENDS}
    together = ibis.union(*(part.cast(dict.fromkeys(AT_BOTH_ENDS, money)).select(*columns) for part in every))
    return together.group_by("customer_id").agg(first_came_on=_.first_came_on.min(), **amounts)


def _bought_at_both_ends(purchases: Table, period: PeriodDates, *, value_days: int) -> dict[str, ibis.Value]:
    opening, closing = as_day(period.opening_day), as_day(period.closing_day)
    return {
        "first_came_on": purchases.purchased_on.min(where=is_qualifying(purchases)),
        "bought_at_opening": amount_bought(purchases, opening, value_days=value_days),
        "bought_at_closing": amount_bought(purchases, closing, value_days=value_days),
    }


def with_amounts_at_both_ends(customers: Table, history: History, period: PeriodDates, *, value_days: int) -> Table:
    """Customers with what they had bought and agreed at opening and closing, and since when they are known, if that is not prepared."""
    if history.prepared is None:
        return customers.join(amounts_at_both_ends(history, period, value_days=value_days), "customer_id")
    parts: list[Table] = []
    if history.prepared.purchase_values is not None:
        parts.append(_prepared_at_both_ends(history.prepared.purchase_values, period))
    if history.contracts is not None:
        is_near = is_covered(history.contracts, as_day(period.opening_day)) | is_covered(history.contracts, as_day(period.closing_day))
        parts.append(_agreed_at_both_ends(history.contracts.filter(is_near), history, period).drop("first_came_on"))
    for part in parts:
        customers = customers.left_join(part, "customer_id").drop("customer_id_right")
    nothing = no_money(history.minor_units)
    amounts = {name: customers[name].fill_null(nothing) if name in customers.columns else nothing for name in AT_BOTH_ENDS}
    return customers.mutate(**amounts)


def _prepared_at_both_ends(values: Table, period: PeriodDates) -> Table:
    opening, closing = as_day(period.opening_day), as_day(period.closing_day)
    near = values.filter((values.day == opening) | (values.day == closing))
    return near.group_by("customer_id").agg(
        bought_at_opening=near.amount.sum(where=near.day == opening),
        bought_at_closing=near.amount.sum(where=near.day == closing),
    )


def _agreed_at_both_ends(contracts: Table, history: History, period: PeriodDates) -> Table:
    opening, closing = as_day(period.opening_day), as_day(period.closing_day)
    opening_rates = rates_on(history.rates, opening).rename(opening_rate="rate")
    closing_rates = rates_on(history.rates, closing).rename(closing_rate="rate")
    covering = contracts.filter(contracts.starts_on < contracts.ends_on)
    priced = covering.left_join(opening_rates, "currency").drop("currency_right").left_join(closing_rates, "currency")
    in_opening_rate = in_company_currency(priced.annual_amount, priced.opening_rate, minor_units=history.minor_units)
    in_closing_rate = in_company_currency(priced.annual_amount, priced.closing_rate, minor_units=history.minor_units)
    return priced.group_by("customer_id").agg(
        first_came_on=priced.starts_on.min(where=~priced.is_deduction),
        agreed_at_opening=in_opening_rate.sum(where=is_covered(priced, opening)),
        agreed_at_closing=in_closing_rate.sum(where=is_covered(priced, closing)),
        agreed_in_opening_rates=in_opening_rate.sum(where=is_covered(priced, closing)),
    )


def _with_in_and_out_amount(history: History, core_ledger: Table, rules: LedgerRules) -> Table:
    """With what those who came and went inside the period brought: their value on the last day they were customers."""
    last_days = core_ledger.filter(_.movement == "in_and_out").select("customer_id", day=later(_.went_on, -1))
    brought = value_on_own_day(history, last_days, value_days=rules.value.value_days).select("customer_id", brought_amount="amount")
    joined = core_ledger.left_join(brought, "customer_id").drop("customer_id_right")
    return joined.mutate(in_and_out_amount=joined.brought_amount.fill_null(no_money(history.minor_units)))


def _with_reasons(history: History, core_ledger: Table, rules: LedgerRules) -> Table:
    """With how each customer who went ended, and the reason for it, of all that the silos were told around that day."""
    goes = core_ledger.movement.isin(GOES_OUT)
    stated = stated_reasons(history.departures, history.called)
    if stated is None:
        ended = core_ledger.is_end_observed.ifelse("ended", "silent")
        return core_ledger.mutate(ended_by=goes.ifelse(ended, NOT_APPLICABLE), reason_code=goes.ifelse(UNKNOWN_REASON, NOT_APPLICABLE))
    went = core_ledger.filter(goes).select("customer_id", "went_on", "is_end_observed")
    around = stated_around(stated, went, history.contracts, departing=rules.departing, lapse_days=rules.activity.lapse_days)
    joined = core_ledger.left_join(around.select("customer_id", "told_reason_code", "told_on"), "customer_id").drop("customer_id_right")
    return joined.mutate(
        ended_by=ibis.cases(
            (~joined.movement.isin(GOES_OUT), NOT_APPLICABLE),
            (~joined.is_end_observed, "silent"),
            (joined.told_on.notnull(), "notified"),
            else_="ended",
        ),
        reason_code=joined.movement.isin(GOES_OUT).ifelse(joined.told_reason_code.fill_null(UNKNOWN_REASON), NOT_APPLICABLE),
    )


def _as_ledger(core_ledger: Table, *, period: PeriodDates) -> Table:
    return core_ledger.select(
        "customer_id",
        "movement",
        period=as_text(period.name),
        in_count=core_ledger.movement.isin(COMES_IN).cast("int64"),
        out_count=core_ledger.movement.isin(GOES_OUT).cast("int64"),
        **{name: core_ledger[name] for name in ("is_active_at_opening", "is_active_at_closing")},
        **{name: core_ledger[name] for name in ("opening_amount", "closing_amount", "fx_effect_amount", "in_and_out_amount")},
        **{name: core_ledger[name] for name in ("came_on", "went_on", "first_came_on", "ended_by", "reason_code")},
    )
