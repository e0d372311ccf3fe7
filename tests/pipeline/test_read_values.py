"""What text means: days, amounts, numbers, yes and no, and what is kept as unreadable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Desk


def orders(rows: list[tuple[str, str]]) -> str:
    """A file of days and amounts, tabulators between them."""
    return "id\tcustomer\tday\tamount\n" + "".join(f"{place}\tada\t{day}\t{amount}\n" for place, (day, amount) in enumerate(rows, start=1))


def days(desk: Desk, texts: list[str], *, time_zone: str = "UTC", **read: Any) -> list[str | None]:
    """The days that some texts mean."""
    desk.write("orders.csv", orders([(text, "1") for text in texts]))
    return desk.values("purchased_on", desk.purchases(read={"delimiter": "\t", **read}), time_zone=time_zone)


def amounts(desk: Desk, texts: list[str], **read: Any) -> list[str | None]:
    """The amounts that some texts mean, in the currency that they name."""
    desk.write("orders.csv", orders([("2024-03-01", text) for text in texts]))
    currency = next((code for mark, code in {"R$": "BRL", "$": "USD", "CHF": "CHF"}.items() if mark in "".join(texts)), "EUR")
    found = desk.values("amount", desk.purchases(read={"delimiter": "\t", **read}, constants={"currency": currency}))
    return [None if amount is None else f"{amount:f}" for amount in found]


def as_text(found: list[Any]) -> list[str | None]:
    """Days as ISO text."""
    return [day and day.isoformat() for day in found]


def test_dates_are_read_by_the_first_pattern_that_fits(desk: Desk) -> None:
    texts = ["2024-03-12 09:14", "3/15/2024 2:30 PM", "15.01.24", "15.01.2024", "4 Feb 2024", " 2024-03-01 "]
    patterns = ["%Y-%m-%d %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y", "%d.%m.%y", "%d %b %Y", "%Y-%m-%d"]
    expected = ["2024-03-12", "2024-03-15", "2024-01-15", "2024-01-15", "2024-02-04", "2024-03-01"]
    assert as_text(days(desk, texts, dates=patterns)) == expected


def test_a_day_and_month_that_could_be_either_is_read_as_declared(desk: Desk) -> None:
    assert as_text(days(desk, ["03/04/2024"], dates=["%d/%m/%Y", "%m/%d/%Y"])) == ["2024-04-03"]
    assert as_text(days(desk, ["03/04/2024"], dates=["%m/%d/%Y", "%d/%m/%Y"])) == ["2024-03-04"]


@pytest.mark.parametrize(
    "text", ["2024-02-30", "2024-13-01", "20211-01-05", "0024-01-05", "1899-12-31", "2201-01-01", "soon", "2024-03-01x"]
)
def test_a_day_that_cannot_be_is_kept_as_unreadable(desk: Desk, text: str) -> None:
    desk.write("orders.csv", orders([(text, "1")]))
    landed = desk.land(desk.purchases(read={"delimiter": "\t"}))
    assert desk.rows("purchased_on, unreadable", landed) == [(None, f"purchased_on='{text}'")]


def test_an_instant_without_a_zone_takes_the_declared_one_and_becomes_the_company_s_day(desk: Desk) -> None:
    texts = ["2024-03-30 23:30:00", "2024-03-31 22:30:00", "2024-10-26 22:30:00", "2024-10-27 23:30:00"]
    desk.write("orders.csv", orders([(text, "1") for text in texts]))
    extract = desk.purchases(read={"delimiter": "\t", "time_zone": "UTC"})
    # Berlin is one hour ahead of UTC in winter and two in summer; its clocks change on 31 March and 27 October 2024.
    assert as_text(desk.values("purchased_on", extract, time_zone="Europe/Berlin")) == [
        "2024-03-31",
        "2024-04-01",
        "2024-10-27",
        "2024-10-28",
    ]


def test_an_instant_in_the_company_s_own_zone_keeps_its_day(desk: Desk) -> None:
    assert as_text(days(desk, ["2024-03-31 02:30:00", "2024-10-27 00:00:00"], time_zone="Europe/Berlin")) == ["2024-03-31", "2024-10-27"]


def test_a_date_stays_a_date_whatever_the_zones(desk: Desk) -> None:
    desk.write("orders.csv", orders([("2024-03-31", "1")]))
    extract = desk.purchases(read={"delimiter": "\t", "time_zone": "Pacific/Auckland"})
    assert as_text(desk.values("purchased_on", extract, time_zone="America/Los_Angeles")) == ["2024-03-31"]


def test_an_instant_that_names_its_zone_needs_no_other(desk: Desk) -> None:
    texts = ["2024-03-01T23:30:00Z", "2024-03-01T23:30:00+00:00", "2024-03-01T23:30:00-0500", "2024-03-02T00:30:00+01:00"]
    found = days(desk, texts, dates=["%Y-%m-%dT%H:%M:%S%z"], time_zone="Europe/Berlin")
    assert as_text(found) == ["2024-03-02", "2024-03-02", "2024-03-02", "2024-03-02"]
    assert as_text(days(desk, texts[:1], dates=["%Y-%m-%dT%H:%M:%SZ"], time_zone="Europe/Berlin")) == ["2024-03-02"]


NO_DAYS = ["infinity", "-infinity", "Infinity", "INF", "epoch", "today", "now", "yesterday", "0000-00-00", "9999-12-31", "24-03-01"]
"""Words and numbers that an engine may take for a day."""


@pytest.mark.parametrize(
    "dates", [["%Y-%m-%d"], ["%d.%m.%Y", "%Y-%m-%d %H:%M:%S"], ["%Y-%m-%dT%H:%M:%S%z"], ["%Y-%m-%d %Z"], ["%Y%m%d"], ["%b %d, %Y"]]
)
def test_no_word_that_the_engine_knows_is_a_day(desk: Desk, dates: list[str]) -> None:
    assert days(desk, NO_DAYS, dates=dates) == [None] * len(NO_DAYS)


def test_a_day_fits_its_pattern_as_a_whole(desk: Desk) -> None:
    assert days(desk, ["2026075", "202675", "20260705x", "2026-07-05"], dates=["%Y%m%d"]) == [None] * 4
    assert days(desk, ["2024-03-01 07:05:03+25:00"], dates=["%Y-%m-%d %H:%M:%S%z"]) == [None]
    assert as_text(days(desk, ["7/5/2026", "Jul  5, 2026"], dates=["%m/%d/%Y", "%b %d, %Y"])) == ["2026-07-05", "2026-07-05"]


def contracts(desk: Desk, ends: list[str], **read: Any) -> list[tuple[Any, ...]]:
    """Contracts from one day to others: their last column, whether it is unreadable, and the text that is."""
    desk.write("orders.csv", "id,customer,from,to,amount\n" + "".join(f"{end},ada,2024-03-01,{end},1\n" for end in ends))
    columns = {"customer_id": "customer", "starts_on": "from", "ends_on": "to", "recurring_amount": "amount"}
    return desk.rows("ends_on::varchar, unreadable", desk.land(desk.purchases(dataset="contracts", columns=columns, read=read)))


def test_an_end_is_open_only_where_the_company_says_so(desk: Desk) -> None:
    ends = ["2025-01-01", "", "infinity", "9999-12-31"]
    assert contracts(desk, ends, open_ended=["infinity", "9999-12-31"]) == [("2025-01-01", None), (None, None), (None, None), (None, None)]
    undeclared = [(None, "ends_on='infinity'"), (None, "ends_on='9999-12-31'")]
    assert contracts(desk, ends) == [("2025-01-01", None), (None, None), *undeclared]


def test_a_day_that_something_happened_is_never_open(desk: Desk) -> None:
    desk.write("orders.csv", orders([("infinity", "1")]))
    landed = desk.land(desk.purchases(read={"delimiter": "\t", "open_ended": ["infinity"]}))
    assert desk.rows("purchased_on, unreadable", landed) == [(None, "purchased_on='infinity'")]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("10", "10.0000"),
        (" 10.5 ", "10.5000"),
        (".5", "0.5000"),
        ("5.", "5.0000"),
        ("+7", "7.0000"),
        ("-7.25", "-7.2500"),
        ("\u22127.25", "-7.2500"),
        ("7.25-", "-7.2500"),
        ("(7.25)", "-7.2500"),
        ("€7.25", "7.2500"),
        ("7.25 EUR", "7.2500"),
        ("EUR 7.25", "7.2500"),
        ("R$ 7.25", "7.2500"),
        ("-$7.25", "-7.2500"),
        ("$-7.25", "-7.2500"),
        ("($7.25)", "-7.2500"),
        ("$(7.25)", "-7.2500"),
        ("0.00005", "0.0001"),
        ("99999999999999.9999", "99999999999999.9999"),
        ("1,234.50", None),
        ("1 234", None),
        ("12k", None),
        ("(7", None),
        ("-7-", None),
        ("abc", None),
        ("-", None),
        ("NaN", None),
        ("100000000000000", None),
    ],
)
def test_amounts_are_read_exactly_or_not_at_all(desk: Desk, text: str, amount: str | None) -> None:
    assert amounts(desk, [text]) == [amount]


@pytest.mark.parametrize(
    ("read", "texts", "expected"),
    [
        (
            {"decimal": ",", "thousands": "."},
            ["0,25", "1.234,50", "1.234.567,89-", "1234,5", "1.234", "12,345.00", "1.23,4"],
            ["0.2500", "1234.5000", "-1234567.8900", "1234.5000", "1234.0000", None, None],
        ),
        (
            {"thousands": ","},
            ["1,234.50", "1,00,000", "1234", "12,34", "1,2345", ",5"],
            ["1234.5000", "100000.0000", "1234.0000", None, None, None],
        ),
        ({"decimal": ",", "thousands": " "}, ["1 234,50 €", "1\u00a0234,50", "1\u202f234"], ["1234.5000", "1234.5000", "1234.0000"]),
        ({"thousands": "'"}, ["1'234.50", "CHF 1\u2019234.50"], ["1234.5000", "1234.5000"]),
        ({"decimal": ","}, ["1.234", "1,5"], [None, "1.5000"]),
    ],
)
def test_marks_mean_what_the_folder_says(desk: Desk, read: dict[str, Any], texts: list[str], expected: list[str | None]) -> None:
    assert amounts(desk, texts, **read) == expected


def test_one_mark_for_two_meanings_is_refused(desk: Desk) -> None:
    desk.write("orders.csv", orders([]))
    assert "are both `,`" in desk.problem(desk.purchases(read={"decimal": ",", "thousands": ","}))


def test_a_currency_is_as_written_or_the_company_s_own(desk: Desk) -> None:
    desk.write("orders.csv", "id,customer,day,amount,cur\n1,ada,2024-03-01,1, usd \n2,bob,2024-03-01,1,\n")
    columns = {**desk.purchases()["columns"], "currency": "cur"}
    assert desk.values("currency", desk.purchases(columns=columns)) == ["USD", None]
    assert desk.values("currency") == ["EUR", "EUR"]


def test_every_unreadable_value_is_named_and_an_empty_one_is_not(desk: Desk) -> None:
    desk.write("orders.csv", "id,customer,day,amount\n1,ada,2024-13-01,abc\n2,bob,, \n3,cy,2024-03-01,1\n")
    assert desk.values("unreadable") == ["purchased_on='2024-13-01'; amount='abc'", None, None]


def test_numbers_and_answers_are_read_in_the_extract_s_words(desk: Desk) -> None:
    desk.write(
        "orders.csv",
        "id,customer,day,score,open\n1,ada,2024-03-01,4,Ja\n2,bob,2024-03-01,4.0,nein\n3,cy,2024-03-01,4.5,maybe\n4,di,2024-03-01,,\n",
    )
    tickets = {
        **desk.purchases(),
        "silo": "service",
        "dataset": "tickets",
        "columns": {"customer_id": "customer", "opened_on": "day", "is_complaint": "open"},
        "read": {"true_texts": ["JA"], "false_texts": ["nein"]},
    }
    landed = desk.land(tickets)
    assert desk.rows("is_complaint, unreadable", landed) == [(True, None), (False, None), (None, "is_complaint='maybe'"), (None, None)]
    surveys = {**tickets, "dataset": "surveys", "columns": {"customer_id": "customer", "answered_on": "day", "score": "score"}}
    assert desk.rows("score, unreadable", desk.land(surveys)) == [(4, None), (4, None), (None, "score='4.5'"), (None, None)]


def test_codes_become_our_words_and_others_stay_as_they_are(desk: Desk) -> None:
    desk.write("orders.csv", "id,customer,day,why\n1,ada,2024-03-01,PR\n2,bob,2024-03-01,new\n3,cy,2024-03-01,unknown\n")
    departures = {
        "silo": "service",
        "dataset": "departures",
        "path": "orders.csv",
        "key": ["id"],
        "columns": {"customer_id": "customer", "departed_on": "day", "reason_code": "why"},
        "codes": {"reason_code": {"PR": "price", "unknown": ""}},
    }
    assert desk.values("reason_code", departures) == ["price", "new", None]


def test_constants_and_defaults_fill_what_the_file_does_not_have(desk: Desk) -> None:
    desk.write("orders.csv", "id,customer,day,amount,plan\n1,ada,2024-03-01,12,pro\n")
    contracts = {
        "silo": "sales",
        "dataset": "contracts",
        "path": "orders.csv",
        "key": ["id"],
        "columns": {"customer_id": "customer", "starts_on": "day", "recurring_amount": "amount"},
        "attributes": {"tier": "plan"},
    }
    assert desk.rows("recurring_per, ends_on, seats_count, currency, tier", desk.land(contracts)) == [("year", None, None, "EUR", "pro")]
    assert desk.values("recurring_per", {**contracts, "constants": {"recurring_per": "month"}}) == ["month"]
    assert desk.values("recurring_per", {**contracts, "constants": {"recurring_per": " 2 Years"}}) == ["2 years"]


def test_an_exchange_rate_keeps_eight_decimals(desk: Desk) -> None:
    desk.write("orders.csv", "cur,day,rate\nusd,2024-03-01,0.00001234\n")
    rates = {"silo": "sales", "dataset": "exchange_rates", "path": "orders.csv", "key": ["cur", "day"]}
    rates["columns"] = {"currency": "cur", "rate_on": "day", "rate": "rate"}
    assert desk.rows("currency, rate::varchar", desk.land(rates)) == [("USD", "0.00001234")]


def test_an_attribute_that_bears_our_own_name_is_refused(desk: Desk) -> None:
    desk.write("orders.csv", "id,customer,day,amount\n")
    assert "purchases has a column status of its own" in desk.problem(desk.purchases(attributes={"status": "customer"}))
