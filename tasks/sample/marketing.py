"""The extracts of the marketing silo: prospects, deals won, what campaigns cost, recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from tasks.sample.assumptions import BUYS, COMPANY_NAME, CURRENCIES, CURRENCY_OF_REGION
from tasks.sample.extract_writer import Defect, own_columns
from tasks.sample.prospects import CAMPAIGNS, SOURCES, Leads, spending
from tasks.sample.random_numbers import amounts_around, below, happens
from tasks.sample.recommendations import WHY_NOT
from tasks.sample.spreadsheet import write_spreadsheet
from tasks.sample.text_formats import (
    AMERICAN_DAY,
    ISO_DAY,
    SHORT_MONTH_DAY,
    american_amount,
    customer_no,
    days,
    moment,
    one_from,
    padded,
    text_from,
)

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.extract_writer import ExtractWriter
    from tasks.sample.recommendations import Recommendations
    from tasks.sample.scenario import Scenario

DEAL_PER_MILLE = 160


def write_leads(writer: ExtractWriter, leads: Leads) -> None:
    """Prospects with two ways of writing a day in one column, as a CRM whose settings were changed exports them."""
    columns = {
        **own_columns("leads", leads.day),
        "day": days(leads.day),
        "customer": leads.customer,
        "source": text_from(SOURCES, leads.source),
        "campaign": text_from(CAMPAIGNS, leads.campaign),
    }
    numbers = writer.table("leads_numbers", columns)
    is_american = numbers.tie_breaker % 3 == 0
    written = {
        "Record ID": padded(numbers.row + 1, 9),
        "Email": ibis.literal("prospect") + numbers.row.cast("string") + "@example.test",
        "Create Date": is_american.ifelse(
            numbers.day.strftime(AMERICAN_DAY), moment(numbers.day, numbers.tie_breaker % 86_400).substr(0, 16)
        ),
        "Original Source": numbers.source,
        "First Campaign": numbers.campaign,
        "Associated Customer": (numbers.customer >= 0).ifelse(customer_no(numbers.customer), ibis.null("string")),
    }
    rows = writer.corrupted("leads", numbers.select("row", "sorted_on", "tie_breaker", "cents", **written), defects=_lead_defects())
    writer.write_csv(rows, "marketing/leads.csv")


def _lead_defects() -> tuple[Defect, ...]:
    return (
        Defect("exact_duplicate", 90, "superseded", {}),
        Defect("unreadable_day", 22, "set_aside", {"Create Date": "(No value)"}, key="Record ID"),
        Defect("day_missing", 8, "set_aside", {"Create Date": ibis.null("string")}, key="Record ID"),
    )


def write_deals(writer: ExtractWriter, scenario: Scenario, *, leads: Leads) -> None:
    """Deals that marketing counts as won, with the amount that was agreed; thousands by comma."""
    customer = np.where(leads.is_won, leads.customer, 0)
    is_deal = leads.is_won & ((scenario.customers.buying_mode[customer] != BUYS) | happens("deal", customer, per_mille=DEAL_PER_MILLE))
    lead = np.flatnonzero(is_deal)
    customer = customer[is_deal]
    won_on = scenario.first_started_on[customer] - below("deal before", customer, limit=3)
    order = np.lexsort((lead, won_on))
    lead, customer, won_on = lead[order], customer[order], won_on[order]
    table = amounts_around(120_000, spread=0.8)
    cents = table[below("deal amount", customer, limit=len(table))]
    columns = {
        **own_columns("deals", won_on, cents=cents),
        "lead": lead + 1,
        "customer": customer,
        "day": days(won_on),
        "currency": text_from(CURRENCIES, np.asarray(CURRENCY_OF_REGION)[scenario.customers.region[customer]]),
        "source": text_from(SOURCES, leads.source[lead]),
    }
    rows = writer.corrupted("deals", _deal_rows(writer.table("deals_numbers", columns)), defects=_deal_defects())
    writer.write_csv(rows, "marketing/deals.csv")


def _deal_rows(numbers: Table) -> Table:
    written = {
        "Deal ID": ibis.literal("D") + padded(numbers.row + 1, 7),
        "Lead ID": padded(numbers.lead, 9),
        "Customer No.": customer_no(numbers.customer),
        "Close Date": numbers.day.strftime(SHORT_MONTH_DAY),
        "Amount": american_amount(numbers.cents),
        "Currency": numbers.currency,
        "Source": numbers.source,
    }
    return numbers.select("row", "sorted_on", "tie_breaker", "cents", **written)


def _deal_defects() -> tuple[Defect, ...]:
    return (
        Defect("exact_duplicate", 18, "superseded", {}),
        Defect("unreadable_amount", 7, "set_aside", {"Amount": "tbd", "cents": 0}, key="Deal ID"),
        Defect("day_missing", 5, "set_aside", {"Close Date": ibis.null("string")}, key="Deal ID"),
    )


def write_campaigns(writer: ExtractWriter) -> None:
    """What campaigns cost a week: a spreadsheet with a title above the table and a total below it."""
    spent = spending()
    columns = {
        **own_columns("campaigns", spent.monday, cents=spent.cents),
        "Campaign": text_from(CAMPAIGNS, spent.campaign),
        "Week of": days(spent.monday),
        "Channel": text_from(SOURCES, spent.campaign),
    }
    rows = writer.corrupted("campaign_spend", writer.table("campaigns_numbers", columns), defects=())
    writer.dropped("campaign_spend", rows=1)
    write_spreadsheet(
        writer.folder / "marketing/campaigns.xlsx",
        sheet="Spend",
        above=((f"{COMPANY_NAME}: what campaigns cost",), ("All amounts net, in EUR",), ()),
        headings=("Campaign", "Week of", "Channel", "Spent"),
        rows=rows.order_by("row").select("Campaign", "Week of", "Channel", "cents").to_pyarrow(),
        total_cents=int(spent.cents.sum()),
    )
    writer.written("marketing/campaigns.xlsx", len(spent.cents) + 1)


def write_referrals(writer: ExtractWriter, recommendations: Recommendations) -> None:
    """Who recommended us to whom, or would not, and why."""
    columns = {
        **own_columns("referrals", recommendations.day),
        "customer": recommendations.customer,
        "day": days(recommendations.day),
        "came": recommendations.came,
        "why_not": recommendations.why_not,
    }
    numbers = writer.table("referrals_numbers", columns)
    nothing = ibis.null("string")
    written = {
        "id": ibis.literal("rf-") + padded(numbers.row + 1, 6),
        "customer": customer_no(numbers.customer),
        "friend": (numbers.came >= 0).ifelse(customer_no(numbers.came), nothing),
        "day": numbers.day.strftime(ISO_DAY),
        "why_not": (numbers.why_not >= 0).ifelse(one_from(WHY_NOT, ibis.greatest(numbers.why_not, 0)), nothing),
    }
    defect = (Defect("customer_missing", 5, "set_aside", {"customer": nothing}, key="id"), Defect("exact_duplicate", 6, "superseded", {}))
    rows = writer.corrupted("referrals", numbers.select("row", "sorted_on", "tie_breaker", "cents", **written), defects=defect)
    writer.write_json_lines(rows, "marketing/referrals.jsonl")
