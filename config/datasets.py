"""The shared tables that every company's extracts are mapped to: one meaning for a column, whatever its silo calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Silo = Literal["sales", "marketing", "service"]
Kind = Literal["id", "text", "date", "amount", "integer", "boolean", "rate"]
RECURS_PER_YEAR = {"year": 1, "half_year": 2, "quarter": 4, "month": 12, "week": 52, "day": 365}
"""How often a recurring amount falls due in a year, by the word in `recurring_per`."""
RECURS = rf"^(?:every )?(?:([1-9][0-9]{{0,2}}) )?({'|'.join(RECURS_PER_YEAR)})s?$"
"""What `recurring_per` says: such a word, or every so many of them, as in `2 years`, `26 weeks` or `every 3 months`."""


@dataclass(frozen=True)
class Column:
    """One column of a shared table."""

    name: str
    kind: Kind
    says: str
    is_required: bool = False
    is_open_if_empty: bool = False
    """Whether an empty day means that the end is open; a company may write that in words of its own (`read.open_ended`)."""


@dataclass(frozen=True)
class Dataset:
    """One shared table: what a row is, which columns it has, which of them is its day and its money."""

    name: str
    silo: Silo
    says: str
    columns: tuple[Column, ...]
    event_on: str | None = None
    amount: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def kinds(self) -> dict[str, Kind]:
        """Of which kind each column is."""
        return {column.name: column.kind for column in self.columns}

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that an extract cannot do without."""
        return tuple(column.name for column in self.columns if column.is_required)

    def column(self, name: str) -> Column:
        """The column of that name; raises KeyError."""
        return {column.name: column for column in self.columns}[name]


