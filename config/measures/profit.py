"""Measures of what customers bring and cost."""

from __future__ import annotations

from config.measures.entries import MeasureEntry, RateEntry

PURCHASES = ("purchases.amount",)
CONTRACTS = ("contracts.recurring_amount",)
GOODS = ("purchases.cost_amount",)
TICKETS = ("tickets.opened_on",)
SERVICE = ("tickets.opened_on", "costs.ticket_amount")
MEASURES: tuple[MeasureEntry, ...] = (
    MeasureEntry(
        name="revenue_amount",
        label="Revenue",
        unit="money",
        description="Net amount of what was bought in the period, refunds taken off on their day, and what contracts earned on the "
        "days they cover.",
    ),
    MeasureEntry(
        name="purchases_amount",
        label="Revenue from purchases",
        unit="money",
        needs=PURCHASES,
        description="Net amount of what was bought in the period by anybody, refunds taken off on the day of the refund.",
    ),
    MeasureEntry(
        name="contracts_amount",
        label="Revenue from contracts",
        unit="money",
        needs=CONTRACTS,
        description="What contracts earned on the days of the period that they cover: 1/365 of the annual amount a day.",
    ),
    MeasureEntry(
        name="cost_of_goods_amount",
        label="Cost of goods",
        unit="money",
        needs=GOODS,
        description="Cost of what was bought in the period, as far as the extracts carry it.",
    ),
    MeasureEntry(
        name="uncosted_amount",
        label="Revenue without a known cost",
        unit="money",
        needs=GOODS,
        description="Revenue of rows that carry no cost, contracts among them; nothing is taken off it, and no cost is guessed.",
    ),
    MeasureEntry(
        name="tickets_count",
        label="Tickets",
        unit="count",
        needs=TICKETS,
        description="Tickets that were opened in the period.",
    ),
    MeasureEntry(
        name="cost_to_serve_amount",
        label="Cost to serve",
        unit="money",
        needs=SERVICE,
        description="Tickets that were opened in the period, each at what the company says that one costs.",
    ),
    MeasureEntry(
        name="profit_amount",
        label="Profit",
        unit="money",
        needs=GOODS,
        description="Revenue less cost of goods, and less cost to serve where that is known.",
    ),
)
RATES: tuple[RateEntry, ...] = (
    RateEntry(
        name="profit_rate",
        label="Profit per revenue",
        numerator="profit_amount",
        denominator="revenue_amount",
        description="What is left of each unit of revenue as profit.",
    ),
)
