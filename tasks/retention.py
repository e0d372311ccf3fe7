"""Retention as it is told: whether it fell, rose or is steady, and which groups lost more than they should have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from tasks.customer_math.analysis.excess_losses import GroupLosses, Losses, change_of_rate, tested_groups, where_it_happened
from tasks.customer_math.analysis.retention import (
    SEASON_LENGTHS,
    RateGap,
    Retained,
    RetainedCustomers,
    RetainedValue,
    difference_interval,
    dispersion_of,
    value_squares,
    verdict_of,
)
from tasks.reporting.model import ALL
from tasks.reporting.retention import ExcessLoss, LossMix, Retention, RetentionRate, Whereabouts
from tasks.store.engine import rows_of
from tasks.store.ledgers import trend_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from tasks.customer_math.ledger.periods import Period
    from tasks.reporting.model import ScorecardData

Squares = Mapping[str, tuple[float, float]]
"""By period, of all customers at opening: the sum of their squared values, and that of those who are customers at closing."""
POINTS = 100


def squares_of(connection: Backend, folder: Path, periods: Iterable[Period]) -> Squares:
    """What the variance of each period's value retention is made of, from its ledger."""
    names = ("period", "opening_amount", "is_active_at_opening", "is_active_at_closing")
    paths = [trend_path(folder, period) for period in periods]
    ledgers = ibis.union(*(connection.read_parquet(path).select(*names) for path in paths))
    rows = rows_of(connection, value_squares(ledgers, ledgers.period))
    return {row["group"]: (row["squares"], row["retained_squares"]) for row in rows}


def with_retention(data: ScorecardData, squares: Squares, *, kind: str, smallest_change_points: float) -> ScorecardData:
    """The facts with their retention and where customers were lost, against a year before, or the period before where that is unknown."""
    choices = _Choices(SEASON_LENGTHS[kind], smallest_change_points / POINTS)
    before = next(
        (period for period in (data.year_before, data.previous) if period and data.figure("opening_customers", period=period)), None
    )
    retention = Retention(
        customers=_rate(data, lambda period: _customers(data, period), before=before, choices=choices),
        value=_rate(data, lambda period: _value(data, squares, period), before=before, choices=choices),
        before=before,
    )
    return replace(data, retention=retention, whereabouts=_whereabouts(data, before, choices) if before else Whereabouts())


class _Choices:
    """What decides a verdict beside the figures: the length of a season, and the smallest change that is one."""

    def __init__(self, season_length: int, smallest_change_rate: float) -> None:
        self.season_length = season_length
        self.smallest_change_rate = smallest_change_rate


def _customers(data: ScorecardData, period: str) -> RetainedCustomers | None:
    losses = _losses(data, period)
    return RetainedCustomers(losses.opening_count, losses.opening_count - losses.lost_count) if losses and losses.opening_count else None


def _value(data: ScorecardData, squares: Squares, period: str) -> RetainedValue | None:
    losses = _losses(data, period)
    if losses is None or losses.opening_amount <= 0:
        return None
    of_all, of_retained = squares.get(period, (losses.opening_amount**2, 0.0))
    return RetainedValue(losses.opening_amount, losses.opening_amount - losses.lost_amount, of_all, of_retained)


def _losses(data: ScorecardData, period: str, *, segment_by: str = ALL, segment: str = ALL) -> Losses | None:
    """Of those at opening, who and what was lost; none where that period or group is not among the figures."""

    def figure(measure: str) -> int | Decimal:
        return data.figure(measure, period=period, segment_by=segment_by, segment=segment) or 0

    if data.figure("opening_customers", period=period, segment_by=segment_by, segment=segment) is None:
        return None
    return Losses(
        opening_count=int(figure("opening_customers")),
        lost_count=int(figure("left_customers") + figure("lapsed_customers")),
        opening_amount=float(figure("opening_amount")),
        lost_amount=float(figure("left_amount") + figure("lapsed_amount")),
    )


