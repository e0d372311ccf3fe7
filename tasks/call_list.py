"""Call list: lost customers for each executive to call, written into a file that is read back once somebody has called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from expectations.text import counted
from expectations.verdict import RefusedError
from tasks.customer_lists import CALL_COLUMNS, customers_to_call
from tasks.customer_math.ledger.periods import period_named
from tasks.store.edition_checks import checked_editions
from tasks.store.engine import engine, rows_in
from tasks.store.homes import home_of
from tasks.store.spreadsheets import write_query

if TYPE_CHECKING:
    from pathlib import Path

    from config.company import Company
    from config.settings import Settings

TO_BE_FILLED = ("called_on", "outcome", "reason_code", "comment")
"""What an executive writes beside each customer."""
EXTRACT = """\
  calls:
    silo: service
    dataset: calls
    path: calls/*.xlsx
    columns: {customer_id: customer_id, lost_on: lost_on, executive: executive, called_on: called_on,
              outcome: outcome, reason_code: reason_code, comment: comment}
    key: [customer_id, lost_on, executive]
"""


@dataclass(frozen=True)
class CallList:
    """The file, and what is said of it."""

    path: Path
    sentences: tuple[str, ...]


def write_call_list(company: Company, period: str, *, settings: Settings, output: Path | None = None) -> CallList:
    """Write the call list of a published period; raises RefusedError where nobody is to call, or the file is there already.

    A file that is there may hold what executives wrote, and is never written over.
    """
    executives = company.definitions.lost_review.executives
    if not executives:
        raise RefusedError("call list: nobody is to call; write `lost_review: {executives: [NAME, ...]}` into definitions.yaml")
    named = period_named(period, company.definitions.calendar)
    path = output or company.folder / "calls" / f"{named.name}.xlsx"
    if path.exists():
        raise RefusedError(f"{path}: is there already, and may hold what executives wrote; name another with --output")
    published = checked_editions(home_of(company, settings), named.name)
    if not published:
        raise RefusedError(f"{named.name} of {company.name} was not published; publish it first: customer-math run --period {named.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with engine(settings) as connection:
        ledger = connection.read_parquet(published[-1].folder / "movements.parquet")
        drawn = customers_to_call(ledger, company.definitions)
        blank = {name: ibis.null("string") for name in TO_BE_FILLED}
        write_query(connection, drawn.select(*CALL_COLUMNS, **blank), path)
        count = rows_in(connection, drawn)
    return CallList(path, tuple(_sentences(company, path, count)))


def _sentences(company: Company, path: Path, count: int) -> list[str]:
    codes = ", ".join(company.definitions.reason_codes) or "none; list some under `reasons` in definitions.yaml"
    sentences = [
        f"written: {path}: {counted(count, 'lost customer')} for {counted(len(company.definitions.lost_review.executives), 'executive')}",
        f"to be filled in: {', '.join(TO_BE_FILLED)}; outcomes: reached, not_reached, won_back; reasons: {codes}",
    ]
    if not company.extracts_of("calls"):
        sentences.append(f"so that the next run reads it back, write under `extracts` in sources.yaml:\n{EXTRACT}")
    return sentences
