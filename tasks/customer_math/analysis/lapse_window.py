"""The lapse window that the purchases themselves suggest: how long a silence must last until hardly anybody comes back.

The engine counts silences; what follows from the counts is a few products of matrices.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
from ibis import _

from tasks.customer_math.figures import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ibis.expr.types import Table
    from numpy.typing import NDArray

    from config.definitions import LapseWindow

NOT_RECORDED = "not recorded"
"""The group of customers of whom nobody knows to which they belong, as in the ledger."""
SAMPLE_GROUPS = 200
"""Customers are dealt into so many groups of equal size, and groups are drawn: fewer customers are drawn one by one."""
REPLICATES = 200
"""How often the company is drawn anew from its own customers."""
SEED = 20_260_101
"""Any number would do; the same one each time gives the same interval each time."""
POISSON_OF_ONE = (0.36787944, 0.73575888, 0.91969860, 0.98101184, 0.99634015, 0.99940582, 0.99991676, 0.99998975)
"""How often an expectation of 1 brings at most 0, 1, 2, ... 7."""
ROUNDING = 1e-9
"""A rate that is above the tolerance by less is at it: the last bits of a float decide nothing."""
OUTSIDE_95 = 0.025


@dataclass(frozen=True)
class GapCounts:
    """How many silences end on each day, in a matrix of lines and days 0, 1, 2, ...; a line is a sample group, or all, or a replicate."""

    ended: NDArray[np.int64]
    """Ended by a further purchase."""
    silences: NDArray[np.int64]
    """Ended by that or by the end of the data."""

    @classmethod
    def by_sample_group(
        cls, sample_group: NDArray[np.int64], day: NDArray[np.int64], *, ended: NDArray[np.int64], silences: NDArray[np.int64]
    ) -> GapCounts:
        """From a row for each sample group and day on which any silence ends."""
        counts = cls(*(np.zeros((SAMPLE_GROUPS, int(day.max()) + 1), dtype=np.int64) for _ in range(2)))
        counts.ended[sample_group, day], counts.silences[sample_group, day] = ended, silences
        return counts

    @property
    def silences_count(self) -> int:
        """All silences."""
        return int(self.silences.sum())

    @property
    def returns_count(self) -> int:
        """The silences that a further purchase ended."""
        return int(self.ended.sum())

    def still_silent_count(self, *, less_than_days: int | None = None) -> int:
        """Customers who are silent at the end of the data, for less than so many days: each has one silence that nothing ended."""
        return int((self.silences - self.ended)[:, :less_than_days].sum())


@dataclass(frozen=True)
class Curves:
    """What a window of each number of days would get wrong, in matrices of lines and days 0, 1, 2, ...; see `curves`."""

    watched_count: NDArray[np.int64]
    silent_rate: NDArray[np.float64]
    back_within_rate: NDArray[np.float64]
    wrongly_lost_rate: NDArray[np.float64]
    wrongly_kept_rate: NDArray[np.float64]

    def days(self) -> list[dict[str, Any]]:
        """The first line day by day, by the names of its rates; none where too few are watched for a curve."""
        if not len(self.silent_rate):
            return []
        is_seen = ~np.isnan(self.silent_rate[0])
        columns = {name: matrix[0][is_seen].tolist() for name, matrix in vars(self).items()}
        rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        return [{"day": day, **row, "back_within_rate": _or_none(row["back_within_rate"])} for day, row in enumerate(rows)]

    def back_within_rate_at(self, day: int) -> float | None:
        """The first line's chance to come back after so many days of silence; none beyond what was watched."""
        rates = self.back_within_rate[:1, day : day + 1].ravel().tolist()
        return _or_none(rates[0]) if rates else None


