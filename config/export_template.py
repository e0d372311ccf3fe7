"""One export of a well-known system: which of its columns is which of ours, and by which headings it is recognised."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CENTS = "CAST({} AS DECIMAL(18, 2)) / 100"
"""These systems write amounts in the smallest unit of a currency."""
GUESTS = "nullif({}, '0')"
"""WooCommerce calls whoever buys without an account customer 0."""
AIRBYTE, DLT = "_airbyte_extracted_at", ("_dlt_load_id", "_dlt_id")
"""Columns that a copying program adds to every table, by which its layout is told from others."""
DELETED = {"is_deleted": "(?i)true"}
"""How Salesforce marks what is in its bin."""
NOT_WON = {**DELETED, "is_won": "(?i)false"}
ZENDESK_IDS = "Its organizations are seldom the customers of sales by their ids: an extract of `crosswalk` says which is whose."
SHOPIFY_ORDERS = {
    "purchase_id": "id",
    "customer_id": "email",
    "purchased_on": "created_at",
    "amount": "current_subtotal_price",
    "currency": "currency",
    "status": "financial_status",
}
"""Our column of an order of Shopify's: theirs, whoever copies it."""
CHARGEBEE_SUBSCRIPTIONS = {
    "contract_id": "id",
    "customer_id": "customer_id",
    "starts_on": "started_at",
    "ends_on": "cancelled_at",
    "recurring_amount": "plan_amount",
    "recurring_per": "billing_period_unit",
    "currency": "currency_code",
    "status": "status",
    "product_group": "plan_id",
}
"""Our column of a subscription of Chargebee's: theirs, whoever copies it."""
CHARGEBEE_EXPRESSIONS = {"plan_amount": CENTS, "billing_period_unit": "\"billing_period\" || ' ' || {}"}
"""What is made of two of its columns: units of cents, and how often it recurs."""


@dataclass(frozen=True)
class ExportTemplate:
    """One export of one system, as it is laid out."""

    system: str
    layout: str
    """Who lays it out so: the system itself, or who copies it into a warehouse."""
    seen_in: str
    """Where its headings were seen."""
    dataset: str
    columns: Mapping[str, str]
    """Our column: theirs."""
    key: tuple[str, ...]
    also: tuple[str, ...] = ()
    """Further headings that tell it from others."""
    expressions: Mapping[str, str] = field(default_factory=dict)
    """Theirs: an SQL expression of itself, in which {} stands for it."""
    constants: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    drop_rows_where: Mapping[str, str] = field(default_factory=dict)
    """Their column, and how its value is written in rows that are not data."""
    changed_at: str | None = None
    """Their column with the instant of a row's version, where there is a row a change."""
    versions: bool = False
    """Whether these versions are a history."""
    note: str = ""
    """What a person should know before figures are believed."""

    @property
    def title(self) -> str:
        """What it is, in words."""
        return f"{self.dataset} of {self.system}, laid out by {self.layout}"

    @property
    def headings(self) -> frozenset[str]:
        """The headings without which it is not recognised."""
        return frozenset((*self.columns.values(), *self.key, *self.also))
