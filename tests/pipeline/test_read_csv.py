"""CSV as people export it: what is read, and what is said when it cannot be."""

from __future__ import annotations

import csv
import gzip
import io
import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Desk

HEAD = "id,customer,day,amount\n"
ROWS = "1,ada,2024-03-01,10.50\n2,bob,2024-03-02,20\n"
FACTS = "record_key, customer_id, purchased_on::varchar, amount::varchar"
AS_READ = [("1", "ada", "2024-03-01", "10.5000"), ("2", "bob", "2024-03-02", "20.0000")]


def test_a_plain_file_is_landed_with_rows_and_money(desk: Desk) -> None:
    desk.write("orders.csv", HEAD + ROWS)
    landed = desk.land()
    assert desk.rows(FACTS, landed) == AS_READ
    assert (landed.file_rows_count, landed.dropped_rows_count, landed.rows_count) == (2, 0, 2)
    assert str(landed.amount) == "30.5000"  # 10.50 + 20
    assert (str(landed.covers_from), str(landed.covers_through)) == ("2024-03-01", "2024-03-02")
    assert landed.files == ("orders.csv",)


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ((HEAD + ROWS).encode("utf-8-sig"), {}),
        ((HEAD + ROWS).replace("\n", "\r\n").encode(), {}),
        ((HEAD + ROWS).replace("\n", "\r").encode(), {}),
        ((HEAD + ROWS).encode().removesuffix(b"\n"), {}),
        ((HEAD + ROWS.replace("\n", "\r\n")).encode(), {}),
        ((HEAD + ROWS).encode("utf-16"), {"encoding": "utf-16"}),
        ((HEAD + ROWS).replace(",", ";").encode("cp1252"), {"delimiter": ";", "encoding": "cp1252"}),
        ((HEAD + ROWS).replace(",", "\t").encode(), {"delimiter": "\\t"}),
        ((HEAD + ROWS).replace(",", "\t").encode(), {"delimiter": "\t"}),
        ((HEAD + ROWS).replace(",", "||").encode(), {"delimiter": "||"}),
        ((HEAD + ROWS).replace(",", "|#|").encode("cp1252"), {"delimiter": "|#|", "encoding": "cp1252"}),
        ((HEAD + ROWS).replace("ada", "'ada'").encode(), {"quote": "'"}),
        (f'Report "of March\n\n{HEAD}{ROWS}'.encode(), {"skip_rows": 2}),
        (f"Report of March\r\n\r\n{HEAD}{ROWS}".encode("cp1252"), {"skip_rows": 2, "encoding": "cp1252"}),
        (f'{HEAD}"the\nid","who, really","on ""which"" day",money\n{{}},{{}},{{}},{{}}\n{ROWS}'.encode(), {"header_rows": 3}),
        (f"{HEAD}{ROWS}\n\n".encode(), {}),
    ],
    ids=[
        "byte-order-mark",
        "windows-lines",
        "old-mac-lines",
        "no-last-line-end",
        "mixed-line-ends",
        "utf-16",
        "semicolons-cp1252",
        "tabulator-written",
        "tabulator",
        "two-characters",
        "three-characters",
        "other-quote",
        "lines-above",
        "lines-above-cp1252",
        "three-rows-of-headings",
        "blank-lines-below",
    ],
)
def test_the_same_rows_are_read_however_they_are_written(desk: Desk, content: bytes, read: dict[str, object]) -> None:
    desk.write("orders.csv", content)
    assert desk.rows(FACTS, desk.land(desk.purchases(read=read))) == AS_READ


def test_a_file_without_quotes_keeps_the_marks_in_its_text(desk: Desk) -> None:
    desk.write("orders.csv", HEAD + '1,"ada,2024-03-01,10.50\n2,b"ob",2024-03-02,20\n')
    assert desk.values("customer_id", desk.purchases(read={"quote": ""})) == ['"ada', 'b"ob"']


