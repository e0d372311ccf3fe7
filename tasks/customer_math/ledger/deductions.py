"""Deductions: negative lines of contracts, such as discounts, which lessen what a contract or a customer is worth."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tasks.customer_math.ledger.history import ALWAYS, OPEN_ENDED, is_excluded

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from config.definitions import Definitions
    from config.sources import NetsWith


def without_deductions(contracts: Table) -> Table:
    """Contracts each of which stands for itself: none of them is a deduction."""
    return contracts.mutate(is_deduction=ibis.literal(False))


def with_deductions(contracts: Table, nets_with: NetsWith, definitions: Definitions) -> Table:
    """Contracts with `is_deduction`: negative lines, which hold on days from the first to the last of what they are netted with.

    A deduction is part of the term that ends last of its whole, so that what comes due is told net of it, and of several that
    end on one day of the one that began first; one whose whole has no line that counts holds on no day.

    120 a year from January to the end of August, and a discount of 20 without an end: worth 100 until August, then nothing.
    """
    named = contracts.mutate(
        whole=contracts.customer_id if nets_with == "customer" else contracts.contract_id.fill_null(contracts.record_key),
        from_on=ibis.greatest(contracts.starts_on, contracts.held_from_on),
        until_on=ibis.least(contracts.ends_on.fill_null(ibis.literal(OPEN_ENDED)), contracts.held_until_on),
        is_deduction=(contracts.recurring_amount < 0).fill_null(False),
    )
    counts = ~named.is_deduction & ~is_excluded(named, definitions) & (named.from_on < named.until_on)
    lines = named.filter(counts).mutate(begun_on=lambda rows: rows.term_starts_on.fill_null(rows.from_on))
    last = lines.mutate(last_until_on=lines.until_on.max().over(ibis.window(group_by=["customer_id", "whole"])))
    wholes = last.group_by("customer_id", "whole").agg(
        whole_from_on=last.from_on.min(),
        whole_until_on=last.until_on.max(),
        whole_term_on=last.begun_on.min(where=last.until_on == last.last_until_on),
    )
    joined = named.left_join(wholes, ["customer_id", "whole"])
    never = ibis.literal(ALWAYS)
    whole_until_on = joined.whole_until_on.fill_null(never)
    bounded = {
        "held_from_on": ibis.greatest(joined.held_from_on, joined.whole_from_on),
        "held_until_on": ibis.least(joined.held_until_on, whole_until_on),
        "ends_on": ibis.least(joined.until_on, whole_until_on),
        "term_starts_on": joined.whole_term_on,
        "term_ends_on": ibis.least(joined.until_on, whole_until_on),
    }
    netted = joined.mutate(**{name: joined.is_deduction.ifelse(value, joined[name]) for name, value in bounded.items()})
    return netted.select(*contracts.columns, "is_deduction")