CUSTOMER = Column("customer_id", "id", "The customer, as the company counts customers.", is_required=True)
OPTIONAL_CUSTOMER = Column("customer_id", "id", "The customer, where there is one already.")
FOLLOWED_UP_ON = Column("followed_up_on", "date", "Day on which somebody came back to the customer about it; empty: nobody did.")
FOLLOWED_UP_WITH = Column("outcome", "text", "What came of it, in the silo's own word.")
COMPARED_WITH_OTHERS = (
    Column("own_worth", "integer", "How the customer rates what it gets from us for what it pays, on a scale from 1 up; more is better."),
    Column("competitor_worth", "integer", "The same of the best competitor that it knows, on the same scale."),
    Column("brands_count", "integer", "How many brands or suppliers the customer uses in the category, us included."),
    Column(
        "brand_rank",
        "rate",
        "Our place in the customer's order of them, 1 is the first; to the half: those that it likes alike share the mean of their places.",
    ),
    Column("category_spend_amount", "amount", "What the customer spends a year in the category, with everybody."),
)
"""What a survey asks about us and others."""
DESIRED_OUTCOME = (
    Column("desired_outcome", "text", "What the customer wants to get done or to have, a row each; the next two are about it."),
    Column("importance", "integer", "How much it matters to the customer, from 0 to 10."),
    Column("satisfaction", "integer", "How satisfied the customer is with it today, from 0 to 10."),
)
"""What a survey asks about something that customers want."""
OWNER = Column("owner", "text", "Who looked after the customer in it, such as an agent's name.")
TEAM = Column("team", "text", "The team of whoever did.")
CURRENCY = Column("currency", "text", "ISO 4217 code of the amounts in the row; default: the company's currency.")

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "customers",
            "sales",
            "One row a customer, with the attributes that segments are made of.",
            (
                CUSTOMER,
                Column("customer_name", "text", "How people call the customer; shown only in the workbook's lists."),
                Column("created_on", "date", "Day the customer's record was made (not the day it became a customer)."),
                Column("email", "text", "E-mail address; used only to match the keys of other extracts' rows."),
            ),
        ),
        Dataset(
            "purchases",
            "sales",
            "One row an order line, invoice or refund: what was bought, on which day, for how much.",
            (
                Column("purchase_id", "id", "The row's own key, shared by the versions of one row."),
                CUSTOMER,
                Column("purchased_on", "date", "Day of the purchase; of the refund for a refund.", is_required=True),
                Column("amount", "amount", "Net amount; refunds are negative.", is_required=True),
                CURRENCY,
                Column("status", "text", "State of the row; a company lists those that do not count."),
                Column("product_group", "text", "Group of what was bought."),
                Column("cost_amount", "amount", "Cost of the goods sold, in the row's currency."),
                Column("sale_on", "date", "For a refund: day of the sale that it takes back."),
            ),
            event_on="purchased_on",
            amount="amount",
        ),
        Dataset(
            "contracts",
            "sales",
            "One row a contract or subscription: from which day to which, for how much.",
            (
                Column("contract_id", "id", "The row's own key, shared by the versions of one row."),
                CUSTOMER,
                Column("starts_on", "date", "First day that is covered.", is_required=True),
                Column("ends_on", "date", "First day that is no longer covered; empty: open.", is_open_if_empty=True),
                Column("recurring_amount", "amount", "Net amount that recurs.", is_required=True),
                Column(
                    "recurring_per",
                    "text",
                    f"How often it recurs: {', '.join(RECURS_PER_YEAR)}, or every so many of them, such as 2 years; default year.",
                ),
                CURRENCY,
                Column("status", "text", "State of the row; a company lists those that do not count."),
                Column("product_group", "text", "Plan or product."),
                Column("seats_count", "integer", "Seats, licences or units."),
                Column("notice_on", "date", "Day on which the customer gave notice; empty: none was given."),
                OWNER,
                TEAM,
            ),
            amount="recurring_amount",
        ),
        Dataset(
            "exchange_rates",
            "sales",
            "One row a currency and day: what one unit is worth in the company's currency.",
            (
                Column("currency", "text", "ISO 4217 code.", is_required=True),
                Column("rate_on", "date", "Day from which the rate holds.", is_required=True),
                Column("rate", "rate", "Company's currency for one unit.", is_required=True),
            ),
            event_on="rate_on",
        ),
        Dataset(
            "crosswalk",
            "marketing",
            "One row a silo's key, or another address of a customer: the customer that it stands for, in every extract.",
            (
                Column(
                    "silo_key",
                    "id",
                    "The customer's key in the silo, or an alias such as a second e-mail address, which is compared without capitals.",
                    is_required=True,
                ),
                CUSTOMER,
            ),
        ),
        Dataset(
            "leads",
            "marketing",
            "One row a prospect that marketing counted.",
            (
                Column("lead_id", "id", "The row's own key."),
                OPTIONAL_CUSTOMER,
                Column("created_on", "date", "Day of the first contact.", is_required=True),
                Column("channel", "text", "Where the prospect came from."),
                Column("campaign", "text", "Campaign that brought it."),
            ),
            event_on="created_on",
        ),
        Dataset(
            "deals",
            "marketing",
            "One row a prospect that was won.",
            (
                Column("deal_id", "id", "The row's own key."),
                Column("lead_id", "id", "The prospect it was."),
                OPTIONAL_CUSTOMER,
                Column("won_on", "date", "Day it was won.", is_required=True),
                Column("amount", "amount", "Amount that was agreed."),
                CURRENCY,
                Column("channel", "text", "Where the prospect came from."),
            ),
            event_on="won_on",
            amount="amount",
        ),
        Dataset(
            "campaigns",
            "marketing",
            "One row a campaign and day: what was spent.",
            (
                Column("campaign", "id", "The campaign.", is_required=True),
                Column("spent_on", "date", "Day of the spending.", is_required=True),
                Column("cost_amount", "amount", "What was spent.", is_required=True),
                CURRENCY,
                Column("channel", "text", "Channel of the campaign."),
            ),
            event_on="spent_on",
            amount="cost_amount",
        ),
        Dataset(
            "referrals",
            "marketing",
            "One row a recommendation, made or refused.",
            (
                Column("referral_id", "id", "The row's own key."),
                CUSTOMER,
                Column("referred_customer_id", "id", "The customer that came by it, if one came."),
                Column("referred_on", "date", "Day of the recommendation.", is_required=True),
                Column("reason_code", "text", "Why the customer would not recommend us, in the silo's own code."),
            ),
            event_on="referred_on",
        ),
        Dataset(
            "tickets",
            "service",
            "One row a request, complaint, call or public mention.",
            (
                Column("ticket_id", "id", "The row's own key."),
                CUSTOMER,
                Column("opened_on", "date", "Day it was opened.", is_required=True),
                Column("closed_on", "date", "Day it was closed; empty: open.", is_open_if_empty=True),
                Column("category", "text", "What it is about."),
                Column("stage", "text", "Stage of the customer's journey."),
                Column("is_complaint", "boolean", "Whether it is a complaint."),
                Column("channel", "text", "How it reached us, such as phone, mail or social media."),
                Column("severity", "text", "How grave it is, in the silo's own word."),
                Column("comment", "text", "In the customer's own words."),
                Column("reopened_on", "date", "Day it was opened again, the first time; empty: never."),
                FOLLOWED_UP_ON,
                FOLLOWED_UP_WITH,
                OWNER,
                TEAM,
            ),
            event_on="opened_on",
        ),
        Dataset(
            "surveys",
            "service",
            "One row an answer to a survey or a review.",
            (
                Column("survey_id", "id", "The row's own key."),
                CUSTOMER,
                Column("answered_on", "date", "Day of the answer.", is_required=True),
                Column("score", "integer", "The score given."),
                Column("occasion", "text", "What it was asked after."),
                Column("reason_code", "text", "Why the customer stays, in the silo's own code; asked at renewal."),
                Column("comment", "text", "In the customer's own words."),
                Column("channel", "text", "How it was asked or written, such as mail or a marketplace."),
                Column("category", "text", "What it is about."),
                Column("stage", "text", "Stage of the customer's journey."),
                FOLLOWED_UP_ON,
                FOLLOWED_UP_WITH,
                *COMPARED_WITH_OTHERS,
                *DESIRED_OUTCOME,
                CURRENCY,
            ),
            event_on="answered_on",
        ),
        Dataset(
            "departures",
            "service",
            "One row a customer's departure that was told to us.",
            (
                Column("departure_id", "id", "The row's own key."),
                CUSTOMER,
                Column("departed_on", "date", "First day the customer is no longer one.", is_required=True),
                Column("reason_code", "text", "Why, in the silo's own code."),
                Column("comment", "text", "In the customer's own words."),
            ),
            event_on="departed_on",
        ),
        Dataset(
            "calls",
            "service",
            "One row a lost customer on a call list (`customer-math call-list`), and what came of the call.",
            (
                CUSTOMER,
                Column("lost_on", "date", "Day on which the customer went, as the call list has it.", is_required=True),
                Column("executive", "text", "Who is to call."),
                Column("called_on", "date", "Day of the call; empty: nobody has called yet."),
                Column("outcome", "text", "What came of it: `reached`, `not_reached` or `won_back`."),
                Column("reason_code", "text", "Why the customer went, in the company's own code; counts as a reason once somebody called."),
                Column("comment", "text", "In the customer's own words."),
            ),
        ),
    )
}
