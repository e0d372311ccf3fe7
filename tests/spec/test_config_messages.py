"""What a company's author is told when the folder cannot be used: file, line, what was found, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.company import load_company
from config.yaml_file import CompanyFolderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Messages = Callable[[str, str, str], list[str]]

WITH_NUL = "with a NUL in it, which ends a text for many programs; remove it"
DEFINITIONS = """\
company: Demo
customer: person
currency: EUR
time_zone: Europe/Berlin
sells_by: [repeat_purchase]
segments:
  region:
    says: Where the customer lives
    from: people.region
reasons:
  - code: price
    says: Too dear
"""
SOURCES = """\
extracts:
  people:
    silo: sales
    dataset: customers
    path: people.csv
    key: [id]
    columns: {customer_id: id}
    attributes: {region: region}
  orders:
    silo: sales
    dataset: purchases
    path: orders.csv
    key: [id]
    columns:
      customer_id: who
      purchased_on: day
      amount: net
    read:
      skip_rows: 1
"""


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    """What is said when, in one of the files, one text stands in place of another; `file:line: ...`, the folder left out."""

    def say(file_name: str, instead_of: str, stands: str) -> list[str]:
        files = {"definitions.yaml": DEFINITIONS, "sources.yaml": SOURCES}
        assert files[file_name].count(instead_of) == 1
        files[file_name] = files[file_name].replace(instead_of, stands)
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        try:
            load_company(tmp_path)
        except CompanyFolderError as error:
            return str(error).replace(f"{tmp_path}/", "").splitlines()
        return []

    return say


def test_the_folder_as_it_stands_is_fine(messages: Messages) -> None:
    assert messages("definitions.yaml", "Demo", "Demo") == []


TYPED = [
    pytest.param("currency: EUR", "currency: Euro", "3: currency: expected three capital letters such as EUR, found 'Euro'", id="pattern"),
    pytest.param("currency: EUR\n", "", "1: currency: is missing and has no default; add it", id="missing"),
    pytest.param("company: Demo", "company: 5", "1: company: expected text, found 5; put it in quotes", id="number for text"),
    pytest.param("company: Demo", "company: 1.5", "1: company: expected text, found 1.5; put it in quotes", id="fraction for text"),
    pytest.param("company: Demo", "company: true", "1: company: expected text, found true; put it in quotes", id="truth for text"),
    pytest.param("company: Demo", "company:", "1: company: expected text, found nothing", id="nothing for text"),
    pytest.param("company: Demo", "company: [a]", "1: company: expected text, found a list", id="list for text"),
    pytest.param("company: Demo", "company: {a: b}", "1: company: expected text, found a group of names", id="group for text"),
    pytest.param(
        "time_zone: Europe/Berlin",
        "time_zone: Berlin",
        "4: time_zone: expected an IANA time zone such as Europe/Berlin, found 'Berlin'",
        id="unknown zone",
    ),
    pytest.param(
        "time_zone: Europe/Berlin",
        "time_zone: ../zone",
        "4: time_zone: expected an IANA time zone such as Europe/Berlin, found '../zone'",
        id="zone outside the zones",
    ),
    pytest.param(
        "[repeat_purchase]",
        "[purchases]",
        "5: sells_by.0: expected 'contract' or 'repeat_purchase', found 'purchases'",
        id="unknown choice",
    ),
    pytest.param("[repeat_purchase]", "[]", "5: sells_by: expected 1 or more entries, found none", id="empty list"),
    pytest.param(
        "[repeat_purchase]",
        "repeat_purchase",
        "5: sells_by: expected a list, such as [one, another], found 'repeat_purchase'",
        id="text for a list",
    ),
    pytest.param(
        "  region:\n",
        "  all:\n",
        "7: segments.all: expected a name in small letters, digits and underscores, and not `all`, found 'all'",
        id="segment called all",
    ),
    pytest.param(
        "people.region",
        "people",
        "9: segments.region.from: expected `extract.column`, such as customers.region, found 'people'",
        id="segment without a column",
    ),
    pytest.param(
        "people.region",
        "peopel.region",
        "9: segments.region.from: no extract `peopel` in sources.yaml; name one of people, orders",
        id="segment from an unknown extract",
    ),
    pytest.param(
        "people.region",
        "people.regoin",
        "9: segments.region.from: extract `people` maps no column `regoin`; add it under its `attributes`",
        id="segment from an unmapped column",
    ),
    pytest.param(
        "[repeat_purchase]",
        "[contract]",
        "5: sells_by: the company sells by contract, but no extract in sources.yaml has `dataset: contracts`; add one",
        id="nothing that makes a customer active",
    ),
    pytest.param(
        "  - code: price\n", "  - code: price\n    says: A\n  - code: price\n", "10: reasons: lists price twice; keep one", id="twice"
    ),
    pytest.param("customer: person", "currency: USD", "3: `currency` is written twice, first on line 2; keep one", id="repeated name"),
    pytest.param("company: Demo", 'company: "Demo', "1: is not YAML: a quote is never closed; close it", id="unclosed quote"),
    pytest.param(
        "company: Demo",
        "company: Demo: us",
        "1: is not YAML: a second `: `, or a line that is indented too far; put a value with a colon in quotes",
        id="two colons",
    ),
    pytest.param("  region:\n", "\tregion:\n", "7: is not YAML: found a tabulator; indent with spaces", id="tabulator"),
    pytest.param("customer: person", "customer", "3: is not YAML: expected `name: value`; put a colon after the name", id="no colon"),
    pytest.param("company: Demo", "company: ]", "1: is not YAML: a sign stands where a value should; put it in quotes", id="stray"),
    pytest.param(
        "customer: person",
        "customer: per\x07son",
        "2: is not YAML: found a character that cannot be printed; remove it",
        id="control character",
    ),
    pytest.param(
        "customer: person",
        "? [a, b]\n: person",
        "2: expected a name before the colon, found a list or a group of names; write one name",
        id="list for a name",
    ),
    pytest.param("customer: person", "customer: !file person", "2: `!file`: tags mean nothing here; remove it", id="tag"),
    pytest.param("customer: person", 'customer: "per\\0son"', f"2: expected text, found one {WITH_NUL}", id="nul"),
    pytest.param(DEFINITIONS, "", "1: expected `name: value` lines, found nothing", id="empty file"),
    pytest.param(DEFINITIONS, "- a\n- b\n", "1: expected `name: value` lines, found something else", id="list for a file"),
]


@pytest.mark.parametrize(("instead_of", "stands", "message"), TYPED)
def test_a_slip_in_definitions_is_told_with_its_line(messages: Messages, instead_of: str, stands: str, message: str) -> None:
    assert messages("definitions.yaml", instead_of, stands) == [f"definitions.yaml:{message}"]


ADDED = [
    pytest.param("activity: {lapse_days: 0}", "activity.lapse_days: expected 1 or more, found 0", id="too little"),
    pytest.param(
        "activity: {bridge_days: ten}", "activity.bridge_days: expected a whole number, found 'ten'", id="text for a whole number"
    ),
    pytest.param(
        "activity: {bridge_days: 1.5}", "activity.bridge_days: expected a whole number, found 1.5", id="fraction for a whole number"
    ),
    pytest.param(
        "activity: {bridge_days: [1]}", "activity.bridge_days: expected a whole number, found a list", id="list for a whole number"
    ),
    pytest.param("activity: 90", "activity: expected `name: value` lines below it, found 90", id="number for a group"),
    pytest.param("activity:", "activity: expected `name: value` lines below it, found nothing", id="nothing for a group"),
    pytest.param("calendar: {fiscal_year_starts_in: 13}", "calendar.fiscal_year_starts_in: expected 12 or less, found 13", id="too much"),
    pytest.param("value: {tolerance_amount: some}", "value.tolerance_amount: expected a number, found 'some'", id="text for an amount"),
    pytest.param("value: {tolerance_amount: [1]}", "value.tolerance_amount: expected a number, found a list", id="list for an amount"),
    pytest.param("rules: {largest_set_aside_rate: 0}", "rules.largest_set_aside_rate: expected more than 0.0, found 0", id="none at all"),
    pytest.param(
        "rules: {largest_set_aside_rate: some}", "rules.largest_set_aside_rate: expected a number, found 'some'", id="text for a rate"
    ),
    pytest.param(
        "rules: {relax: [{rule: a.b, to: note, because: short}]}",
        "rules.relax.0.because: expected 10 or more characters, found 'short'",
        id="no real reason",
    ),
    pytest.param(
        "rules: {add: [{extract: order, id: a, says: b, why: c, check: d, if_broken: note}]}",
        "rules.add.0.extract: no extract `order` in sources.yaml; name one of people, orders",
        id="rule for an unknown extract",
    ),
    pytest.param(
        "allowed_differences: [{extract: order, because: late export, until: 2025-12-31}]",
        "allowed_differences.0.extract: no extract `order` in sources.yaml; name one of people, orders",
        id="difference of an unknown extract",
    ),
    pytest.param(
        "allowed_differences: [{extract: orders, because: late export, until: 2025-13-31}]",
        "allowed_differences.0.until: expected a date such as 2025-12-31, found '2025-13-31'",
        id="a date that is none",
    ),
    pytest.param(
        "allowed_differences: [{extract: orders, because: late export, until: 20251231}]",
        "allowed_differences.0.until: expected a date such as 2025-12-31, found 20251231",
        id="a number for a date",
    ),
    pytest.param("costs: {'[[]]': 1}", "costs.[[]]: there is no such setting; expected one of: ticket_amount", id="like a mark"),
]


@pytest.mark.parametrize(("line", "message"), ADDED)
def test_a_setting_that_makes_no_sense_is_told_with_its_line(messages: Messages, line: str, message: str) -> None:
    assert messages("definitions.yaml", "customer: person", line) == [f"definitions.yaml:2: {message}"]


SLIPS_IN_SOURCES = [
    pytest.param(
        "    columns:\n", "    colums:\n", "14: extracts.orders.colums: there is no such setting; did you mean `columns`?", id="typo"
    ),
    pytest.param(
        "skip_rows", "skip_row", "19: extracts.orders.read.skip_row: there is no such setting; did you mean `skip_rows`?", id="typo inside"
    ),
    pytest.param(
        "    read:\n      skip_rows",
        "    control_total:\n      row",
        "19: extracts.orders.control_total.row: there is no such setting; did you mean `rows`?",
        id="typo inside what may be left out",
    ),
    pytest.param("extracts:\n", "x: 1\nextracts:\n", "1: x: there is no such setting; expected one of: extracts", id="nothing like it"),
    pytest.param(
        "purchases",
        "purchase",
        "11: extracts.orders.dataset: expected one of customers, purchases, contracts, exchange_rates, crosswalk, leads, deals, "
        "campaigns, referrals, tickets, surveys, departures, calls, found 'purchase'",
        id="unknown table",
    ),
    pytest.param(
        "    key: [id]\n    columns:\n",
        "    key: id\n    columns:\n",
        "13: extracts.orders.key: expected a list, such as [one, another] or 'place_in_file' or 'nth_of_equal_rows', found 'id'",
        id="key that is no list",
    ),
    pytest.param(
        "path: orders.csv",
        "path: orders.csv\n    database: sqlite:///orders.db",
        "9: extracts.orders: has both `path` and `database`; keep one",
        id="two places",
    ),
    pytest.param(
        "    path: orders.csv\n",
        "",
        "9: extracts.orders: has no place to be read from; give it `path`, `database` or `sql`",
        id="no place",
    ),
    pytest.param(
        "path: orders.csv",
        "database: sqlite:///orders.db",
        "9: extracts.orders: a `database` needs either `table` or `query`",
        id="database without a table",
    ),
    pytest.param(
        "customer_id: who",
        "customer: who",
        "9: extracts.orders: purchases has no column customer; it has purchase_id, customer_id, purchased_on, amount, currency, status, "
        "product_group, cost_amount, sale_on (others belong under `attributes`)",
        id="unknown column",
    ),
    pytest.param(
        "      amount: net\n", "", "9: extracts.orders: purchases needs amount; name the column under `columns`", id="needed column missing"
    ),
    pytest.param(
        "{region: region}", "{Broken_Rules: region}", "2: extracts.people: names Broken_Rules twice; keep one", id="attribute that we add"
    ),
    pytest.param(
        "path: orders.csv",
        "path: orders.csv\n    constants: {amount: '5'}",
        "9: extracts.orders: names amount twice; keep one",
        id="column and constant",
    ),
    pytest.param(
        "  orders:",
        "  Orders:",
        "9: extracts.Orders: expected a name in small letters, digits and underscores, found 'Orders'",
        id="name in capitals",
    ),
    pytest.param(
        "skip_rows: 1",
        "time_zone: CEST",
        "19: extracts.orders.read.time_zone: expected an IANA time zone such as Europe/Berlin, found 'CEST'",
        id="zone",
    ),
    pytest.param(
        "skip_rows: 1",
        "encoding: ansi8",
        "19: extracts.orders.read.encoding: expected an encoding of text that Python knows, such as utf-8, cp1252 or utf-16, found 'ansi8'",
        id="encoding",
    ),
    pytest.param("skip_rows: 1", "decimal: ';'", "19: extracts.orders.read.decimal: expected '.' or ',', found ';'", id="decimal mark"),
    pytest.param(
        "skip_rows: 1", "quote: ''''''", "19: extracts.orders.read.quote: expected 1 or fewer characters, found \"''\"", id="long quote"
    ),
    pytest.param(
        "skip_rows: 1", "true_texts: [1]", "19: extracts.orders.read.true_texts.0: expected text, found 1; put it in quotes", id="entry"
    ),
    pytest.param(SOURCES, "extracts:\n", "1: extracts: expected `name: value` lines below it, found nothing", id="no extracts"),
    pytest.param(SOURCES, "extracts: {}\n", "1: extracts: expected 1 or more entries, found none", id="empty extracts"),
]


@pytest.mark.parametrize(("instead_of", "stands", "message"), SLIPS_IN_SOURCES)
def test_a_slip_in_sources_is_told_with_its_line(messages: Messages, instead_of: str, stands: str, message: str) -> None:
    assert messages("sources.yaml", instead_of, stands) == [f"sources.yaml:{message}"]


def test_a_typo_in_a_name_that_is_an_alias_is_recognised(messages: Messages) -> None:
    assert messages("definitions.yaml", "    from:", "    form:") == [
        "definitions.yaml:7: segments.region.from: is missing and has no default; add it",
        "definitions.yaml:9: segments.region.form: there is no such setting; did you mean `from`?",
    ]


def test_every_problem_of_both_files_is_told_at_once(messages: Messages, tmp_path: Path) -> None:
    messages("definitions.yaml", "currency: EUR", "curency: EUR")
    (tmp_path / "sources.yaml").write_text("extracts: 5\n")
    with pytest.raises(CompanyFolderError) as told:
        load_company(tmp_path)
    assert [problem.removeprefix(f"{tmp_path}/") for problem in told.value.problems] == [
        "definitions.yaml:1: currency: is missing and has no default; add it",
        "definitions.yaml:3: curency: there is no such setting; did you mean `currency`?",
        "sources.yaml:1: extracts: expected `name: value` lines below it, found 5",
    ]


def test_a_segment_cannot_come_from_an_extract_that_is_only_joined(messages: Messages) -> None:
    assert messages("sources.yaml", "    dataset: customers\n", "") == [
        (
            "definitions.yaml:9: segments.region.from: "
            "extract `people` has no `dataset`, so its rows are only joined; name another, or give it one"
        )
    ]


def test_a_segment_cannot_come_from_an_extract_without_customers(messages: Messages) -> None:
    leads = "dataset: leads\n    path: people.csv\n    key: [id]\n    columns: {created_on: day}\n"
    people = "dataset: customers\n    path: people.csv\n    key: [id]\n    columns: {customer_id: id}\n"
    assert messages("sources.yaml", people, leads) == [
        (
            "definitions.yaml:9: segments.region.from: "
            "extract `people` maps no customer_id, so it cannot group customers; name another, or map it"
        )
    ]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "definitions.yaml").write_text(DEFINITIONS)
    with pytest.raises(CompanyFolderError) as told:
        load_company(tmp_path)
    assert str(told.value) == f"{tmp_path / 'sources.yaml'}: expected this file, found none; create it (see config/demo)"


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "definitions.yaml").write_bytes(b"company: Demo\ncustomer: M\xfcller\n")
    (tmp_path / "sources.yaml").write_text(SOURCES)
    with pytest.raises(CompanyFolderError) as told:
        load_company(tmp_path)
    path = tmp_path / "definitions.yaml"
    assert str(told.value) == f"{path}:2: expected UTF-8 text, found a byte that is none; save the file as UTF-8"


def test_a_folder_where_a_file_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "definitions.yaml").write_text(DEFINITIONS)
    (tmp_path / "sources.yaml").mkdir()
    with pytest.raises(CompanyFolderError) as told:
        load_company(tmp_path)
    path = tmp_path / "sources.yaml"
    assert str(told.value) == f"{path}: cannot be read: Is a directory; see that it is a file that you may read"


def test_a_company_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(CompanyFolderError, match=r"^nowhere: expected a company's folder .*, found none; there are: "):
        load_company("nowhere")