def purchase_gaps(days: Table, data_through: date) -> Table:
    """Every time between a customer's purchase day and its next: customer_id, days_count, was_ended.

    `days`: as `days_of_purchase` gives them. The last one runs until the end of the data and has not ended: it is censored,
    not left out. Customers who bought on 1 and 11 March, with data through 31 March, make one of 10 days that was ended
    and one of 20 that was not.
    """
    through = ibis.literal(data_through)
    bought = days.filter(days.bought_on <= through)
    ended = bought.filter(bought.gap_days.notnull()).select(
        "customer_id", days_count=_.gap_days.cast("int64"), was_ended=ibis.literal(True)
    )
    last = bought.group_by("customer_id").agg(bought_on=_.bought_on.max())
    silent_days = through.delta(last.bought_on, unit="day").cast("int64")
    return ended.union(last.select("customer_id", days_count=silent_days, was_ended=ibis.literal(False)))


def with_groups(silent: Table, attributes: Table, segments: Sequence[str]) -> Table:
    """The same with each customer's group of every segment, and its sample_group: its place among all, by a fingerprint that says nothing.

    `attributes`: customer_id and a column a segment.
    """
    customers = silent.select("customer_id").distinct()
    position = ibis.row_number().over(ibis.window(order_by=[customers.customer_id.hexdigest("md5"), customers.customer_id]))
    grouped = customers.mutate(sample_group=position % SAMPLE_GROUPS)
    if segments:
        grouped = grouped.left_join(attributes.select("customer_id", *segments), "customer_id").drop("customer_id_right")
        grouped = grouped.mutate(**{name: grouped[name].fill_null(NOT_RECORDED) for name in segments})
    return silent.join(grouped, "customer_id")


def gaps_by_group(gaps: Table, segments: Sequence[str]) -> Table:
    """How many silences end on each day, a row for the whole and then for each group of each segment.

    Columns: segment_by, segment, gaps, which holds an entry for every sample_group and day on which any ends, with
    ended_count (by a return) and silences_count.
    """
    parts = [_collected(gaps, segment_by=ALL, segment=ibis.literal(ALL))]
    parts += [_collected(gaps, segment_by=name, segment=gaps[name]) for name in segments]
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return every.order_by(every.segment_by != ALL, "segment_by", "segment")


def _collected(gaps: Table, *, segment_by: str, segment: ibis.Value) -> Table:
    counted = gaps.group_by("sample_group", segment=segment, day=gaps.days_count).agg(
        ended_count=gaps.was_ended.cast("int64").sum(), silences_count=gaps.count()
    )
    entry = ibis.struct({name: counted[name] for name in ("sample_group", "day", "ended_count", "silences_count")})
    return counted.group_by("segment").agg(gaps=entry.collect()).select("segment", "gaps", segment_by=ibis.literal(segment_by))


def censor_after(counts: GapCounts, last_day: int) -> GapCounts:
    """The same, watched no longer than so many days: nothing changes up to them, and there is less to work through."""
    beyond = counts.silences[:, last_day + 1 :].sum(axis=1, keepdims=True)
    within = counts.ended[:, : last_day + 1], counts.silences[:, : last_day + 1]
    return GapCounts(np.hstack([within[0], np.zeros_like(beyond)]), np.hstack([within[1], beyond]))


def observed(counts: GapCounts) -> GapCounts:
    """The data themselves, all sample groups together in one line."""
    return GapCounts(counts.ended.sum(axis=0, keepdims=True), counts.silences.sum(axis=0, keepdims=True))


def bootstrap(counts: GapCounts, weights: NDArray[np.float64]) -> GapCounts:
    """The data as they might have been, a line for every replicate; `weights` as by `sample_weights`.

    Customers are drawn, not silences, since those of one customer are alike. Each sample group is taken as often as a
    Poisson variable of expectation 1 says, which is drawing with return when there are many.
    """
    return GapCounts(*((weights @ matrix.astype(np.float64)).astype(np.int64) for matrix in (counts.ended, counts.silences)))


