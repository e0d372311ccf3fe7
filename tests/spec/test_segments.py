"""Segments: which group a customer was in on which day, as far as each landing knew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Calendar
from tasks.customer_math.catalogue import CUSTOMER_MEASURES, MONEY
from tasks.customer_math.figures import figures
from tasks.customer_math.identities import broken_chains, residuals, whole_residuals
from tasks.customer_math.ledger import segments
from tasks.customer_math.ledger.history import ALWAYS, OPEN_ENDED
from tasks.customer_math.ledger.movements import movements
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.measures import Catalogue

CATALOGUE = Catalogue({measure.name: measure for measure in (*CUSTOMER_MEASURES, *MONEY)})
JUNE, JULY = (period_named(name, Calendar()) for name in ("2026-06", "2026-07"))
KINDS = dict.fromkeys(("on", "known_on", "from_on", "until_on"), pa.date32()) | {"landing": pa.int64()}


def table(text: str) -> ibis.Table:
    """A table from a pipe table whose headings are names of columns; an empty cell is nothing."""
    names, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    columns = {name: [_typed(line[place], KINDS.get(name)) for line in lines] for place, name in enumerate(names)}
    return ibis.memtable(pa.table({name: pa.array(cells, KINDS.get(name, pa.string())) for name, cells in columns.items()}))


def _typed(cell: str, kind: pa.DataType | None) -> Any:
    if not cell or kind is None:
        return cell or None
    return date.fromisoformat(cell) if kind == pa.date32() else int(cell)


def rows(connection: Any, found: ibis.Table, *order: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in connection.to_pyarrow(found.order_by(*order)).to_pylist()]


def test_the_earliest_row_decides_a_customers_group(connection: Any) -> None:
    by_day = table(
        """customer_id | group | on | record_key
        ann | South | 2026-06-02 | a
        ann | North | 2026-06-01 | b
        ben |       | 2026-06-01 | a
        ben | East  | 2026-06-02 | b
        cay | West  |            | a
        cay | North | 2026-06-02 | b
            | North | 2026-06-01 | a
        """
    )
    by_key = table("customer_id | group | on | record_key\nann | Large | | 2\nann | Small | | 1\ndan | Small | | 1")
    found = segments.segment_groups({"region": by_day, "size": by_key})
    assert rows(connection, found, "customer_id") == [
        ("ann", "North", "Small"),
        ("ben", "East", None),
        ("cay", "North", None),
        ("dan", None, "Small"),
    ]


LANDINGS = """customer_id | known_on | landing | region
ann | 2026-06-01 | 0 | North
ben | 2026-06-01 | 0 | South
ann | 2026-07-01 | 1 | South
ann | 2026-07-01 | 2 | East
cay | 2026-07-01 | 1 | West
"""


def test_a_group_holds_from_the_landing_that_first_said_so_until_the_next(connection: Any) -> None:
    found = segments.attribute_history(table(LANDINGS), ["region"])
    assert rows(connection, found, "customer_id", "from_on") == [
        ("ann", ALWAYS, date(2026, 7, 1), "North"),
        ("ann", date(2026, 7, 1), OPEN_ENDED, "East"),
        ("ben", ALWAYS, OPEN_ENDED, "South"),
        ("cay", ALWAYS, OPEN_ENDED, "West"),
    ]


def test_only_what_is_new_in_a_landing_is_remembered(connection: Any) -> None:
    known = segments.attribute_history(table(LANDINGS), ["region"])
    landing = table("customer_id | region\nann | East\nben | North\ndan | South")
    assert rows(connection, segments.changed_attributes(landing, known, ["region"]), "customer_id") == [("ben", "North"), ("dan", "South")]


@pytest.fixture(scope="module")
def computed(connection: Any, told: Any) -> ibis.Table:
    """June and July of customers of whom one moved from North to South in July, one came and one left as they moved."""
    bought = told.bought(
        """
        who | day        | amount
        ann | 2026-05-20 | 100
        ben | 2026-05-20 | 40
        cay | 2026-07-15 | 30
        dan | 2026-04-10 | 20
        """
    )
    history = told.Told(purchases=bought, groups={"ann": "North"}).history()
    moved = table(
        """customer_id | from_on | until_on | region
        ann | 0001-01-01 | 2026-07-10 | North
        ann | 2026-07-10 | 9999-12-31 | South
        ben | 0001-01-01 | 9999-12-31 | North
        cay | 0001-01-01 | 2026-07-10 | North
        cay | 2026-07-10 | 9999-12-31 | South
        dan | 0001-01-01 | 2026-07-10 | North
        dan | 2026-07-10 | 9999-12-31 | South
        """
    )
    ledgers = [movements(replace(history, attributes=moved), period, told.rules()) for period in (JUNE, JULY)]
    every = ibis.memtable(pa.concat_tables([connection.to_pyarrow(each) for each in ledgers]))
    names = [JUNE.name, JULY.name]
    return ibis.memtable(connection.to_pyarrow(figures(every, periods=names, segments=("region",), catalogue=CATALOGUE)))


def july(connection: Any, computed: ibis.Table, segment: str) -> dict[str, int]:
    found = connection.to_pyarrow(computed.filter((computed.period == JULY.name) & (computed.segment == segment))).to_pylist()
    return {row["measure"]: int(row["value"]) for row in found}


@pytest.mark.parametrize(
    ("segment", "opening", "came", "went", "transferred", "closing", "value"),
    [
        pytest.param("North", "ann ben dan", 0, 1, (0, 1), "ben", 40, id="one left, one changed out"),
        pytest.param("South", "", 1, 0, (1, 0), "ann cay", "100 + 30", id="one came, one changed in"),
        pytest.param("all", "ann ben dan", 1, 1, (0, 0), "ann ben cay", "100 + 40 + 30", id="nobody is transferred in the whole"),
    ],
)
def test_who_changes_its_segment_is_transferred_and_neither_lost_nor_won(  # every part of the identity at once
    connection: Any, computed: ibis.Table, segment: str, opening: str, came: int, went: int, transferred: Any, closing: str, value: Any
) -> None:
    found = july(connection, computed, segment)
    assert (found["opening_customers"], found["customers_in"], found["customers_out"]) == (len(opening.split()), came, went)
    assert (found["transferred_in_customers"], found["transferred_out_customers"]) == transferred
    assert (found["closing_customers"], found["closing_amount"]) == (len(closing.split()), sum(map(int, str(value).split(" + "))))


def test_segments_reconcile_and_chain_though_customers_change_them(connection: Any, computed: ibis.Table) -> None:
    for left_over in (residuals(computed), whole_residuals(computed), broken_chains(computed, [(JUNE.name, JULY.name)])):
        assert connection.to_pyarrow(left_over).to_pylist() == []
