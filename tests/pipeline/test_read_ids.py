"""Ids that look alike: what nobody means by one is undone and counted, and what may be meant is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Desk

    from tasks.sources.landed import Landed

CUSTOMERS = {"dataset": "customers", "columns": {"customer_id": "customer"}}


def bought_by(desk: Desk, *customers: str, **changes: Any) -> Landed:
    """Purchases of some customers, one after another, each id as it stands in the file."""
    rows = "".join(f"{number}\t{customer}\t2024-03-01\t1\n" for number, customer in enumerate(customers, start=1))
    desk.write("orders.csv", f"id\tcustomer\tday\tamount\n{rows}")
    return desk.land(desk.purchases(read={"delimiter": "\t", "quote": ""}, **changes))


def ids_in(desk: Desk, landed: Landed) -> list[str | None]:
    """The customers, in the order of the file."""
    return [row[0] for row in desk.rows("customer_id", landed)]


@pytest.mark.parametrize(
    ("written", "undone"),
    [
        ("1001\u00a0", "blanks around it in 1 row"),
        ("\u2009 1001 \u3000", "blanks around it in 1 row"),
        ("10\u200e01", "signs that nobody sees in 1 row"),
        ("\u00ad1001", "signs that nobody sees in 1 row"),
        ("1001\x1f", "signs that nobody sees in 1 row"),
        ('="1001"', 'a spreadsheet\'s ="..." in 1 row'),
        ("'1001", "a spreadsheet's leading ' in 1 row"),
        ("1001.0", ".0 behind a whole number in 1 row"),
    ],
)
def test_one_customer_is_not_two_by_what_nobody_means(desk: Desk, written: str, undone: str) -> None:
    landed = bought_by(desk, "1001", written)
    assert ids_in(desk, landed) == ["1001", "1001"]
    assert landed.notes == (f"orders: `customer`: ids were landed without {undone}.",)


def test_letters_are_composed_and_ids_of_blanks_alone_are_none(desk: Desk) -> None:
    landed = bought_by(desk, "Jos\u00e9", "Jose\u0301", "  ", "\u200e", "'", '=""')
    assert ids_in(desk, landed) == ["Jos\u00e9", "Jos\u00e9", None, None, None, None]
    assert "letters composed otherwise (Unicode) in 1 row" in landed.notes[0]


@pytest.mark.parametrize("written", ["a b", "a-1/2", "ann@example.com", "'s-Gravenhage'", "a=b", "x.0", "12,5", "#1"])
def test_what_may_be_meant_stays(desk: Desk, written: str) -> None:
    landed = bought_by(desk, written, "1001")
    assert (ids_in(desk, landed), landed.notes) == ([written, "1001"], ())


def test_a_point_and_a_zero_stay_where_another_number_with_a_point_has_no_zero(desk: Desk) -> None:
    assert ids_in(desk, bought_by(desk, "1.0", "1.5", "1")) == ["1.0", "1.5", "1"]
    assert ids_in(desk, bought_by(desk, "2.0", "1.2.3")) == ["2.0", "1.2.3"]
    assert ids_in(desk, bought_by(desk, "17850.0", "17851.00", "ann@example.com")) == ["17850", "17851", "ann@example.com"]


def test_capitals_differ_unless_the_company_or_the_extract_says_that_they_do_not(desk: Desk) -> None:
    landed = bought_by(desk, "Ann", "ann", "BOB", "cy")
    assert ids_in(desk, landed) == ["Ann", "ann", "BOB", "cy"]
    alike = "orders: `customer`: 2 ids differ only in capitals from another and count as different; "
    assert landed.notes == (f"{alike}if they are the same, write `ids: {{case: lower}}`.",)
    declared = bought_by(desk, "Ann", "ann", "BOB", "#N/A", ids={"case": "lower"})
    assert (ids_in(desk, declared), declared.notes) == (["ann", "ann", "bob", None], ())
    assert declared.fingerprint != landed.fingerprint


def test_an_id_that_a_spreadsheet_shortened_is_noted(desk: Desk) -> None:
    landed = bought_by(desk, "1.23E+11", "1.24E+11")
    assert ids_in(desk, landed) == ["1.23E+11", "1.24E+11"]
    assert landed.notes[0].startswith("orders: `customer`: 2 ids look like 1.23E+11, a long number that a spreadsheet shortened")


def test_a_key_is_cleaned_like_any_id_and_each_of_its_parts(desk: Desk) -> None:
    desk.write("orders.csv", "id,line,customer,day,amount\n1,a,ada,2024-03-01,1\n\ufeff1,a\u00a0,ada,2024-03-01,1\n")
    assert desk.values("record_key") == ["1", "1"]
    assert desk.values("record_key", desk.purchases(key=["id", "line"])) == ["1|a", "1|a"]


def test_two_customers_that_would_become_one_are_refused_by_their_rows(desk: Desk) -> None:
    rows = "c1\n1001\n\u00a01001\n"
    desk.write("orders.csv", f"customer\n{rows}")
    refusal = desk.problem(desk.purchases(**CUSTOMERS, key=["customer"]))
    assert refusal.startswith("orders: orders.csv, rows 2 and 3: expected every customer under one id, found two ids that differ only in")
    assert "1001" not in refusal


def test_customers_that_differ_in_capitals_are_refused_only_where_capitals_do_not_count(desk: Desk) -> None:
    desk.write("orders.csv", "customer\nAnn\nann\nbob \nbob\n")
    extract = desk.purchases(**CUSTOMERS, key=["customer"])
    assert "rows 1 and 2" in desk.problem({**extract, "ids": {"case": "lower"}})
    assert desk.values("customer_id", extract) == ["Ann", "ann", "bob", "bob"]


@pytest.mark.parametrize("written", ["shipped ", "\u200bshipped", "\u00a0shipped\u200e", "ship\u00adped"])
def test_a_state_or_group_is_not_two_by_blanks_or_signs_that_nobody_sees(desk: Desk, written: str) -> None:
    desk.write("orders.csv", f"id\tcustomer\tday\tamount\tstate\n1\tc1\t2024-03-01\t1\t{written}\n2\tc2\t2024-03-01\t1\tshipped\n")
    mapped = {"purchase_id": "id", "customer_id": "customer", "purchased_on": "day", "amount": "amount", "status": "state"}
    landed = desk.land(desk.purchases(read={"delimiter": "\t", "quote": ""}, columns=mapped, attributes={"group": "state"}))
    assert desk.rows('status, "group"', landed) == [("shipped", "shipped")] * 2


def test_what_people_wrote_stays_as_it_is_and_a_state_of_blanks_is_none(desk: Desk) -> None:
    desk.write("answers.csv", "id\tcustomer\tday\tsays\toccasion\n1\tc1\t2024-03-01\t fine \U0001f468\u200d\U0001f469 \t \u200b \n")
    columns = {"survey_id": "id", "customer_id": "customer", "answered_on": "day", "comment": "says", "occasion": "occasion"}
    read = {"delimiter": "\t", "quote": ""}
    landed = desk.land(desk.purchases(silo="service", dataset="surveys", path="answers.csv", read=read, columns=columns))
    assert desk.rows("comment, occasion", landed) == [(" fine \U0001f468\u200d\U0001f469 ", None)]
