"""The extracts of contracts, typed as a data warehouse hands them out, and of exchange rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from tasks.sample.assumptions import CURRENCIES, PLANS, RATE_DIGITS
from tasks.sample.contract_terms import CANCELLED, DRAFT, OPEN
from tasks.sample.extract_writer import NEVER_ISSUED, Defect, own_columns
from tasks.sample.random_numbers import below
from tasks.sample.text_formats import GERMAN_DAY, customer_no, days, padded, text_from

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.sample.contract_terms import ContractTerms
    from tasks.sample.extract_writer import Changes, ExtractWriter
    from tasks.sample.rates import Rates

MANAGERS = ("R. Sato", "S. Keller", "T. Wójcik", "U. Laurent")
STATES = ("in force", "revoked", "draft")
RECURS = ("monthly", "quarterly", "half-yearly", "yearly")
AMOUNT = "decimal(12, 2)"
STANDS_FOR_OPEN = "2999-12-31"
"""What some programs write where a contract has no end."""
RATES_HEADING = "Reference rates: one unit in EUR\nFixed on working days; each holds until the next\n"


def write_contracts(writer: ExtractWriter, contract_terms: ContractTerms) -> None:
    """Contracts and their terms; the latest version of a row counts."""
    numbers = np.arange(len(contract_terms.customer), dtype=np.int64)
    columns = {
        **own_columns("contracts", contract_terms.starts_on, cents=contract_terms.cents),
        "customer": contract_terms.customer,
        "start_date": days(contract_terms.starts_on),
        "end_date": days(contract_terms.ends_on, where=contract_terms.ends_on < OPEN),
        "amount": contract_terms.cents,
        "billed": text_from(RECURS, contract_terms.per),
        "currency": text_from(CURRENCIES, contract_terms.currency),
        "state": text_from(STATES, contract_terms.status),
        "plan": text_from([choice.name for choice in PLANS], contract_terms.product),
        "seats": contract_terms.seats,
        "manager": text_from(MANAGERS, below("account manager", contract_terms.customer, limit=len(MANAGERS))),
        "second": below("contract second", numbers, limit=64_000) + 22_000,
    }
    rows = writer.corrupted("contracts", _contract_rows(writer.table("contracts_numbers", columns)), defects=_contract_defects())
    for kind, status in (("revoked", CANCELLED), ("draft", DRAFT)):
        is_it = contract_terms.status == status
        writer.excluded("contracts", kind, rows=int(is_it.sum()), cents=int(contract_terms.cents[is_it].sum()))
    writer.write_parquet(rows, "sales/contracts.parquet")


def _contract_rows(numbers: Table) -> Table:
    named = numbers.mutate(
        contract_no=ibis.literal("V") + padded(numbers.row + 1, 8),
        customer_no=customer_no(numbers.customer),
        amount=_money(numbers.amount),
        updated_at=numbers.start_date.cast("timestamp") + numbers.second.as_interval("s"),
    )
    own = ("row", "sorted_on", "tie_breaker", "cents")
    written = (
        "contract_no",
        "customer_no",
        "start_date",
        "end_date",
        "amount",
        "billed",
        "currency",
        "state",
        "plan",
        "seats",
        "manager",
        "updated_at",
    )
    return named.select(*own, *written)


def _money(cents: ibis.expr.types.IntegerValue) -> ibis.expr.types.DecimalValue:
    return (cents.cast("decimal(14, 2)") * ibis.literal("0.01").cast("decimal(3, 2)")).cast(AMOUNT)


def _contract_defects() -> tuple[Defect, ...]:
    key = "contract_no"
    no_day = ibis.null("date")
    return (
        Defect("older_version", 80, "superseded", _other_amount),
        Defect("exact_duplicate", 15, "superseded", {}),
        Defect("ends_before_start", 12, "set_aside", lambda rows: {"end_date": rows.start_date - ibis.interval(days=30)}, key=key),
        Defect("stand_in_for_open_end", 6, "set_aside", {"end_date": ibis.literal(STANDS_FOR_OPEN).cast("date")}, key=key),
        Defect("start_missing", 3, "set_aside", {"start_date": no_day}, key=key),
        Defect("amount_negative", 9, "set_aside", lambda rows: {"cents": -rows.cents, "amount": -rows.amount}, key=key),
        Defect("recurs_in_unknown_words", 4, "set_aside", {"billed": "fortnightly"}, key=key),
        Defect("customer_unknown", 4, "set_aside", lambda rows: {"customer_no": (rows.row + NEVER_ISSUED).cast("string")}, key=key),
        Defect("customer_missing", 2, "set_aside", {"customer_no": ibis.null("string")}, key=key),
    )


def _other_amount(rows: Table) -> Changes:
    """An amount that was corrected later."""
    earlier = rows.updated_at - ibis.interval(days=1)
    return {"cents": rows.cents * 2, "amount": _money(rows.cents * 2), "updated_at": earlier}


def write_exchange_rates(writer: ExtractWriter, rates: Rates) -> None:
    """What the Swiss franc and the pound are worth on every working day."""
    fixed_on = np.repeat(rates.fixed_on, len(CURRENCIES) - 1)
    currency = np.tile(np.arange(1, len(CURRENCIES)), len(rates.fixed_on))
    columns = {
        **own_columns("exchange rates", fixed_on),
        "day": days(fixed_on),
        "currency": text_from(CURRENCIES, currency),
        "rate": rates.on(currency, fixed_on),
    }
    numbers = writer.table("exchange_rates_numbers", columns)
    rate = (numbers.rate // RATE_DIGITS).cast("string") + "," + padded(numbers.rate % RATE_DIGITS, 4)
    written = {"Day": numbers.day.strftime(GERMAN_DAY), "Currency": numbers.currency, "EUR": rate}
    rows = writer.corrupted("exchange_rates", numbers.select("row", "sorted_on", "tie_breaker", "cents", **written), defects=())
    writer.write_csv(rows, "sales/exchange_rates.csv", delimiter=";", heading=RATES_HEADING)
