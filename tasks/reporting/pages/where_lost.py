"""Where customers were lost: every group beside its own past and the others', those that stand out first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.localization import number
from tasks.reporting.blocks import Column, Share, Table, column_of
from tasks.reporting.model import named
from tasks.reporting.pages.comparison import compared_period
from tasks.reporting.text import signed_points

if TYPE_CHECKING:
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.retention import ExcessLoss, LossMix

EXCESS = gettext_noop("Excess: customers lost beyond what the group's own past and the others' change would have it lose.")


def where_tables(data: ScorecardData) -> tuple[Table, ...]:
    """A table a way of grouping: lost of how many, the rate before, and the excess, the largest first.

    None without a period before, and none of groups that lost nobody: where less was lost than before is no loss.
    """
    before = compared_period(data)
    if before is None:
        return ()
    breakdowns = [by for by in data.whereabouts.mixes if any(loss.lost_count for loss in _groups(data, by))]
    return tuple(_table(data, segment_by, before) for segment_by in breakdowns)


def _groups(data: ScorecardData, segment_by: str) -> list[ExcessLoss]:
    groups = [loss for loss in data.whereabouts.groups if loss.segment_by == segment_by]
    return sorted(groups, key=lambda loss: (-loss.excess_count, loss.segment))


def _table(data: ScorecardData, segment_by: str, before: str) -> Table:
    columns = (
        Column("", "text"),
        column_of("opening_customers"),
        Column("Lost of them"),
        Column("Share lost", "share"),
        Column(gettext("In {period}", period=data.labels[before]), "share"),
        Column("Excess", "signed_count", is_shaded=True, is_more_worse=True),
        Column("Value lost of them", "money"),
        Column("", "text"),
    )
    named = {(loss.segment_by, loss.segment) for loss in data.excess_losses}
    rows = tuple(_row(loss, is_named=(loss.segment_by, loss.segment) in named) for loss in _groups(data, segment_by))
    note = f"{gettext(EXCESS)} {_mix_sentence(data.whereabouts.mixes[segment_by])}"
    return Table(gettext("Where: by {group}", group=segment_by.replace("_", " ")), columns, rows, description=note)


def _row(loss: ExcessLoss, *, is_named: bool) -> tuple[CellValue, ...]:
    rates = Share(loss.lost_count, loss.opening_count), Share(loss.before_lost_count, loss.before_opening_count)
    mark = gettext("beyond chance") if is_named else ""
    return named(loss.segment), loss.opening_count, loss.lost_count, *rates, loss.excess_count, loss.lost_amount, mark


def _mix_sentence(mix: LossMix) -> str:
    """Of the change of all, what comes of the groups' own rates, and what of their sizes: both as printed add up to it."""
    whole, within = (round(100 * change, 1) for change in (mix.within + mix.mix, mix.within))
    return gettext(
        "The share lost of all changed by {whole} points: {within} since groups lost other shares, {sizes} since they are of other sizes.",
        whole=_points(whole),
        within=_points(within),
        sizes=_points(whole - within),
    )


def _points(difference: float) -> str:
    """A difference in points with its sign, which nothing has none of."""
    rounded = round(difference, 1)
    return signed_points(rounded) if rounded else number(0, decimals=1)
