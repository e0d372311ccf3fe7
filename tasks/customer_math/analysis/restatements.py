"""Restatements: by how much a published figure differs from what is known now, and the cause of every customer's change.

A figure is a sum over customers. Between what was published and what is known now lie steps (another code, other
definitions, other rows); in each step every customer whose row of the ledger changed has one cause. What the customers of
a cause contribute after the step, less what they contributed before it, is that cause's part of the difference, so that
the parts add up to the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Literal, get_args

import ibis
from ibis import _
from ibis.common.exceptions import IbisError

from config.sources import SENT_AS, UNCLEAR
from tasks.customer_math.catalogue import CATALOGUE, MEASURES
from tasks.customer_math.figures import ALL, FIGURE_TYPE, TRANSFERS, figures, grouped_by
from tasks.customer_math.ledger.segments import at_opening
from tasks.customer_math.topics import value_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from ibis.expr.types import StringColumn, StringValue, Table, Value

    from tasks.customer_math.measures import Catalogue

Cause = Literal[
    "late row",
    "corrected row",
    "deleted row",
    "attribute change",
    "fx rate",
    "identity matched",
    "identity merged",
    "identity split",
    "group limits",
    "grace over",
    "definition change",
    "code change",
    "unexplained",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)
MEASURE_OF_EVERY_LEDGER = "closing_customers"
AND = " and "
"""Between the causes of a customer who has several."""
FIGURE_VALUES = ("value", "numerator", "denominator", "unit")
"""The columns of figures that are no part of their key."""
NOT_COMPARED = frozenset({"customer_id", "customer_name", "period"})
"""Columns of a ledger that say nothing of what happened."""
ROW_METADATA = frozenset(
    {"record_key", "source_file", "source_row", "changed_at", "customer_id", "broken_rules", "unreadable", UNCLEAR, *SENT_AS.values()}
)
"""Columns of an accepted row that are not its content."""
OUTSIDE = "not in the ledger"
NOTHING, BETWEEN_VALUES = "\x1e", "\x1f"
"""Stand for a value that is not there, and between two that are; no text of an extract holds them."""
FIRST_DAY = date(1, 1, 1)


def key_columns(table: Table) -> tuple[str, ...]:
    """The columns that say which figure a row of figures is."""
    return tuple(name for name in table.columns if name not in FIGURE_VALUES)


def restated_catalogue(changed: Collection[tuple[str, str]], ledgers: Sequence[Table]) -> Catalogue:
    """What is told apart by cause: of the changed figures, by measure and way of splitting, what every ledger has the columns for.

    A ledger that an older program wrote may lack some; by how much such a figure differs is then told without its cause.
    """
    shared = [name for name in ledgers[0].columns if all(name in ledger.columns for ledger in ledgers)]
    ledger = ledgers[0].select(*shared).mutate(**{TRANSFERS: ibis.literal(value=False)})
    names = {measure for measure, _split in changed if _is_computable(ledger, MEASURES[measure].contribution)}
    splits = {split.name for split in CATALOGUE.splits if _is_computable(ledger, split.part)}
    return CATALOGUE.only({*names, MEASURE_OF_EVERY_LEDGER}, {split for _measure, split in changed} & splits)


def _is_computable(ledger: Table, formula: Callable[[Table], Value]) -> bool:
    try:
        formula(ledger)
    except (AttributeError, IbisError):
        return False
    return True


def changed_customers(before: Table, after: Table) -> Table:
    """Customers whose row differs between two ledgers of one period: customer_id."""
    shared = [name for name in before.columns if name in after.columns and name not in NOT_COMPARED]
    both = before.select("customer_id", *shared).outer_join(after.select("customer_id", *shared), "customer_id")
    is_same = reduce(and_, (both[name].identical_to(both[f"{name}_right"]) for name in shared))
    is_one_sided = both.customer_id.isnull() | both.customer_id_right.isnull()
    return both.filter(~is_same | is_one_sided).select(customer_id=both.customer_id.coalesce(both.customer_id_right))


def with_causes(changed: Table, evidence: Table | None, *, otherwise: str) -> Table:
    """The changed customers with their cause, several joined in words: customer_id, cause; `otherwise` where there is no evidence."""
    if evidence is None:
        return changed.mutate(cause=ibis.literal(otherwise))
    once = evidence.distinct()
    together = once.group_by("customer_id").agg(causes=once.cause.group_concat(AND, order_by=once.cause))
    joined = changed.left_join(together, "customer_id")
    return joined.select("customer_id", cause=joined.causes.fill_null(otherwise))


def cause_differences(steps: Sequence[tuple[Table, Table, Table]], *, segments: Sequence[str], catalogue: Catalogue) -> Table:
    """The parts of every figure's difference: the key of figures without `period`, cause, cause_difference.

    `steps` are (ledger before, ledger after, customer_id with cause), one after the other. Only figures that are sums.
    """
    labels: list[str] = []
    ledgers: list[Table] = []
    for number, (before, after, causes) in enumerate(steps):
        common = [name for name in after.columns if name in before.columns and name != "period"]
        for side, ledger in (("before", before), ("after", after)):
            of_cause = ledger.select(*common).join(causes, "customer_id")
            ledgers.append(of_cause.mutate(period=ibis.literal(f"{number}|{side}|") + of_cause.cause).drop("cause"))
        labels.append(str(number))
    shared = [name for name in ledgers[0].columns if all(name in ledger.columns for ledger in ledgers)]
    together = ibis.union(*(ledger.select(*shared) for ledger in ledgers))
    grouped = [name for name in segments if {name, at_opening(name)} <= {*shared}]
    measured = figures(together, periods=["nobody"], segments=grouped, catalogue=catalogue)
    sums = measured.filter(measured.denominator.isnull() & (measured.period != "nobody"))
    parts = sums.period.split("|")
    sign = (parts[1] == "after").ifelse(1, -1)
    signed = sums.mutate(cause=parts[2], part=sums.value * sign)
    keys = [name for name in key_columns(sums) if name != "period"]
    return signed.group_by(*keys, "cause").agg(cause_difference=signed.part.sum().cast(signed.value.type()))


def changed_figures(published: Table, now: Table, *, period: str, segments: Sequence[str]) -> Table:
    """The figures of a period that are sums and differ from what was published: their key, unit, value_from, value_to.

    A group or part that is not there counts as 0. What one of the two does not have at all, in any period (a measure, a
    way of splitting, or of grouping that is not among `segments`) is no restatement: it was not published, or is no longer.
    """
    keys = [name for name in key_columns(now) if name in key_columns(published)]
    dimensions = {name for name in keys if name in {"measure", "split_by"}}
    earlier, current = (_sums(table, keys).select(*keys, "unit", "value") for table in (published, now))
    is_requested = (_.period == period) & _.segment_by.isin([ALL, *segments])
    earlier, current = (
        table.filter(is_requested, *(table[name].isin(other[name]) for name in sorted(dimensions)))
        for table, other in ((earlier, current), (current, earlier))
    )
    both = earlier.outer_join(current, keys)
    nothing = ibis.literal(0).cast(current.value.type())
    compared = both.select(
        **{name: both[name].coalesce(both[f"{name}_right"]) for name in (*keys, "unit")},
        value_from=both.value.fill_null(nothing),
        value_to=both.value_right.fill_null(nothing),
    )
    return compared.filter(compared.value_from != compared.value_to)


def _sums(table: Table, keys: Sequence[str]) -> Table:
    """Figures that are sums over the ledger; of a way of splitting that the other side does not know, only the whole."""
    is_sum = table.denominator.isnull() & table.measure.isin(list(MEASURES))
    return table.filter(is_sum, *(table[name] == ALL for name in key_columns(table) if name not in keys))


def restatement(changed: Table, parts: Table, customers: Table, *, remainder: str) -> Table:
    """Every changed figure with its causes: the key, unit, value_from, value_to, difference, cause, cause_difference, customers_count.

    A part that no step explains is a row of its own, `remainder`. `customers` says how many customers of a cause changed a
    measure of the whole; for a group it is not counted.
    """
    keys = [name for name in key_columns(changed) if name in parts.columns]
    differing = changed.mutate(difference=changed.value_to - changed.value_from)
    caused = differing.inner_join(parts.filter(parts.cause_difference != 0), keys).select(*differing.columns, "cause", "cause_difference")
    explained = caused.group_by(*keys).agg(explained=caused.cause_difference.sum())
    left = differing.left_join(explained, keys)
    left = left.mutate(cause_difference=left["difference"] - left.explained.fill_null(0), cause=ibis.literal(remainder))
    rest = left.filter(left.cause_difference != 0).select(*differing.columns, "cause", "cause_difference")
    kind = differing.value_from.type()
    both = ibis.union(*(table.mutate(cause_difference=table.cause_difference.cast(kind)) for table in (caused, rest)))
    summed = both.group_by(*differing.columns, "cause").agg(cause_difference=both.cause_difference.sum().cast(kind))
    is_whole = reduce(and_, (summed[name] == ALL for name in keys if name not in {"measure", "period"}))
    joined = summed.mutate(is_whole=is_whole).left_join(
        customers.mutate(is_whole=ibis.literal(value=True)), ["is_whole", "measure", "cause"]
    )
    return joined.select(*summed.columns, "customers_count")


def customers_behind(steps: Sequence[tuple[Table, Table, Table]], catalogue: Catalogue) -> Table:
    """How many customers of each cause changed each measure of the whole: measure, cause, customers_count."""
    sides = [(ledger, causes, sign) for before, after, causes in steps for ledger, sign in ((before, -1), (after, 1))]
    shared = [name for name in sides[0][0].columns if all(name in ledger.columns for ledger, _causes, _sign in sides)]
    signed = [ledger.select(*shared).join(causes, "customer_id").mutate(sign=ibis.literal(sign)) for ledger, causes, sign in sides]
    together = grouped_by(ibis.union(*signed), None, side="closing")
    sums = {name: (measure.contribution(together) * together.sign).cast(FIGURE_TYPE).sum() for name, measure in catalogue.measures.items()}
    wide = together.group_by("customer_id", "cause").agg(**sums)
    counts = wide.group_by("cause").agg(**{name: (wide[name] != 0).sum() for name in catalogue.measures})
    return counts.pivot_longer(list(catalogue.measures), names_to="measure", values_to="customers_count").filter(_.customers_count > 0)


def restated_customers(before: Table, after: Table, causes: Table, *, merged_into: Mapping[str, str]) -> Table:
    """The customers of a step as they were and are: movement and value at both ends, before and after, and the cause.

    Who is merged into another is `merged` afterwards, who comes out of a merge was `merged` before (and is `split`):
    neither left nor new. `merged_into` are the customers who are merged now or were then.
    """
    columns = ("movement", "opening_amount", "closing_amount")
    customers = causes.left_join(before.select("customer_id", **{f"{name}_from": before[name] for name in columns}), "customer_id")
    customers = customers.drop("customer_id_right").left_join(
        after.select("customer_id", **{f"{name}_to": after[name] for name in columns}), "customer_id"
    )
    nothing = ibis.literal(0).cast(before.opening_amount.type())
    is_absorbed = customers.customer_id.isin(list(merged_into)) if merged_into else ibis.literal(value=False)
    return customers.select(
        "customer_id",
        "cause",
        movement_from=customers.movement_from.fill_null(is_absorbed.ifelse("split", OUTSIDE)),
        movement_to=customers.movement_to.fill_null(is_absorbed.ifelse("merged", OUTSIDE)),
        **{name: customers[name].fill_null(nothing) for name in customers.columns if name.endswith(("amount_from", "amount_to"))},
    )


@dataclass(frozen=True)
class EarlierAndCurrentRows:
    """The accepted rows of one extract as they were and are, and those that were and are set aside."""

    earlier: Table
    latest: Table
    aside_earlier: Table
    aside_latest: Table
    is_keyed: bool
    """Whether a row has a key of its own; otherwise it is known by its content."""
    day: str | None
    """The column of the day from which a row counts; none: always."""
    sent_as: str = SENT_AS["customer_id"]
    """The column of the key that was sent, where it stands for a customer of another id."""


def evidence_in_rows(rows: EarlierAndCurrentRows, *, through: date, merged_into: Mapping[str, str]) -> Table:
    """What happened to the rows of one extract that count by a day, by the customers that they name: customer_id, cause.

    A row that is used now and was not is late, unless it was set aside with another content: then it was corrected. The
    same the other way round for a row that is used no longer. A row whose key was and is the same, and stands for another
    customer now, was matched otherwise; so was one that stood aside because it was not clear whose it is. Customers who were
    merged or split meanwhile are one here, since that is a cause of its own.
    """
    content = [name for name in rows.earlier.columns if name in rows.latest.columns and name not in ROW_METADATA]
    tables = (rows.earlier, rows.latest, rows.aside_earlier, rows.aside_latest)
    old, new, old_aside, new_aside = (_identified(table, content, rows=rows, merged_into=merged_into) for table in tables)
    last_day = ibis.literal(through)
    came, went = new.anti_join(old, "row_key"), old.anti_join(new, "row_key")
    causes = [
        _causes_of(came.filter(came.counts_on <= last_day), old_aside, plain="late row"),
        _causes_of(went.filter(went.counts_on <= last_day), new_aside, plain="deleted row"),
    ]
    both = old.inner_join(new, "row_key")
    differs = both.filter((both.content != both.content_right) | ~both.under.identical_to(both.under_right))
    counted = differs.filter((differs.counts_on <= last_day) | (differs.counts_on_right <= last_day))
    is_same_row = (counted.content == counted.content_right) & counted.sent.identical_to(counted.sent_right)
    cause = is_same_row.ifelse("identity matched", "corrected row")
    causes += [counted.select(customer_id=counted[name], cause=cause) for name in ("customer_id", "customer_id_right")]
    return ibis.union(*causes).filter(_.customer_id.notnull()).distinct()


def _causes_of(rows: Table, aside: Table, *, plain: Cause) -> Table:
    """The cause of rows that came or went: a row of the same key and another content stood aside, or not."""
    stood_aside = rows.left_join(aside.select("row_key", aside_content="content", was_unclear="is_unclear"), "row_key")
    was_other = (stood_aside.aside_content != stood_aside.content).fill_null(False)
    cause = ibis.cases((was_other, "corrected row"), (stood_aside.was_unclear.fill_null(False), "identity matched"), else_=plain)
    return stood_aside.select("customer_id", cause=cause)


def _identified(table: Table, content: Sequence[str], *, rows: EarlierAndCurrentRows, merged_into: Mapping[str, str]) -> Table:
    """Which row it is, what it says, and whose it is: row_key, content, customer_id, under, sent, is_unclear, counts_on.

    `under` is whom the customer is now, `sent` the same of the key that was sent.
    """
    texts = [table[name].cast("string").fill_null(NOTHING) for name in content]
    sent = ibis.coalesce(table[rows.sent_as], table.customer_id) if rows.sent_as in table.columns else table.customer_id
    under, sent = (_under_master(customer, merged_into) for customer in (table.customer_id, sent))
    counts_on = table[rows.day].fill_null(ibis.literal(FIRST_DAY)) if rows.day else ibis.literal(FIRST_DAY)
    identified = table.select(
        "customer_id",
        "record_key",
        content=ibis.literal(BETWEEN_VALUES).join([ibis.literal(""), *texts]),
        under=under,
        sent=sent,
        is_unclear=table[UNCLEAR].notnull() if UNCLEAR in table.columns else ibis.literal(value=False),
        counts_on=counts_on,
    )
    if rows.is_keyed:
        return identified.mutate(row_key=identified.record_key.fill_null(NOTHING)).drop("record_key")
    same = ibis.window(group_by=[identified.sent, identified.content], order_by=identified.record_key)
    numbered = identified.mutate(copy=ibis.row_number().over(same).cast("string"))
    parts = [numbered.sent.fill_null(NOTHING), numbered.content, numbered.copy]
    return numbered.mutate(row_key=ibis.literal(BETWEEN_VALUES).join(parts)).drop("record_key", "copy")


def _under_master(customer: StringColumn, merged_into: Mapping[str, str]) -> StringValue:
    cases = [(customer == merged_id, master) for merged_id, master in merged_into.items()]
    return ibis.cases(*cases, else_=customer) if cases else customer


def renamed(evidence: Table, causes: Mapping[Cause, Cause]) -> Table:
    """The same evidence with some causes under another name, such as a corrected row of customers: an attribute change."""
    if not causes:
        return evidence
    named = ibis.cases(*((evidence.cause == cause, other) for cause, other in causes.items()), else_=evidence.cause)
    return evidence.select("customer_id", cause=named)


def evidence_in_rates(earlier: Table, now: Table, rows: Sequence[Table], *, through: ibis.Value) -> Table:
    """Customers whose rows are in a currency of which a rate up to a day is another now: customer_id, cause."""
    rates = [table.filter(table.rate_on <= through).select("currency", "rate_on", "rate") for table in (earlier, now)]
    old, new = rates[0].distinct(), rates[1].distinct()
    other = old.difference(new).union(new.difference(old)).select("currency").distinct()
    touched = ibis.union(*(table.select("customer_id", "currency") for table in rows)).semi_join(other, "currency")
    return touched.select("customer_id", cause=ibis.literal("fx rate")).distinct()


def evidence_of_limits(before: Table, after: Table) -> Table:
    """Customers of whom nothing changed but their value group, since others' value moved its limits: customer_id, cause."""
    themselves = [ledger.drop(*(name for name in value_groups.COLUMNS if name in ledger.columns)) for ledger in (before, after)]
    only_grouped = changed_customers(before, after).anti_join(changed_customers(*themselves), "customer_id")
    return only_grouped.select("customer_id", cause=ibis.literal("group limits"))


