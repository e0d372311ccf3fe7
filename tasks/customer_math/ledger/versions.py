"""Versions of contracts: what was agreed on each day, where an extract brings the history of its contracts."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tasks.customer_math.ledger.history import ALWAYS, OPEN_ENDED, is_excluded

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from config.definitions import Definitions


def held_for_life(contracts: Table) -> Table:
    """Contracts of which one version counts: it holds on every day that the contract covers, and is a term of its own.

    Columns as `held_in_turn` adds them.
    """
    days = {"held_from_on": ibis.literal(ALWAYS), "held_until_on": ibis.literal(OPEN_ENDED)}
    return contracts.mutate(**days, term_starts_on=ibis.null("date"), term_ends_on=ibis.null("date"), has_versions=ibis.literal(False))


def held_in_turn(versions: Table, definitions: Definitions) -> Table:
    """Every version of every contract with the days on which it holds, and the term that it is a part of.

    `versions`: accepted contracts with record_key, version_number (0 for the oldest of a key) and changed_on. Added to them:
    held_from_on and held_until_on (the day before which it holds), term_starts_on and term_ends_on, has_versions.

    Each holds from the day on which it was written, or from its own first day where that is later, until a later one holds;
    the first from its first day. None lasts longer than the last version says that the contract lasts.

    Agreed from 1 January for 120 a year, changed on 15 August to 1,200: 120 until 14 August, 1,200 from the 15th on.
    """
    ends_on = versions.ends_on.fill_null(ibis.literal(OPEN_ENDED))
    last_ends_on = ends_on.argmax(versions.version_number).over(ibis.window(group_by="record_key"))
    is_first = versions.version_number == 0
    dated = versions.mutate(
        ends_on=ibis.least(ends_on, last_ends_on),
        held_from_on=is_first.ifelse(versions.starts_on, ibis.greatest(versions.starts_on, versions.changed_on)),
    )
    later_ones = ibis.window(group_by="record_key", order_by="version_number", following=(1, None))
    held = dated.mutate(held_until_on=dated.held_from_on.min().over(later_ones).fill_null(ibis.literal(OPEN_ENDED)))
    return _with_terms(held, definitions).mutate(has_versions=ibis.literal(True))


def _with_terms(held: Table, definitions: Definitions) -> Table:
    """With the first day of each version's term, and the day on which it is over.

    A term is an unbroken run of versions that count, none of which had come to its own end when the next one held: a plan that
    changes inside of a term begins no other.
    """
    until_on = ibis.least(held.ends_on, held.held_until_on)
    covering = held.mutate(until_on=until_on, is_covering=~is_excluded(held, definitions) & (held.held_from_on < until_on))
    run = {"group_by": ["record_key", "is_covering"], "order_by": "version_number"}
    before_until_on, before_ends_on = (covering[day].lag().over(ibis.window(**run)) for day in ("until_on", "ends_on"))
    goes_on = (before_until_on == covering.held_from_on) & (before_until_on < before_ends_on)
    begun = covering.mutate(begins_term=(~goes_on.fill_null(False)).cast("int64"))
    numbered = begun.mutate(term_number=begun.begins_term.sum().over(ibis.window(**run, preceding=None, following=0)))
    term = ibis.window(group_by=["record_key", "is_covering", "term_number"])
    with_terms = numbered.mutate(term_starts_on=numbered.held_from_on.min().over(term), term_ends_on=numbered.until_on.max().over(term))
    return with_terms.drop("until_on", "is_covering", "begins_term", "term_number")