def test_a_packed_file_is_read_to_its_end(desk: Desk) -> None:
    desk.write("orders.csv.gz", gzip.compress((HEAD + ROWS[:23]).encode()) + gzip.compress(ROWS[23:].encode()))
    assert desk.rows(FACTS, desk.land(desk.purchases(path="orders.csv.gz"))) == AS_READ


def test_letters_of_other_alphabets_survive_rewriting(desk: Desk) -> None:
    names = ["Müller & Söhne", "São João", "Łódź €", "東京"]
    rows = "".join(f"{place};{name};2024-03-01;1\n" for place, name in enumerate(names))
    for encoding in ("utf-8", "utf-16-le", "utf-32", "gb18030"):
        desk.write("orders.csv", (HEAD.replace(",", ";") + rows).encode(encoding))
        assert desk.values("customer_id", desk.purchases(read={"delimiter": ";", "encoding": encoding})) == names


def test_words_for_nothing_are_text_unless_the_folder_says_so(desk: Desk) -> None:
    words = ["None", "NA", "null", "NULL", "nan", "-", ""]
    desk.write("orders.csv", HEAD + "".join(f"{place},{word},2024-03-01,1\n" for place, word in enumerate(words)))
    assert desk.values("customer_id") == [*words[:-1], None]
    assert desk.values("customer_id", desk.purchases(read={"null_texts": ["NULL", "NA"]})) == ["None", None, "null", None, "nan", "-", None]


def test_every_record_has_its_place_below_the_headings(desk: Desk) -> None:
    desk.write("orders.csv", HEAD + '1,"ada\nlovelace",2024-03-01,1\n2,bob,2024-03-02,2\nTotal,,,3\n3,cy,2024-03-03,3\n')
    landed = desk.land(desk.purchases(read={"drop_rows_where": {"id": "Total.*"}}))
    assert desk.rows("record_key, source_file, source_row", landed) == [
        ("1", "orders.csv", 1),
        ("2", "orders.csv", 2),
        ("3", "orders.csv", 4),
    ]
    assert (landed.file_rows_count, landed.dropped_rows_count, landed.rows_count) == (4, 1, 3)


def test_a_totals_row_is_dropped_only_where_the_whole_value_fits(desk: Desk) -> None:
    desk.write("orders.csv", HEAD + "Total,,,3\nTotally,bob,2024-03-02,2\n")
    assert desk.values("record_key", desk.purchases(read={"drop_rows_where": {"id": "Total"}})) == ["Totally"]


def test_a_wildcard_reads_every_file_and_numbers_each_by_itself(desk: Desk) -> None:
    desk.write("2024/orders.csv", HEAD + ROWS)
    desk.write("2025/orders.csv", "day,amount,customer,id\n2025-01-01,5,cy,3\n")
    desk.write("2025/.orders.csv", "unfinished")
    landed = desk.land(desk.purchases(path="20*/*.csv", key="place_in_file"))
    assert desk.rows("record_key, customer_id", landed) == [
        ("2024/orders.csv|1", "ada"),
        ("2024/orders.csv|2", "bob"),
        ("2025/orders.csv|1", "cy"),
    ]
    assert landed.files == ("2024/orders.csv", "2025/orders.csv")


def test_files_may_differ_in_columns_that_nobody_needs(desk: Desk) -> None:
    desk.write("a.csv", HEAD + ROWS)
    desk.write("b.csv", "id,customer,day,amount,new\n3,cy,2024-03-03,3,x\n")
    assert desk.values("record_key", desk.purchases(path="?.csv")) == ["1", "2", "3"]


def test_a_file_of_headings_alone_is_landed_without_rows(desk: Desk) -> None:
    desk.write("orders.csv", HEAD)
    landed = desk.land()
    assert (landed.rows_count, str(landed.amount), landed.covers_through) == (0, "0.0000", None)