def evidence_of_grace(before: Table, after: Table, *, data_through: date) -> Table:
    """Customers of whom a term in grace is not renewed after all, since the extracts cover the end of its grace: customer_id, cause."""
    waited = before.select("customer_id", "grace_ends_on", failed_before=before.terms_not_renewed_count - before.terms_in_grace_count)
    both = waited.join(after.select("customer_id", failed=after.terms_not_renewed_count - after.terms_in_grace_count), "customer_id")
    is_over = (both.grace_ends_on <= ibis.literal(data_through)) & (both.failed > both.failed_before)
    return both.filter(is_over).select("customer_id", cause=ibis.literal("grace over"))


def evidence_of_merges(merged: Sequence[str], split: Sequence[str]) -> Table:
    """Customers who were merged, or split, between the two: customer_id, cause."""
    rows = {"customer_id": [*merged, *split], "cause": ["identity merged"] * len(merged) + ["identity split"] * len(split)}
    return ibis.memtable(rows, schema=dict.fromkeys(rows, "string"))


def nothing_restated(measured: Table) -> Table:
    """The columns of a restatement, without a row, from those of the figures."""
    keys = [name for name in key_columns(measured) if name != "period"]
    return measured.filter(ibis.literal(value=False)).select(
        "period",
        edition_from=ibis.null("int64"),
        edition_to=ibis.null("int64"),
        is_recast=ibis.null("boolean"),
        **{name: measured[name] for name in (*keys, "unit")},
        **dict.fromkeys(("value_from", "value_to", "difference"), measured.value),
        cause=ibis.null("string"),
        cause_difference=measured.value,
        customers_count=ibis.null("int64"),
    )
