"""How customers rate us beside the best competitor, and our share of what they spend; never without how many said so."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.localization import number, significant_number
from config.measures.relative_value import COMPARED, SPENT, USED, share_of_wallet
from config.measures.table import label_of
from tasks.reporting.blocks import Column, Share, Table, column_of
from tasks.reporting.model import ALL, named
from tasks.reporting.text import format_customers, lowered, money_short, whole_percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData

    RowOf = Callable[[ScorecardData, str, str], tuple[CellValue, ...] | None]
    """From a way of grouping and a group to the cells of its row; none where nobody answered."""

RANK_AMONG_BRANDS = "rank_among_brands"
"""The split of those who ranked the brands that they use."""
POINTS = ("own_points_count", "competitor_points_count")
HUNDREDTH = Decimal("0.01")
DIGITS = 6
"""Of a place among brands; two that share one stand at half a place."""
EVERYBODY = gettext_noop("All who said it")


def relative_value_sentences(data: ScorecardData) -> list[str]:
    """Whether customers get more from us than from the best competitor, and our share of what they spend; a sentence each."""
    return [*_compared_sentence(data), *_wallet_sentence(data)]


def relative_value_tables(data: ScorecardData) -> Iterator[Table]:
    """Both by group, and our places among the brands; none of what no survey asks."""
    groupings = ((ALL, (ALL,)), *((name, data.segments_of(name)) for name in data.segment_by))
    if data.has(*COMPARED):
        columns = (
            Column("", "text"),
            column_of("comparing_customers"),
            *_times(gettext("Our mean"), gettext("Competitor's mean"), gettext(label_of("relative_value"))),
        )
        rows = tuple(row for grouping in groupings for row in _rows(data, grouping, of=_compared_row))
        label = gettext(label_of("relative_value"))
        title = gettext("{label}: what customers get for what they pay, beside the best competitor", label=label)
        yield Table(title, columns, rows)
    if data.has(*USED):
        yield _ranks_table(data)
    if data.has(*SPENT):
        names = ("spending_customers", "category_spend_amount", "wallet_amount", "wallet_rate")
        rows = tuple(row for grouping in groupings for row in _rows(data, grouping, of=_wallet_row))
        title = gettext("{label} of what customers spend", label=gettext(label_of("wallet_rate")))
        below = gettext("Our part goes by our place among the brands that each of them uses, not by what we sold.")
        yield Table(title, (Column("", "text"), *map(column_of, names)), rows, below=below)


def _times(*headings: str) -> Iterator[Column]:
    return (Column(heading, "times") for heading in headings)


def _rows(data: ScorecardData, grouping: tuple[str, tuple[str, ...]], *, of: RowOf) -> Iterator[tuple[CellValue, ...]]:
    """A row a group of one way of grouping in which anybody answered."""
    by, groups = grouping
    for group in groups:
        row = of(data, by, group)
        if row is not None:
            yield (gettext(EVERYBODY) if by == ALL else f"{by.replace('_', ' ').capitalize()}: {named(group)}", *row)


def _compared_row(data: ScorecardData, by: str, group: str) -> tuple[CellValue, ...] | None:
    """How many rated, both means, and the one over the other; only how many where they are too few for a rate."""
    count, ours, theirs = (_count(data, name, by=by, group=group) for name in ("comparing_customers", *POINTS))
    if not count:
        return None
    if count < data.smallest_rate_base:
        return count, None, None, None
    return count, *(_rounded(Fraction(points, count)) for points in (ours, theirs)), _rounded(Fraction(ours, theirs))


def _wallet_row(data: ScorecardData, by: str, group: str) -> tuple[CellValue, ...] | None:
    """How many told what they spend, that, our part of it and the share; no share where they are too few for a rate."""
    count = _count(data, "spending_customers", by=by, group=group)
    if not count:
        return None
    spent, ours = (data.money(name, segment_by=by, segment=group) for name in ("category_spend_amount", "wallet_amount"))
    return count, spent, ours, Share(ours, spent) if count >= data.smallest_rate_base and spent else None


def _ranks_table(data: ScorecardData) -> Table:
    """Which place we have among how many brands, and the share of the wallet that the rule gives it; the mean of all below."""
    ranks = _ranks(data)
    columns = (Column(gettext("Place"), "text"), column_of("ranking_customers"), Column(gettext("Part of the wallet, by rule"), "times"))
    rows = tuple((_label(rank), count, _rounded(share_of_wallet(*rank))) for rank, count in sorted(ranks.items()))
    total = (gettext(EVERYBODY), sum(ranks.values()), _mean_share(data))
    return Table(
        gettext("Our place among the brands, and the share of the wallet that it brings"),
        columns,
        rows,
        total=total,
        description=gettext("A part of 1; customers count alike, whatever they spend."),
    )


def _ranks(data: ScorecardData) -> Mapping[tuple[Fraction, int], int]:
    """How many customers have us at which place among how many brands."""
    parts = data.parts(RANK_AMONG_BRANDS)
    counts = {part: int(measures.get("ranking_customers", 0)) for part, measures in parts.items()}
    texts = {part: part.split(" of ") for part, count in counts.items() if count}
    return {(Fraction(rank), int(brands)): counts[part] for part, (rank, brands) in texts.items()}


def _label(rank: tuple[Fraction, int]) -> str:
    return gettext("{part} of {whole}", part=significant_number(float(rank[0]), digits=DIGITS), whole=rank[1])


def _mean_share(data: ScorecardData) -> Decimal | None:
    """The mean of the parts by rule, exact until it is rounded; none of too few."""
    ranks = _ranks(data)
    count = sum(ranks.values())
    if count < data.smallest_rate_base:
        return None
    return _rounded(sum((share_of_wallet(*rank) * number for rank, number in ranks.items()), Fraction(0)) / count)


def _compared_sentence(data: ScorecardData) -> Iterator[str]:
    row = _compared_row(data, ALL, ALL) if data.has(*COMPARED) else None
    if row is None or row[-1] is None:
        return
    count, ours, theirs, ratio = row
    means = {"ours": ours, "theirs": theirs, "ratio": ratio}
    yield gettext(
        "{customers} rated what they get for what they pay {ours} from us and {theirs} from the best competitor: a {label} of {ratio}.",
        customers=format_customers(int(str(count))),
        label=lowered(label_of("relative_value")),
        **{name: number(Decimal(str(mean)), decimals=2) for name, mean in means.items()},
    )


def _wallet_sentence(data: ScorecardData) -> Iterator[str]:
    row = _wallet_row(data, ALL, ALL) if data.has(*SPENT) else None
    if row is None or not isinstance(row[-1], Share):
        return
    share = row[-1]
    ours, spent = (money_short(Decimal(amount), data.currency) for amount in (share.part, share.whole))
    yield gettext(
        "By our place among the brands that {customers} use, {ours} of the {spent} that they spend in the category are ours ({rate}).",
        customers=format_customers(int(str(row[0]))),
        ours=ours,
        spent=spent,
        rate=whole_percent(Decimal(share.part) / Decimal(share.whole)),
    )


def _count(data: ScorecardData, name: str, *, by: str, group: str) -> int:
    return int(data.figure(name, segment_by=by, segment=group) or 0)


def _rounded(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(HUNDREDTH)
