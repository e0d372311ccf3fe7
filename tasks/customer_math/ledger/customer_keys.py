"""Whose a row is: the one customer that a silo's key stands for, by the same rules in every extract."""

# Ibis gives its columns their types when the table is customers_by, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.id_settings import MATCH_RULES, MatchRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ibis.expr.types import BooleanValue, StringValue, Table


STATES = ("matched", "unmatched", "ambiguous")
"""Whether a key stands for one customer, for none, or for several."""


def normalised_email(address: StringValue) -> StringValue:
    """An e-mail address as it is compared: without blanks around it, in small letters; empty where nothing is left."""
    return address.strip().lower().nullif("")


def normalised_key(key: StringValue) -> StringValue:
    """A key as it is compared where it may be an alias: an e-mail address in its normal form, any other as it is written."""
    return key.contains("@").ifelse(normalised_email(key), key)


COMPARED_AS: dict[MatchRule, Callable[[Any], Any]] = {"id": lambda key: key, "crosswalk": normalised_key, "email": normalised_email}
"""How a key is compared by each rule."""


def keys_of(customers: Table, column: str) -> Table:
    """The customers that keys stand for: key, customer_id; an e-mail address is compared in its normal form."""
    key = normalised_email(customers.email) if column == "email" else customers[column]
    return customers.select("customer_id", key=key)


def aliases_of(crosswalk: Table) -> Table:
    """The customers that the keys of a crosswalk stand for, be they numbers or addresses: key, customer_id."""
    return crosswalk.select("customer_id", key=normalised_key(crosswalk.silo_key))


def own_ids(keys: Table, aliases: Table | None) -> Table:
    """The customers of a company that has no list of them: every key of its sales that is no alias stands for itself.

    `keys`: sent; gives key, customer_id.
    """
    if aliases is not None:
        keys = keys.filter(~normalised_key(keys.sent).isin(aliases.filter(aliases.key.notnull()).key))
    return keys.select(key="sent", customer_id="sent")


def where_ids_decide(customers_by: Mapping[MatchRule, Table]) -> dict[MatchRule, Table]:
    """The customers that keys stand for, by rule, in the silo that gives customers their ids: an id of its own is no other's alias."""
    ids = customers_by.get("id")
    others = {
        rule: table if ids is None else table.filter(~table.key.isin(ids.filter(ids.key.notnull()).key))
        for rule, table in customers_by.items()
        if rule != "id"
    }
    return others if ids is None else {"id": ids, **others}


def matches(keys: Table, customers_by: Mapping[MatchRule, Table]) -> Table:
    """The one customer whom every key stands for by all rules together; where they lead to several it is never guessed.

    `keys`: sent (each once), rows_count; `customers_by`: by rule, key and customer_id. Gives sent, rows_count, state, customer_id
    (empty unless matched) and rule (the first by which it matched; empty unless matched).
    """
    matched = (
        _candidates(keys, customers_by)
        .group_by("sent")
        .agg(customers_count=_.customer_id.nunique(), one=_.customer_id.max(), rank=_.rank.min())
    )
    joined = keys.left_join(matched, "sent")
    is_one = joined.customers_count == 1
    return joined.select(
        "sent",
        "rows_count",
        state=ibis.cases((is_one, "matched"), (joined.customers_count > 1, "ambiguous"), else_="unmatched"),
        customer_id=ibis.cases((is_one, joined.one)),
        rule=ibis.cases(*((is_one & (joined.rank == rank), rule) for rank, rule in enumerate(MATCH_RULES)), else_=ibis.null("string")),
    )


def _candidates(keys: Table, customers_by: Mapping[MatchRule, Table]) -> Table:
    """Every customer that any rule leads to: sent, customer_id, rank (of the rule)."""
    parts = [
        _matched_by(keys, customers_by[rule], rule).select("sent", "customer_id", rank=ibis.literal(MATCH_RULES.index(rule)))
        for rule in customers_by
    ]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _matched_by(keys: Table, table: Table, rule: MatchRule) -> Table:
    recorded = table.filter(table.key.notnull() & table.customer_id.notnull())
    compared = keys.mutate(compared=COMPARED_AS[rule](keys.sent))
    return compared.join(recorded, compared.compared == recorded.key)


def identified(rows: Table, matched: Table, column: str) -> Table:
    """Rows with the customer of each instead of the key that was sent.

    Besides: `identity_key`, the key, and `identity_state`, whether it is certain whose it is (empty where it is the customer's own).
    """
    by_key = matched.select(identity_key="sent", identity_state="state", identity_customer="customer_id")
    joined = rows.left_join(by_key, rows[column] == by_key.identity_key)
    customer = ibis.coalesce(joined.identity_customer, joined[column])
    return joined.mutate(**{column: customer, "identity_key": joined[column]}).drop("identity_customer")


def counts(matched: Table) -> Table:
    """How many rows have a key, and how many of them are matched by each rule, not matched and ambiguous: one row."""
    by_rule = {f"{rule}_count": matched.rows_count.sum(where=(matched.state == "matched") & (matched.rule == rule)) for rule in MATCH_RULES}
    by_state = {f"{state}_count": matched.rows_count.sum(where=matched.state == state) for state in STATES[1:]}
    everything = {"rows_count": matched.rows_count.sum(), **by_rule, **by_state}
    return matched.agg(**{name: total.fill_null(0) for name, total in everything.items()})


def may_have_capitals(key: StringValue) -> BooleanValue:
    """Whether a key holds anything but digits and marks, so that capitals may tell it from another."""
    return key.re_search("[^ -@[-`{-~]")


def alike_but_for_case(keys: Table, ids: Table) -> Table:
    """How many keys are no id of the others, but would be one if capitals made no difference: keys_count.

    `keys`: sent; `ids`: key.
    """
    unknown = keys.filter(~keys.sent.isin(ids.filter(ids.key.notnull()).key))
    return unknown.filter(unknown.sent.lower().isin(ids.filter(ids.key.notnull()).key.lower())).agg(keys_count=_.count())
