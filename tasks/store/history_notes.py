"""What readers must know of accepted rows that count for less, or otherwise, than one would think: each kind with how many."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportOperatorIssue=false

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from config.currencies import MINOR_UNITS, USUAL_MINOR_UNITS
from config.datasets import DATASETS
from config.language import gettext, gettext_noop
from config.localization import number
from config.sources import ROW_IDENTITY
from expectations.text import money
from tasks.customer_math.ledger.history import covers_no_day
from tasks.store.engine import rows_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.sources import Extract, NetsWith
    from expectations.verdict import Accepted

PART_OF = {"purchases": "purchase_id", "contracts": "contract_id"}
"""What several rows may be parts of."""
WHOLES: dict[NetsWith, tuple[str, ...]] = {"contract": ("customer_id", "contract_id"), "customer": ("customer_id",)}
"""What negative rows of contracts are netted with, by the columns that they share with it."""
WITHOUT_A_PART = {
    "purchases": gettext_noop(
        "Purchases in {extract} of which a row is set aside, so that the rest counts without it: {count} ({amount} in their "
        "own currencies)."
    ),
    "contracts": gettext_noop(
        "Contracts in {extract} of which a row is set aside, so that the rest counts without it: {count} ({amount} in their "
        "own currencies)."
    ),
    "customers": gettext_noop(
        "Customers in {extract} of which a row is set aside, so that the rest counts without it: {count} ({amount} in their "
        "own currencies)."
    ),
}
WITHOUT_A_WHOLE: dict[NetsWith, str] = {
    "contract": gettext_noop("Negative rows of {extract} whose contract has no other row, so that they count for nothing: {count}."),
    "customer": gettext_noop("Negative rows of {extract} whose customer has no other row, so that they count for nothing: {count}."),
}
AGREED = ("recurring_amount", "recurring_per", "status", "product_group", "seats_count")
"""What a contract says that may be another in each of its versions."""
FIRST_DAY = {"contracts": "starts_on"}
"""The day of a row that is no event but lasts: its first."""


def notes_on_rows(connection: Backend, company: Company, accepted: Sequence[Accepted]) -> list[str]:
    """What an extract's rows ask a reader to know, a sentence for each kind that there is, with how many.

    Contracts that cover no day, rows after the last day covered, amounts that are rounded, wholes of which a part is set
    aside, deductions from nothing, contracts changed in place, rows that two files hold.
    """
    notes: list[str] = []
    for extract in accepted:
        rows, declared = connection.read_parquet(extract.path), company.sources.extracts[extract.extract]
        notes += _covering_no_day(connection, rows, extract)
        notes += _after_the_last_day(connection, rows, extract)
        notes += _rounded(connection, rows, extract)
        notes += _without_a_part(connection, rows, extract)
        notes += _without_a_whole(connection, rows, extract, nets_with=declared.nets_with)
        if extract.dataset == "contracts" and not declared.versions and extract.totals.rows_superseded_count:
            notes += _changed_without_history(connection, rows, extract)
        if declared.key == "place_in_file" and len(extract.files) > 1:
            notes += _in_several_files(connection, rows, extract, money_in=_money_in(declared, company))
    return notes


def _covering_no_day(connection: Backend, rows: Table, extract: Accepted) -> Iterator[str]:
    if extract.dataset == "contracts":
        count = rows_in(connection, rows.filter(covers_no_day(rows)))
        if count:
            yield gettext(
                "Rows of {extract} that end on the day on which they start, cover no day and count for nothing: {count}.",
                extract=extract.extract,
                count=number(count),
            )


def _after_the_last_day(connection: Backend, rows: Table, extract: Accepted) -> Iterator[str]:
    day = DATASETS[extract.dataset].event_on or FIRST_DAY.get(extract.dataset)
    if day and extract.covers_through:
        count = rows_in(connection, rows.filter(rows[day] > extract.covers_through))
        if count:
            yield gettext(
                "Rows of {extract} after {day}, the last day that the extract covers, which no period counts yet: {count}.",
                extract=extract.extract,
                day=extract.covers_through,
                count=number(count),
            )


def _rounded(connection: Backend, rows: Table, extract: Accepted) -> Iterator[str]:
    amount = DATASETS[extract.dataset].amount
    if amount:
        units = [(rows.currency == code, rows[amount].round(decimals)) for code, decimals in MINOR_UNITS.items()]
        count = rows_in(connection, rows.filter(rows[amount] != ibis.cases(*units, else_=rows[amount].round(USUAL_MINOR_UNITS))))
        if count:
            yield gettext(
                "Amounts of {extract} with more decimals than their currency has, each rounded once: {count}.",
                extract=extract.extract,
                count=number(count),
            )


def _without_a_part(connection: Backend, rows: Table, extract: Accepted) -> Iterator[str]:
    """Purchases and contracts that count without some of their rows, and customers whose contracts count without a deduction."""
    whole, amount = PART_OF.get(extract.dataset), DATASETS[extract.dataset].amount
    if whole and amount and extract.totals.rows_set_aside_count:
        aside = connection.read_parquet(extract.set_aside_path)
        parts = {extract.dataset: aside.semi_join(rows, whole)}
        if extract.dataset == "contracts":
            deductions = aside.filter(aside[amount] < 0).anti_join(rows, whole)
            parts["customers"] = deductions.semi_join(rows, "customer_id")
        for wholes, missing in parts.items():
            count = rows_in(connection, missing.select("customer_id" if wholes == "customers" else whole).distinct())
            if count:
                (held,) = connection.to_pyarrow(missing.agg(amount=missing[amount].sum().fill_null(0))).to_pylist()
                values = {"extract": extract.extract, "count": number(count), "amount": money(held["amount"])}
                yield gettext(WITHOUT_A_PART[wholes], **values)


def _without_a_whole(connection: Backend, rows: Table, extract: Accepted, *, nets_with: NetsWith | None) -> Iterator[str]:
    if nets_with:
        lines = rows.filter(rows.recurring_amount >= 0)
        alone = rows.filter(rows.recurring_amount < 0).anti_join(lines, WHOLES[nets_with])
        count = rows_in(connection, alone)
        if count:
            yield gettext(WITHOUT_A_WHOLE[nets_with], extract=extract.extract, count=number(count))


def _changed_without_history(connection: Backend, rows: Table, extract: Accepted) -> Iterator[str]:
    """Contracts of which an older version agreed something else, which is forgotten where versions are no history."""
    older = connection.read_parquet(extract.superseded_path).select("record_key", *AGREED)
    pairs = older.join(rows.select("record_key", *AGREED), "record_key", rname="{name}_now")
    is_other = ibis.or_(*(~pairs[name].identical_to(pairs[f"{name}_now"]) for name in AGREED))
    count = rows_in(connection, pairs.filter(is_other).select("record_key").distinct())
    if count:
        yield gettext(
            "Contracts of {extract} whose older versions had another amount, state, plan or number of seats: {count}; the latest "
            "version is "
            "applied to their whole past. `versions: true` with `changed_at` in sources.yaml makes the versions a history.",
            extract=extract.extract,
            count=number(count),
        )


def _in_several_files(connection: Backend, rows: Table, extract: Accepted, *, money_in: str) -> Iterator[str]:
    """How many rows would not be there if each file's n-th of some equal rows were the n-th of another's, and their money."""
    content, amount = [name for name in rows.columns if name not in ROW_IDENTITY], DATASETS[extract.dataset].amount
    of_a_file = rows.group_by(*content, "source_file").agg(times=_.count())
    everywhere = of_a_file.group_by(*content).agg(again=_.times.sum() - _.times.max())
    sums = {"rows_count": everywhere.again.sum(), "amount": (everywhere[amount] * everywhere.again).sum() if amount else everywhere.count()}
    (again,) = connection.to_pyarrow(everywhere.agg(**sums)).to_pylist()
    if again["rows_count"]:
        holding = f" ({money(again['amount'])} {money_in})" if amount else ""
        yield gettext(
            "Rows of {extract} that another of its files holds too, equal in everything: {count}{amount}; they count again. "
            "`key: nth_of_equal_rows` in sources.yaml counts them once.",
            extract=extract.extract,
            count=number(again["rows_count"]),
            amount=holding,
        )


def _money_in(extract: Extract, company: Company) -> str:
    return gettext("in their own currencies") if "currency" in extract.columns else company.definitions.currency