def _rate(
    data: ScorecardData, retained: Callable[[str], Retained | None], *, before: str | None, choices: _Choices
) -> RetentionRate | None:
    current, earlier = retained(data.period), retained(before) if before else None
    if current is None:
        return None
    reach = None if isinstance(current, RetainedValue) and not current.is_spread else max(current.spans())
    if earlier is None:
        return RetentionRate(current.rate, reach=reach)
    if isinstance(earlier, RetainedValue) and (reach is None or not earlier.is_spread):
        return RetentionRate(current.rate, earlier.rate, reach=reach)
    dispersion = dispersion_of(_earlier(data, retained), season_length=choices.season_length)
    interval = difference_interval(current, earlier, dispersion=dispersion)
    verdict = verdict_of(current, earlier, dispersion=dispersion, smallest_change_rate=choices.smallest_change_rate)
    is_large = abs(current.rate - earlier.rate) >= choices.smallest_change_rate
    return RetentionRate(current.rate, earlier.rate, verdict, interval, reach, is_within_chance=is_large and verdict == "steady")


def _earlier(data: ScorecardData, retained: Callable[[str], Retained | None]) -> list[Retained]:
    return [earlier for period in data.trend[:-1] if (earlier := retained(period))]


def _whereabouts(data: ScorecardData, before: str, choices: _Choices) -> Whereabouts:
    whole = {period: _losses(data, period) for period in (data.period, before)}
    groups = [
        group
        for segment_by in data.segment_by
        if len(data.segments_of(segment_by)) > 1
        for segment in data.segments_of(segment_by)
        if (group := _group(data, whole, before=before, of=(segment_by, segment), season_length=choices.season_length))
    ]
    smallest = data.smallest_rate_base
    named = where_it_happened(groups, smallest_base=smallest, smallest_change_rate=choices.smallest_change_rate)
    return Whereabouts(
        groups=tuple(_excess_loss(data, group) for group in tested_groups(groups, smallest_base=smallest)),
        named=tuple(_excess_loss(data, group) for group in named),
        mixes={segment_by: _mix(data, segment_by, before) for segment_by in sorted({group.segment_by for group in groups})},
    )


def _mix(data: ScorecardData, segment_by: str, before: str) -> LossMix:
    """Through all groups that there were now or before, the small ones too, so that both parts add up to the change of all."""
    names = {segment for period, by, segment, _measure in data.figures if by == segment_by and period in (data.period, before)}
    nothing = Losses(0, 0, 0.0, 0.0)
    pairs = [
        tuple(_losses(data, period, segment_by=segment_by, segment=name) or nothing for period in (data.period, before))
        for name in sorted(names)
    ]
    change = change_of_rate([(current, earlier) for current, earlier in pairs])
    return LossMix(change.within, change.mix)


def _group(
    data: ScorecardData, whole: Mapping[str, Losses | None], *, before: str, of: tuple[str, str], season_length: int
) -> GroupLosses | None:
    segment_by, segment = of
    current, earlier = (_losses(data, period, segment_by=segment_by, segment=segment) for period in (data.period, before))
    whole_current, whole_before = whole[data.period], whole[before]
    if not (current and earlier and whole_current and whole_before):
        return None
    gaps = [gap for period in data.trend[:-1] if (gap := _gap(data, period, segment_by=segment_by, segment=segment))]
    rest = {"rest_current": whole_current.without(current), "rest_before": whole_before.without(earlier)}
    return GroupLosses(segment_by, segment, current, earlier, **rest, dispersion=dispersion_of(gaps, season_length=season_length))


def _gap(data: ScorecardData, period: str, *, segment_by: str, segment: str) -> RateGap | None:
    """By how much a group lost more than the rest in an earlier period; none where there was no such group or no rest."""
    group, whole = _losses(data, period, segment_by=segment_by, segment=segment), _losses(data, period)
    if not (group and whole and group.opening_count and group.opening_count < whole.opening_count):
        return None
    rest = whole.without(group)
    return RateGap(group.rate - rest.rate, group.variance + rest.variance)


def _excess_loss(data: ScorecardData, group: GroupLosses) -> ExcessLoss:
    lost = [data.money(name, segment_by=group.segment_by, segment=group.segment) for name in ("left_amount", "lapsed_amount")]
    return ExcessLoss(
        segment_by=group.segment_by,
        segment=group.segment,
        opening_count=group.current.opening_count,
        lost_count=group.current.lost_count,
        before_opening_count=group.before.opening_count,
        before_lost_count=group.before.lost_count,
        lost_amount=sum(lost, Decimal(0)),
        excess_count=round(group.excess_count),
        excess_amount=Decimal(round(group.excess_amount)),
    )
