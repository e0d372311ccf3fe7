"""Made-up facts that hang together: every base chains, every way of grouping adds up to the whole, both identities hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook, load_workbook

from config.measures.table import MEASURES
from expectations.verdict import ControlTotals, RuleResult
from tasks.reporting.model import ALL, CoveredExtract, CustomerLists, GlossaryEntry, ScorecardData, SettingInForce
from tasks.reporting.render.tabs import page_sheet
from tasks.retention import with_retention

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tasks.reporting.blocks import Page
    from tasks.reporting.model import FigureKey

GROUPS: Mapping[str, Mapping[str, int]] = {
    "region": {"North": 38, "South": 27, "East": 20, "West": 10, "no region known": 5},
    "channel": {"Online shop": 46, "Stores": 31, "Partners": 16, "Field sales": 7},
}
"""The groups of each way of grouping, with their share of the customers in percent."""
LOSES_MORE = {"South": 2, "Stores": 1}
LOSES_LESS = {"North": 2, "Online shop": 1}
"""Groups that lose more, or less, than their share, in points of percent."""
LOST_AMOUNTS = ("left_amount", "lapsed_amount")
CENTS = Decimal("0.01")


@dataclass(frozen=True)
class Moves:
    """What happened in one period: customers, and cents a customer where value is not the usual."""

    new: int = 0
    returned: int = 0
    in_and_out: int = 0
    left: int = 0
    lapsed: int = 0
    increased: int = 0
    decreased: int = 0
    out_and_back: int = 0
    drift_cents: int = 0
    fx_effect_cents: int = 0


CENTS_EACH = {
    "new": 41_137,
    "returned": 53_071,
    "in_and_out": 19_949,
    "left": 50_333,
    "lapsed": 36_917,
    "increased": 13_219,
    "decreased": 11_807,
    "out_and_back": -2_311,
}
"""What one customer of a movement brings or takes, in cents."""
SIGN = {"new": 1, "returned": 1, "left": -1, "lapsed": -1, "increased": 1, "decreased": -1, "out_and_back": 1}
QUARTERS: Mapping[str, Moves] = {
    "2023-Q3": Moves(21_400, 3_000, 250, 8_100, 13_900, 17_200, 15_100, 300, 61_20),
    "2023-Q4": Moves(27_900, 4_800, 390, 8_600, 15_200, 21_000, 14_400, 280, -17_44),
    "2024-Q1": Moves(18_100, 2_700, 210, 9_900, 14_100, 16_100, 17_800, 330, 4_05),
    "2024-Q2": Moves(19_700, 2_900, 240, 8_300, 13_400, 17_000, 15_300, 310, 12_99),
    "2024-Q3": Moves(20_600, 3_100, 260, 8_400, 14_000, 17_500, 15_600, 320, -33_10),
    "2024-Q4": Moves(28_300, 5_000, 410, 9_000, 16_100, 21_600, 14_900, 290, 71_08),
    "2025-Q1": Moves(18_300, 2_800, 220, 10_400, 15_000, 16_400, 18_300, 340, -9_90),
    "2025-Q2": Moves(19_900, 3_000, 250, 8_900, 14_300, 17_300, 15_900, 330, 20_00),
    "2025-Q3": Moves(20_830, 3_220, 260, 9_120, 14_890, 17_800, 16_000, 340, 15_37),
    "2025-Q4": Moves(27_600, 5_100, 420, 9_700, 16_800, 21_900, 15_500, 300, -46_73),
    "2026-Q1": Moves(17_900, 2_900, 230, 11_200, 16_000, 16_300, 19_100, 350, 8_15),
    "2026-Q2": Moves(19_240, 3_010, 250, 9_640, 15_170, 17_100, 16_600, 340, -27_61),
    "2026-Q3": Moves(18_640, 3_090, 270, 10_480, 16_250, 16_900, 17_400, 410, 38_26, -1_204_55),
}
LAST_OPENING = 122_727
FIRST_OPENING_CENTS = 5_380_412_345


def made_up_facts(
    moves: Mapping[str, Moves] = QUARTERS,
    *,
    opening: int | None = None,
    opening_cents: int = FIRST_OPENING_CENTS,
    groups: Mapping[str, Mapping[str, int]] = GROUPS,
    **changes: Any,
) -> ScorecardData:
    """Facts of a made-up company over the quarters given, the last one being the period; `changes` replaces fields."""
    periods = tuple(moves)
    nets = sum(move.new + move.returned - move.left - move.lapsed for move in list(moves.values())[:-1])
    first = LAST_OPENING - nets if opening is None else opening
    figures: dict[FigureKey, int | Decimal] = {}
    for by, shares in {ALL: {ALL: 100}, **groups}.items():
        figures |= _figures_by(by, shares, moves=moves, opening=first, opening_cents=opening_cents)
    year_before = f"{int(periods[-1][:4]) - 1}{periods[-1][4:]}"
    data = ScorecardData(
        company="Alder & Finch",
        folder_name="alder",
        customer="household",
        currency="EUR",
        minor_units=2,
        period=periods[-1],
        previous=periods[-2] if len(periods) > 1 else None,
        year_before=year_before if year_before in moves else None,
        trend=periods,
        labels={period: f"{period[5:]} {period[:4]}" for period in periods},
        segment_by={by: f"The {by} of the customer's first purchase." for by in groups},
        figures=figures,
        glossary=GLOSSARY,
        settings=SETTINGS,
        covered=COVERED,
        totals=TOTALS,
        verdicts=VERDICTS,
        notes=NOTES,
        edition=1,
        as_of=datetime(2026, 10, 5, 6, 0, tzinfo=UTC),
        data_through=date(2026, 9, 30),
    )
    return judged(replace(data, **changes))


def judged(data: ScorecardData) -> ScorecardData:
    """The facts with what is said of retention, every customer at opening being worth the same."""
    squares: dict[str, tuple[float, float]] = {}
    for period in data.trend:
        opening, lost = (float(sum(data.money(name, period=period) for name in names)) for names in (["opening_amount"], LOST_AMOUNTS))
        count = data.count("opening_customers", period=period) or 1
        squares[period] = (opening**2 / count, opening * max(opening - lost, 0) / count)
    kind = {"W": "week", "Q": "quarter"}.get(data.period[5:6], "month" if data.period[4:] else "year")
    return with_retention(data, squares, kind=kind, smallest_change_points=0.5)


def _figures_by(
    by: str, shares: Mapping[str, int], *, moves: Mapping[str, Moves], opening: int, opening_cents: int
) -> dict[FigureKey, int | Decimal]:
    names, weights = list(shares), list(shares.values())
    base = dict(zip(names, _split(opening, weights), strict=True))
    value = dict(zip(names, _split(opening_cents, weights), strict=True))
    figures: dict[FigureKey, int | Decimal] = {}
    for period, move in moves.items():
        parts = {name: dict.fromkeys(CENTS_EACH, 0) for name in names}
        cents = {name: dict.fromkeys(CENTS_EACH, 0) for name in names}
        for movement, each in CENTS_EACH.items():
            total = getattr(move, movement)
            split_by = _out_weights(shares) if movement in ("left", "lapsed") else weights
            for name, heads, amount in zip(names, _split(total, split_by), _split(total * each, split_by), strict=True):
                parts[name][movement], cents[name][movement] = heads, amount
        drifts, effects = _split(move.drift_cents, weights), _split(move.fx_effect_cents, weights)
        for name, drift, effect in zip(names, drifts, effects, strict=True):
            measures = _measures(parts[name], cents[name], opening=base[name], opening_cents=value[name], drift=drift, effect=effect)
            figures |= {(period, by, name, measure): figure for measure, figure in measures.items()}
            base[name] = int(measures["closing_customers"])
            value[name] = int(measures["closing_amount"] * 100)
    return figures


def _measures(
    heads: Mapping[str, int], cents: Mapping[str, int], *, opening: int, opening_cents: int, drift: int, effect: int
) -> dict[str, int | Decimal]:
    came, went = heads["new"] + heads["returned"], heads["left"] + heads["lapsed"]
    stayed_on = opening - went - heads["increased"] - heads["decreased"] - heads["out_and_back"]
    closing_cents = opening_cents + drift + effect + sum(sign * cents[movement] for movement, sign in SIGN.items())
    amounts = {f"{movement}_amount": amount for movement, amount in cents.items()} | {
        "opening_amount": opening_cents,
        "unchanged_drift_amount": drift,
        "fx_effect_amount": effect,
        "closing_amount": closing_cents,
        "customers_in_amount": cents["new"] + cents["returned"] + cents["in_and_out"],
        "customers_out_amount": cents["left"] + cents["lapsed"] + cents["in_and_out"],
        "net_amount": closing_cents - opening_cents,
    }
    return {
        **{f"{movement}_customers": count for movement, count in heads.items()},
        "opening_customers": opening,
        "customers_in": came + heads["in_and_out"],
        "customers_out": went + heads["in_and_out"],
        "net_customers": came - went,
        "closing_customers": opening + came - went,
        "unchanged_customers": stayed_on,
        **{measure: (Decimal(amount) / 100).quantize(CENTS) for measure, amount in amounts.items()},
    }


def _out_weights(shares: Mapping[str, int]) -> list[int]:
    return [share + LOSES_MORE.get(name, 0) - LOSES_LESS.get(name, 0) for name, share in shares.items()]


def _split(total: int, weights: Sequence[int]) -> list[int]:
    """The total in whole parts by weight; the first part takes what is left over."""
    parts = [total * weight // sum(weights) for weight in weights]
    return [parts[0] + total - sum(parts), *parts[1:]]


def sheet_of(data: ScorecardData, page: Page) -> Any:
    """A page as the sheet that it would be by itself, read back."""
    book, file = Workbook(write_only=True), BytesIO()
    page_sheet(book, data, page)
    book.save(file)
    return load_workbook(file).worksheets[0]


WHO_AND_WHEN = ("customer_id", "customer_name", "movement", "moved_on", "first_came_on", "amount")


def made_up_lists(rows_count: int = 12, **changes: Any) -> CustomerLists:
    """Lists of so many customers in, and as many out, of the made-up company; `columns` names the columns of both."""
    columns = changes.pop("columns", None)
    lists = CustomerLists(
        columns_in=columns or (*WHO_AND_WHEN, "region", "channel"),
        columns_out=columns or (*WHO_AND_WHEN, "reason", "region", "channel"),
        rows_in=_rows(rows_count, movements=("new", "returned", "in_and_out")),
        rows_out=_rows(rows_count, movements=("left", "lapsed", "in_and_out"), reasons=("moved away", "no reason known")),
        in_count=rows_count,
        out_count=rows_count,
        parquet_name="movements.parquet",
    )
    return replace(lists, **changes)


def _rows(count: int, *, movements: Sequence[str], reasons: Sequence[str] = ()) -> Iterator[tuple[object, ...]]:
    regions, channels = list(GROUPS["region"]), list(GROUPS["channel"])
    for place in range(count):
        yield (
            f"{place + 1:07d}",
            f"Household {place + 1}",
            movements[place % len(movements)],
            date(2026, 7, 1 + place % 31),
            date(2021, 1 + place % 12, 15),
            (Decimal(987_650 - 7 * place) / 100).quantize(CENTS),
            *([reasons[place % len(reasons)]] if reasons else []),
            regions[place % len(regions)],
            channels[place % len(channels)],
        )


GLOSSARY = (
    GlossaryEntry("customer", "Customer", "One household, whatever it buys."),
    GlossaryEntry(
        "period", "Period", "A week, month, quarter or year in local dates; its first day belongs to it, the day after its last does not."
    ),
    *(
        GlossaryEntry(entry.name, entry.label, entry.description, entry.unit, entry.short_label)
        for entry in map(
            MEASURES.__getitem__,
            (
                "opening_customers",
                "new_customers",
                "returned_customers",
                "in_and_out_customers",
                "left_customers",
                "lapsed_customers",
                "opening_amount",
                "customers_out_amount",
            ),
        )
    ),
)
SETTINGS = (
    SettingInForce(
        "activity.lapse_days", "365", "A customer who buys repeatedly is active for so many days after a purchase.", "customer experience"
    ),
    SettingInForce("value.tolerance_amount", "0", "A change of value up to this amount is `unchanged`.", "finance"),
    SettingInForce("time_zone", "Europe/Berlin", "The one time zone in which a day begins and ends.", "finance"),
)
COVERED = (
    CoveredExtract(
        "orders",
        "sales",
        "purchases",
        ("orders-2023.csv.gz", "orders-2024.csv.gz", "orders-2025.csv.gz", "orders-2026.csv.gz"),
        date(2021, 1, 1),
        date(2026, 9, 30),
    ),
    CoveredExtract("contracts", "sales", "contracts", ("contracts.xlsx",), date(2020, 3, 1), date(2026, 9, 30)),
    CoveredExtract("leads", "marketing", "leads", ("leads.jsonl",), date(2022, 1, 3), date(2026, 9, 29)),
    CoveredExtract("tickets", "service", "tickets", ("table tickets",), None, None),
)
TOTALS = (
    ControlTotals(
        extract="orders",
        rows_read_count=1_204_518,
        rows_used_count=1_201_933,
        rows_set_aside_count=1_405,
        rows_superseded_count=1_180,
        amount_read=Decimal("214820117.4200"),
        amount_used=Decimal("214401020.1700"),
        amount_set_aside=Decimal("208977.1500"),
        amount_superseded=Decimal("210120.1000"),
    ),
    ControlTotals("contracts", 18_204, 18_204, 0, 0, Decimal("30112000.0000"), Decimal("30112000.0000"), Decimal(0), Decimal(0)),
    ControlTotals("leads", 96_000, 95_940, 60, 0, None, None, None, None),
    ControlTotals("tickets", 51_377, 51_377, 0, 0, None, None, None, None),
)


def _verdict(rule_id: str, says: str, **given: Any) -> RuleResult:
    kept = RuleResult(
        rule_id=rule_id,
        extract=rule_id.partition(".")[0],
        says=says,
        why="The figures rest on it.",
        check="not_empty",
        if_broken="stop",
        state="kept",
        rows_count=1_204_518,
        unexpected_count=0,
        set_aside_count=0,
        amount=None,
        found="nothing",
    )
    return replace(kept, **given)


VERDICTS = (
    _verdict("orders.has_rows", "The extract has rows."),
    _verdict("orders.customer_is_named", "Every purchase names its customer."),
    _verdict(
        "orders.amount_is_a_number",
        "Every amount is a number.",
        if_broken="set_aside",
        state="broken",
        unexpected_count=1_405,
        set_aside_count=1_405,
        amount=Decimal("208977.1500"),
        found="1,405 of 1,204,518 rows hold no amount that can be read",
    ),
    _verdict(
        "leads.channel_is_known",
        "Every prospect came through a channel that the company knows.",
        if_broken="note",
        state="broken",
        rows_count=96_000,
        unexpected_count=1_099,
        found="1,099 of 96,000 rows name another channel",
        relaxed_because="the agency's old codes are still in use until the year's end",
    ),
    _verdict("tickets.customer_exists", "Every ticket belongs to a customer in the base.", rows_count=51_377),
    _verdict(
        "leads.lead_is_unique",
        "No prospect is listed twice.",
        if_broken="set_aside",
        state="broken",
        rows_count=96_000,
        unexpected_count=60,
        set_aside_count=60,
        found="60 of 96,000 rows repeat a prospect",
    ),
)
NOTES = (
    "11 gaps of at most 3 days between two spells were bridged.",
    "No costs are in the extracts, so there is no profit.",
)
