"""Experiences: what customers went through with us, from every extract of service and feedback, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.comments import with_themes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import StringValue, Table

    from config.themes import Theme

KINDS = {
    "customer_id": "string",
    "experienced_on": "date",
    "kind": "string",
    "channel": "string",
    "category": "string",
    "stage": "string",
    "severity": "string",
    "score": "int64",
    "is_complaint": "boolean",
    "closed_on": "date",
    "reopened_on": "date",
    "followed_up_on": "date",
    "outcome": "string",
    "experience_id": "string",
    "comment": "string",
    "themes": "array<string>",
    "desired_outcome": "string",
    "importance": "int64",
    "satisfaction": "int64",
}
"""Columns of the table: what happened to whom on which day. kind: `ticket`, `answer` or `refund`; a column that says nothing is empty.

themes: the names of those that the comment is of, of which there may be none; empty where nobody wrote anything.
"""
NOT_LISTED = "not on the list"
"""The stage of what an extract puts at a stage that the company has not listed."""


def experiences(
    tickets: Table | None, surveys: Table | None, purchases: Table | None, *, stages: Sequence[str] = (), themes: Sequence[Theme] = ()
) -> Table | None:
    """Every ticket, answer and refund, a row each; none where no extract brings any of them.

    `tickets` and `surveys` are accepted rows, `purchases` those of the history. `stages` are the codes of the company's
    own journey; a stage that is none of them is `not on the list`, and where there is no list each stands as written.
    `themes` are those that are looked for in what customers wrote.
    """
    parts = [
        *([_tickets(with_themes(tickets, themes), stages)] if tickets is not None else []),
        *([_answers(with_themes(surveys, themes), stages)] if surveys is not None else []),
        *([_refunds(purchases)] if purchases is not None else []),
    ]
    return ibis.union(*parts) if len(parts) > 1 else (parts[0] if parts else None)


def _tickets(rows: Table, stages: Sequence[str]) -> Table:
    """Tickets; one that nobody marked is no complaint, and one without a category or stage says so by being empty."""
    return _shaped(
        rows.mutate(
            kind=ibis.literal("ticket"),
            experienced_on=rows.opened_on,
            stage=_listed(rows.stage, stages),
            is_complaint=rows.is_complaint.fill_null(False),
            experience_id=rows.record_key,
        )
    )


def _answers(rows: Table, stages: Sequence[str]) -> Table:
    """Answers to surveys and reviews."""
    return _shaped(
        rows.mutate(
            kind=ibis.literal("answer"),
            experienced_on=rows.answered_on,
            stage=_listed(rows.stage, stages),
            experience_id=rows.record_key,
        )
    )


def _refunds(purchases: Table) -> Table:
    """Purchases of less than 0, about the group of what was given back."""
    given_back = purchases.filter(purchases.amount < 0)
    return _shaped(given_back.mutate(kind=ibis.literal("refund"), experienced_on=_.purchased_on, category=_.product_group))


def _listed(stage: StringValue, stages: Sequence[str]) -> StringValue:
    if not stages:
        return stage
    return ibis.cases((stage.isnull(), ibis.null("string")), (stage.isin(stages), stage), else_=ibis.literal(NOT_LISTED))


def _shaped(rows: Table) -> Table:
    """The columns of the table, those that the rows do not have empty."""
    return rows.select(**{name: (rows[name] if name in rows.columns else ibis.null(kind)).cast(kind) for name, kind in KINDS.items()})
