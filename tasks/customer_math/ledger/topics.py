"""The ledger with its topics: beside how each customer moved, what each of the questions asks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis
from ibis.expr.types import Table

from tasks.customer_math.ledger.dates import as_text
from tasks.customer_math.ledger.history import money_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasks.customer_math.ledger.dates import PeriodDates
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules

NOT_A_CUSTOMER = "not_a_customer"
"""The movement of whoever has a part in a topic, such as a refund, without being a customer on any day of the period."""
Default = Decimal | int | bool | str | type[date]
NO_MONEY, NO_COUNT, NO, NO_DAY = Decimal(0), 0, False, date
"""What a column says of a customer who has no part in a topic: no money, none, no, or no day (empty)."""


StoreTable = Callable[[str, Table], Table]
"""From a name and a table to the same table as it is used further."""


def as_it_is(_name: str, table: Table) -> Table:
    """The table itself, which is computed when the whole is."""
    return table


@dataclass(frozen=True)
class TopicContext:
    """What a topic is written from: the history, the period, the company's choices, and how everyone moved."""

    history: History
    period: PeriodDates
    rules: LedgerRules
    ledger: Table
    """The ledger of the period without segments or topics, stored: it may be read as often as needed."""
    store: StoreTable = as_it_is
    """What is done with a table before it goes into a larger one; who stores it here needs memory for one at a time."""


@dataclass(frozen=True)
class Topic:
    """Some columns of the ledger, written for one question."""

    columns: Mapping[str, Default]
    """Its columns, each with what it says of a customer who has no part in the topic."""
    write: Callable[[TopicContext], Table | None]
    """From what is asked to a row for each customer who has a part: customer_id and the columns; none if nobody can have."""
    is_in_trend: bool = False
    """Whether it is computed of every period of the trend too, and not only of those that are shown side by side."""


def with_topics(context: TopicContext, topics: Sequence[Topic]) -> Table:
    """The ledger with the columns of every topic, and a row for everybody who has a part in any."""
    written: list[tuple[Topic, Table | None]] = []
    for number, topic in enumerate(topics):
        table = topic.write(context)
        written.append((topic, None if table is None else context.store(f"topic_{number}", table)))
    tables = [table for _, table in written if table is not None]
    everybody = ibis.union(context.ledger.select("customer_id"), *(table.select("customer_id") for table in tables), distinct=True)
    joined = _fill_non_customers(everybody.left_join(context.ledger, "customer_id"), context.period)
    for topic, table in written:
        if table is not None:
            joined = joined.left_join(table.select("customer_id", *topic.columns), "customer_id").drop("customer_id_right")
        joined = joined.mutate(**_completed(joined, topic, minor_units=context.history.minor_units))
    return joined


def _fill_non_customers(everybody: Table, period: PeriodDates) -> Table:
    """Whoever is not in the ledger moved in no way, counts nowhere and was worth nothing; the ledger's own rows stay as they are."""
    amounts = [name for name in everybody.columns if name.endswith("_amount")]
    quiet = {
        "movement": NOT_A_CUSTOMER,
        **dict.fromkeys(("ended_by", "reason_code"), "not_applicable"),
        **dict.fromkeys(("in_count", "out_count"), 0),
        **dict.fromkeys(("is_active_at_opening", "is_active_at_closing"), False),
        **dict.fromkeys(amounts, 0),
    }
    defaults = {"period": as_text(period.name), **{name: ibis.literal(value) for name, value in quiet.items()}}
    schema, is_nobody = everybody.schema(), everybody.customer_id_right.isnull()
    filled = {name: is_nobody.ifelse(value.cast(schema[name]), everybody[name]) for name, value in defaults.items()}
    return everybody.mutate(**filled).drop("customer_id_right")


def _completed(joined: Table, topic: Topic, *, minor_units: int) -> dict[str, ibis.Value]:
    """The topic's columns, with their default where a customer has no part."""
    defaults = {name: _default(value, minor_units) for name, value in topic.columns.items()}
    return {
        name: joined[name].cast(default.type()).fill_null(default) if name in joined.columns else default
        for name, default in defaults.items()
    }


def _default(value: Default, minor_units: int) -> ibis.Value:
    if isinstance(value, type):
        return ibis.null("date")
    if isinstance(value, Decimal):
        return ibis.literal(value).cast(money_type(minor_units))
    return ibis.literal(value, type="int64") if isinstance(value, int) and not isinstance(value, bool) else ibis.literal(value)