def sample_weights() -> NDArray[np.float64]:
    """How often each sample group is drawn in each replicate: a line a replicate, whole numbers."""
    chance = random.Random(SEED)  # noqa: S311 - draws a sample, guards no secret
    drawn = np.searchsorted(POISSON_OF_ONE, [chance.random() for _ in range(REPLICATES * SAMPLE_GROUPS)])
    return drawn.reshape(REPLICATES, SAMPLE_GROUPS).astype(np.float64)


def kaplan_meier(counts: GapCounts) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """How many are watched on each day (still silent and under observation), and the part that stays silent beyond it.

    The second is the Kaplan-Meier estimate: the product, over all days up to this one, of 1 less the part of those
    watched on the day who came back on it. Whoever is last seen on a day is watched on it.
    """
    watched = np.flip(np.flip(counts.silences, axis=1).cumsum(axis=1), axis=1)
    return watched, np.cumprod((watched - counts.ended) / np.maximum(watched, 1), axis=1)


def curves(counts: GapCounts, choices: LapseWindow) -> Curves:
    """What a window of each number of days would get wrong, for every line in which enough are watched.

    `watched_count` and `silent_rate` as by `kaplan_meier`; `silent_rate` is empty (not a number) beyond the curve.
    `back_within_rate`: of those silent for so many days, the part that comes back within the horizon,
    1 - S(day + horizon) / S(day); empty where the horizon lies beyond what was watched.
    `wrongly_lost_rate`: of those silent for so many days, whom a window of so many days declares lost, the part that
    still comes back as far as the data can see, 1 - S(last) / S(day).
    `wrongly_kept_rate`: of all days for which a window of so many days keeps a buyer a customer after a purchase, the
    part that is spent on those who had bought for the last time, day x S(last) / (S(0) + ... + S(day - 1)).
    The last day is the one until which `fewest_watched_count` silences were watched; fewer in all make no curve.
    """
    watched, silent = kaplan_meier(counts)
    has_curve = watched[:, 0] >= choices.fewest_watched_count
    watched, silent = watched[has_curve], silent[has_curve]
    is_seen = watched >= choices.fewest_watched_count
    seen = np.where(is_seen, silent, np.nan)
    last_rate = np.where(is_seen, silent, 1.0).min(axis=1, keepdims=True)
    later_rate = np.pad(seen, ((0, 0), (0, choices.within_days)), constant_values=np.nan)[:, choices.within_days :]
    active_days = np.cumsum(silent, axis=1) - silent
    return Curves(
        watched_count=watched,
        silent_rate=seen,
        back_within_rate=1 - _ratio(later_rate, seen),
        wrongly_lost_rate=np.nan_to_num(1 - _ratio(last_rate, seen)),
        wrongly_kept_rate=np.nan_to_num(_ratio(np.arange(seen.shape[1]) * last_rate, active_days)),
    )


def suggestions(curve: Curves, choices: LapseWindow) -> list[int | None]:
    """The smallest window after which the chance to come back within the horizon is within the tolerance, for every line.

    None where there is no such window within what was watched.
    """
    is_late = curve.back_within_rate <= choices.tolerance_rate + ROUNDING
    is_late[:, :1] = False
    return [int(days) if late else None for days, late in zip(is_late.argmax(axis=1), is_late.any(axis=1), strict=True)]


def interval(suggested: Sequence[int | None]) -> tuple[int | None, int | None]:
    """Between which windows 95% of the replicates' suggestions lie.

    A replicate without a suggestion counts as one that is longer than any; an end of the interval there is empty.
    """
    ordered = sorted(suggested, key=lambda days: math.inf if days is None else days)
    low, high = (ordered[math.ceil(len(ordered) * part) - 1] if ordered else None for part in (OUTSIDE_95, 1 - OUTSIDE_95))
    return low, high


def _ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """One by the other, empty where there is nothing to divide by."""
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    return np.divide(numerator, denominator, out=np.full(shape, np.nan), where=denominator > 0)


def _or_none(rate: float) -> float | None:
    return None if math.isnan(rate) else rate
