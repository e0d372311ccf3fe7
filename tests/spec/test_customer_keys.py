"""Whose a row is: a key stands for a customer by id, crosswalk or e-mail, and for nobody where the rules disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pytest

from tasks.customer_math.ledger.customer_keys import (
    aliases_of,
    alike_but_for_case,
    counts,
    identified,
    keys_of,
    matches,
    may_have_capitals,
    own_ids,
    where_ids_decide,
)

if TYPE_CHECKING:
    from config.id_settings import MatchRule

CUSTOMERS = {"customer_id": ["17", "18", "19"], "email": ["Ann@Example.test ", "ben@example.test", "ben@example.test"]}
CROSSWALK = {
    "silo_key": ["crm-1", "ANN.BELL@old.test", "18", "crm-9"],  # 18 is Ben's own id, and the CRM's key of 19
    "customer_id": ["17", "17", "19", None],
}
EXPECTED = """
key               | state     | customer | rule      # why
17                | matched   | 17       | id
crm-1             | matched   | 17       | crosswalk
ann@example.test  | matched   | 17       | email     # capitals and blanks make no difference
ann.bell@OLD.test | matched   | 17       | crosswalk # a second address, as an alias
ben@example.test  | ambiguous |          |           # two customers have it
18                | ambiguous |          |           # one by id, another by crosswalk
crm-9             | unmatched |          |           # listed, for nobody
CRM-1             | unmatched |          |           # what is no address is compared as it is written
"""


def cells(line: str) -> list[str | None]:
    return [cell.strip() or None for cell in line.partition("#")[0].split("|")]


LINES = [cells(line) for line in EXPECTED.strip().splitlines()[1:]]


@pytest.fixture(scope="module")
def connection() -> Any:
    return ibis.duckdb.connect()


def known() -> dict[MatchRule, ibis.Table]:
    customers, crosswalk = ibis.memtable(CUSTOMERS), ibis.memtable(CROSSWALK)
    return {"id": keys_of(customers, "customer_id"), "crosswalk": aliases_of(crosswalk), "email": keys_of(customers, "email")}


def keys_in_rows(*keys: str | None) -> ibis.Table:
    return ibis.memtable({"sent": list(keys), "rows_count": [2] * len(keys)})


def found_of(connection: Any, rules: tuple[MatchRule, ...] = ("id", "crosswalk", "email")) -> dict[str | None, list[str | None]]:
    found = matches(keys_in_rows(*(line[0] for line in LINES)), {rule: known()[rule] for rule in rules})
    rows = connection.to_pyarrow(found).to_pylist()
    return {row["sent"]: [row["state"], row["customer_id"], row["rule"]] for row in rows}


@pytest.mark.parametrize("line", LINES, ids=lambda line: str(line[0]))
def test_a_key_stands_for_the_one_customer_to_whom_all_rules_lead(connection: Any, line: list[str | None]) -> None:
    assert found_of(connection)[line[0]] == line[1:]


def test_in_the_silo_that_numbers_customers_an_id_is_nobody_else_s_alias(connection: Any) -> None:
    ids_and_none = ibis.memtable({"key": ["17", "18", "19", None], "customer_id": ["17", "18", "19", None]})
    found = connection.to_pyarrow(
        matches(keys_in_rows("18", "crm-1", "ben@example.test"), where_ids_decide({**known(), "id": ids_and_none}))
    ).to_pylist()
    assert {row["sent"]: (row["state"], row["customer_id"]) for row in found} == {
        "18": ("matched", "18"),
        "crm-1": ("matched", "17"),
        "ben@example.test": ("ambiguous", None),
    }
    without_ids = where_ids_decide({"crosswalk": known()["crosswalk"]})
    (row,) = connection.to_pyarrow(matches(keys_in_rows("18"), without_ids)).to_pylist()
    assert row["customer_id"] == "19"


def test_a_rule_that_the_company_leaves_out_leads_to_nobody(connection: Any) -> None:
    found = found_of(connection, ("crosswalk",))
    assert found["18"] == ["matched", "19", "crosswalk"]
    assert found["17"] == ["unmatched", None, None]


def test_every_row_with_a_key_is_counted_in_exactly_one_column(connection: Any) -> None:
    (row,) = connection.to_pyarrow(counts(matches(keys_in_rows(*(line[0] for line in LINES)), known()))).to_pylist()
    assert row == {
        "rows_count": 2 * 8,
        "id_count": 2 * 1,
        "crosswalk_count": 2 * 2,
        "email_count": 2 * 1,
        "unmatched_count": 2 * 2,
        "ambiguous_count": 2 * 2,
    }


def test_no_row_with_a_key_counts_as_none(connection: Any) -> None:
    nothing = keys_in_rows("17").limit(0)
    (row,) = connection.to_pyarrow(counts(matches(nothing, known()))).to_pylist()
    assert set(row.values()) == {0}


def test_rows_stand_under_their_customer_with_the_key_that_was_sent(connection: Any) -> None:
    rows = ibis.memtable({"customer_id": ["crm-1", "17", "18", None], "amount": [1, 2, 4, 8]})
    found = matches(keys_in_rows("crm-1", "18"), known())
    told = connection.to_pyarrow(identified(rows, found, "customer_id").order_by("amount")).to_pylist()
    assert [(row["customer_id"], row["identity_key"], row["identity_state"]) for row in told] == [
        ("17", "crm-1", "matched"),
        ("17", "17", None),
        ("18", "18", "ambiguous"),
        (None, None, None),
    ]


@pytest.mark.parametrize(("aliases", "expected"), [(None, ["ann@example.test", "crm-1"]), (CROSSWALK, ["ann@example.test"])])
def test_without_a_list_of_customers_every_buyer_s_key_is_an_id_but_for_aliases(connection: Any, aliases: Any, expected: list[str]) -> None:
    table = aliases_of(ibis.memtable(aliases)) if aliases else None
    found = connection.to_pyarrow(own_ids(keys_in_rows("ann@example.test", "crm-1"), table)).to_pylist()
    assert sorted(row["customer_id"] for row in found) == expected


def test_a_key_that_another_extract_writes_in_other_capitals_is_counted_unless_both_are_there(connection: Any) -> None:
    ids = ibis.memtable({"key": ["abc-1", "XYZ", "xyz", None]})
    found = alike_but_for_case(keys_in_rows("ABC-1", "Abc-1", "xyz", "new"), ids)
    assert connection.to_pyarrow(found).to_pylist() == [{"keys_count": len(["ABC-1", "Abc-1"])}]


def test_a_key_of_digits_and_marks_alone_is_never_another_one_in_other_capitals(connection: Any) -> None:
    keys: Any = keys_in_rows("0000012345", "12-34_5/6 [~]", "crm-1", "ÄÖ", "ⅷ", "9ß")
    found = connection.to_pyarrow(keys.filter(may_have_capitals(keys.sent))).to_pylist()
    assert sorted(row["sent"] for row in found) == sorted(["crm-1", "ÄÖ", "ⅷ", "9ß"])
