"""The assumptions about the demo company: what it sells, to whom, where, and how its customers came and went, quarter by quarter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

COMPANY_NAME = "Mondziegel Coffee (invented)"
FIRST_DAY = date(2022, 1, 1)
LAST_DAY = date(2026, 10, 4)
"""Last day that the extracts cover: a Sunday, so that the last week is complete."""
LAPSE_DAYS = 180
VALUE_DAYS = 365
TOLERANCE_CENTS = 100
HEADLINE_PERIOD = "2026-Q3"
HEADLINE_OPENS_ON = date(2026, 7, 1)


@dataclass(frozen=True)
class Choice:
    """One of several, and how often it is met."""

    name: str
    weight: int


REGIONS = (
    Choice("Germany North", 24),
    Choice("Germany South", 25),
    Choice("Österreich", 14),
    Choice("Switzerland", 12),
    Choice("Benelux", 14),
    Choice("Britain", 11),
)
CURRENCY_OF_REGION = (0, 0, 0, 1, 0, 2)
CURRENCIES = ("EUR", "CHF", "GBP")
RATE_DIGITS = 10_000
FIRST_RATES = (10_000, 9_650, 11_900)
"""Rates of 2021-12-27 in ten-thousandths of a euro."""
CUSTOMER_TYPES = (Choice("Household", 62), Choice("Café or restaurant", 16), Choice("Office", 17), Choice("Reseller", 5))
CHANNELS = (Choice("Web shop", 52), Choice("Sales team", 18), Choice("Partner", 12), Choice("Marketplace", 18))
BUYS, SUBSCRIBES, DOES_BOTH = 0, 1, 2
"""How a customer buys: again and again, by contract, or both."""
BUYING_MODE_WEIGHTS = ((84, 11, 5), (58, 27, 15), (50, 38, 12), (84, 8, 8))
GAP_DAYS_OF_TYPE = (130, 60, 90, 60)
"""Days from one purchase to the next, by type of customer."""
PURCHASE_CENTS_OF_TYPE = (3_400, 16_500, 9_800, 38_000)
CONTRACT_CENTS_OF_TYPE = (1_490, 11_900, 7_900, 14_900)
"""Recurring amount of a month, by type of customer."""
PRODUCT_GROUPS = (
    Choice("Coffee beans", 52),
    Choice("Ground coffee", 20),
    Choice("Capsules", 14),
    Choice("Cups & filters", 9),
    Choice("Spare parts", 5),
)
COST_PERCENT_OF_GROUP = (58, 55, 47, 62, 66)
TICKET_CENTS = 650
"""What one ticket costs the service desk."""
PLANS = (Choice("Machine rental", 45), Choice("Machine service", 30), Choice("Bean subscription", 25))
REGION_OF_THE_PRICE_RISE = 4
"""Benelux: a delivery fee from February 2026 drove many buyers there into silence, which shows when the lapse is over."""
PRICE_RISE_QUARTERS = (date(2026, 4, 1), date(2026, 7, 1))


@dataclass(frozen=True)
class Quarter:
    """How many customers came and went in a quarter, at full scale."""

    opens_on: date
    closes_on: date
    in_count: int
    """New, returned, and in and out."""
    closing_count: int
    returned_count: int
    lapsed_count: int
    in_and_out_count: int
    out_and_back_count: int


def _quarter(year: int, number: int, *, counts: tuple[int, int, int, int, int, int]) -> Quarter:
    opens_on = date(year, 3 * number - 2, 1)
    closes_on = date(year + number // 4, 3 * number % 12 + 1, 1)
    return Quarter(opens_on, closes_on, *counts)


QUARTERS = (
    _quarter(2022, 1, counts=(36_000, 35_980, 0, 0, 20, 0)),
    _quarter(2022, 2, counts=(24_000, 58_000, 6, 0, 30, 20)),
    _quarter(2022, 3, counts=(19_000, 68_000, 310, 5_600, 110, 60)),
    _quarter(2022, 4, counts=(20_500, 77_000, 950, 7_700, 150, 130)),
    _quarter(2023, 1, counts=(20_000, 83_500, 1_260, 8_900, 180, 140)),
    _quarter(2023, 2, counts=(20_500, 89_500, 1_540, 9_600, 190, 150)),
    _quarter(2023, 3, counts=(22_700, 94_500, 1_790, 11_800, 230, 170)),
    _quarter(2023, 4, counts=(22_500, 101_000, 2_060, 10_500, 210, 170)),
    _quarter(2024, 1, counts=(21_000, 104_500, 2_110, 11_500, 230, 190)),
    _quarter(2024, 2, counts=(21_500, 108_000, 2_240, 11_800, 240, 190)),
    _quarter(2024, 3, counts=(26_760, 111_000, 2_480, 15_500, 317, 210)),
    _quarter(2024, 4, counts=(24_000, 116_000, 2_510, 12_400, 250, 210)),
    _quarter(2025, 1, counts=(22_000, 118_000, 2_590, 13_100, 260, 220)),
    _quarter(2025, 2, counts=(22_500, 120_000, 2_730, 13_400, 270, 220)),
    _quarter(2025, 3, counts=(27_600, 121_200, 3_120, 17_100, 352, 230)),
    _quarter(2025, 4, counts=(25_500, 124_000, 2_980, 14_800, 300, 240)),
    _quarter(2026, 1, counts=(22_800, 121_727, 2_890, 16_400, 330, 240)),
    _quarter(2026, 2, counts=(24_000, 122_727, 3_060, 15_100, 310, 230)),
    _quarter(2026, 3, counts=(22_000, 117_727, 3_000, 17_500, 360, 240)),
    Quarter(date(2026, 10, 1), date(2026, 10, 5), 960, 117_600, 130, 700, 14, 0),
)
"""The story: the base grew until 2025; in the third quarter of 2026, 22,000 came and 27,000 of 122,727 went."""