def test_headings_that_repeat_or_are_empty_get_names_of_their_own(desk: Desk) -> None:
    desk.write("orders.csv", "id,Amount,amount,,day\n1,10,20,ada,2024-03-01\n")
    columns = {"customer_id": "column 4", "purchased_on": "day", "amount": "amount (2)"}
    assert desk.rows("customer_id, amount::int", desk.land(desk.purchases(columns=columns))) == [("ada", 20)]


@pytest.mark.parametrize(
    ("content", "read", "said"),
    [
        (HEAD + "1,ada,2024-03-01,1\n2,bob,2024-03-02\n", {}, "row 2 below the headings: expected 4 values, found 3"),
        (HEAD + "1,ada,2024-03-01,1\n2,bob,2024-03-02,2,9,9\n", {}, "row 2 below the headings: expected 4 values, found at least 5"),
        ("above\n" + HEAD + "1,ada,2024-03-01,1\n2\n", {"skip_rows": 1}, "row 2 below the headings: expected 4 values, found 1"),
        (HEAD + '1,"a\nd\na",2024-03-01,1\n2\n', {}, "row 2 below the headings: expected 4 values, found 1"),
        (HEAD + '1,ada,2024-03-01,1\n2,bob,2024-03-02,"20', {}, "row 2 below the headings: expected a value between two"),
        (HEAD + '1,ada,2024-03-01,1\n2,"bob,2024-03-02,20\n3,cy,2024-03-03,1\n', {}, "whose quote is not closed at its end"),
        (HEAD + '1,"ada"x,2024-03-01,1\n', {}, "row 1 below the headings: expected a value between two"),
        (HEAD + "1,a\rda,2024-03-01,1\n2,bob,2024-03-02,2\n", {}, "row 1 below the headings: expected 4 values, found 2"),
        (HEAD + "1,ada,2024-03-01,1\n" * 9 + "2,b\rob,2024-03-02,2\n", {}, "found a carriage return inside a value without quotes"),
        ("", {}, "is empty, expected a row of headings at least"),
        (" \n\n", {}, "is empty, expected a row of headings at least"),
        ("\n" + HEAD, {}, "expected 1 row(s) of headings below 0 line(s)"),
        (HEAD, {"header_rows": 3}, "expected 3 row(s) of headings below 0 line(s), found 1"),
        ('id,"customer,day,amount\n1', {}, "the headings cannot be told apart"),
        (HEAD.replace("amount", "Amount"), {}, "`amount` and `Amount` differ only in capitals or spaces"),
        (HEAD.replace("amount", " amount "), {}, "`amount` and ` amount ` differ only in capitals or spaces"),
        (
            HEAD.replace("amount", "amounts"),
            {},
            "expected a column `amount`, found `id`, `customer`, `day`, `amounts`; did you mean `amounts`?",
        ),
        ("id,customer,day,amount,amount\n", {}, "`amount` stands there 2 times, choose one of `amount (1)`, `amount (2)`"),
        (HEAD.replace(",", ";"), {}, 'found them in line 1 with `;` between them; write `read: {delimiter: ";"}`'),
        (HEAD + "1," + "x" * 2_200_000 + ",2024-03-01,1\n", {}, "found a longer one; most likely a quote is not closed"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(desk: Desk, content: str, read: dict[str, object], said: str) -> None:
    desk.write("orders.csv", content)
    problem = desk.problem(desk.purchases(read=read))
    assert problem.startswith("orders: orders.csv")
    assert said in problem
    assert "bob" not in problem


@pytest.mark.parametrize(
    ("content", "read", "said"),
    [
        (
            (HEAD + "1,ada,2024-03-01,1\n2,M\xfcller,2024-03-01,1\n").encode("latin-1"),
            {},
            "line 3: expected text in utf-8, found the byte 0xfc",
        ),
        (
            (HEAD + "1,ada,2024-03-01,1\n" * 70_000 + "2,M\xfcller,2024-03-01,1\n").encode("latin-1"),
            {},
            "row 70001 below the headings: expected text in utf-8, found bytes that are none; write `read: {encoding: cp1252}`",
        ),
        ((HEAD + "1,M\xfcller,2024-03-01,1\n").encode("latin-1"), {"encoding": "ascii"}, "write `read: {encoding: cp1252}`"),
        ((HEAD + ROWS).encode("utf-16"), {}, "write `read: {encoding: utf-16}`"),
        ((HEAD + ROWS).encode() + b"3,\x81,2024-03-01,1\n", {"encoding": "cp1252"}, "orders.csv, line 4: expected text in"),
    ],
)
def test_a_byte_that_is_no_letter_is_said_with_its_line(desk: Desk, content: bytes, read: dict[str, object], said: str) -> None:
    desk.write("orders.csv", content)
    assert said in desk.problem(desk.purchases(read=read))


def test_a_packed_file_that_was_cut_off_is_refused_even_between_two_rows(desk: Desk) -> None:
    packed = gzip.compress((HEAD + ROWS).encode())
    desk.write("orders.csv.gz", packed[:-8])
    assert "expected a whole gzip file" in desk.problem(desk.purchases(path="orders.csv.gz"))
    desk.write("orders.csv.gz", (HEAD + ROWS).encode())
    assert "expected a whole gzip file" in desk.problem(desk.purchases(path="orders.csv.gz"))


def test_a_missing_file_is_said_with_what_is_there_instead(desk: Desk) -> None:
    desk.write("data/order.csv", HEAD)
    assert f"expected a file at {desk.folder}/data/orders.csv, found none (the folder has: order.csv)" in desk.problem(
        desk.purchases(path="data/orders.csv")
    )
    assert "found none" in desk.problem(desk.purchases(path="data/*.txt"))
    assert "there is no folder" in desk.problem(desk.purchases(path="nowhere/orders.csv"))


def test_an_ending_that_says_nothing_needs_a_format(desk: Desk) -> None:
    desk.write("orders.dat", HEAD + ROWS)
    assert "expected a name that ends in one of .csv" in desk.problem(desk.purchases(path="orders.dat"))
    assert desk.values("record_key", desk.purchases(path="orders.dat", read={"format": "csv"})) == ["1", "2"]


def test_a_file_of_a_wildcard_without_a_needed_column_is_refused_by_name(desk: Desk) -> None:
    desk.write("a.csv", HEAD + ROWS)
    desk.write("b.csv", "id,customer,day,total\n")
    assert "orders: b.csv: expected a column `amount`" in desk.problem(desk.purchases(path="?.csv"))


def test_files_that_sql_may_read_in_full_need_the_same_columns(desk: Desk) -> None:
    desk.write("a.csv", HEAD + ROWS)
    desk.write("b.csv", "id,customer,day,amount,new\n")
    assert "b.csv: expected the columns of a.csv, found a difference in `new`" in desk.problem(
        desk.purchases(path="?.csv", sql="SELECT * FROM orders")
    )


def test_a_column_that_bears_our_name_for_a_place_is_refused(desk: Desk) -> None:
    desk.write("orders.csv", "source_row,customer,day,amount\n")
    assert "has a column named source_row" in desk.problem(desk.purchases(key=["source_row"]))


def test_no_record_is_lost_padded_or_merged_among_many_with_quotes_and_breaks(desk: Desk) -> None:
    chance = random.Random(7)
    pieces = ["plain", 'a "quoted" word', "two\nlines", "a, comma", "", "\r\n", "ü€", " spaces ", "x" * 300]
    records = [[str(place), chance.choice(pieces) + chance.choice(pieces), "2024-03-01", str(place % 97)] for place in range(60_000)]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["id", "customer", "day", "amount"], *records])
    desk.write("orders.csv", out.getvalue())
    landed = desk.land()
    expected = [(record[0], record[1].strip(" \t\n\r\v\f") or None) for record in records]
    assert landed.file_rows_count == len(list(csv.reader(io.StringIO(out.getvalue(), newline="")))) - 1
    assert desk.rows("record_key, customer_id", landed) == expected
    assert landed.amount == sum(int(record[3]) for record in records)
