"""What the sheet Data quality says of whose rows the extracts have."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from expectations.verdict import MatchedKeys
from tasks.reporting.pages.data_quality import data_quality_page
from tasks.reporting.pages.matched_keys import keys_to_look_at, matched_tables
from tests.snapshots.facts_for_tests import made_up_facts

TITLE = "Whose rows they are: one list of customers for every silo"
ORDERS = MatchedKeys("orders", "customer_id", 1200, 1200, 0, 0, 0, 0)
TICKETS = MatchedKeys("tickets", "customer_id", 100, 60, 20, 10, 7, 3)
REFERRALS = MatchedKeys("referrals", "referred_customer_id", 5, 0, 0, 0, 5, 0)


def accepted(dataset: str, *matched: MatchedKeys) -> Any:
    return SimpleNamespace(dataset=dataset, matched=matched)


def test_the_sentence_adds_up_and_what_is_to_be_looked_at_comes_first() -> None:
    (table,) = matched_tables(replace(made_up_facts(), matched=(ORDERS, TICKETS, REFERRALS)))
    assert table.title == TITLE
    assert table.description == (
        "Of 1,305 keys of customers in the rows, 1,290 stand for one customer, 12 for nobody whom the company knows, and 3 for several, "
        "of which none is guessed."
    )
    assert [row[0] for row in table.rows] == ["tickets", "referrals", "orders"]
    assert [str(cell) for cell in table.rows[0][1:8]] == ["the customer", "id, crosswalk, e-mail", "100", "90", "60", "20", "10"]


def test_data_quality_shows_the_table_only_where_keys_were_looked_at() -> None:
    data = made_up_facts()
    assert TITLE not in [table.title for table in data_quality_page(data).tables]
    assert TITLE in [table.title for table in data_quality_page(replace(data, matched=(ORDERS,))).tables]


def test_notes_name_keys_of_several_customers_and_those_of_nobody_where_no_list_says_so() -> None:
    several = "tickets: the key of the customer stands for several customers in 3 rows of 100, and is never guessed."
    nobody = "tickets: the key of the customer stands for nobody who bought or had a contract in 7 rows of 100."
    without_list = keys_to_look_at([accepted("purchases", ORDERS), accepted("tickets", TICKETS), accepted("referrals", REFERRALS)])
    assert [note.startswith(each) for note, each in zip(without_list, (several, nobody), strict=True)] == [True, True]
    assert len(keys_to_look_at([accepted("customers"), accepted("tickets", TICKETS)])) == 1


def test_keys_that_other_extracts_write_in_other_capitals_are_named_with_the_line_to_write() -> None:
    alike = replace(ORDERS, alike_count=3)
    (note,) = keys_to_look_at([accepted("customers"), accepted("purchases", alike)])
    assert note == (
        "orders: 3 keys of the customer differ from ids of other extracts only in capitals, and count as others; if they are the same, "
        "write `ids: {case: lower}` in definitions.yaml."
    )
