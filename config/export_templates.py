"""How well-known systems write what they export, and which of their columns is which of ours; recognised by headings alone.

Every template names where its headings were seen; a system changes them at will, so that what is proposed is still looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.copied_exports import COPIED
from config.export_template import (
    CENTS,
    CHARGEBEE_EXPRESSIONS,
    CHARGEBEE_SUBSCRIPTIONS,
    DELETED,
    GUESTS,
    NOT_WON,
    ZENDESK_IDS,
    ExportTemplate,
)

if TYPE_CHECKING:
    from collections.abc import Collection

TEMPLATES = (
    ExportTemplate(
        "Shopify",
        "Shopify's order export",
        "github.com/laplace-live/shopify-csv-converter src/types/index.d.ts, and jadwro/allegro_csv_parser",
        "purchases",
        {"customer_id": "Email", "purchased_on": "Created at", "amount": "Subtotal", "currency": "Currency", "status": "Financial Status"},
        ("Name",),
        also=("Lineitem name", "Paid at"),
        drop_rows_where={"Subtotal": ""},
        note="Only the first line of an order has its amounts: the others are passed over. Refunds are in `Refunded Amount`.",
    ),
    ExportTemplate(
        "Shopify",
        "Fivetran",
        "github.com/fivetran/dbt_shopify integration_tests/seeds/shopify_order_data.csv",
        "purchases",
        {"customer_id": "customer_id", "purchased_on": "created_at", "amount": "total_price", "status": "financial_status"},
        ("id",),
        also=("order_number", "total_line_items_price", "_fivetran_synced"),
        note="Refunds are in a table of their own, and `total_price` has taxes in it.",
    ),
    ExportTemplate(
        "Shopify",
        "Fivetran",
        "github.com/fivetran/dbt_shopify integration_tests/seeds/shopify_customer_data.csv",
        "customers",
        {"customer_id": "id", "email": "email", "created_on": "created_at"},
        ("id",),
        also=("orders_count", "total_spent", "_fivetran_synced"),
    ),
    ExportTemplate(
        "Stripe",
        "Stripe's payments export",
        "the header row of such an export (a file that was handed over; no public address)",
        "purchases",
        {
            "purchase_id": "id",
            "customer_id": "Customer ID",
            "purchased_on": "Created (UTC)",
            "amount": "Amount",
            "currency": "Currency",
            "status": "Status",
        },
        ("id",),
        also=("Amount Refunded", "Seller Message"),
        note="Payments that failed are rows, too: list their states under `excluded_statuses`. Refunds are in `Amount Refunded`.",
    ),
    ExportTemplate(
        "Stripe",
        "Fivetran",
        "github.com/fivetran/dbt_stripe integration_tests/seeds/charge_data.csv",
        "purchases",
        {
            "purchase_id": "id",
            "customer_id": "customer_id",
            "purchased_on": "created",
            "amount": "amount",
            "currency": "currency",
            "status": "status",
        },
        ("id",),
        also=("amount_refunded", "balance_transaction_id", "_fivetran_synced"),
        expressions={"amount": CENTS},
        note="Amounts are in cents and are divided by 100; refunds are in a table of their own.",
    ),
    ExportTemplate(
        "Stripe",
        "Fivetran",
        "github.com/fivetran/dbt_stripe integration_tests/seeds/customer_data.csv",
        "customers",
        {"customer_id": "id", "customer_name": "name", "email": "email", "created_on": "created"},
        ("id",),
        also=("invoice_prefix", "delinquent", "_fivetran_synced"),
    ),
    ExportTemplate(
        "HubSpot",
        "HubSpot's export of companies",
        "the header row of such an export (a file that was handed over; no public address)",
        "customers",
        {"customer_id": "Record ID", "customer_name": "Company name", "created_on": "Create Date"},
        ("Record ID",),
        also=("Company owner",),
    ),
    ExportTemplate(
        "HubSpot",
        "HubSpot's export of deals",
        "the header row of such an export (a file that was handed over; no public address)",
        "deals",
        {"deal_id": "Record ID", "customer_id": "Associated Company IDs", "won_on": "Close Date", "amount": "Amount"},
        ("Record ID",),
        also=("Deal Name", "Deal Stage"),
        note="Open and lost deals are rows, too: keep the won ones by `read: {drop_rows_where: {Deal Stage: ...}}`.",
    ),
    ExportTemplate(
        "HubSpot",
        "Fivetran",
        "github.com/fivetran/dbt_hubspot integration_tests/seeds/company_data.csv",
        "customers",
        {"customer_id": "id", "customer_name": "property_name", "created_on": "property_createdate"},
        ("id",),
        also=("property_industry", "_fivetran_synced"),
    ),
    ExportTemplate(
        "Salesforce",
        "Fivetran",
        "github.com/fivetran/dbt_salesforce integration_tests/seeds/sf_account_data.csv",
        "customers",
        {"customer_id": "id", "customer_name": "name"},
        ("id",),
        also=("account_source", "billing_country", "is_deleted", "_fivetran_synced"),
        drop_rows_where=DELETED,
    ),
    ExportTemplate(
        "Salesforce",
        "Fivetran",
        "github.com/fivetran/dbt_salesforce integration_tests/seeds/sf_opportunity_data.csv",
        "deals",
        {"deal_id": "id", "customer_id": "account_id", "won_on": "close_date", "amount": "amount", "channel": "lead_source"},
        ("id",),
        also=("is_won", "is_deleted", "stage_name", "_fivetran_synced"),
        drop_rows_where=NOT_WON,
        note="Open and lost opportunities, and those in the bin, are passed over.",
    ),
    ExportTemplate(
        "Zendesk",
        "Fivetran",
        "github.com/fivetran/dbt_zendesk integration_tests/seeds/ticket_data.csv",
        "tickets",
        {"ticket_id": "id", "customer_id": "organization_id", "opened_on": "created_at", "category": "type"},
        ("id",),
        also=("requester_id", "submitter_id", "_fivetran_synced"),
        note=ZENDESK_IDS,
    ),
    ExportTemplate(
        "Zendesk",
        "Zendesk's export of tickets",
        "the header row of such an export, as two public programs write and read it (found by a text search, which gives no address)",
        "tickets",
        {
            "ticket_id": "Id",
            "customer_id": "Requester email",
            "opened_on": "Created at",
            "closed_on": "Solved at",
            "category": "Ticket type",
            "channel": "Via",
        },
        ("Id",),
        also=("Requester external id", "Assignee stations", "Full resolution time in minutes"),
        note=(
            "Requesters are matched to customers by e-mail where the list of customers has `email`; other addresses of a customer stand in "
            "an extract of `crosswalk`."
        ),
    ),
    ExportTemplate(
        "Recurly",
        "Fivetran",
        "github.com/fivetran/dbt_recurly integration_tests/seeds/subscription_history_data.csv",
        "contracts",
        {
            "contract_id": "id",
            "customer_id": "account_id",
            "starts_on": "activated_at",
            "ends_on": "expires_at",
            "recurring_amount": "subtotal",
            "currency": "currency",
            "status": "state",
            "seats_count": "quantity",
        },
        ("id",),
        also=("current_period_ends_at", "renewal_billing_cycles", "updated_at", "_fivetran_synced"),
        changed_at="updated_at",
        versions=True,
        constants={"recurring_per": "month"},
        note="How often it recurs is in the plans: a month is taken. A row a change: each holds until the next.",
    ),
    ExportTemplate(
        "Recurly",
        "Fivetran",
        "github.com/fivetran/dbt_recurly integration_tests/seeds/account_history_data.csv",
        "customers",
        {"customer_id": "id", "customer_name": "company", "email": "email", "created_on": "created_at"},
        ("id",),
        also=("bill_to", "account_country", "updated_at", "_fivetran_synced"),
        changed_at="updated_at",
    ),
    ExportTemplate(
        "Chargebee",
        "Chargebee's API, as Singer loads it",
        "github.com/singer-io/tap-chargebee tap_chargebee/schemas/plan_model/subscriptions.json",
        "contracts",
        CHARGEBEE_SUBSCRIPTIONS,
        ("id",),
        also=("billing_period", "due_invoices_count"),
        expressions=CHARGEBEE_EXPRESSIONS,
        note="Amounts are in cents and are divided by 100.",
    ),
    ExportTemplate(
        "WooCommerce",
        "the plug-in Order Export & Order Import",
        "github.com/wruw/telethon wp-content/plugins/order-import-export-for-woocommerce/.../data-order-post-columns.php",
        "purchases",
        {
            "purchase_id": "order_id",
            "customer_id": "customer_id",
            "purchased_on": "order_date",
            "amount": "order_total",
            "currency": "order_currency",
            "status": "status",
        },
        ("order_id",),
        also=("order_number", "paid_date", "billing_email"),
        expressions={"customer_id": GUESTS},
        note="Guests (customer 0) are nobody, and set aside: map `billing_email` if most are guests. `order_total` has taxes in it.",
    ),
    *COPIED,
)


def template_for(headings: Collection[str]) -> ExportTemplate | None:
    """The template all of whose headings are there, of several the one with the most; none where there is none."""
    there = {heading.removeprefix("\ufeff") for heading in headings}
    fitting = [template for template in TEMPLATES if template.headings <= there]
    return max(fitting, key=lambda template: len(template.headings), default=None)
