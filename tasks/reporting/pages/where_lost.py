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


def where_tables(facts: ScorecardData) -> tuple[Table, ...]:
    """A table a way of grouping: lost of how many, the rate before, and the excess, the largest first.

    None without a period before, and none of groups that lost nobody: where less was lost than before is no loss.
    """
    before = compared_period(facts)
    if before is None:
        return ()
    ways = [by for by in facts.whereabouts.mixes if any(each.lost_count for each in _groups(facts, by))]
    return tuple(_table(facts, segment_by, before) for segment_by in ways)


def _groups(facts: ScorecardData, segment_by: str) -> list[ExcessLoss]:
    groups = [each for each in facts.whereabouts.groups if each.segment_by == segment_by]
    return sorted(groups, key=lambda each: (-each.excess_count, each.segment))


def _table(facts: ScorecardData, segment_by: str, before: str) -> Table:
    columns = (
        Column("", "text"),
        column_of("opening_customers"),
        Column("Lost of them"),
        Column("Share lost", "share"),
        Column(gettext("In {period}", period=facts.labels[before]), "share"),
        Column("Excess", "signed_count", is_shaded=True, is_more_worse=True),
        Column("Value lost of them", "money"),
        Column("", "text"),
    )
    named = {(each.segment_by, each.segment) for each in facts.excess_losses}
    rows = tuple(_row(each, is_named=(each.segment_by, each.segment) in named) for each in _groups(facts, segment_by))
    note = f"{gettext(EXCESS)} {_mix_sentence(facts.whereabouts.mixes[segment_by])}"
    return Table(gettext("Where: by {group}", group=segment_by.replace("_", " ")), columns, rows, says=note)


def _row(each: ExcessLoss, *, is_named: bool) -> tuple[CellValue, ...]:
    rates = Share(each.lost_count, each.opening_count), Share(each.before_lost_count, each.before_opening_count)
    mark = gettext("beyond chance") if is_named else ""
    return named(each.segment), each.opening_count, each.lost_count, *rates, each.excess_count, each.lost_amount, mark


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
